-- "Post to All" for many who press it at the same moment: what they begin with in one call, and what is simple of it in
-- one transaction.

-- What posts begin with: the listings in the order in which they are asked for (null where that user has none such), and
-- the sessions that are kept, by user.
create function public.posts_beginnings(p_user_ids jsonb, p_listing_ids jsonb) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  c_time constant text := 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
begin
  return jsonb_build_object(
    'listings', (
      select coalesce(jsonb_agg(case when l.id is not null then jsonb_build_object(
        'id', l.id, 'user_id', l.user_id, 'body', l.body, 'photos', l.photos,
        'created_at', to_char(l.created_at at time zone 'UTC', c_time),
        'updated_at', to_char(l.updated_at at time zone 'UTC', c_time)) end order by asked.place), '[]')
      from rows from (jsonb_array_elements_text(p_user_ids), jsonb_array_elements_text(p_listing_ids))
        with ordinality as asked (user_id, listing_id, place)
      left join public.listings l
        on l.id = listing_worker.as_uuid(asked.listing_id) and l.user_id = asked.user_id::uuid and l.deleted_at is null),
    'sessions', (
      select coalesce(jsonb_object_agg(u.user_id, public.list_sessions(u.user_id::uuid)), '{}')
      from (select distinct user_id from jsonb_array_elements_text(p_user_ids) as each (user_id)) u));
end $$;

-- What create_job does for each of these posts, where it is simple: nothing is blocked, the listing was never posted,
-- its row and its key are nobody else's just now. Answers in the order of the posts with what create_job answers, and
-- with null for a post that was left alone, for which create_job is to be called. Waits for nobody: one who waits would
-- keep the others waiting. All in one transaction; if it fails, nothing was made.
create function public.create_simple_jobs(p_posts jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  c_time constant text := 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
  v_posts jsonb;
  v_made jsonb;
begin
  -- Each statement sees what was committed before it began, so: first the locks, then what they protect.
  select jsonb_agg(post || jsonb_build_object('place', place)) into v_posts from (
    select post, place,
      row_number() over (partition by lower(post ->> 'listing_id') order by place) as nth_of_listing,
      row_number() over (partition by post ->> 'user_id', post ->> 'idempotency_key' order by place) as nth_of_key
    from jsonb_array_elements(p_posts) with ordinality as asked (post, place)
  ) first
  where nth_of_listing = 1 and (post ->> 'idempotency_key' is null or nth_of_key = 1)
    and jsonb_array_length(post -> 'marketplaces') > 0
    and (post ->> 'idempotency_key' is null or pg_try_advisory_xact_lock(hashtextextended(
      (post ->> 'user_id')::uuid || ' idempotency ' || (post ->> 'idempotency_key'), 0)));

  select jsonb_agg(post) into v_posts from (
    select post from jsonb_array_elements(v_posts) as asked (post)
    join public.listings l on l.id = listing_worker.as_uuid(post ->> 'listing_id')
    where l.user_id = (post ->> 'user_id')::uuid and l.deleted_at is null
    for update of l skip locked
  ) ours;

  with wanted as materialized (
    select post, (post ->> 'place')::integer as place, (post ->> 'listing_id')::uuid as listing_id,
      (post ->> 'user_id')::uuid as user_id, post ->> 'idempotency_key' as idempotency_key
    from jsonb_array_elements(v_posts) as asked (post)
  ), simple as materialized (
    select * from wanted w
    where not exists (select from public.listing_automation_results r where r.listing_id = w.listing_id)
      and not exists (
        select from public.jobs j where j.user_id = w.user_id and j.idempotency_key = w.idempotency_key)
  ), job as (
    insert into public.jobs (user_id, listing_id, idempotency_key, request_hash)
    select user_id, listing_id, idempotency_key, post ->> 'request_hash' from simple
    returning *
  ), posting as (
    insert into public.listing_automation_results (
      job_id, listing_id, user_id, marketplace, position, max_attempts, state)
    select job.id, job.listing_id, job.user_id, named.name, named.position, (s.post ->> 'max_attempts')::integer,
      'queued'
    from simple s join job on job.listing_id = s.listing_id
    cross join lateral (
      select name, row_number() over (order by min(place)) as position
      from jsonb_array_elements_text(s.post -> 'marketplaces') with ordinality as m (name, place) group by name
    ) named
    returning *
  ), made as (
    select s.place, jsonb_build_object('created', true, 'existing', '[]'::jsonb, 'job', jsonb_build_object(
      'id', job.id, 'user_id', job.user_id, 'listing_id', job.listing_id,
      'status', listing_worker.job_status(array_agg(r.state)),
      'created_at', to_char(job.created_at at time zone 'UTC', c_time), 'completed_at', null,
      'postings', jsonb_agg(jsonb_build_object(
        'id', r.id, 'job_id', r.job_id, 'user_id', r.user_id, 'listing_id', r.listing_id,
        'marketplace', r.marketplace, 'state', r.state, 'reason', null, 'attempts', r.attempts,
        'max_attempts', r.max_attempts, 'fence', r.fence, 'not_before', null, 'intent', null, 'intent_at', null,
        'external_id', null, 'url', null, 'proof', null, 'report', r.report,
        'cancel_requested', r.cancel_requested,
        'created_at', to_char(r.created_at at time zone 'UTC', c_time),
        'updated_at', to_char(r.updated_at at time zone 'UTC', c_time), 'finished_at', null
      ) order by r.position))) as created
    from simple s join job on job.listing_id = s.listing_id join posting r on r.job_id = job.id
    group by s.place, job.id, job.user_id, job.listing_id, job.created_at
  )
  select coalesce(jsonb_agg(made.created order by places.place), '[]') into v_made
  from generate_series(1, jsonb_array_length(p_posts)) as places (place) left join made using (place);
  return v_made;
end $$;

revoke execute on function public.posts_beginnings(jsonb, jsonb), public.create_simple_jobs(jsonb)
  from public, anon, authenticated;
grant execute on function public.posts_beginnings(jsonb, jsonb), public.create_simple_jobs(jsonb) to service_role;
