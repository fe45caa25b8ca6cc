-- A sold item that will not go away elsewhere: it is tried again and again, and after a while the seller is told, with the
-- address to do it by hand. What was seen gone stays on record with time and picture.

alter table public.posting_operations add column escalated_at timestamptz;
comment on column public.posting_operations.escalated_at is 'when the seller was told that this takes too long';
grant select (escalated_at) on table public.posting_operations to authenticated;
create index delists_that_wait on public.posting_operations (created_at)
  where kind = 'delist' and state not in ('done', 'cancelled') and escalated_at is null;

-- How long a delist that gave up rests before it is asked for again.
create function listing_worker.rests(o public.posting_operations) returns boolean
language sql stable set search_path = '' as $$
  select o.state not in ('failed', 'action_required') or o.updated_at > clock_timestamp() - interval '15 minutes'
$$;

-- Listings of a seller with evidence of a sale and something still on sale that nobody is taking down, or tried to and
-- has rested since.
create or replace function public.listings_to_settle(p_user_id uuid) returns jsonb
language sql volatile set search_path = '' as $$
  select coalesce(jsonb_agg(distinct r.listing_id), '[]')
  from public.sale_signals s
  join public.listing_automation_results r on r.id = s.posting_id
  join public.listing_automation_results o on o.listing_id = r.listing_id and o.id <> r.id and o.state = 'live'
  join public.auto_delist a on a.listing_id = o.listing_id and a.marketplace = o.marketplace
  where s.user_id = p_user_id
    and not exists (
      select from public.posting_operations d
      where d.posting_id = o.id and d.kind = 'delist' and d.state not in ('done', 'cancelled')
        and listing_worker.rests(d))
$$;

-- As before, and: `rests` of what is open; `gone`, the delists that ended with the listing seen gone, newest first.
create or replace function public.get_stock(p_listing_id text) returns jsonb
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
      select coalesce(jsonb_agg(listing_worker.operation_json(o) || jsonb_build_object(
        'rests', listing_worker.rests(o), 'escalated_at', listing_worker.iso(o.escalated_at)) order by o.created_at), '[]')
      from public.posting_operations o
      where o.listing_id = l.id and o.kind = 'delist' and o.state not in ('done', 'cancelled')
        and not exists (  -- what a later one has settled is past
          select from public.posting_operations later
          where later.posting_id = o.posting_id and later.kind = 'delist' and later.created_at > o.created_at
            and later.state <> 'cancelled')),
    'gone', (
      select coalesce(jsonb_agg(listing_worker.operation_json(o) order by o.finished_at desc), '[]')
      from public.posting_operations o
      where o.listing_id = l.id and o.kind = 'delist' and o.state = 'done'))
  from public.listings l where l.id = listing_worker.as_uuid(p_listing_id)
$$;

-- Delists of sold items that have not come through for so many seconds since they were first asked for: each is told
-- once a day, as a webhook `inventory.escalated` in this very transaction. Answers what was told.
create function public.escalate_delists(p_after double precision) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v record;
  v_said jsonb;
  v_all jsonb := '[]';
begin
  for v in
    select o.id, o.user_id, o.posting_id, o.listing_id, o.marketplace, o.state, o.reason, r.url, r.external_id,
      l.body ->> 'title' as title,
      (select min(f.created_at) from public.posting_operations f
       where f.posting_id = o.posting_id and f.kind = 'delist' and f.state <> 'cancelled'
         and f.created_at > coalesce((select max(d.finished_at) from public.posting_operations d
           where d.posting_id = o.posting_id and d.kind in ('delist', 'relist') and d.state = 'done'), '-infinity')
      ) as since
    from public.posting_operations o
    join public.listing_automation_results r on r.id = o.posting_id and r.state in ('live', 'pending_review')
    join public.listings l on l.id = o.listing_id
    where o.kind = 'delist' and o.state not in ('done', 'cancelled') and o.escalated_at is null
      and o.input ->> 'because' = 'sold elsewhere'
      and not exists (
        select from public.posting_operations later
        where later.posting_id = o.posting_id and later.kind = 'delist' and later.created_at > o.created_at)
      and not exists (
        select from public.posting_operations told
        where told.posting_id = o.posting_id and told.escalated_at > clock_timestamp() - interval '1 day')
    order by o.created_at limit 200 for update of o skip locked
  loop
    continue when v.since > clock_timestamp() - make_interval(secs => greatest(p_after, 0));
    update public.posting_operations set escalated_at = clock_timestamp() where id = v.id;
    v_said := jsonb_build_object(
      'operation_id', v.id, 'listing_id', v.listing_id, 'posting_id', v.posting_id, 'marketplace', v.marketplace,
      'title', v.title, 'external_id', v.external_id, 'link', v.url, 'since', listing_worker.iso(v.since),
      'state', v.state, 'reason', v.reason);
    insert into public.webhooks (endpoint_id, user_id, type, payload)
    select e.id, v.user_id, 'inventory.escalated', jsonb_build_object(
      'type', 'inventory.escalated', 'timestamp', listing_worker.iso(clock_timestamp()), 'data', v_said)
    from public.webhook_endpoints e
    where e.user_id = v.user_id and e.active and 'inventory.escalated' = any (e.events);
    v_all := v_all || jsonb_build_array(v_said || jsonb_build_object('user_id', v.user_id));
  end loop;
  return v_all;
end $$;

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where (p.pronamespace = 'public'::regnamespace
        and p.proname in ('escalate_delists', 'get_stock', 'listings_to_settle'))
      or (p.pronamespace = 'listing_worker'::regnamespace and p.proname = 'rests')
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', v_function);
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
end $$;
