-- What an attempt leaves to look at: its timeline. Pictures are in the photo store; the timeline holds their keys.
alter table public.attempts add column recording jsonb;
comment on column public.attempts.recording is 'steps, fields, costs and keys of pictures, without secrets or addresses';

create function public.record_timeline(p_posting_id text, p_fence bigint, p_recording jsonb) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.attempts set recording = p_recording
  where posting_id = listing_worker.as_uuid(p_posting_id) and fence = p_fence;
  return found;
end $$;

-- Newest first.
create function public.list_recordings(p_user_id uuid, p_posting_id text) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'attempt', a.fence, 'started_at', listing_worker.iso(a.started_at), 'recording', a.recording)
    order by a.fence desc), '[]')
  from public.attempts a
  where a.posting_id = listing_worker.as_uuid(p_posting_id) and a.user_id = p_user_id and a.recording is not null
$$;

revoke execute on function public.record_timeline(text, bigint, jsonb) from public, anon, authenticated;
grant execute on function public.record_timeline(text, bigint, jsonb) to service_role;
revoke execute on function public.list_recordings(uuid, text) from public, anon, authenticated;
grant execute on function public.list_recordings(uuid, text) to service_role;
