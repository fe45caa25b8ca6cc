-- Adopting what a seller already has live: what was found in the seller's own lists, what the seller (or the threshold)
-- said about pairs that look alike, and the postings that come of it. Nothing is pressed for any of this.

create table public.closet_imports (
  user_id uuid not null,
  marketplace text not null check (marketplace ~ '^[a-z][a-z0-9_]{1,39}$'),
  wanted_at timestamptz not null default clock_timestamp(),
  next_at timestamptz,
  attempts integer not null default 0,
  outcome jsonb not null default '{}',
  finished_at timestamptz,
  primary key (user_id, marketplace)
);
comment on table public.closet_imports is 'One reading of a seller''s own list per account; next_at null = done';
create index closet_imports_due on public.closet_imports (next_at) where next_at is not null;

create table public.found_listings (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  marketplace text not null check (marketplace ~ '^[a-z][a-z0-9_]{1,39}$'),
  external_id text not null check (char_length(external_id) between 1 and 200),
  url text not null default '',
  title text not null default '',
  price_cents bigint,
  sku text,
  details jsonb,
  wanted_listing_id uuid references public.listings (id) on delete set null,
  posting_id uuid references public.listing_automation_results (id) on delete set null,
  ignored boolean not null default false,
  first_seen_at timestamptz,
  seen_at timestamptz,
  gone_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  unique (user_id, marketplace, external_id)
);
comment on table public.found_listings is 'What stands in a seller''s own lists on the marketplaces, ours or not yet.';
comment on column public.found_listings.details is 'what its own page showed: description, photos, their prints; null = not read yet';
comment on column public.found_listings.wanted_listing_id is
  'the seller says that it is this listing; linked as soon as it is seen in the seller''s own list';
create index found_of_posting on public.found_listings (posting_id) where posting_id is not null;
create index found_wanted on public.found_listings (wanted_listing_id) where wanted_listing_id is not null;

create table public.match_answers (
  user_id uuid not null,
  one text not null,
  other text not null,
  same boolean not null,
  said_by text not null check (said_by in ('seller', 'threshold')),
  said_at timestamptz not null default clock_timestamp(),
  primary key (user_id, one, other),
  check (one < other)
);
comment on table public.match_answers is 'Pairs of found:<id> or listing:<id> that are, or are not, the same item.';

create table public.match_questions (
  user_id uuid not null,
  one text not null,
  other text not null,
  score double precision not null,
  why jsonb not null default '[]',
  asked_at timestamptz not null default clock_timestamp(),
  primary key (user_id, one, other),
  check (one < other)
);

do $$
declare
  v_table text;
begin
  foreach v_table in array array['closet_imports', 'found_listings', 'match_answers', 'match_questions'] loop
    execute format('alter table public.%I enable row level security', v_table);
    execute format('revoke all on table public.%I from public, anon, authenticated', v_table);
    execute format('grant select, insert, update, delete on table public.%I to service_role', v_table);
    execute format('create policy own_rows on public.%I for select to authenticated using ((select auth.uid()) = user_id)',
      v_table);
    execute format('grant select on table public.%I to authenticated', v_table);
  end loop;
end $$;

create function listing_worker.found_json(f public.found_listings) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', f.id, 'user_id', f.user_id, 'marketplace', f.marketplace, 'external_id', f.external_id, 'url', f.url,
    'title', f.title, 'price_cents', f.price_cents, 'sku', f.sku, 'details', f.details, 'ignored', f.ignored,
    'wanted_listing_id', f.wanted_listing_id, 'posting_id', f.posting_id,
    'listing_id', (select r.listing_id from public.listing_automation_results r where r.id = f.posting_id),
    'first_seen_at', listing_worker.iso(f.first_seen_at), 'seen_at', listing_worker.iso(f.seen_at),
    'gone_at', listing_worker.iso(f.gone_at))
$$;

