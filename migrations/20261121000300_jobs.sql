-- Jobs ("Post to All") and what sellers do with postings. Lock order everywhere: listing, job, account, posting.

create function listing_worker.posting_json(p public.listing_automation_results) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', p.id, 'job_id', p.job_id, 'user_id', p.user_id, 'listing_id', p.listing_id, 'marketplace', p.marketplace,
    'state', p.state, 'reason', p.reason, 'attempts', p.attempts, 'max_attempts', p.max_attempts, 'fence', p.fence,
    'not_before', listing_worker.iso(p.not_before), 'intent', p.intent, 'intent_at', listing_worker.iso(p.intent_at),
    'external_id', p.external_id, 'url', p.url, 'proof', p.proof, 'report', p.report,
    'cancel_requested', p.cancel_requested, 'created_at', listing_worker.iso(p.created_at),
    'updated_at', listing_worker.iso(p.updated_at), 'finished_at', listing_worker.iso(p.finished_at))
$$;

create function listing_worker.is_moving(p_state text) returns boolean
language sql immutable set search_path = '' as $$
  select p_state in ('queued', 'waiting', 'running', 'publishing', 'uncertain')
$$;

create function listing_worker.is_posted(p_state text) returns boolean
language sql immutable set search_path = '' as $$
  select p_state in ('live', 'pending_review', 'sold', 'delisted')
$$;

-- A job's status is derived, never stored (models.JobStatus.derive says the same in Python).
create function listing_worker.job_status(p_states text[]) returns text
language sql immutable set search_path = '' as $$
  select case
    when count(*) filter (where listing_worker.is_moving(s)) > 0 then 'processing'
    when count(*) > 0 and count(*) = count(*) filter (where s = 'cancelled') then 'cancelled'
    when count(*) = count(*) filter (where listing_worker.is_posted(s)) then 'completed'
    when count(*) filter (where listing_worker.is_posted(s)) > 0 then 'partial_success'
    else 'failed'
  end
  from unnest(p_states) as s
$$;

create function listing_worker.job_json(p public.jobs) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', p.id, 'user_id', p.user_id, 'listing_id', p.listing_id,
    'status', listing_worker.job_status(coalesce(array_agg(r.state) filter (where r.id is not null), '{}')),
    'created_at', listing_worker.iso(p.created_at), 'completed_at', listing_worker.iso(p.completed_at),
    'postings', coalesce(
      jsonb_agg(listing_worker.posting_json(r) order by r.position, r.id) filter (where r.id is not null), '[]'))
  from (select) as one_row
  left join public.listing_automation_results r on r.job_id = p.id
$$;

