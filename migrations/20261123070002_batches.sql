-- Batches: the same thing done about many live postings, or many listings posted, row by row. A row acts only through an
-- ordinary operation or posting (lease, intent, one press, a look); a batch only says when the next one is asked for.

create table public.price_rules (
  user_id uuid not null,
  marketplace text not null check (marketplace ~ '^[a-z][a-z0-9_]{1,39}$'),
  rule jsonb not null check (jsonb_typeof(rule) = 'object'),
  updated_at timestamptz not null default clock_timestamp(),
  primary key (user_id, marketplace)
);

create table public.repost_rules (
  user_id uuid not null,
  marketplace text not null check (marketplace ~ '^[a-z][a-z0-9_]{1,39}$'),
  rule jsonb not null check (jsonb_typeof(rule) = 'object'),
  next_at timestamptz,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (user_id, marketplace)
);
create index repost_rules_due on public.repost_rules (next_at) where next_at is not null;

create table public.batches (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  title text not null check (char_length(title) <= 200),
  state text not null check (state in ('rehearsing', 'rehearsed', 'running', 'paused', 'done', 'cancelled')),
  reason text not null default '',
  settings jsonb not null default '{}',
  undo_of uuid references public.batches (id) on delete set null,
  not_before timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz
);
comment on column public.batches.state is 'rehearsing: one row first; rehearsed: it went well, the seller says go on';
create index batches_of_user on public.batches (user_id, created_at desc);
create index batches_open on public.batches (created_at) where state in ('rehearsing', 'running');
create index batches_undoing on public.batches (undo_of) where undo_of is not null;

create table public.batch_rows (
  id uuid primary key default gen_random_uuid(),
  batch_id uuid not null references public.batches (id) on delete cascade,
  user_id uuid not null,
  position integer not null,
  listing_id uuid not null references public.listings (id) on delete cascade,
  posting_id uuid references public.listing_automation_results (id) on delete cascade,
  marketplace text not null,
  kind text not null check (kind in ('post', 'change_price', 'edit', 'delist', 'relist', 'check', 'by_hand')),
  input jsonb not null default '{}',
  before jsonb not null default '{}',
  operation_id uuid references public.posting_operations (id) on delete set null,
  job_id text references public.jobs (id) on delete set null,
  refused text,
  unique (batch_id, position)
);
comment on column public.batch_rows.before is 'how it stood, so that it can be undone';
comment on column public.batch_rows.refused is 'why nothing could be asked for: a sentence for the seller';
create index batch_rows_of_listing on public.batch_rows (listing_id);
create index batch_rows_of_posting on public.batch_rows (posting_id) where posting_id is not null;
create index batch_rows_of_operation on public.batch_rows (operation_id) where operation_id is not null;
create index batch_rows_of_job on public.batch_rows (job_id) where job_id is not null;

do $$
declare
  v_table text;
begin
  foreach v_table in array array['price_rules', 'repost_rules', 'batches', 'batch_rows'] loop
    execute format('alter table public.%I enable row level security', v_table);
    execute format('revoke all on table public.%I from public, anon, authenticated', v_table);
    execute format('grant select, insert, update, delete on table public.%I to service_role', v_table);
    execute format('create policy own_rows on public.%I for select to authenticated using ((select auth.uid()) = user_id)',
      v_table);
    execute format('grant select on table public.%I to authenticated', v_table);
  end loop;
end $$;

