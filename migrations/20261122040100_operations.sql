-- Operations: what is done about a listing besides posting it. On a live posting: look (check), change its price, push our
-- fields (edit), take it down (delist), put it back (relist). Without a posting: a dry run, which fills the real form and
-- publishes nothing. Same discipline as postings: lease, fence, intent before the act, and a look after an end without proof.

create table public.posting_operations (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  marketplace text not null check (marketplace ~ '^[a-z][a-z0-9_]{1,39}$'),
  listing_id uuid not null references public.listings (id) on delete cascade,
  posting_id uuid references public.listing_automation_results (id) on delete cascade,
  kind text not null check (kind in ('check', 'change_price', 'edit', 'delist', 'relist', 'dry_run')),
  input jsonb not null default '{}' check (jsonb_typeof(input) = 'object'),
  state text not null default 'queued' check (state in (
    'queued', 'waiting', 'running', 'acting', 'uncertain', 'done', 'action_required', 'failed', 'cancelled')),
  reason jsonb,
  attempts integer not null default 0 check (attempts >= 0),
  max_attempts integer not null check (max_attempts >= 0),
  fence bigint not null default 0,
  lease_owner text,
  lease_until timestamptz,
  queued_at timestamptz not null default clock_timestamp(),
  not_before timestamptz,
  intent jsonb,
  intent_at timestamptz,
  result jsonb not null default '{}',
  answer jsonb,
  cancel_requested boolean not null default false,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  due_at timestamptz generated always as (
    case when state in ('queued', 'waiting', 'running', 'acting', 'uncertain')
      then coalesce(lease_until, not_before, queued_at) end
  ) stored,
  constraint lease_is_whole check ((lease_owner is null) = (lease_until is null)),
  constraint settled_holds_no_lease check (lease_until is null or state in ('running', 'acting', 'uncertain')),
  constraint acted_has_intent check (state not in ('acting', 'uncertain') or intent is not null),
  constraint only_looks_and_dry_runs_never_act check (kind not in ('check', 'dry_run') or intent is null),
  constraint dry_run_has_no_posting check ((kind = 'dry_run') = (posting_id is null))
);
comment on table public.posting_operations is
  'What is done about a live posting (check, change_price, edit, delist, relist), and dry runs.';
comment on column public.posting_operations.intent is
  'the committed decision to press; not null in a state that is not done = unresolved: look before pressing';
comment on column public.posting_operations.answer is
  'what the last finish answered and to what, so that asking twice is harmless';

-- At most one open operation per posting; one that asks the seller is open too.
create unique index one_open_operation on public.posting_operations (posting_id)
  where posting_id is not null and state not in ('done', 'failed', 'cancelled');
create index operations_due on public.posting_operations (due_at, id) where due_at is not null;
create index operations_of_posting on public.posting_operations (posting_id, created_at desc);
create index operations_of_listing on public.posting_operations (listing_id, created_at desc);
create index operations_of_user on public.posting_operations (user_id, created_at desc);
create index operations_leased on public.posting_operations (user_id, marketplace, lease_until)
  where lease_until is not null;

alter table public.posting_operations enable row level security;
revoke all on table public.posting_operations from public, anon, authenticated;
grant select, insert, update, delete on table public.posting_operations to service_role;
grant select (id, user_id, marketplace, listing_id, posting_id, kind, input, state, reason, attempts, max_attempts,
  not_before, result, cancel_requested, created_at, updated_at, finished_at)
  on table public.posting_operations to authenticated;
create policy own_rows on public.posting_operations for select to authenticated
  using ((select auth.uid()) = user_id);

