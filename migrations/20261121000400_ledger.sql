-- The at-most-once core (design §4): claim, heartbeat, intent, finish, due. Every comparison of times is made here, on
-- the database's clock, after the locks are held.

-- Ends a posting that is not pressed yet and that nobody wants any more; the caller holds the locks.
create function listing_worker.cancel_posting(p_posting_id uuid) returns void
language plpgsql set search_path = '' as $$
declare
  v_job_id text;
begin
  update public.listing_automation_results set
    state = 'cancelled', reason = listing_worker.cancelled_reason(), fence = fence + 1, lease_owner = null,
    lease_until = null, not_before = null, finished_at = clock_timestamp(), updated_at = clock_timestamp()
  where id = p_posting_id
  returning job_id into v_job_id;
  perform listing_worker.settle_job(v_job_id);
end $$;

create function public.claim_posting(p_posting_id text, p_owner text, p_lease_seconds double precision) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.listing_automation_results;
  v_listing public.listings;
  v_now timestamptz;
  v_busy_until timestamptz;
begin
  select * into v from public.listing_automation_results where id = listing_worker.as_uuid(p_posting_id);
  if not found then
    return '{"claimed": false, "why": "absent"}';
  end if;
  perform from public.jobs where id = v.job_id for no key update;
  -- One attempt per seller account and marketplace at a time: claims of one account pass here one by one.
  perform pg_advisory_xact_lock(hashtextextended(v.user_id || ' account ' || v.marketplace, 0));
  select * into v from public.listing_automation_results where id = v.id for update;
  if not found then
    return '{"claimed": false, "why": "absent"}';
  end if;

  v_now := clock_timestamp();
  if not listing_worker.is_moving(v.state) then
    return '{"claimed": false, "why": "settled"}';
  end if;
  if v.lease_until > v_now then
    return jsonb_build_object(
      'claimed', false, 'why', 'leased', 'again_in', listing_worker.seconds_until(v.lease_until));
  end if;
  select * into v_listing from public.listings where id = v.listing_id;
  if v.state in ('queued', 'waiting', 'running') and (v.cancel_requested or v_listing.deleted_at is not null) then
    perform listing_worker.cancel_posting(v.id);
    return '{"claimed": false, "why": "settled"}';
  end if;
  if v.not_before > v_now then
    return jsonb_build_object(
      'claimed', false, 'why', 'not_due', 'again_in', listing_worker.seconds_until(v.not_before));
  end if;
  select max(lease_until) into v_busy_until from public.listing_automation_results
  where user_id = v.user_id and marketplace = v.marketplace and id <> v.id and lease_until > v_now;
  if v_busy_until is not null then
    return jsonb_build_object(
      'claimed', false, 'why', 'account_busy', 'again_in', listing_worker.seconds_until(v_busy_until));
  end if;

  update public.attempts set ended_at = v_now, outcome = '{"state": "lost"}'
  where posting_id = v.id and ended_at is null;
  update public.listing_automation_results set
    state = case when state in ('publishing', 'uncertain') then 'uncertain' else 'running' end,
    fence = fence + 1, attempts = attempts + 1, lease_owner = p_owner,
    lease_until = listing_worker.seconds_from_now(p_lease_seconds), not_before = null, updated_at = v_now
  where id = v.id
  returning * into v;
  insert into public.attempts (posting_id, fence, user_id, owner, state, started_at)
  values (v.id, v.fence, v.user_id, p_owner, v.state, v_now);
  return jsonb_build_object(
    'claimed', true, 'posting', listing_worker.posting_json(v), 'listing', listing_worker.listing_json(v_listing),
    'lease_seconds', p_lease_seconds,
    'intent_age', extract(epoch from v_now - v.intent_at)::double precision,
    -- What a look finds may be another posting's: these are known to be.
    'taken_ids', case when v.state = 'uncertain' then (
      select coalesce(jsonb_agg(o.external_id), '[]') from public.listing_automation_results o
      where o.user_id = v.user_id and o.marketplace = v.marketplace and o.id <> v.id and o.external_id is not null)
    end);
end $$;

create function public.heartbeat(p_posting_id text, p_fence bigint, p_lease_seconds double precision) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_cancel_requested boolean;
begin
  update public.listing_automation_results
  set lease_until = listing_worker.seconds_from_now(p_lease_seconds)
  where id = listing_worker.as_uuid(p_posting_id) and fence = p_fence and lease_until > clock_timestamp()
  returning cancel_requested into v_cancel_requested;
  return jsonb_build_object('alive', found, 'cancel_requested', coalesce(v_cancel_requested, false));
end $$;

-- True exactly once per attempt: asked again it is false, so that an answer that got lost never allows a press.
create function public.record_intent(p_posting_id text, p_fence bigint, p_intent jsonb) returns boolean
language plpgsql set search_path = '' as $$
declare
  v_id uuid := listing_worker.as_uuid(p_posting_id);
  v_now timestamptz;
begin
  perform from public.listing_automation_results where id = v_id for update;
  v_now := clock_timestamp();
  update public.listing_automation_results
  set state = 'publishing', intent = p_intent, intent_at = v_now, updated_at = v_now
  where id = v_id and fence = p_fence and state = 'running' and lease_until > v_now and not cancel_requested;
  if not found then
    return false;
  end if;
  update public.attempts set intent = p_intent, intent_at = v_now where posting_id = v_id and fence = p_fence;
  return true;
end $$;

