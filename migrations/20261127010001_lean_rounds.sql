-- The calls for many looks or posts at once once more, telling no more than is used. Their first versions stay for the
-- release before this one, which still runs while this one starts.
--
-- What is asked as often as this is planned once, which saves a tenth of the call, and by index, because a plan made
-- while the tables were small would read all of them later.

-- As posts_beginnings, but json: the listings' bodies are written as they are instead of being taken apart first.
create function public.posts_beginnings_2(p_user_ids jsonb, p_listing_ids jsonb) returns json
language plpgsql stable set search_path = '' set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  c_time constant text := 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
  c_uuid constant text := '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$';
begin
  return json_build_object(
    'listings', (
      select coalesce(json_agg(case when l.id is not null then json_build_object(
        'id', l.id, 'user_id', l.user_id, 'body', l.body, 'photos', l.photos,
        'created_at', to_char(l.created_at at time zone 'UTC', c_time),
        'updated_at', to_char(l.updated_at at time zone 'UTC', c_time)) end order by asked.place), '[]')
      from rows from (jsonb_array_elements_text(p_user_ids), jsonb_array_elements_text(p_listing_ids))
        with ordinality as asked (user_id, listing_id, place)
      left join public.listings l
        on l.id = case when asked.listing_id ~ c_uuid then asked.listing_id::uuid end
          and l.user_id = asked.user_id::uuid and l.deleted_at is null),
    'sessions', (
      select coalesce(json_object_agg(u.user_id, public.list_sessions(u.user_id::uuid)), '{}')
      from (select distinct user_id from jsonb_array_elements_text(p_user_ids) as each (user_id)) u));
end $$;

-- As create_simple_jobs, but of each job only the ids are told: id, postings of {id, marketplace} in the order asked for.
-- All of them are queued. Each knows its ids before it is written, so nothing is read back.
create function public.create_simple_jobs_2(p_posts jsonb) returns json
language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  c_uuid constant text := '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$';
  v_posts jsonb;
  v_made json;
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
    join public.listings l
      on l.id = case when post ->> 'listing_id' ~ c_uuid then (post ->> 'listing_id')::uuid end
    where l.user_id = (post ->> 'user_id')::uuid and l.deleted_at is null
    for update of l skip locked
  ) ours;

  with wanted as materialized (
    select post, (post ->> 'place')::integer as place, (post ->> 'listing_id')::uuid as listing_id,
      (post ->> 'user_id')::uuid as user_id, post ->> 'idempotency_key' as idempotency_key
    from jsonb_array_elements(v_posts) as asked (post)
  ), simple as materialized (
    select w.*, 'job_' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 20) as job_id -- as the column's own
    from wanted w
    where (select true from public.listing_automation_results r where r.listing_id = w.listing_id limit 1) is null
      and (select true from public.jobs j where j.user_id = w.user_id and j.idempotency_key = w.idempotency_key
        limit 1) is null
  ), job as (
    insert into public.jobs (id, user_id, listing_id, idempotency_key, request_hash)
    select job_id, user_id, listing_id, idempotency_key, post ->> 'request_hash' from simple
  ), named as materialized (
    select s.*, gen_random_uuid() as posting_id, m.name, m.position
    from simple s
    cross join lateral (
      select name, row_number() over (order by min(place)) as position
      from jsonb_array_elements_text(s.post -> 'marketplaces') with ordinality as m (name, place) group by name
    ) m
  ), posting as (
    insert into public.listing_automation_results (
      id, job_id, listing_id, user_id, marketplace, position, max_attempts, state)
    select posting_id, job_id, listing_id, user_id, name, position, (post ->> 'max_attempts')::integer, 'queued'
    from named
  ), made as (
    select place, json_build_object('id', job_id, 'postings',
      json_agg(json_build_object('id', posting_id, 'marketplace', name) order by position)) as told
    from named group by place, job_id
  )
  select coalesce(json_agg(made.told order by places.place), '[]') into v_made
  from generate_series(1, jsonb_array_length(p_posts)) as places (place) left join made using (place);
  return v_made;
end $$;

-- As job_views, but a line of text for each (empty without such a job) instead of an array of texts in quotes.
create function public.job_views_2(p_user_ids jsonb, p_job_ids jsonb) returns text
language plpgsql stable set search_path = '' set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  c_time constant text := 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
begin
  return (
    select coalesce(string_agg(coalesce(view.body::text, ''), E'\n' order by asked.place), '')
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

revoke execute on function public.posts_beginnings_2(jsonb, jsonb), public.create_simple_jobs_2(jsonb),
  public.job_views_2(jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.posts_beginnings_2(jsonb, jsonb), public.create_simple_jobs_2(jsonb),
  public.job_views_2(jsonb, jsonb) to service_role;
