-- Inventory: what a seller's own lists say about live postings, and what follows when an item is sold.
-- A signal is evidence with time and source. Absence from a list is the weakest there is, and never enough alone.

create table public.auto_delist (
  listing_id uuid not null references public.listings (id) on delete cascade,
  marketplace text not null check (marketplace ~ '^[a-z][a-z0-9_]{1,39}$'),
  user_id uuid not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (listing_id, marketplace)
);
comment on table public.auto_delist is 'where a seller wants a listing taken down by itself once it is sold elsewhere';
create index auto_delist_of_user on public.auto_delist (user_id);

create table public.sale_signals (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  posting_id uuid not null references public.listing_automation_results (id) on delete cascade,
  kind text not null check (kind in ('order', 'sold_list', 'sold_page', 'missing', 'told', 'mail')),
  certain boolean not null,
  reference text not null default '',
  units integer not null default 1 check (units between 1 and 999),
  detail text not null default '',
  seen_at timestamptz not null default clock_timestamp(),
  unique (posting_id, kind, reference)
);
comment on column public.sale_signals.reference is 'the order''s number, where there is one: one order counts once';
create index sale_signals_of_user on public.sale_signals (user_id, seen_at desc);

create table public.inventory_watches (
  user_id uuid not null,
  marketplace text not null check (marketplace ~ '^[a-z][a-z0-9_]{1,39}$'),
  next_at timestamptz,
  fence bigint not null default 0,
  lease_owner text,
  lease_until timestamptz,
  last_at timestamptz,
  outcome jsonb not null default '{}',
  stopped jsonb,
  primary key (user_id, marketplace),
  constraint lease_is_whole check ((lease_owner is null) = (lease_until is null))
);
comment on column public.inventory_watches.stopped is 'the circuit breaker: why nothing is done by itself until the seller says go on';
create index watches_leased on public.inventory_watches (user_id, marketplace, lease_until) where lease_until is not null;

do $$
declare
  v_table text;
begin
  foreach v_table in array array['auto_delist', 'sale_signals', 'inventory_watches'] loop
    execute format('alter table public.%I enable row level security', v_table);
    execute format('revoke all on table public.%I from public, anon, authenticated', v_table);
    execute format('grant select, insert, update, delete on table public.%I to service_role', v_table);
    execute format('create policy own_rows on public.%I for select to authenticated using ((select auth.uid()) = user_id)',
      v_table);
  end loop;
end $$;
grant select on table public.auto_delist, public.sale_signals to authenticated;
grant select (user_id, marketplace, next_at, last_at, outcome, stopped) on table public.inventory_watches to authenticated;

-- A watch, too, has its account to itself.
create or replace function listing_worker.account_busy_until(p_user_id uuid, p_marketplace text, p_but uuid)
returns timestamptz
language sql volatile set search_path = '' as $$
  select max(lease_until) from (
    select lease_until from public.listing_automation_results
    where user_id = p_user_id and marketplace = p_marketplace and id <> p_but and lease_until > clock_timestamp()
    union all
    select lease_until from public.posting_operations
    where user_id = p_user_id and marketplace = p_marketplace and id <> p_but and lease_until > clock_timestamp()
    union all
    select lease_until from public.inventory_watches
    where user_id = p_user_id and marketplace = p_marketplace and lease_until > clock_timestamp()
  ) held
$$;

create or replace function public.claim_posting(p_posting_id text, p_owner text, p_lease_seconds double precision)
returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.listing_automation_results;
  v_busy_until timestamptz;
begin
  select * into v from public.listing_automation_results where id = listing_worker.as_uuid(p_posting_id);
  if found then
    perform from public.jobs where id = v.job_id for no key update;
    perform pg_advisory_xact_lock(hashtextextended(v.user_id || ' account ' || v.marketplace, 0));
    select max(lease_until) into v_busy_until from (
      select lease_until from public.posting_operations
      where user_id = v.user_id and marketplace = v.marketplace and lease_until > clock_timestamp()
      union all
      select lease_until from public.inventory_watches
      where user_id = v.user_id and marketplace = v.marketplace and lease_until > clock_timestamp()) held;
    if v_busy_until is not null and listing_worker.is_moving(v.state) then
      return jsonb_build_object(
        'claimed', false, 'why', 'account_busy', 'again_in', listing_worker.seconds_until(v_busy_until));
    end if;
  end if;
  return listing_worker.claim_posting_of_free_account(p_posting_id, p_owner, p_lease_seconds);
end $$;

