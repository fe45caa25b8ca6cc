-- One vocabulary of events: `job.completed` (the job has settled; its `status` says how), and `session.expiring`.

alter table public.webhook_endpoints alter column events set default '{job.completed}';
update public.webhook_endpoints set events = array_replace(events, 'job.finished', 'job.completed');
update public.webhooks set
  type = 'job.completed', payload = jsonb_set(payload, '{type}', '"job.completed"')
where type = 'job.finished' and state = 'waiting';

create or replace function listing_worker.announce_job(p_job_id text) returns jsonb
language sql volatile set search_path = '' as $$
  with event as (
    select j.user_id, jsonb_build_object(
      'type', 'job.completed',
      'timestamp', listing_worker.iso(clock_timestamp()),
      'data', jsonb_build_object(
        'job_id', j.id,
        'listing_id', j.listing_id,
        'status', listing_worker.job_status(array_agg(r.state)),
        'success_count', count(*) filter (where listing_worker.is_posted(r.state)),
        'failure_count', count(*) filter (where not listing_worker.is_posted(r.state)),
        'marketplace_results', jsonb_agg(jsonb_build_object(
          'marketplace', r.marketplace,
          'status', r.state,
          'listing_id', r.external_id,
          'confirmation_link', r.url,
          'posted_at', case when listing_worker.is_posted(r.state) then listing_worker.iso(r.finished_at) end,
          'reason', r.reason) order by r.position, r.id))) as payload
    from public.jobs j join public.listing_automation_results r on r.job_id = j.id
    where j.id = p_job_id
    group by j.id
  ), written as (
    insert into public.webhooks (endpoint_id, user_id, type, payload)
    select e.id, event.user_id, 'job.completed', event.payload
    from event join public.webhook_endpoints e on e.user_id = event.user_id and e.active
    returning id
  )
  select coalesce(jsonb_agg(id), '[]') from written
$$;

-- session.expiring, once per stored session: it will be deleted within `p_seconds` unless the extension syncs again.
alter table public.user_marketplace_sessions add column expiry_told_of bigint;
comment on column public.user_marketplace_sessions.expiry_told_of is 'the version whose end was announced';

-- Answers how many sessions were told of.
create function public.announce_expiring_sessions(p_seconds double precision) returns bigint
language plpgsql set search_path = '' as $$
declare
  v_told bigint;
begin
  with ending as (
    select s.user_id, s.marketplace from public.user_marketplace_sessions s
    where s.expires_at > clock_timestamp() and s.expires_at <= listing_worker.seconds_from_now(p_seconds)
      and s.status <> 'signed_out' and s.expiry_told_of is distinct from s.version
    order by s.expires_at limit 1000
    for update skip locked
  ), told as (
    update public.user_marketplace_sessions s set expiry_told_of = s.version
    from ending where s.user_id = ending.user_id and s.marketplace = ending.marketplace
    returning s.user_id, s.marketplace, s.account, s.expires_at
  ), written as (
    insert into public.webhooks (endpoint_id, user_id, type, payload)
    select e.id, told.user_id, 'session.expiring', jsonb_build_object(
      'type', 'session.expiring',
      'timestamp', listing_worker.iso(clock_timestamp()),
      'data', jsonb_build_object(
        'marketplace', told.marketplace, 'account', told.account, 'expires_at', listing_worker.iso(told.expires_at)))
    from told join public.webhook_endpoints e
      on e.user_id = told.user_id and e.active and 'session.expiring' = any (e.events)
    returning id
  )
  select count(*) into v_told from told;
  return v_told;
end $$;
revoke execute on function public.announce_expiring_sessions(double precision) from public, anon, authenticated;
grant execute on function public.announce_expiring_sessions(double precision) to service_role;