create function public.request_import(p_user_id uuid, p_marketplaces text[]) returns jsonb
language sql volatile set search_path = '' as $$
  with asked as (
    insert into public.closet_imports as c (user_id, marketplace, next_at)
    select p_user_id, name, clock_timestamp() from unnest(p_marketplaces) as name group by name
    on conflict (user_id, marketplace) do update set
      wanted_at = clock_timestamp(), next_at = coalesce(least(c.next_at, clock_timestamp()), clock_timestamp()), attempts = 0
    returning marketplace
  )
  select coalesce(jsonb_agg(marketplace order by marketplace), '[]') from asked
$$;

create function public.list_imports(p_user_id uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'marketplace', c.marketplace, 'wanted_at', listing_worker.iso(c.wanted_at), 'next_at', listing_worker.iso(c.next_at),
    'outcome', c.outcome, 'finished_at', listing_worker.iso(c.finished_at)) order by c.marketplace), '[]')
  from public.closet_imports c where c.user_id = p_user_id
$$;

create function public.due_imports(p_max_rows integer) returns jsonb
language sql volatile set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('user_id', due.user_id, 'marketplace', due.marketplace)
                            order by due.next_at), '[]')
  from (
    select c.user_id, c.marketplace, c.next_at from public.closet_imports c
    where c.next_at <= clock_timestamp() and listing_worker.account_busy_until(
      c.user_id, c.marketplace, '00000000-0000-0000-0000-000000000000') is null
    order by c.next_at limit least(greatest(p_max_rows, 0), 1000)
  ) due
$$;

-- The account's lease is that of its watch: while one of the two looks, nothing else is done there. As claim_watch.
create function public.claim_import(
  p_user_id uuid, p_marketplace text, p_owner text, p_lease_seconds double precision
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_attempts integer;
  v_claim jsonb;
begin
  perform from public.closet_imports
  where user_id = p_user_id and marketplace = p_marketplace and next_at <= clock_timestamp();
  if not found then
    return '{"claimed": false, "why": "settled"}';
  end if;
  v_claim := public.claim_watch(p_user_id, p_marketplace, p_owner, p_lease_seconds);
  if not (v_claim ->> 'claimed')::boolean then
    return v_claim;
  end if;
  update public.closet_imports set attempts = attempts + 1, next_at = clock_timestamp() + interval '1 minute'
  where user_id = p_user_id and marketplace = p_marketplace returning attempts into v_attempts;
  return jsonb_build_object('claimed', true, 'fence', v_claim -> 'fence', 'attempts', v_attempts);
end $$;

-- Ends a reading. The watch's own times stay as they were. `p_again_in` null: the import is done.
create function public.finish_import(
  p_user_id uuid, p_marketplace text, p_fence bigint, p_outcome jsonb, p_again_in double precision
) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.inventory_watches set lease_owner = null, lease_until = null
  where user_id = p_user_id and marketplace = p_marketplace and fence = p_fence and lease_until is not null;
  if not found then
    return false;
  end if;
  update public.closet_imports set
    outcome = p_outcome, finished_at = case when p_again_in is null then clock_timestamp() end,
    next_at = case when p_again_in is not null then listing_worker.seconds_from_now(p_again_in) end
  where user_id = p_user_id and marketplace = p_marketplace;
  return true;
end $$;

-- What an account's list of active items showed. Rows: {external_id, url, title, price_cents, sku}. What is a posting of
-- ours already is known as such at once. Only a complete list says that something is gone. Answers {new, unread}.
create function public.put_found(p_user_id uuid, p_marketplace text, p_fence bigint, p_rows jsonb, p_complete boolean)
returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_new integer;
begin
  perform from public.inventory_watches
  where user_id = p_user_id and marketplace = p_marketplace and fence = p_fence and lease_until > clock_timestamp() for update;
  if not found then
    perform listing_worker.refuse('lease_lost', 'Somebody else reads this account now.');
  end if;
  with given as (
    select distinct on (row ->> 'external_id') row ->> 'external_id' as external_id, coalesce(row ->> 'url', '') as url,
      coalesce(row ->> 'title', '') as title, (row ->> 'price_cents')::bigint as price_cents, row ->> 'sku' as sku
    from jsonb_array_elements(p_rows) as row
    where char_length(row ->> 'external_id') between 1 and 200
  ), written as (
    insert into public.found_listings as f (
      user_id, marketplace, external_id, url, title, price_cents, sku, first_seen_at, seen_at)
    select p_user_id, p_marketplace, given.external_id, given.url, given.title, given.price_cents, given.sku,
      clock_timestamp(), clock_timestamp() from given
    on conflict (user_id, marketplace, external_id) do update set
      url = excluded.url, title = excluded.title, price_cents = excluded.price_cents,
      sku = coalesce(excluded.sku, f.sku), first_seen_at = coalesce(f.first_seen_at, excluded.first_seen_at),
      seen_at = excluded.seen_at, gone_at = null
    returning (xmax = 0) as inserted
  )
  select count(*) filter (where inserted) into v_new from written;
  if p_complete then
    update public.found_listings set gone_at = clock_timestamp()
    where user_id = p_user_id and marketplace = p_marketplace and gone_at is null and seen_at is not null
      and external_id not in (select row ->> 'external_id' from jsonb_array_elements(p_rows) as row);
  end if;
  update public.found_listings f set posting_id = r.id
  from public.listing_automation_results r
  where f.user_id = p_user_id and f.marketplace = p_marketplace and f.posting_id is null
    and r.user_id = f.user_id and r.marketplace = f.marketplace and r.external_id = f.external_id
    and r.state in ('live', 'pending_review', 'sold', 'delisted');
  return jsonb_build_object('new', v_new, 'unread', (
    select coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'external_id', f.external_id, 'url', f.url) order by f.created_at, f.id), '[]')
    from public.found_listings f
    where f.user_id = p_user_id and f.marketplace = p_marketplace and f.posting_id is null and f.details is null
      and f.gone_at is null and f.seen_at is not null and not f.ignored));