create function public.put_price_rule(p_user_id uuid, p_marketplace text, p_rule jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  if p_rule is null or p_rule = '{}' then
    delete from public.price_rules where user_id = p_user_id and marketplace = p_marketplace;
  else
    insert into public.price_rules (user_id, marketplace, rule) values (p_user_id, p_marketplace, p_rule)
    on conflict (user_id, marketplace) do update set rule = excluded.rule, updated_at = clock_timestamp();
  end if;
  return public.list_price_rules(p_user_id);
end $$;

create function public.list_price_rules(p_user_id uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(p.marketplace, p.rule), '{}') from public.price_rules p where p.user_id = p_user_id
$$;

-- `p_rule` null switches it off. It is due at once.
create function public.put_repost_rule(p_user_id uuid, p_marketplace text, p_rule jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  if p_rule is null or p_rule = '{}' then
    delete from public.repost_rules where user_id = p_user_id and marketplace = p_marketplace;
  else
    insert into public.repost_rules (user_id, marketplace, rule, next_at)
    values (p_user_id, p_marketplace, p_rule, clock_timestamp())
    on conflict (user_id, marketplace) do update set
      rule = excluded.rule, next_at = clock_timestamp(), updated_at = clock_timestamp();
  end if;
  return public.list_repost_rules(p_user_id);
end $$;

create function public.list_repost_rules(p_user_id uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(p.marketplace, p.rule), '{}') from public.repost_rules p where p.user_id = p_user_id
$$;

-- Takes due rules, each once: the next time is `p_every` seconds ahead. With what may be reposted: live, or ended; nothing
-- with a sign of a sale, nothing that the seller took down, nothing that is being worked on. `renewing`: taken down to be
-- put back. `today`: reposts begun within a day.
create function public.take_repost_rules(p_every double precision, p_max_rows integer) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_due jsonb := '[]';
  v record;
begin
  for v in
    select * from public.repost_rules where next_at <= clock_timestamp()
    order by next_at limit least(greatest(p_max_rows, 0), 100) for update skip locked
  loop
    update public.repost_rules set next_at = listing_worker.seconds_from_now(p_every)
    where user_id = v.user_id and marketplace = v.marketplace;
    v_due := v_due || jsonb_build_object(
      'user_id', v.user_id, 'marketplace', v.marketplace, 'rule', v.rule,
      'today', (
        select count(*) from public.batch_rows w join public.batches b on b.id = w.batch_id
        where w.user_id = v.user_id and w.marketplace = v.marketplace and b.settings ->> 'because' = 'repost'
          and coalesce((w.before ->> 'renewing')::boolean, false) = false
          and b.created_at > clock_timestamp() - interval '1 day'),
      'candidates', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'posting_id', r.id, 'listing_id', r.listing_id, 'state', r.state, 'renewing', exists (
            select from public.posting_operations o join public.batch_rows w on w.operation_id = o.id
            join public.batches b on b.id = w.batch_id
            where o.posting_id = r.id and o.kind = 'delist' and b.settings ->> 'because' = 'repost'),
          'age_days', extract(epoch from clock_timestamp() - coalesce((
            select max(o.finished_at) from public.posting_operations o
            where o.posting_id = r.id and o.kind = 'relist' and o.state = 'done'), r.finished_at, r.created_at))
            / 86400.0) order by r.finished_at, r.id), '[]')
        from public.listing_automation_results r join public.listings l on l.id = r.listing_id and l.deleted_at is null
        where r.user_id = v.user_id and r.marketplace = v.marketplace and r.state in ('live', 'delisted')
          and r.external_id is not null
          and (r.state = 'live' or not exists (select from public.posting_operations o
            where o.posting_id = r.id and o.kind = 'delist' and o.state = 'done' and not exists (
              select from public.batch_rows w join public.batches b on b.id = w.batch_id
              where w.operation_id = o.id and b.settings ->> 'because' = 'repost')))
          and not exists (select from public.sale_signals s join public.listing_automation_results any_of
            on any_of.id = s.posting_id where any_of.listing_id = r.listing_id)
          and not exists (select from public.listing_automation_results sold
            where sold.listing_id = r.listing_id and sold.state = 'sold')
          and not exists (select from public.listing_automation_results newer
            where newer.listing_id = r.listing_id and newer.marketplace = r.marketplace and newer.id <> r.id
              and newer.state not in ('failed', 'cancelled', 'delisted'))
          and not exists (select from public.posting_operations o
            where o.posting_id = r.id and o.state not in ('done', 'failed', 'cancelled'))
          and not exists (select from public.batch_rows w join public.batches b on b.id = w.batch_id
            where w.posting_id = r.id and b.state not in ('done', 'cancelled'))));
  end loop;
  return v_due;
end $$;

-- Rows: {listing_id, posting_id, marketplace, kind, input, before, refused}; only of the user's own.
create function public.create_batch(p_user_id uuid, p_batch jsonb, p_rows jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.batches;
  v_wrong integer;
begin
  select count(*) into v_wrong from jsonb_array_elements(p_rows) as row
  where not exists (select from public.listings l
      where l.id = listing_worker.as_uuid(row ->> 'listing_id') and l.user_id = p_user_id)
    or (row ->> 'posting_id' is not null and not exists (select from public.listing_automation_results r
      where r.id = listing_worker.as_uuid(row ->> 'posting_id') and r.user_id = p_user_id));
  if v_wrong > 0 then
    perform listing_worker.refuse('not_found', 'There is no such listing or posting.');
  end if;
  insert into public.batches (user_id, title, state, settings, undo_of, not_before)
  values (p_user_id, left(p_batch ->> 'title', 200), p_batch ->> 'state', coalesce(p_batch -> 'settings', '{}'),
    listing_worker.as_uuid(p_batch ->> 'undo_of'), (p_batch ->> 'not_before')::timestamptz)
  returning * into v;
  insert into public.batch_rows (
    batch_id, user_id, position, listing_id, posting_id, marketplace, kind, input, before, refused)
  select v.id, p_user_id, place, (row ->> 'listing_id')::uuid, (row ->> 'posting_id')::uuid, row ->> 'marketplace',
    row ->> 'kind', coalesce(row -> 'input', '{}'), coalesce(row -> 'before', '{}'), left(row ->> 'refused', 500)
  from jsonb_array_elements(p_rows) with ordinality as rows (row, place);
  return public.get_batch(v.id::text);
end $$;

-- A row's state is derived: that of its operation or posting; `waiting` before it was asked for, `refused` if it could not.
create function listing_worker.batch_row_json(w public.batch_rows) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', w.id, 'position', w.position, 'listing_id', w.listing_id, 'posting_id', coalesce(w.posting_id, r.id),
    'marketplace', w.marketplace, 'kind', w.kind, 'input', w.input, 'before', w.before,
    'operation_id', w.operation_id, 'job_id', w.job_id, 'title', l.body ->> 'title',
    'state', case when w.refused is not null then 'refused' else coalesce(o.state, r.state, 'waiting') end,
    'why', coalesce(w.refused, o.reason ->> 'message', r.reason ->> 'message'),
    'url', coalesce(r.url, p.url))
  from (select) as one_row
  left join public.listings l on l.id = w.listing_id
  left join public.posting_operations o on o.id = w.operation_id
  left join public.listing_automation_results p on p.id = w.posting_id
  left join lateral (
    select * from public.listing_automation_results r
    where w.operation_id is null and w.job_id is not null and r.listing_id = w.listing_id
      and r.marketplace = w.marketplace
    order by (r.job_id = w.job_id) desc, r.created_at desc limit 1) r on true
