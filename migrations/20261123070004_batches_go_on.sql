-- A batch that the seller lets go on is not paused again for what went wrong before: `forgiven` rows in its settings.
create or replace function public.move_batch(p_batch_id text, p_came_from text[], p_to text, p_reason text) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.batches b set
    state = p_to, reason = left(p_reason, 500), updated_at = clock_timestamp(),
    settings = case when p_to = 'running' then b.settings || jsonb_build_object('forgiven', (
      select count(*) from public.batch_rows w where w.batch_id = b.id and w.kind <> 'by_hand'
        and listing_worker.batch_row_json(w) ->> 'state' in ('refused', 'failed', 'action_required')))
      else b.settings end,
    finished_at = case when p_to in ('done', 'cancelled') then clock_timestamp() end
  where b.id = listing_worker.as_uuid(p_batch_id) and b.state = any (p_came_from);
  return found;
end $$;