create function listing_worker.operation_json(o public.posting_operations) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', o.id, 'user_id', o.user_id, 'marketplace', o.marketplace, 'listing_id', o.listing_id,
    'posting_id', o.posting_id, 'kind', o.kind, 'input', o.input, 'state', o.state, 'reason', o.reason,
    'attempts', o.attempts, 'max_attempts', o.max_attempts, 'fence', o.fence,
    'not_before', listing_worker.iso(o.not_before), 'intent', o.intent, 'intent_at', listing_worker.iso(o.intent_at),
    'result', o.result, 'cancel_requested', o.cancel_requested, 'created_at', listing_worker.iso(o.created_at),
    'updated_at', listing_worker.iso(o.updated_at), 'finished_at', listing_worker.iso(o.finished_at))
$$;

-- Asks for an operation. The same one that is open already is given back (created: false). A delisting does not wait
-- behind one that has not begun: it takes its place. Answers {created, operation}.
create function public.request_operation(
  p_user_id uuid, p_posting_id text, p_kind text, p_input jsonb, p_max_attempts integer
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_posting public.listing_automation_results;
  v_open public.posting_operations;
  v public.posting_operations;
begin
  select * into v_posting from public.listing_automation_results
  where id = listing_worker.as_uuid(p_posting_id) and user_id = p_user_id;
  if not found then
    perform listing_worker.refuse('not_found', 'There is no such posting.');
  end if;
  perform from public.listings where id = v_posting.listing_id for update;
  select * into v_posting from public.listing_automation_results where id = v_posting.id for update;
  select * into v_open from public.posting_operations
  where posting_id = v_posting.id and state not in ('done', 'failed', 'cancelled') for update;
  if found then
    if v_open.kind = p_kind and v_open.input = p_input then
      if v_open.state = 'action_required' then
        update public.posting_operations set
          state = case when intent is null then 'queued' else 'uncertain' end, reason = null, attempts = 0,
          not_before = null, queued_at = clock_timestamp(), finished_at = null, updated_at = clock_timestamp()
        where id = v_open.id returning * into v_open;
      end if;
      return jsonb_build_object('created', false, 'operation', listing_worker.operation_json(v_open));
    end if;
    if v_open.intent is null and v_open.state in ('queued', 'waiting', 'action_required')
       and (p_kind = 'delist' or v_open.kind = 'check') then
      update public.posting_operations set
        state = 'cancelled', fence = fence + 1, not_before = null, finished_at = clock_timestamp(),
        updated_at = clock_timestamp(),
        reason = jsonb_build_object('code', 'replaced', 'message', format('Replaced by: %s.', p_kind))
      where id = v_open.id;
    else
      perform listing_worker.refuse('operation_open', format(
        'Something else is being done about this posting (%s, %s). Wait for it, or settle it first.',
        v_open.kind, v_open.state));
    end if;
  end if;
  if not coalesce(case
    when p_kind = 'check' then v_posting.state in ('live', 'pending_review', 'sold', 'delisted')
    when p_kind in ('change_price', 'edit', 'delist') then v_posting.state in ('live', 'pending_review')
    when p_kind = 'relist' then v_posting.state = 'delisted'
  end, false) or v_posting.external_id is null then
    perform listing_worker.refuse('not_possible', format(
      'A posting that is %s cannot be asked for: %s.', v_posting.state, p_kind));
  end if;
  if p_kind = 'relist' and exists (
    select from public.listing_automation_results newer
    where newer.listing_id = v_posting.listing_id and newer.marketplace = v_posting.marketplace
      and newer.id <> v_posting.id and newer.state not in ('failed', 'cancelled', 'delisted')
  ) then
    perform listing_worker.refuse('not_possible', 'Another posting of this listing has taken its place.');
  end if;
  insert into public.posting_operations (
    user_id, marketplace, listing_id, posting_id, kind, input, max_attempts)
  values (p_user_id, v_posting.marketplace, v_posting.listing_id, v_posting.id, p_kind, p_input, p_max_attempts)
  returning * into v;
  return jsonb_build_object('created', true, 'operation', listing_worker.operation_json(v));
end $$;

-- While a posting is being put back (relist), no second posting of its listing may be made there. Both lock the listing.
create function listing_worker.no_posting_beside_relist() returns trigger
language plpgsql set search_path = '' as $$
begin
  if exists (
    select from public.posting_operations
    where listing_id = new.listing_id and marketplace = new.marketplace and kind = 'relist'
      and state not in ('done', 'failed', 'cancelled')
  ) then
    perform listing_worker.refuse('operation_open', 'This listing is just being put back there. Wait for that to end.');
  end if;
  return new;
end $$;
create trigger no_posting_beside_relist before insert on public.listing_automation_results
  for each row execute function listing_worker.no_posting_beside_relist();

-- A dry run of a listing on a marketplace: fills the form, never publishes. One at a time; an open one is given back.
create function public.request_dry_run(
  p_user_id uuid, p_listing_id text, p_marketplace text, p_max_attempts integer
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_listing uuid;
  v public.posting_operations;
begin
  select id into v_listing from public.listings
  where id = listing_worker.as_uuid(p_listing_id) and user_id = p_user_id and deleted_at is null for update;
  if not found then
    perform listing_worker.refuse('not_found', 'There is no such listing.');
  end if;
  select * into v from public.posting_operations
  where listing_id = v_listing and marketplace = p_marketplace and kind = 'dry_run'
    and state not in ('done', 'failed', 'cancelled', 'action_required');
  if found then
    return jsonb_build_object('created', false, 'operation', listing_worker.operation_json(v));
  end if;
  insert into public.posting_operations (user_id, marketplace, listing_id, kind, max_attempts)
  values (p_user_id, p_marketplace, v_listing, 'dry_run', p_max_attempts)
  returning * into v;
  return jsonb_build_object('created', true, 'operation', listing_worker.operation_json(v));
end $$;

create function public.get_operation(p_operation_id text) returns jsonb
language sql stable set search_path = '' as $$
  select listing_worker.operation_json(o) from public.posting_operations o
  where o.id = listing_worker.as_uuid(p_operation_id)
$$;

-- Newest first; of one posting, of one listing, or of all.
create function public.list_operations(
  p_user_id uuid, p_posting_id text, p_listing_id text, p_max_rows integer
) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(listing_worker.operation_json(o) order by o.created_at desc, o.id), '[]')
  from (
    select * from public.posting_operations
    where user_id = p_user_id
      and (p_posting_id is null or posting_id = listing_worker.as_uuid(p_posting_id))
      and (p_listing_id is null or listing_id = listing_worker.as_uuid(p_listing_id))
    order by created_at desc, id limit least(greatest(p_max_rows, 0), 500)
  ) o
$$;

-- Only what has not been pressed: a running one stops at its next step, an acting one is not stopped any more.
create function public.cancel_operation(p_user_id uuid, p_operation_id text) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.posting_operations;
begin
  select * into v from public.posting_operations
  where id = listing_worker.as_uuid(p_operation_id) and user_id = p_user_id for update;
  if not found then
    return null;
  end if;
  if v.intent is null and (v.state in ('queued', 'waiting', 'action_required')
      or (v.state = 'running' and v.lease_until <= clock_timestamp())) then
    update public.posting_operations set
      state = 'cancelled', reason = listing_worker.cancelled_reason(), fence = fence + 1, lease_owner = null,
      lease_until = null, not_before = null, finished_at = clock_timestamp(), updated_at = clock_timestamp()
    where id = v.id returning * into v;
  elsif v.state = 'running' then
    update public.posting_operations set cancel_requested = true, updated_at = clock_timestamp()
    where id = v.id returning * into v;
  end if;
  return listing_worker.operation_json(v);
end $$;

-- How long an account is worked on, by a posting or by an operation other than the one named.
create function listing_worker.account_busy_until(p_user_id uuid, p_marketplace text, p_but uuid) returns timestamptz
language sql volatile set search_path = '' as $$
  select max(lease_until) from (
    select lease_until from public.listing_automation_results
    where user_id = p_user_id and marketplace = p_marketplace and id <> p_but and lease_until > clock_timestamp()
    union all
    select lease_until from public.posting_operations
    where user_id = p_user_id and marketplace = p_marketplace and id <> p_but and lease_until > clock_timestamp()
  ) held
$$;

create function public.claim_operation(
  p_operation_id text, p_owner text, p_lease_seconds double precision
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.posting_operations;
  v_posting public.listing_automation_results;
  v_listing public.listings;
  v_now timestamptz;
  v_busy_until timestamptz;
begin
  select * into v from public.posting_operations where id = listing_worker.as_uuid(p_operation_id);
  if not found then
    return '{"claimed": false, "why": "absent"}';
  end if;
  -- the same lock as claim_posting: claims of one account pass here one by one
  perform pg_advisory_xact_lock(hashtextextended(v.user_id || ' account ' || v.marketplace, 0));
  select * into v_posting from public.listing_automation_results where id = v.posting_id;
  select * into v from public.posting_operations where id = v.id for update;
  if not found then
    return '{"claimed": false, "why": "absent"}';
  end if;
  v_now := clock_timestamp();
  if v.due_at is null then
    return '{"claimed": false, "why": "settled"}';
  end if;
  if v.lease_until > v_now then
    return jsonb_build_object(
      'claimed', false, 'why', 'leased', 'again_in', listing_worker.seconds_until(v.lease_until));
  end if;
  select * into v_listing from public.listings where id = v.listing_id;
  if v.intent is null and (v.cancel_requested or (v.kind = 'dry_run' and v_listing.deleted_at is not null)) then
    update public.posting_operations set
      state = 'cancelled', reason = listing_worker.cancelled_reason(), fence = fence + 1, lease_owner = null,
      lease_until = null, not_before = null, finished_at = v_now, updated_at = v_now
    where id = v.id;
    return '{"claimed": false, "why": "settled"}';
  end if;
  if v.not_before > v_now then
    return jsonb_build_object(
      'claimed', false, 'why', 'not_due', 'again_in', listing_worker.seconds_until(v.not_before));
  end if;
  v_busy_until := listing_worker.account_busy_until(v.user_id, v.marketplace, v.id);
  if v_busy_until is not null then
    return jsonb_build_object(
      'claimed', false, 'why', 'account_busy', 'again_in', listing_worker.seconds_until(v_busy_until));
  end if;
  update public.posting_operations set
    state = case when intent is null then 'running' else 'uncertain' end,
    fence = fence + 1, attempts = attempts + 1, lease_owner = p_owner,
    lease_until = listing_worker.seconds_from_now(p_lease_seconds), not_before = null, updated_at = v_now
  where id = v.id returning * into v;
  return jsonb_build_object(
    'claimed', true, 'operation', listing_worker.operation_json(v),
    'posting', case when v_posting.id is not null then listing_worker.posting_json(v_posting) end,
    'listing', listing_worker.listing_json(v_listing), 'lease_seconds', p_lease_seconds,
    'intent_age', extract(epoch from v_now - v.intent_at)::double precision);
end $$;

create function public.heartbeat_operation(p_operation_id text, p_fence bigint, p_lease_seconds double precision)
returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_cancel_requested boolean;
begin
  update public.posting_operations set lease_until = listing_worker.seconds_from_now(p_lease_seconds)
  where id = listing_worker.as_uuid(p_operation_id) and fence = p_fence and lease_until > clock_timestamp()
  returning cancel_requested into v_cancel_requested;
  return jsonb_build_object('alive', found, 'cancel_requested', coalesce(v_cancel_requested, false));
end $$;

-- True exactly once per attempt, as record_intent.
create function public.record_operation_intent(p_operation_id text, p_fence bigint, p_intent jsonb) returns boolean
language plpgsql set search_path = '' as $$
declare
  v_id uuid := listing_worker.as_uuid(p_operation_id);
  v_now timestamptz;
begin
  perform from public.posting_operations where id = v_id for update;
  v_now := clock_timestamp();
  update public.posting_operations
  set state = 'acting', intent = p_intent, intent_at = v_now, updated_at = v_now
  where id = v_id and fence = p_fence and state = 'running' and lease_until > v_now and not cancel_requested
    and kind not in ('check', 'dry_run');
  return found;
end $$;

-- Ends an attempt. `p_outcome`: state, reason, result, again_in, count_attempt, reconciled (a complete look showed that
-- nothing happened: it may be done again), posting (its new state: 'live', 'sold' or 'delisted', as it was seen).
create function public.finish_operation(p_operation_id text, p_fence bigint, p_outcome jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.posting_operations;
  v_posting public.listing_automation_results;
  v_to text := p_outcome ->> 'state';
  v_posting_to text := p_outcome ->> 'posting';
  v_reconciled boolean := coalesce((p_outcome ->> 'reconciled')::boolean, false);
  v_again_in double precision := (p_outcome ->> 'again_in')::double precision;
  v_moving boolean := v_to in ('queued', 'waiting', 'uncertain');
  v_now timestamptz;
  v_answer jsonb := '{"finished": true}';
begin
  select * into v from public.posting_operations where id = listing_worker.as_uuid(p_operation_id);
  select * into v_posting from public.listing_automation_results where id = v.posting_id for update;
  select * into v from public.posting_operations where id = v.id for update;
  v_now := clock_timestamp();
  if v.id is null or v.fence <> p_fence or v.lease_until is null then
    if v.answer is not null and v.answer = jsonb_build_object('fence', p_fence, 'outcome', p_outcome) then
      return v_answer;  -- the very same finish, asked again because its answer got lost
    end if;
    return '{"finished": false}';
  end if;
  if not coalesce(case
    when v.state = 'running' then v_to in ('done', 'queued', 'waiting', 'action_required', 'failed', 'cancelled')
    when v_to in ('queued', 'waiting') then v_reconciled
    when v_to in ('done', 'uncertain', 'action_required') then true
    when v_to = 'failed' then v_reconciled
  end, false) then
    perform listing_worker.refuse('illegal_move', format('An operation cannot go from %s to %s%s.', v.state, v_to,
      case when v.state <> 'running' and v_to in ('queued', 'waiting', 'failed') then ' without a complete look'
        else '' end));
  end if;
  if v_posting_to is not null and (v_posting_to not in ('live', 'sold', 'delisted') or v_posting.id is null
      or v_posting.state not in ('live', 'pending_review', 'sold', 'delisted')) then
    perform listing_worker.refuse('illegal_move', format('A posting cannot become %s here.', v_posting_to));
  end if;
  if v.cancel_requested and v.state = 'running' and v_to in ('queued', 'waiting') then
    v_to := 'cancelled';
    v_moving := false;
    p_outcome := p_outcome || jsonb_build_object('reason', listing_worker.cancelled_reason());
  end if;
  update public.posting_operations as o set
    state = v_to,
    reason = nullif(p_outcome -> 'reason', 'null'),
    result = coalesce(nullif(p_outcome -> 'result', 'null'), o.result),
    intent = case when v_reconciled and v_to <> 'uncertain' then null else o.intent end,
    intent_at = case when v_reconciled and v_to <> 'uncertain' then null else o.intent_at end,
    attempts = greatest(0, o.attempts - case when coalesce((p_outcome ->> 'count_attempt')::boolean, true)
      then 0 else 1 end),
    lease_owner = null, lease_until = null,
    queued_at = case when v_moving then v_now else o.queued_at end,
    not_before = case when v_moving and v_again_in is not null then listing_worker.seconds_from_now(v_again_in) end,
    answer = jsonb_build_object('fence', p_fence, 'outcome', p_outcome),
    finished_at = case when v_moving then null else v_now end,
    updated_at = v_now
  where o.id = v.id;
  if v_posting_to is not null and v_posting_to <> v_posting.state then
    update public.listing_automation_results set state = v_posting_to, updated_at = v_now where id = v_posting.id;
  end if;
  return v_answer;
end $$;

-- As due_postings: oldest first, of each account only its first, none of an account that is being worked on.
create function public.due_operations(p_max_rows integer) returns jsonb
language sql volatile set search_path = '' as $$
  select coalesce(jsonb_agg(first.id order by first.due_at, first.id), '[]')
  from (
    select account_first.id, account_first.due_at
    from (
      select distinct on (o.user_id, o.marketplace) o.id, o.due_at
      from public.posting_operations o
      where o.due_at <= statement_timestamp()
        and listing_worker.account_busy_until(o.user_id, o.marketplace, o.id) is null
      order by o.user_id, o.marketplace, (o.kind = 'delist') desc, o.due_at, o.id
    ) account_first
    order by account_first.due_at, account_first.id
    limit least(greatest(p_max_rows, 0), 1000)
  ) first
$$;

create function public.held_operations(p_owner_prefix text) returns jsonb
language sql volatile set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('operation_id', o.id, 'owner', o.lease_owner)), '[]')
  from public.posting_operations o
  where o.lease_until > clock_timestamp() and starts_with(o.lease_owner, p_owner_prefix)
$$;

create function public.release_operation(p_operation_id text, p_owner text) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.posting_operations set lease_until = clock_timestamp()
  where id = listing_worker.as_uuid(p_operation_id) and lease_owner = p_owner and lease_until > clock_timestamp();
  return found;
end $$;

-- What the public page shows of the photos, noted on a posting that is live already; only by the attempt that posted it.
create function public.note_photos(p_posting_id text, p_fence bigint, p_photos jsonb) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.listing_automation_results
  set report = report || jsonb_build_object('photos', p_photos), updated_at = clock_timestamp()
  where id = listing_worker.as_uuid(p_posting_id) and fence = p_fence
    and state in ('live', 'pending_review', 'sold', 'delisted');
  return found;
end $$;

-- A posting is not claimed while an operation works on its account: the check before what claim_posting does.
alter function public.claim_posting(text, text, double precision) rename to claim_posting_of_free_account;
alter function public.claim_posting_of_free_account(text, text, double precision) set schema listing_worker;

create function public.claim_posting(p_posting_id text, p_owner text, p_lease_seconds double precision) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.listing_automation_results;
  v_busy_until timestamptz;
begin
  select * into v from public.listing_automation_results where id = listing_worker.as_uuid(p_posting_id);
  if found then
    perform from public.jobs where id = v.job_id for no key update;
    perform pg_advisory_xact_lock(hashtextextended(v.user_id || ' account ' || v.marketplace, 0));
    select max(lease_until) into v_busy_until from public.posting_operations
    where user_id = v.user_id and marketplace = v.marketplace and lease_until > clock_timestamp();
    if v_busy_until is not null and listing_worker.is_moving(v.state) then
      return jsonb_build_object(
        'claimed', false, 'why', 'account_busy', 'again_in', listing_worker.seconds_until(v_busy_until));
    end if;
  end if;
  return listing_worker.claim_posting_of_free_account(p_posting_id, p_owner, p_lease_seconds);
end $$;

do $$
declare
  v_function regprocedure;
  v_ours text[] := array[
    'request_operation', 'request_dry_run', 'get_operation', 'list_operations', 'cancel_operation', 'claim_operation',
    'heartbeat_operation', 'record_operation_intent', 'finish_operation', 'due_operations', 'held_operations',
    'release_operation', 'note_photos', 'claim_posting'];
begin
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where (p.pronamespace = 'public'::regnamespace and p.proname = any (v_ours))
      or (p.pronamespace = 'listing_worker'::regnamespace
        and p.proname in ('operation_json', 'account_busy_until', 'claim_posting_of_free_account',
          'no_posting_beside_relist'))
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', v_function);
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
end $$;