end $$;

create function public.note_found(p_user_id uuid, p_found_id text, p_details jsonb) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.found_listings set details = p_details
  where id = listing_worker.as_uuid(p_found_id) and user_id = p_user_id;
  return found;
end $$;

create function public.ignore_found(p_user_id uuid, p_found_id text, p_ignored boolean) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.found_listings set ignored = p_ignored
  where id = listing_worker.as_uuid(p_found_id) and user_id = p_user_id;
  return found;
end $$;

create function public.get_found(p_user_id uuid, p_found_id text) returns jsonb
language sql stable set search_path = '' as $$
  select listing_worker.found_json(f) from public.found_listings f
  where f.id = listing_worker.as_uuid(p_found_id) and f.user_id = p_user_id
$$;

-- `p_which`: open (neither linked nor ignored nor gone), linked, ignored, gone, all.
create function public.list_found(p_user_id uuid, p_which text, p_max_rows integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(listing_worker.found_json(f) order by f.marketplace, f.created_at, f.id), '[]')
  from (
    select * from public.found_listings
    where user_id = p_user_id and case p_which
      when 'open' then posting_id is null and not ignored and gone_at is null
      when 'linked' then posting_id is not null
      when 'ignored' then ignored
      when 'gone' then gone_at is not null
      else true end
    order by marketplace, created_at, id limit least(greatest(p_max_rows, 0), 2000)
  ) f
$$;

