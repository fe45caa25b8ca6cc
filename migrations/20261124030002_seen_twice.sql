-- One look that was turned away is nothing to ask about: an account is unseen when two looks in a row showed no whole list.

create function listing_worker.saw_all(p_outcome jsonb) returns boolean
language sql immutable set search_path = '' as $$
  select coalesce((p_outcome ->> 'looked')::boolean, false) and coalesce((p_outcome ->> 'complete')::boolean, true)
$$;

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
    next_at = listing_worker.seconds_from_now(p_again_in)
  where user_id = p_user_id and marketplace = p_marketplace and fence = p_fence and lease_until is not null;
  return found;
end $$;

comment on column public.inventory_watches.unseen_since is
  'since when no look has shown the whole list; null after one that did, and until a second one in a row did not';

revoke execute on function listing_worker.saw_all(jsonb) from public, anon, authenticated;
grant execute on function listing_worker.saw_all(jsonb) to service_role;
revoke execute on function public.finish_watch(uuid, text, bigint, jsonb, double precision) from public, anon, authenticated;
grant execute on function public.finish_watch(uuid, text, bigint, jsonb, double precision) to service_role;
