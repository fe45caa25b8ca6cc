-- The circuit breaker is about what is news: signs that are on record already must not pull it again at every look.

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
    'known', (
      select coalesce(jsonb_agg(distinct s.posting_id || ' ' || s.kind), '[]')
      from public.sale_signals s join public.listing_automation_results r on r.id = s.posting_id
      where s.user_id = p_user_id and r.marketplace = p_marketplace and r.state = 'live' and s.reference = ''),
    'postings', (
    select coalesce(jsonb_agg(listing_worker.posting_json(r) order by r.created_at, r.id), '[]')
    from public.listing_automation_results r
    where r.user_id = p_user_id and r.marketplace = p_marketplace and r.state = 'live' and r.external_id is not null));
end $$;
revoke execute on function public.claim_watch(uuid, text, text, double precision) from public, anon, authenticated;
grant execute on function public.claim_watch(uuid, text, text, double precision) to service_role;