create function public.set_auto_delist(p_user_id uuid, p_listing_id text, p_marketplaces text[], p_on boolean)
returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_listing uuid;
begin
  select id into v_listing from public.listings
  where id = listing_worker.as_uuid(p_listing_id) and user_id = p_user_id and deleted_at is null;
  if not found then
    return null;
  end if;
  if p_on then
    insert into public.auto_delist (listing_id, marketplace, user_id)
    select v_listing, unnest(p_marketplaces), p_user_id on conflict do nothing;
  else
    delete from public.auto_delist where listing_id = v_listing and marketplace = any (p_marketplaces);
  end if;
  return (select coalesce(jsonb_agg(marketplace order by marketplace), '[]')
          from public.auto_delist where listing_id = v_listing);
end $$;

-- Accounts with something live that have not been looked at for p_every seconds. Stopped ones are looked at, too:
-- looking is harmless; only nothing is done by itself.
create function public.due_watches(p_every double precision, p_max_rows integer) returns jsonb
language sql volatile set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('user_id', due.user_id, 'marketplace', due.marketplace)
                            order by due.next_at nulls first), '[]')
  from (
    select accounts.user_id, accounts.marketplace, w.next_at
    from (select distinct r.user_id, r.marketplace from public.listing_automation_results r
          where r.state = 'live' and r.external_id is not null
            and exists (select from public.auto_delist a where a.user_id = r.user_id)) accounts
    left join public.inventory_watches w on w.user_id = accounts.user_id and w.marketplace = accounts.marketplace
    where p_every > 0 and coalesce(w.next_at, '-infinity') <= clock_timestamp()
      and coalesce(w.lease_until, '-infinity') <= clock_timestamp()
      and listing_worker.account_busy_until(accounts.user_id, accounts.marketplace,
        '00000000-0000-0000-0000-000000000000') is null
    order by w.next_at nulls first limit least(greatest(p_max_rows, 0), 1000)
  ) due
$$;

-- Listings of a seller with evidence of a sale and something still on sale that nobody is taking down yet.
create function public.listings_to_settle(p_user_id uuid) returns jsonb
language sql volatile set search_path = '' as $$
  select coalesce(jsonb_agg(distinct r.listing_id), '[]')
  from public.sale_signals s
  join public.listing_automation_results r on r.id = s.posting_id
  join public.listing_automation_results o on o.listing_id = r.listing_id and o.id <> r.id and o.state = 'live'
  join public.auto_delist a on a.listing_id = o.listing_id and a.marketplace = o.marketplace
  where s.user_id = p_user_id
    and not exists (
      select from public.posting_operations d
      where d.posting_id = o.id and d.kind = 'delist' and d.state not in ('done', 'cancelled'))
$$;

-- {claimed, fence, stopped, postings, weak, to_settle}: what is live there by our knowledge; which of it has weak signals;
-- listings of the seller that an earlier look left unsettled.
create function public.claim_watch(
  p_user_id uuid, p_marketplace text, p_owner text, p_lease_seconds double precision
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.inventory_watches;
begin
  perform pg_advisory_xact_lock(hashtextextended(p_user_id || ' account ' || p_marketplace, 0));
  if listing_worker.account_busy_until(p_user_id, p_marketplace, '00000000-0000-0000-0000-000000000000') is not null then
    return '{"claimed": false, "why": "account_busy"}';
  end if;
  insert into public.inventory_watches as w (user_id, marketplace, fence, lease_owner, lease_until)
  values (p_user_id, p_marketplace, 1, p_owner, listing_worker.seconds_from_now(p_lease_seconds))
  on conflict (user_id, marketplace) do update set
    fence = w.fence + 1, lease_owner = p_owner, lease_until = listing_worker.seconds_from_now(p_lease_seconds)
  returning * into v;
  return jsonb_build_object('claimed', true, 'fence', v.fence, 'stopped', v.stopped,
    'to_settle', public.listings_to_settle(p_user_id),
    'weak', (
      select coalesce(jsonb_agg(distinct s.posting_id), '[]')
      from public.sale_signals s join public.listing_automation_results r on r.id = s.posting_id
      where s.user_id = p_user_id and r.marketplace = p_marketplace and r.state = 'live' and not s.certain),
    'postings', (
    select coalesce(jsonb_agg(listing_worker.posting_json(r) order by r.created_at, r.id), '[]')
    from public.listing_automation_results r
    where r.user_id = p_user_id and r.marketplace = p_marketplace and r.state = 'live' and r.external_id is not null));
end $$;

-- `stopped` in the outcome pulls the breaker; it stays pulled until resume_watch.
create function public.finish_watch(
  p_user_id uuid, p_marketplace text, p_fence bigint, p_outcome jsonb, p_again_in double precision
) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.inventory_watches set
    lease_owner = null, lease_until = null, last_at = clock_timestamp(), outcome = p_outcome,
    stopped = coalesce(nullif(p_outcome -> 'stopped', 'null'), stopped),
    next_at = listing_worker.seconds_from_now(p_again_in)
  where user_id = p_user_id and marketplace = p_marketplace and fence = p_fence and lease_until is not null;
  return found;
end $$;

create function public.list_watches(p_user_id uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'marketplace', w.marketplace, 'last_at', listing_worker.iso(w.last_at), 'next_at', listing_worker.iso(w.next_at),
    'outcome', w.outcome, 'stopped', w.stopped) order by w.marketplace), '[]')
  from public.inventory_watches w where w.user_id = p_user_id