create function public.finish_posting(p_posting_id text, p_fence bigint, p_outcome jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.listing_automation_results;
  v_attempt public.attempts;
  v_to text := p_outcome ->> 'state';
  v_reconciled boolean := coalesce((p_outcome ->> 'reconciled')::boolean, false);
  v_reason jsonb := nullif(p_outcome -> 'reason', 'null');
  v_proof jsonb := nullif(p_outcome -> 'proof', 'null');
  v_again_in double precision := (p_outcome ->> 'again_in')::double precision;
  v_moving boolean := listing_worker.is_moving(v_to);
  v_now timestamptz;
  v_settled jsonb;
  v_answer jsonb;
begin
  select * into v from public.listing_automation_results where id = listing_worker.as_uuid(p_posting_id);
  perform from public.jobs where id = v.job_id for no key update;
  select * into v from public.listing_automation_results where id = v.id for update;
  v_now := clock_timestamp();
  if v.id is null or v.fence <> p_fence or v.lease_until is null then
    -- Not ours any more; or the very same finish asked again because its answer got lost.
    select * into v_attempt from public.attempts
    where posting_id = listing_worker.as_uuid(p_posting_id) and fence = p_fence;
    if v_attempt.answer is not null and v_attempt.outcome = p_outcome then
      return v_attempt.answer;
    end if;
    return '{"finished": false, "job_settled": false, "webhooks": []}';
  end if;

  if not coalesce(case
    when v.state = 'running' then v_to in ('queued', 'waiting', 'action_required', 'failed', 'cancelled')
    when v_to in ('queued', 'waiting') then v_reconciled
    else v_to in ('live', 'pending_review', 'uncertain', 'action_required', 'failed')
  end, false) then
    perform listing_worker.refuse(
      'illegal_move', format('A posting cannot go from %s to %s%s.', v.state, v_to,
        case when v.state <> 'running' and v_to in ('queued', 'waiting') then ' without a complete look' else '' end));
  end if;
  if v_to in ('live', 'pending_review') and v_proof is null then
    perform listing_worker.refuse('proof_missing', 'A posting is live only with a proof.');
  end if;
  -- A wish to cancel that came too late for the attempt to see is granted now: nothing was pressed.
  if v.cancel_requested and v.state = 'running' and v_to in ('queued', 'waiting') then
    v_to := 'cancelled';
    v_reason := listing_worker.cancelled_reason();
    v_moving := false;
  end if;

  update public.listing_automation_results as r set
    state = v_to,
    reason = v_reason,
    proof = coalesce(v_proof, r.proof),
    external_id = coalesce(p_outcome ->> 'external_id', v_proof ->> 'external_id', r.external_id),
    url = coalesce(p_outcome ->> 'url', v_proof ->> 'url', r.url),
    report = coalesce(nullif(p_outcome -> 'report', 'null'), '{}'),
    intent = case when v_reconciled and v_proof is null and v_to <> 'uncertain' then null else r.intent end,
    intent_at = case when v_reconciled and v_proof is null and v_to <> 'uncertain' then null else r.intent_at end,
    attempts = greatest(0, r.attempts - case when coalesce((p_outcome ->> 'count_attempt')::boolean, true)
      then 0 else 1 end),
    lease_owner = null, lease_until = null,
    queued_at = case when v_moving then v_now else r.queued_at end,
    not_before = case when v_moving and v_again_in is not null
      then listing_worker.seconds_from_now(v_again_in) end,
    finished_at = case when v_moving then null else v_now end,
    updated_at = v_now
  where r.id = v.id;
  v_settled := listing_worker.settle_job(v.job_id);
  v_answer := jsonb_build_object(
    'finished', true, 'job_settled', v_settled -> 'settled', 'webhooks', v_settled -> 'webhooks');
  update public.attempts set ended_at = v_now, outcome = p_outcome, answer = v_answer
  where posting_id = v.id and fence = p_fence;
  return v_answer;
end $$;

-- Oldest due first, and of each seller account only its first: the others could not be claimed beside it, and one
-- seller's hundred postings must not hide another's single one.
create function public.due_postings(p_max_rows integer) returns jsonb
language sql volatile set search_path = '' as $$
  select coalesce(jsonb_agg(first.id order by first.due_at, first.id), '[]')
  from (
    select account_first.id, account_first.due_at
    from (
      select distinct on (r.user_id, r.marketplace) r.id, r.due_at
      from public.listing_automation_results r
      where r.due_at <= statement_timestamp()
        and not exists (
          select from public.listing_automation_results busy
          where busy.user_id = r.user_id and busy.marketplace = r.marketplace
            and busy.lease_until > statement_timestamp())
      order by r.user_id, r.marketplace, r.due_at, r.id
    ) account_first
    order by account_first.due_at, account_first.id
    limit least(greatest(p_max_rows, 0), 1000)
  ) first
$$;

-- Leases whose owner's name begins so. A reconciler looks after the processes of its own machine: it can see that one is
-- dead long before its lease runs out.
create function public.held_leases(p_owner_prefix text) returns jsonb
language sql volatile set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('posting_id', r.id, 'owner', r.lease_owner)), '[]')
  from public.listing_automation_results r
  where r.lease_until > clock_timestamp() and starts_with(r.lease_owner, p_owner_prefix)
$$;

-- Ends the lease of an owner who is known to be dead. The fence and the settle time protect against an owner who is not.
create function public.release_lease(p_posting_id text, p_owner text) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.listing_automation_results set lease_until = clock_timestamp()
  where id = listing_worker.as_uuid(p_posting_id) and lease_owner = p_owner and lease_until > clock_timestamp();
  return found;
end $$;
