-- What the two busiest routes read, in one call each: many jobs as the API shows them, and what a post begins with.

-- The texts of jobs as the API shows them (schemas.JobOut), in the order in which they are asked for; null where that
-- user has no such job. In plpgsql for its kept plans, which cost more to make than to run; times are written out here
-- because a call of listing_worker.iso for each would cost more than all the rest.
create function public.job_views(p_user_ids jsonb, p_job_ids jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  c_time constant text := 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
begin
  return (
    select coalesce(jsonb_agg(view.body::text order by asked.place), '[]')
    from rows from (jsonb_array_elements_text(p_user_ids), jsonb_array_elements_text(p_job_ids))
      with ordinality as asked (user_id, job_id, place)
    left join public.jobs j on j.id = asked.job_id and j.user_id = asked.user_id::uuid
    left join lateral (
      select json_build_object(
        'id', j.id, 'listing_id', j.listing_id,
        'status', listing_worker.job_status(coalesce(array_agg(r.state) filter (where r.id is not null), '{}')),
        'created_at', to_char(j.created_at at time zone 'UTC', c_time),
        'completed_at', to_char(j.completed_at at time zone 'UTC', c_time),
        'postings', coalesce(json_agg(json_build_object(
          'id', r.id, 'job_id', r.job_id, 'listing_id', r.listing_id, 'marketplace', r.marketplace, 'state', r.state,
          'reason', case when jsonb_typeof(r.reason) = 'object' then json_build_object(
            'code', r.reason ->> 'code', 'message', r.reason ->> 'message', 'action', r.reason ->> 'action',
            'field', r.reason ->> 'field') end,
          'attempts', r.attempts, 'max_attempts', r.max_attempts,
          'not_before', to_char(r.not_before at time zone 'UTC', c_time),
          'external_id', r.external_id, 'url', r.url, 'report', r.report, 'cancel_requested', r.cancel_requested,
          'created_at', to_char(r.created_at at time zone 'UTC', c_time),
          'updated_at', to_char(r.updated_at at time zone 'UTC', c_time),
          'finished_at', to_char(r.finished_at at time zone 'UTC', c_time)
        ) order by r.position, r.id) filter (where r.id is not null), '[]')) as body
      from (select) as one_row
      left join public.listing_automation_results r on r.job_id = j.id
    ) view on j.id is not null);
end $$;

-- What "Post to All" begins with: the listing (null if the user has none such) and the sessions that are kept.
create function public.post_beginnings(p_user_id uuid, p_listing_id text) returns jsonb
language plpgsql volatile set search_path = '' as $$
begin
  return jsonb_build_object(
    'listing', public.get_listing(p_user_id, p_listing_id), 'sessions', public.list_sessions(p_user_id));
end $$;

revoke execute on function public.job_views(jsonb, jsonb), public.post_beginnings(uuid, text)
  from public, anon, authenticated;
grant execute on function public.job_views(jsonb, jsonb), public.post_beginnings(uuid, text) to service_role;
