-- What an operator watches, in one call. Counts only: no ids, no texts, no users.
-- Settled work is counted within a window, so that an old disaster does not colour today; what still moves, whenever it began.
create index postings_finished on public.listing_automation_results (finished_at) where finished_at is not null;
create index attempts_started on public.attempts (started_at);
create index jobs_created on public.jobs (created_at);

create function public.metrics(p_window_seconds double precision) returns jsonb
language sql volatile set search_path = '' as $$
  with
  since as (select statement_timestamp() - make_interval(secs => p_window_seconds) as at),
  recent as (
    select r.* from public.listing_automation_results r, since where r.finished_at >= since.at),
  tried as (
    select a.*, r.marketplace from public.attempts a
    join public.listing_automation_results r on r.id = a.posting_id, since
    where a.started_at >= since.at)
  select jsonb_build_object(
    'jobs_created', (select count(*) from public.jobs),
    'jobs', (
      select coalesce(jsonb_object_agg(status, number), '{}') from (
        select status, count(*) as number from (
          select listing_worker.job_status(array_agg(r.state)) as status
          from public.jobs j join public.listing_automation_results r on r.job_id = j.id, since
          where j.created_at >= since.at group by j.id) s
        group by status) t),
    'postings', (
      select coalesce(jsonb_agg(to_jsonb(t)), '[]') from (
        select marketplace, state, count(*) as number from (
          select marketplace, state from public.listing_automation_results
          where due_at is not null or state = 'action_required'
          union all
          select marketplace, state from recent where state <> 'action_required') s
        group by marketplace, state) t),
    'success', (
      select coalesce(jsonb_agg(to_jsonb(t)), '[]') from (
        select marketplace, count(*) filter (where listing_worker.is_posted(state)) as posted,
          count(*) filter (where listing_worker.is_posted(state) or state = 'failed') as ended
        from recent group by marketplace) t),
    'processing', (
      select coalesce(jsonb_agg(to_jsonb(t)), '[]') from (
        select marketplace, count(*) as number, sum(seconds) as total,
          percentile_cont(0.5) within group (order by seconds) as median,
          percentile_cont(0.95) within group (order by seconds) as high,
          max(seconds) as longest
        from (
          select marketplace, extract(epoch from finished_at - created_at)::double precision as seconds
          from recent where state in ('live', 'pending_review')) s
        group by marketplace) t),
    'oldest_moving', (
      select coalesce(jsonb_object_agg(marketplace, seconds), '{}') from (
        select marketplace, extract(epoch from statement_timestamp() - min(queued_at))::double precision as seconds
        from public.listing_automation_results
        where due_at <= statement_timestamp() group by marketplace) t),
    'due', (
      select jsonb_build_object('number', count(*),
        'oldest', coalesce(extract(epoch from statement_timestamp() - min(due_at))::double precision, 0))
      from public.listing_automation_results where due_at <= statement_timestamp()),
    'leases', (
      select coalesce(jsonb_object_agg(marketplace, number), '{}') from (
        select marketplace, count(*) as number from public.listing_automation_results
        where lease_until > statement_timestamp() group by marketplace) t),
    'attempts', (
      select coalesce(jsonb_agg(to_jsonb(t)), '[]') from (
        select marketplace, coalesce(outcome ->> 'state', 'running') as outcome,
          coalesce(outcome -> 'reason' ->> 'code', '') as reason, count(*) as number,
          coalesce(sum(extract(epoch from ended_at - started_at)), 0)::double precision as seconds
        from tried group by 1, 2, 3) t),
    'model_calls', (
      select coalesce(jsonb_object_agg(marketplace, number), '{}') from (
        select marketplace, sum((outcome -> 'report' ->> 'model_calls')::numeric) as number
        from tried where jsonb_typeof(outcome -> 'report' -> 'model_calls') = 'number' group by marketplace) t),
    'model_dollars', (
      select coalesce(jsonb_object_agg(marketplace, dollars), '{}') from (
        select marketplace, sum((outcome -> 'report' ->> 'model_dollars')::numeric) as dollars
        from tried where jsonb_typeof(outcome -> 'report' -> 'model_dollars') = 'number' group by marketplace) t),
    'locators', (
      select coalesce(jsonb_agg(to_jsonb(t)), '[]') from (
        select marketplace, tier, state, count(*) as number
        from public.learned_locators group by marketplace, tier, state) t),
    'browsers', (
      select coalesce(jsonb_agg(to_jsonb(t)), '[]') from (
        select browser ->> 'provider' as provider, count(*) as number,
          coalesce(sum((browser ->> 'seconds')::numeric), 0) as seconds,
          coalesce(sum((browser ->> 'dollars')::numeric), 0) as dollars
        from tried where browser is not null group by 1) t),
    'webhooks', (
      select jsonb_build_object(
        'waiting', count(*) filter (where state = 'waiting'),
        'dead', count(*) filter (where state = 'dead' and coalesce(dismissed_at, '-infinity') < updated_at),
        'oldest_due', coalesce(extract(epoch from statement_timestamp()
          - min(not_before) filter (where state = 'waiting' and not_before <= statement_timestamp())), 0))
      from public.webhooks where state <> 'delivered'),
    'dead_postings', (
      select count(*) from public.listing_automation_results p
      where p.state = 'failed' and coalesce(p.dismissed_at, '-infinity') < p.finished_at
        and not exists (
          select from public.listing_automation_results o
          where o.listing_id = p.listing_id and o.marketplace = p.marketplace and o.created_at > p.created_at
            and o.state <> 'cancelled')),
    'sessions', (
      select coalesce(jsonb_agg(to_jsonb(t)), '[]') from (
        select marketplace, status, count(*) as number,
          count(*) filter (where expires_at < statement_timestamp() + interval '1 day') as expiring
        from public.user_marketplace_sessions
        where expires_at > statement_timestamp() group by marketplace, status) t),
    'last_live', (
      select coalesce(jsonb_object_agg(marketplace, seconds), '{}') from (
        select marketplace, extract(epoch from statement_timestamp() - max(finished_at))::double precision as seconds
        from public.listing_automation_results where proof is not null and listing_worker.is_posted(state)
        group by marketplace) t))
$$;
revoke execute on function public.metrics(double precision) from public, anon, authenticated;
grant execute on function public.metrics(double precision) to service_role;