-- The seller names a listing's address by hand: linked once the account's own list shows it.
create function public.want_found(
  p_user_id uuid, p_listing_id text, p_marketplace text, p_external_id text, p_url text
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_listing uuid;
  v public.found_listings;
begin
  select id into v_listing from public.listings
  where id = listing_worker.as_uuid(p_listing_id) and user_id = p_user_id and deleted_at is null;
  if not found then
    perform listing_worker.refuse('not_found', 'There is no such listing.');
  end if;
  insert into public.found_listings as f (user_id, marketplace, external_id, url, wanted_listing_id)
  values (p_user_id, p_marketplace, p_external_id, p_url, v_listing)
  on conflict (user_id, marketplace, external_id) do update set
    wanted_listing_id = case when f.posting_id is null then v_listing else f.wanted_listing_id end, ignored = false
  returning * into v;
  return listing_worker.found_json(v);
end $$;

-- Makes what was found a live posting of a listing. Only what was seen in the seller's own list; the listing may have no
-- other open posting there. Asked twice, the same posting is given back. Answers with the posting.
create function public.adopt_found(p_user_id uuid, p_found_id text, p_listing_id text, p_proof jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.found_listings;
  v_listing uuid;
  v_posting public.listing_automation_results;
  v_job public.jobs;
begin
  select id into v_listing from public.listings
  where id = listing_worker.as_uuid(p_listing_id) and user_id = p_user_id and deleted_at is null for update;
  if not found then
    perform listing_worker.refuse('not_found', 'There is no such listing.');
  end if;
  select * into v from public.found_listings
  where id = listing_worker.as_uuid(p_found_id) and user_id = p_user_id for update;
  if not found then
    perform listing_worker.refuse('not_found', 'There is no such found listing.');
  end if;
  select * into v_posting from public.listing_automation_results r
  where r.user_id = p_user_id and r.marketplace = v.marketplace and r.external_id = v.external_id
    and r.state in ('live', 'pending_review', 'sold', 'delisted') order by (r.id = v.posting_id) desc limit 1;
  if found then
    if v_posting.listing_id <> v_listing then
      perform listing_worker.refuse('linked_elsewhere', 'It belongs to another of your listings. Unlink it there first.');
    end if;
    update public.found_listings set posting_id = v_posting.id, wanted_listing_id = null where id = v.id;
    return listing_worker.posting_json(v_posting);
  end if;
  if v.seen_at is null or v.gone_at is not null then
    perform listing_worker.refuse('not_seen', 'It is not in your list of active items there. Import that account again.');
  end if;
  if exists (select from public.listing_automation_results r where r.listing_id = v_listing
      and r.marketplace = v.marketplace and r.state not in ('failed', 'cancelled', 'delisted')) then
    perform listing_worker.refuse('already_posted', 'This listing has another posting there already.');
  end if;
  insert into public.jobs (user_id, listing_id, request_hash, completed_at)
  values (p_user_id, v_listing, 'adopted ' || v.id, clock_timestamp()) returning * into v_job;
  insert into public.listing_automation_results (
    job_id, listing_id, user_id, marketplace, max_attempts, state, external_id, url, proof, report, finished_at)
  values (v_job.id, v_listing, p_user_id, v.marketplace, 1, 'live', v.external_id, v.url, p_proof,
    '{"adopted": true}', clock_timestamp()) returning * into v_posting;
  update public.found_listings set posting_id = v_posting.id, wanted_listing_id = null, ignored = false where id = v.id;
  return listing_worker.posting_json(v_posting);
end $$;

-- Undoes a link: the listing stays on the marketplace, and is ours no more. What we posted ourselves is not unlinked.
create function public.unlink_posting(p_user_id uuid, p_posting_id text) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.listing_automation_results;
  v_found text;
begin
  select * into v from public.listing_automation_results
  where id = listing_worker.as_uuid(p_posting_id) and user_id = p_user_id for update;
  if not found then
    return null;
  end if;
  if not coalesce((v.report ->> 'adopted')::boolean, false) then
    perform listing_worker.refuse('not_possible', 'This was posted from here; only what was linked can be unlinked.');
  end if;
  if v.state = 'cancelled' then
    return listing_worker.posting_json(v);
  end if;
  if exists (select from public.posting_operations
      where posting_id = v.id and state not in ('done', 'failed', 'cancelled')) then
    perform listing_worker.refuse('operation_open', 'Something is being done about this posting. Wait for it, or cancel it.');
  end if;
  update public.found_listings set posting_id = null
  where posting_id = v.id returning 'found:' || id into v_found;
  update public.listing_automation_results set
    state = 'cancelled', updated_at = clock_timestamp(),
    reason = '{"code": "unlinked", "message": "Unlinked: it stays on the marketplace.", "action": null, "field": null}'
  where id = v.id returning * into v;
  if v_found is not null then
    perform public.answer_match(p_user_id, v_found, 'listing:' || v.listing_id, false, 'seller');
  end if;
  return listing_worker.posting_json(v);
end $$;

-- What the seller says outweighs what the threshold said, not the other way round.
create function public.answer_match(p_user_id uuid, p_one text, p_other text, p_same boolean, p_said_by text) returns boolean
language plpgsql set search_path = '' as $$
begin
  insert into public.match_answers as a (user_id, one, other, same, said_by)
  values (p_user_id, least(p_one, p_other), greatest(p_one, p_other), p_same, p_said_by)
  on conflict (user_id, one, other) do update set
    same = excluded.same, said_by = excluded.said_by, said_at = clock_timestamp()
  where excluded.said_by = 'seller' or a.said_by = 'threshold';
  return found;
end $$;

create function public.list_match_answers(p_user_id uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'one', a.one, 'other', a.other, 'same', a.same, 'said_by', a.said_by) order by a.one, a.other), '[]')
  from public.match_answers a where a.user_id = p_user_id