-- One `job.finished` for each active endpoint of the job's user; answers with the ids written.
create function listing_worker.announce_job(p_job_id text) returns jsonb
language sql volatile set search_path = '' as $$
  with event as (
    select j.user_id, jsonb_build_object(
      'type', 'job.finished',
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
    select e.id, event.user_id, 'job.finished', event.payload
    from event join public.webhook_endpoints e on e.user_id = event.user_id and e.active
    returning id
  )
  select coalesce(jsonb_agg(id), '[]') from written
$$;

-- Brings `completed_at` in line with the postings. The caller holds the job's row lock, so that of two last finishes
-- exactly one sees the job settle. Answers {settled: just now?, webhooks: [id]}.
create function listing_worker.settle_job(p_job_id text) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_moving boolean;
begin
  v_moving := exists (
    select from public.listing_automation_results where job_id = p_job_id and due_at is not null);
  if v_moving then
    update public.jobs set completed_at = null where id = p_job_id and completed_at is not null;
    return '{"settled": false, "webhooks": []}';
  end if;
  update public.jobs set completed_at = clock_timestamp() where id = p_job_id and completed_at is null;
  if not found then
    return '{"settled": false, "webhooks": []}';
  end if;
  return jsonb_build_object('settled', true, 'webhooks', listing_worker.announce_job(p_job_id));
end $$;

-- Back to work. An unresolved intent means: look first (`uncertain`), whoever asks, however sure they are. The caller
-- holds the locks of job and posting.
create function listing_worker.requeue(p_posting_id uuid) returns public.listing_automation_results
language plpgsql set search_path = '' as $$
declare
  v public.listing_automation_results;
begin
  update public.listing_automation_results as r set
    state = case when r.intent is null then 'queued' else 'uncertain' end,
    reason = null, attempts = 0, cancel_requested = false, not_before = null, finished_at = null,
    queued_at = clock_timestamp(), updated_at = clock_timestamp()
  where r.id = p_posting_id
  returning * into v;
  perform listing_worker.settle_job(v.job_id);
  return v;
end $$;

create function public.create_job(
  p_user_id uuid, p_listing_id text, p_marketplaces jsonb, p_blocked jsonb,
  p_idempotency_key text, p_request_hash text, p_max_attempts integer
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_listing uuid;
  v_job public.jobs;
  v_wanted text[];
  v_name text;
  v_position integer := 0;
  v_blocked jsonb;
  v_open public.listing_automation_results;
  v_last public.listing_automation_results;
  v_created boolean := false;
begin
  select array_agg(name order by first) into v_wanted
  from (
    select name, min(place) as first
    from jsonb_array_elements_text(p_marketplaces) with ordinality as m (name, place) group by name
  ) as distinct_names;
  if v_wanted is null then
    perform listing_worker.refuse('no_marketplace', 'Name at least one marketplace.');
  end if;

  if p_idempotency_key is not null then
    perform pg_advisory_xact_lock(hashtextextended(p_user_id || ' idempotency ' || p_idempotency_key, 0));
    select * into v_job from public.jobs where user_id = p_user_id and idempotency_key = p_idempotency_key;
    if found and v_job.request_hash <> p_request_hash then
      perform listing_worker.refuse('idempotency_conflict', 'This Idempotency-Key was used for another request.');
    end if;
  end if;

  if v_job.id is null then
    select id into v_listing from public.listings
    where id = listing_worker.as_uuid(p_listing_id) and user_id = p_user_id and deleted_at is null for update;
    if not found then
      perform listing_worker.refuse('not_found', 'There is no such listing.');
    end if;
    perform from public.jobs where id in (
      select job_id from public.listing_automation_results
      where listing_id = v_listing and marketplace = any (v_wanted) and state = 'action_required'
    ) order by id for no key update;

    insert into public.jobs (user_id, listing_id, idempotency_key, request_hash)
    values (p_user_id, v_listing, p_idempotency_key, p_request_hash) returning * into v_job;
    v_created := true;

    foreach v_name in array v_wanted loop
      v_position := v_position + 1;
      v_blocked := p_blocked -> v_name;
      select * into v_open from public.listing_automation_results
      where listing_id = v_listing and marketplace = v_name and state not in ('failed', 'cancelled', 'delisted')
      for update;
      if found then
        if v_open.state = 'action_required' and v_blocked is null then
          perform listing_worker.requeue(v_open.id);
        elsif v_open.state = 'action_required' and v_open.intent is null then
          update public.listing_automation_results set reason = v_blocked, updated_at = clock_timestamp()
          where id = v_open.id;
        end if;
        continue;
      end if;
      -- A failed posting whose intent was never resolved may be on the marketplace after all: its successor inherits
      -- the intent and begins with a look.
      select * into v_last from public.listing_automation_results
      where listing_id = v_listing and marketplace = v_name
      order by created_at desc, id limit 1;
      if v_last.state is distinct from 'failed' or v_last.intent is null then
        v_last := null;
      end if;
      insert into public.listing_automation_results (
        job_id, listing_id, user_id, marketplace, position, max_attempts, state, reason, finished_at, intent, intent_at)
      values (
        v_job.id, v_listing, p_user_id, v_name, v_position, p_max_attempts,
        case when v_blocked ->> 'code' = 'sign_in' then 'action_required'
             when v_blocked is not null then 'failed'
             when v_last.id is not null then 'uncertain'
             else 'queued' end,
        v_blocked, case when v_blocked is not null then clock_timestamp() end, v_last.intent, v_last.intent_at);
    end loop;

    -- Everything blocked: settled before it began, and said so like any other end.
    perform listing_worker.settle_job(v_job.id);
    select * into v_job from public.jobs where id = v_job.id;
  end if;

  return jsonb_build_object(
    'created', v_created,
    'job', listing_worker.job_json(v_job),
    'existing', (
      select coalesce(jsonb_agg(listing_worker.posting_json(r) order by array_position(v_wanted, r.marketplace)), '[]')
      from public.listing_automation_results r
      where r.listing_id = v_job.listing_id and r.marketplace = any (v_wanted) and r.job_id <> v_job.id
        and r.state not in ('failed', 'cancelled', 'delisted')));
end $$;

create function public.get_job(p_user_id uuid, p_job_id text) returns jsonb
language sql stable set search_path = '' as $$
  select listing_worker.job_json(j) from public.jobs j where j.id = p_job_id and j.user_id = p_user_id
$$;

create function public.list_jobs(p_user_id uuid, p_max_rows integer, p_before timestamptz) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(listing_worker.job_json(j) order by j.created_at desc, j.id desc), '[]')
  from (
    select * from public.jobs
    where user_id = p_user_id and (p_before is null or created_at < p_before)
    order by created_at desc, id desc
    limit least(greatest(p_max_rows, 0), 500)
  ) j
$$;

-- Before intent only. The fence rises where a dead attempt might still wake up.
create function public.cancel_job(p_user_id uuid, p_job_id text) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_job public.jobs;
begin
  select * into v_job from public.jobs where id = p_job_id and user_id = p_user_id for no key update;
  if not found then
    return null;
  end if;
  perform from public.listing_automation_results where job_id = v_job.id order by id for update;
  update public.listing_automation_results set
    state = 'cancelled', reason = listing_worker.cancelled_reason(), fence = fence + 1, lease_owner = null,
    lease_until = null, not_before = null, finished_at = clock_timestamp(), updated_at = clock_timestamp()
  where job_id = v_job.id and (
    state in ('queued', 'waiting')
    or (state = 'running' and coalesce(lease_until, '-infinity') <= clock_timestamp())
    or (state = 'action_required' and intent is null));
  update public.listing_automation_results set cancel_requested = true, updated_at = clock_timestamp()
  where job_id = v_job.id and state = 'running' and not cancel_requested;
  perform listing_worker.settle_job(v_job.id);
  select * into v_job from public.jobs where id = v_job.id;
  return listing_worker.job_json(v_job);
end $$;

create function public.retry_posting(p_user_id uuid, p_posting_id text) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.listing_automation_results;
  v_deleted boolean;
begin
  select * into v from public.listing_automation_results
  where id = listing_worker.as_uuid(p_posting_id) and user_id = p_user_id;
  if not found then
    return null;
  end if;
  select deleted_at is not null into v_deleted from public.listings where id = v.listing_id for update;
  perform from public.jobs where id = v.job_id for no key update;
  select * into v from public.listing_automation_results where id = v.id for update;
  if v.state not in ('failed', 'cancelled', 'action_required') then
    perform listing_worker.refuse('not_retryable', format('A posting that is %s cannot be retried.', v.state));
  end if;
  if v_deleted then
    perform listing_worker.refuse('not_retryable', 'The listing was deleted.');
  end if;
  if exists (
    select from public.listing_automation_results
    where listing_id = v.listing_id and marketplace = v.marketplace and created_at > v.created_at
  ) then
    perform listing_worker.refuse('not_retryable', 'A newer posting of this listing has taken its place.');
  end if;
  v := listing_worker.requeue(v.id);
  return listing_worker.posting_json(v);
end $$;

create function public.requeue_signed_in(p_user_id uuid, p_marketplace text) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_id uuid;
  v_ids jsonb := '[]';
begin
  perform from public.jobs where id in (
    select job_id from public.listing_automation_results
    where user_id = p_user_id and marketplace = p_marketplace and state = 'action_required'
      and reason ->> 'code' = 'sign_in'
  ) order by id for no key update;
  for v_id in
    select id from public.listing_automation_results
    where user_id = p_user_id and marketplace = p_marketplace and state = 'action_required'
      and reason ->> 'code' = 'sign_in'
    order by created_at, id for update
  loop
    perform listing_worker.requeue(v_id);
    v_ids := v_ids || to_jsonb(v_id);
  end loop;
  return v_ids;
end $$;

create function public.get_posting(p_posting_id text) returns jsonb
language sql stable set search_path = '' as $$
  select listing_worker.posting_json(r) from public.listing_automation_results r
  where r.id = listing_worker.as_uuid(p_posting_id)
$$;
