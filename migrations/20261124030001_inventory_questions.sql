-- What a watch cannot settle is asked: an account that could not be looked at for a while (a sale there is not noticed), a
-- circuit breaker that was pulled, a weak sign of a sale that nothing came to confirm or refute.

alter table public.inventory_watches
  add column unseen_since timestamptz,
  add column asked text check (asked in ('unseen', 'stopped')),
  add column asked_at timestamptz;
comment on column public.inventory_watches.unseen_since is
  'since when no look has shown the whole list; null after one that did';
comment on column public.inventory_watches.asked is 'what the seller was asked about this account last, while it lasts';
grant select (unseen_since) on table public.inventory_watches to authenticated;
create index watches_with_a_question on public.inventory_watches (user_id)
  where unseen_since is not null or stopped is not null;

alter table public.sale_signals add column asked_at timestamptz;
comment on column public.sale_signals.asked_at is 'when the seller was asked whether it is sold';
create index signals_with_a_question on public.sale_signals (seen_at) where not certain and asked_at is null;

create or replace function public.finish_watch(
  p_user_id uuid, p_marketplace text, p_fence bigint, p_outcome jsonb, p_again_in double precision
) returns boolean
language plpgsql set search_path = '' as $$
declare
  v_seen boolean := coalesce((p_outcome ->> 'looked')::boolean, false)
    and coalesce((p_outcome ->> 'complete')::boolean, true);
begin
  update public.inventory_watches w set
    lease_owner = null, lease_until = null, last_at = clock_timestamp(), outcome = p_outcome,
    stopped = coalesce(nullif(p_outcome -> 'stopped', 'null'), w.stopped),
    unseen_since = case when not v_seen then coalesce(w.unseen_since, clock_timestamp()) end,
    asked = case when v_seen and w.asked = 'unseen' then null else w.asked end,
    next_at = listing_worker.seconds_from_now(p_again_in)
  where user_id = p_user_id and marketplace = p_marketplace and fence = p_fence and lease_until is not null;
  return found;
end $$;

create or replace function public.resume_watch(p_user_id uuid, p_marketplace text) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.inventory_watches set stopped = null, asked = null
  where user_id = p_user_id and marketplace = p_marketplace and stopped is not null;
  return found;
end $$;

create or replace function public.list_watches(p_user_id uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'marketplace', w.marketplace, 'last_at', listing_worker.iso(w.last_at), 'next_at', listing_worker.iso(w.next_at),
    'outcome', w.outcome, 'stopped', w.stopped, 'unseen_since', listing_worker.iso(w.unseen_since))
    order by w.marketplace), '[]')
  from public.inventory_watches w where w.user_id = p_user_id
$$;

-- Is it on sale elsewhere too, where it would be taken down by itself if it were known to be sold?
create function listing_worker.hangs_on(r public.listing_automation_results) returns boolean
language sql stable set search_path = '' as $$
  select exists (
    select from public.listing_automation_results o
    join public.auto_delist a on a.listing_id = o.listing_id and a.marketplace = o.marketplace
    where o.listing_id = r.listing_id and o.id <> r.id and o.state in ('live', 'pending_review'))
$$;

create function listing_worker.ask_seller(p_user_id uuid, p_said jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
  insert into public.webhooks (endpoint_id, user_id, type, payload)
  select e.id, p_user_id, 'inventory.asks', jsonb_build_object(
    'type', 'inventory.asks', 'timestamp', listing_worker.iso(clock_timestamp()), 'data', p_said)
  from public.webhook_endpoints e
  where e.user_id = p_user_id and e.active and 'inventory.asks' = any (e.events);
  return p_said || jsonb_build_object('user_id', p_user_id);
end $$;

-- Asks what has been open for so many seconds (a pulled breaker at once): accounts once a day while it lasts, a sign of a
-- sale once; as a webhook `inventory.asks` in this very transaction. Answers what was asked.
create function public.ask_about_inventory(p_after double precision) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v record;
  v_before timestamptz := clock_timestamp() - make_interval(secs => greatest(p_after, 0));
  v_all jsonb := '[]';
begin
  for v in
    select w.user_id, w.marketplace, w.unseen_since, w.last_at, w.outcome, w.stopped,
      case when w.stopped is not null then 'stopped' else 'unseen' end as code
    from public.inventory_watches w
    where (w.stopped is not null or w.unseen_since <= v_before)
      and (w.asked is distinct from case when w.stopped is not null then 'stopped' else 'unseen' end
        or w.asked_at <= clock_timestamp() - interval '1 day')
      and (w.stopped is not null or exists (
        select from public.listing_automation_results r
        where r.user_id = w.user_id and r.marketplace = w.marketplace and r.state = 'live'
          and listing_worker.hangs_on(r)))
    order by w.user_id, w.marketplace limit 200 for update of w skip locked
  loop
    update public.inventory_watches set asked = v.code, asked_at = clock_timestamp()
    where user_id = v.user_id and marketplace = v.marketplace;
    v_all := v_all || jsonb_build_array(listing_worker.ask_seller(v.user_id, jsonb_build_object(
      'marketplace', v.marketplace, 'listing_id', null, 'posting_id', null, 'title', null, 'link', null,
      'since', listing_worker.iso(case when v.code = 'stopped' then v.last_at else v.unseen_since end),
      'reason', case when v.code = 'stopped'
        then jsonb_build_object('code', v.code, 'message', v.stopped ->> 'message', 'action', v.stopped ->> 'action', 'field', null)
        else jsonb_build_object('code', v.code, 'message', concat_ws(' ',
          'Your listings there could not be seen: what is sold there is not noticed, and stays on sale elsewhere.',
          v.outcome ->> 'why'),
          'action', 'Look there, and sign in again if it asks for it', 'field', null) end)));
  end loop;
  for v in
    select r.user_id, r.id, r.listing_id, r.marketplace, r.url, l.body ->> 'title' as title,
      min(s.seen_at) as since, min(s.detail) as detail
    from public.sale_signals s
    join public.listing_automation_results r on r.id = s.posting_id and r.state in ('live', 'pending_review')
    join public.listings l on l.id = r.listing_id
    where listing_worker.hangs_on(r) and exists (
      select from public.sale_signals due
      where due.posting_id = r.id and not due.certain and due.asked_at is null and due.seen_at <= v_before)
    group by r.id, l.id
    having bool_and(not s.certain) and count(distinct s.kind) = 1
    order by min(s.seen_at), r.id limit 200
  loop
    update public.sale_signals set asked_at = clock_timestamp() where posting_id = v.id and asked_at is null;
    continue when not found;
    v_all := v_all || jsonb_build_array(listing_worker.ask_seller(v.user_id, jsonb_build_object(
      'marketplace', v.marketplace, 'listing_id', v.listing_id, 'posting_id', v.id, 'title', v.title, 'link', v.url,
      'since', listing_worker.iso(v.since),
      'reason', jsonb_build_object('code', 'maybe_sold', 'message', concat_ws(' ',
        v.detail, 'It may be sold, and it stays on sale elsewhere until that is certain.'),
        'action', 'Look there; if it was sold, say so', 'field', null))));
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
        and p.proname in ('finish_watch', 'resume_watch', 'list_watches', 'ask_about_inventory'))
      or (p.pronamespace = 'listing_worker'::regnamespace and p.proname in ('hangs_on', 'ask_seller'))
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', v_function);
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
end $$;