$$;

-- Replaces the open questions of a seller. Rows: {one, other, score, why}.
create function public.put_match_questions(p_user_id uuid, p_rows jsonb) returns integer
language plpgsql set search_path = '' as $$
declare
  v_count integer;
begin
  delete from public.match_questions where user_id = p_user_id;
  insert into public.match_questions (user_id, one, other, score, why)
  select p_user_id, least(row ->> 'one', row ->> 'other'), greatest(row ->> 'one', row ->> 'other'),
    (row ->> 'score')::double precision, coalesce(row -> 'why', '[]')
  from jsonb_array_elements(p_rows) as row
  on conflict do nothing;
  get diagnostics v_count = row_count;
  return v_count;
end $$;

create function public.list_match_questions(p_user_id uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('one', q.one, 'other', q.other, 'score', q.score, 'why', q.why)
                            order by q.score desc, q.one, q.other), '[]')
  from public.match_questions q
  where q.user_id = p_user_id and not exists (
    select from public.match_answers a where a.user_id = q.user_id and a.one = q.one and a.other = q.other)
$$;

create function listing_worker.forget_user_adopting() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  delete from public.match_questions where user_id = old.id;
  delete from public.match_answers where user_id = old.id;
  delete from public.found_listings where user_id = old.id;
  delete from public.closet_imports where user_id = old.id;
  return old;
end $$;
do $$
begin
  create trigger forget_user_adopting after delete on auth.users
    for each row execute function listing_worker.forget_user_adopting();
exception
  when insufficient_privilege then
    raise warning 'auth.users belongs to another role: what was found for deleted users stays until it is removed.';
end $$;

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where (p.pronamespace = 'public'::regnamespace and p.proname in (
        'request_import', 'list_imports', 'due_imports', 'claim_import', 'finish_import', 'put_found', 'note_found',
        'ignore_found', 'get_found', 'list_found', 'want_found', 'adopt_found', 'unlink_posting', 'answer_match',
        'list_match_answers', 'put_match_questions', 'list_match_questions'))
      or (p.pronamespace = 'listing_worker'::regnamespace and p.proname in ('found_json', 'forget_user_adopting'))
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', v_function);
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
end $$;