$$;

create function public.resume_watch(p_user_id uuid, p_marketplace text) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.inventory_watches set stopped = null
  where user_id = p_user_id and marketplace = p_marketplace and stopped is not null;
  return found;
end $$;

-- True if it is new: the same order, seen again, is the same sale.
create function public.record_signal(
  p_posting_id text, p_kind text, p_certain boolean, p_reference text, p_units integer, p_detail text
) returns boolean
language plpgsql set search_path = '' as $$
begin
  insert into public.sale_signals (user_id, posting_id, kind, certain, reference, units, detail)
  select r.user_id, r.id, p_kind, p_certain, p_reference, p_units, left(p_detail, 500)
  from public.listing_automation_results r where r.id = listing_worker.as_uuid(p_posting_id)
  on conflict do nothing;
  return found;
end $$;

-- An item that is listed again was not gone: weak evidence against a posting that was seen alive is dropped.
create function public.drop_weak_signals(p_posting_ids text[]) returns integer
language plpgsql set search_path = '' as $$
declare
  v_count integer;
begin
  delete from public.sale_signals where not certain and posting_id = any (p_posting_ids::uuid[]);
  get diagnostics v_count = row_count;
  return v_count;
end $$;

-- Everything a decision about one listing needs: {listing_id, user_id, quantity, postings, auto_delist, signals, open}.
create function public.get_stock(p_listing_id text) returns jsonb
language sql volatile set search_path = '' as $$
  select jsonb_build_object(
    'listing_id', l.id, 'user_id', l.user_id, 'title', l.body ->> 'title',
    'quantity', coalesce((l.body ->> 'quantity')::integer, 1),
    'postings', (
      select coalesce(jsonb_agg(listing_worker.posting_json(r) order by r.created_at, r.id), '[]')
      from public.listing_automation_results r
      where r.listing_id = l.id and r.state in ('live', 'pending_review', 'sold', 'delisted')),
    'auto_delist', (
      select coalesce(jsonb_agg(a.marketplace order by a.marketplace), '[]')
      from public.auto_delist a where a.listing_id = l.id),
    'signals', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'posting_id', s.posting_id, 'kind', s.kind, 'certain', s.certain, 'reference', s.reference, 'units', s.units,
        'detail', s.detail, 'seen_at', listing_worker.iso(s.seen_at)) order by s.seen_at, s.id), '[]')
      from public.sale_signals s join public.listing_automation_results r on r.id = s.posting_id
      where r.listing_id = l.id),
    'open', (
      select coalesce(jsonb_agg(listing_worker.operation_json(o) order by o.created_at), '[]')
      from public.posting_operations o
      where o.listing_id = l.id and o.kind = 'delist' and o.state not in ('done', 'cancelled')))
  from public.listings l where l.id = listing_worker.as_uuid(p_listing_id)
$$;

-- Only on evidence: a posting becomes sold where there is a signal for it.
create function public.mark_sold(p_posting_id text) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.listing_automation_results r set state = 'sold', updated_at = clock_timestamp()
  where r.id = listing_worker.as_uuid(p_posting_id) and r.state in ('live', 'pending_review', 'delisted')
    and exists (select from public.sale_signals s where s.posting_id = r.id);
  return found;
end $$;

create function listing_worker.forget_user_inventory() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  delete from public.inventory_watches where user_id = old.id;
  return old;
end $$;
do $$
begin
  create trigger forget_user_inventory after delete on auth.users
    for each row execute function listing_worker.forget_user_inventory();
exception
  when insufficient_privilege then
    raise warning 'auth.users belongs to another role: watches of deleted users stay until they are removed.';
end $$;

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where (p.pronamespace = 'public'::regnamespace and p.proname in (
        'set_auto_delist', 'due_watches', 'claim_watch', 'finish_watch', 'list_watches', 'resume_watch', 'record_signal',
        'drop_weak_signals', 'listings_to_settle', 'get_stock', 'mark_sold', 'claim_posting'))
      or (p.pronamespace = 'listing_worker'::regnamespace and p.proname in ('account_busy_until', 'forget_user_inventory'))
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', v_function);
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
end $$;
