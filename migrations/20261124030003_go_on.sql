-- "Go on" is about what pulled the circuit breaker: these very signs must not pull it again at the next look. They are kept
-- until a look that was whole has put them on record.

alter table public.inventory_watches add column waved jsonb not null default '[]';
comment on column public.inventory_watches.waved is
  'signs ("<posting id> <kind>") that pulled the breaker, and about which the seller said go on';

create or replace function public.resume_watch(p_user_id uuid, p_marketplace text) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.inventory_watches w set
    stopped = null, asked = null, waved = coalesce(nullif(w.stopped -> 'signs', 'null'), '[]')
  where user_id = p_user_id and marketplace = p_marketplace and stopped is not null;
  return found;
end $$;

create or replace function public.finish_watch(
  p_user_id uuid, p_marketplace text, p_fence bigint, p_outcome jsonb, p_again_in double precision
) returns boolean
language plpgsql set search_path = '' as $$
declare
  v_seen boolean := listing_worker.saw_all(p_outcome);
begin
  update public.inventory_watches w set
    lease_owner = null, lease_until = null, last_at = clock_timestamp(), outcome = p_outcome,
    stopped = coalesce(nullif(p_outcome -> 'stopped', 'null'), w.stopped),
    unseen_since = case when not v_seen then
      coalesce(w.unseen_since, case when not listing_worker.saw_all(w.outcome) then w.last_at end) end,
    asked = case when v_seen and w.asked = 'unseen' then null else w.asked end,
    waved = case when v_seen then '[]' else w.waved end,
    next_at = listing_worker.seconds_from_now(p_again_in)
  where user_id = p_user_id and marketplace = p_marketplace and fence = p_fence and lease_until is not null;
  return found;
end $$;

create or replace function public.claim_watch(
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
    'known', v.waved || (
      select coalesce(jsonb_agg(distinct s.posting_id || ' ' || s.kind), '[]')
      from public.sale_signals s join public.listing_automation_results r on r.id = s.posting_id
      where s.user_id = p_user_id and r.marketplace = p_marketplace and r.state = 'live' and s.reference = ''),
    'postings', (
    select coalesce(jsonb_agg(listing_worker.posting_json(r) order by r.created_at, r.id), '[]')
    from public.listing_automation_results r
    where r.user_id = p_user_id and r.marketplace = p_marketplace and r.state = 'live' and r.external_id is not null));
end $$;

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname in ('claim_watch', 'finish_watch', 'resume_watch')
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', v_function);
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
end $$;