$$;

create function public.get_batch(p_batch_id text) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', b.id, 'user_id', b.user_id, 'title', b.title, 'state', b.state, 'reason', b.reason, 'settings', b.settings,
    'undo_of', b.undo_of, 'not_before', listing_worker.iso(b.not_before), 'created_at', listing_worker.iso(b.created_at),
    'finished_at', listing_worker.iso(b.finished_at),
    'rows', (select coalesce(jsonb_agg(listing_worker.batch_row_json(w) order by w.position), '[]')
             from public.batch_rows w where w.batch_id = b.id))
  from public.batches b where b.id = listing_worker.as_uuid(p_batch_id)
$$;

create function public.list_batches(p_user_id uuid, p_max_rows integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', b.id, 'title', b.title, 'state', b.state, 'reason', b.reason, 'created_at', listing_worker.iso(b.created_at),
    'finished_at', listing_worker.iso(b.finished_at), 'undo_of', b.undo_of,
    'rows', (select count(*) from public.batch_rows w where w.batch_id = b.id)) order by b.created_at desc, b.id), '[]')
  from (select * from public.batches where user_id = p_user_id
        order by created_at desc, id limit least(greatest(p_max_rows, 0), 200)) b
$$;

create function public.open_batches(p_max_rows integer) returns jsonb
language sql volatile set search_path = '' as $$
  select coalesce(jsonb_agg(b.id order by b.created_at), '[]')
  from (select id, created_at from public.batches
        where state in ('rehearsing', 'running') and coalesce(not_before, '-infinity') <= clock_timestamp()
        order by created_at limit least(greatest(p_max_rows, 0), 1000)) b
$$;

-- Notes what was asked for; only once, and only while the batch goes on.
create function public.begin_batch_row(p_row_id text, p_operation_id text, p_job_id text, p_refused text) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.batch_rows w set
    operation_id = listing_worker.as_uuid(p_operation_id), job_id = p_job_id, refused = left(p_refused, 500)
  where w.id = listing_worker.as_uuid(p_row_id) and w.operation_id is null and w.job_id is null and w.refused is null;
  return found;
end $$;

-- From one of `p_came_from` only: of two who decide at the same time, one decides.
create function public.move_batch(p_batch_id text, p_came_from text[], p_to text, p_reason text) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.batches set
    state = p_to, reason = left(p_reason, 500), updated_at = clock_timestamp(),
    finished_at = case when p_to in ('done', 'cancelled') then clock_timestamp() end
  where id = listing_worker.as_uuid(p_batch_id) and state = any (p_came_from);
  return found;
end $$;

-- Rows that were refused, failed or cancelled are asked for again; answers with their number.
create function public.retry_batch_rows(p_batch_id text) returns integer
language plpgsql set search_path = '' as $$
declare
  v_count integer;
begin
  update public.batch_rows w set
    operation_id = null, job_id = null, refused = null,
    input = case when w.kind = 'post'
      then w.input || jsonb_build_object('try', coalesce((w.input ->> 'try')::integer, 0) + 1) else w.input end
  where w.batch_id = listing_worker.as_uuid(p_batch_id) and w.kind <> 'by_hand'
    and listing_worker.batch_row_json(w) ->> 'state' in ('refused', 'failed', 'cancelled');
  get diagnostics v_count = row_count;
  return v_count;
end $$;

create function listing_worker.forget_user_batches() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  delete from public.batches where user_id = old.id;
  delete from public.price_rules where user_id = old.id;
  delete from public.repost_rules where user_id = old.id;
  return old;
end $$;
do $$
begin
  create trigger forget_user_batches after delete on auth.users
    for each row execute function listing_worker.forget_user_batches();
exception
  when insufficient_privilege then
    raise warning 'auth.users belongs to another role: batches of deleted users stay until they are removed.';
end $$;

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where (p.pronamespace = 'public'::regnamespace and p.proname in (
        'put_price_rule', 'list_price_rules', 'put_repost_rule', 'list_repost_rules', 'take_repost_rules',
        'create_batch', 'get_batch', 'list_batches', 'open_batches', 'begin_batch_row', 'move_batch',
        'retry_batch_rows'))
      or (p.pronamespace = 'listing_worker'::regnamespace and p.proname in ('batch_row_json', 'forget_user_batches'))
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', v_function);
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
end $$;
