-- How programs get in: API keys with scopes, remembered answers (Idempotency-Key), and posting at a chosen time.

create table public.api_keys (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  name text not null check (char_length(name) between 1 and 80),
  token_hash text not null unique,
  hint text not null,
  scopes text[] not null,
  created_at timestamptz not null default clock_timestamp(),
  last_used_at timestamptz,
  revoked_at timestamptz
);
comment on column public.api_keys.hint is 'the first characters of the key, to tell it by; the key itself is not stored';
create index api_keys_of_user on public.api_keys (user_id, created_at desc);

create table public.idempotent_requests (
  user_id uuid not null,
  key text not null check (char_length(key) between 1 and 255),
  request_hash text not null,
  status integer,
  answer jsonb,
  created_at timestamptz not null default clock_timestamp(),
  primary key (user_id, key)
);
comment on table public.idempotent_requests is
  'Answers to writes that carried an Idempotency-Key, without secrets; a row without status is being answered now.';
create index idempotent_requests_by_age on public.idempotent_requests (created_at);

do $$
begin
  alter table public.api_keys enable row level security;
  alter table public.idempotent_requests enable row level security;
  revoke all on table public.api_keys, public.idempotent_requests from public, anon, authenticated;
  grant select, insert, update, delete on table public.api_keys, public.idempotent_requests to service_role;
  grant select (id, user_id, name, hint, scopes, created_at, last_used_at, revoked_at) on table public.api_keys
    to authenticated;
  grant select (user_id, created_at) on table public.idempotent_requests to authenticated;
end $$;
create policy own_rows on public.api_keys for select to authenticated using ((select auth.uid()) = user_id);
create policy own_rows on public.idempotent_requests for select to authenticated
  using ((select auth.uid()) = user_id);

create function listing_worker.forget_user_access() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  delete from public.api_keys where user_id = old.id;
  delete from public.idempotent_requests where user_id = old.id;
  return old;
end $$;
do $$
begin
  create trigger forget_user_access after delete on auth.users
    for each row execute function listing_worker.forget_user_access();
exception
  when insufficient_privilege then
    raise warning 'auth.users belongs to another role: API keys of deleted users stay until they are revoked.';
end $$;

create function listing_worker.api_key_json(p public.api_keys) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', p.id, 'user_id', p.user_id, 'name', p.name, 'hint', p.hint, 'scopes', to_jsonb(p.scopes),
    'created_at', listing_worker.iso(p.created_at), 'last_used_at', listing_worker.iso(p.last_used_at))
$$;

create function public.create_api_key(
  p_user_id uuid, p_name text, p_token_hash text, p_hint text, p_scopes jsonb, p_max_keys integer
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.api_keys;
begin
  perform pg_advisory_xact_lock(hashtextextended(p_user_id || ' api keys', 0));
  if (select count(*) from public.api_keys where user_id = p_user_id and revoked_at is null) >= p_max_keys then
    perform listing_worker.refuse('too_many_keys', format('There are %s keys already. Revoke one first.', p_max_keys));
  end if;
  insert into public.api_keys (user_id, name, token_hash, hint, scopes)
  values (p_user_id, p_name, p_token_hash, p_hint, array(select jsonb_array_elements_text(p_scopes)))
  returning * into v;
  return listing_worker.api_key_json(v);
end $$;

create function public.list_api_keys(p_user_id uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(listing_worker.api_key_json(k) order by k.created_at desc, k.id), '[]')
  from public.api_keys k where k.user_id = p_user_id and k.revoked_at is null
$$;

-- Notes the use, at most once a minute: a busy program shall not cost a write per request.
create function public.find_api_key(p_token_hash text) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.api_keys;
begin
  select * into v from public.api_keys where token_hash = p_token_hash and revoked_at is null;
  if not found then
    return null;
  end if;
  if coalesce(v.last_used_at, '-infinity') < clock_timestamp() - interval '1 minute' then
    update public.api_keys set last_used_at = clock_timestamp() where id = v.id returning * into v;
  end if;
  return listing_worker.api_key_json(v);
end $$;

create function public.revoke_api_key(p_user_id uuid, p_key_id text) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.api_keys set revoked_at = clock_timestamp()
  where id = listing_worker.as_uuid(p_key_id) and user_id = p_user_id and revoked_at is null;
  return found;
end $$;

-- {"state": "new"}: answer it, then call finish_request or forget_request. "done": `status` and `answer` as they were.
-- "busy": the same request is being answered now. A request that nobody finished counts as new after a minute.
create function public.begin_request(p_user_id uuid, p_key text, p_request_hash text) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.idempotent_requests;
begin
  delete from public.idempotent_requests where created_at < clock_timestamp() - interval '1 day';
  insert into public.idempotent_requests (user_id, key, request_hash) values (p_user_id, p_key, p_request_hash)
  on conflict (user_id, key) do nothing returning * into v;
  if found then
    return '{"state": "new"}';
  end if;
  select * into v from public.idempotent_requests where user_id = p_user_id and key = p_key for update;
  if not found then
    return '{"state": "busy"}';
  end if;
  if v.request_hash <> p_request_hash then
    perform listing_worker.refuse('idempotency_conflict', 'This Idempotency-Key was used for another request.');
  end if;
  if v.status is not null then
    return jsonb_build_object('state', 'done', 'status', v.status, 'answer', v.answer);
  end if;
  if v.created_at < clock_timestamp() - interval '1 minute' then
    update public.idempotent_requests set created_at = clock_timestamp() where user_id = p_user_id and key = p_key;
    return '{"state": "new"}';
  end if;
  return '{"state": "busy"}';
end $$;

create function public.finish_request(p_user_id uuid, p_key text, p_status integer, p_answer jsonb) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.idempotent_requests set status = p_status, answer = p_answer
  where user_id = p_user_id and key = p_key and status is null;
  return found;
end $$;

create function public.forget_request(p_user_id uuid, p_key text) returns boolean
language plpgsql set search_path = '' as $$
begin
  delete from public.idempotent_requests where user_id = p_user_id and key = p_key and status is null;
  return found;
end $$;

-- A job whose new postings wait until `p_publish_at` and say so. Everything else is create_job's.
create function public.create_job_for_later(
  p_user_id uuid, p_listing_id text, p_marketplaces jsonb, p_blocked jsonb,
  p_idempotency_key text, p_request_hash text, p_max_attempts integer, p_publish_at timestamptz
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v jsonb;
begin
  v := public.create_job(
    p_user_id, p_listing_id, p_marketplaces, p_blocked, p_idempotency_key, p_request_hash, p_max_attempts);
  if not (v ->> 'created')::boolean or p_publish_at <= clock_timestamp() then
    return v;
  end if;
  update public.listing_automation_results set
    state = 'waiting', not_before = p_publish_at, updated_at = clock_timestamp(),
    reason = jsonb_build_object('code', 'scheduled', 'message', 'Waits for the time you chose.',
      'action', null, 'field', null)
  where job_id = v -> 'job' ->> 'id' and state = 'queued';
  return jsonb_set(v, '{job}', (
    select listing_worker.job_json(j) from public.jobs j where j.id = v -> 'job' ->> 'id'));
end $$;

-- ---- webhooks: chosen events, and a second secret while the first is being replaced ----

alter table public.webhook_endpoints
  add column events text[] not null default '{job.finished}',
  add column former_key_id text,
  add column former_sealed_secret text,
  add column former_until timestamptz;
grant select (events) on table public.webhook_endpoints to authenticated;

create or replace function listing_worker.endpoint_json(p public.webhook_endpoints) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', p.id, 'url', p.url, 'active', p.active, 'events', to_jsonb(p.events),
    'former_secret_until', case when p.former_until > clock_timestamp() then listing_worker.iso(p.former_until) end,
    'created_at', listing_worker.iso(p.created_at))
$$;

create function public.choose_webhook_events(p_user_id uuid, p_endpoint_id text, p_events jsonb) returns jsonb
language sql volatile set search_path = '' as $$
  update public.webhook_endpoints as e set events = array(select jsonb_array_elements_text(p_events))
  where e.id = listing_worker.as_uuid(p_endpoint_id) and e.user_id = p_user_id
  returning listing_worker.endpoint_json(e)
$$;

-- The former secret goes on signing beside the new one for a while, so that the receiver can change over in peace.
create function public.rotate_webhook_secret(
  p_user_id uuid, p_endpoint_id text, p_key_id text, p_sealed_secret text, p_seconds double precision
) returns jsonb
language sql volatile set search_path = '' as $$
  update public.webhook_endpoints as e set
    former_key_id = e.key_id, former_sealed_secret = e.sealed_secret,
    former_until = listing_worker.seconds_from_now(p_seconds),
    key_id = p_key_id, sealed_secret = p_sealed_secret
  where e.id = listing_worker.as_uuid(p_endpoint_id) and e.user_id = p_user_id
  returning listing_worker.endpoint_json(e)
$$;

create or replace function public.claim_webhook(p_webhook_id text, p_lease_seconds double precision) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.webhooks;
  v_endpoint public.webhook_endpoints;
begin
  select * into v from public.webhooks where id = p_webhook_id for update;
  if not found or v.state <> 'waiting' or v.not_before > clock_timestamp()
    or coalesce(v.lease_until, '-infinity') > clock_timestamp() then
    return null;
  end if;
  select * into v_endpoint from public.webhook_endpoints where id = v.endpoint_id and active;
  if not found then
    return null;
  end if;
  update public.webhooks set
    fence = fence + 1, attempts = attempts + 1, lease_until = listing_worker.seconds_from_now(p_lease_seconds),
    updated_at = clock_timestamp()
  where id = v.id returning * into v;
  return jsonb_build_object(
    'id', v.id, 'fence', v.fence, 'user_id', v.user_id, 'url', v_endpoint.url, 'key_id', v_endpoint.key_id,
    'sealed_secret', v_endpoint.sealed_secret,
    'former_key_id', case when v_endpoint.former_until > clock_timestamp() then v_endpoint.former_key_id end,
    'former_sealed_secret',
      case when v_endpoint.former_until > clock_timestamp() then v_endpoint.former_sealed_secret end,
    'type', v.type, 'payload', v.payload, 'attempts', v.attempts,
    'created_at', listing_worker.iso(v.created_at));
end $$;

-- A row for an endpoint that did not choose its event is not written, whoever writes it.
create function listing_worker.only_chosen_events() returns trigger
language plpgsql set search_path = '' as $$
begin
  if exists (select from public.webhook_endpoints e where e.id = new.endpoint_id and new.type = any (e.events)) then
    return new;
  end if;
  return null;
end $$;
create trigger only_chosen_events before insert on public.webhooks
  for each row execute function listing_worker.only_chosen_events();

-- posting.live, posting.failed, posting.action_required, posting.sold …, in the transaction that made them so.
create function listing_worker.announce_posting() returns trigger
language plpgsql set search_path = '' as $$
begin
  insert into public.webhooks (endpoint_id, user_id, type, payload)
  select e.id, new.user_id, 'posting.' || new.state, jsonb_build_object(
    'type', 'posting.' || new.state,
    'timestamp', listing_worker.iso(clock_timestamp()),
    'data', jsonb_build_object(
      'job_id', new.job_id, 'listing_id', new.listing_id, 'posting_id', new.id, 'marketplace', new.marketplace,
      'status', new.state, 'external_id', new.external_id, 'confirmation_link', new.url, 'reason', new.reason))
  from public.webhook_endpoints e
  where e.user_id = new.user_id and e.active and 'posting.' || new.state = any (e.events);
  return null;
end $$;
create trigger announce_posting after update of state on public.listing_automation_results
  for each row when (old.state is distinct from new.state and new.state in
    ('live', 'pending_review', 'action_required', 'failed', 'cancelled', 'sold', 'delisted'))
  execute function listing_worker.announce_posting();
create trigger announce_new_posting after insert on public.listing_automation_results
  for each row when (new.state in ('action_required', 'failed'))
  execute function listing_worker.announce_posting();

-- session.signed_out: an attempt has found the stored session signed out.
create function listing_worker.announce_session() returns trigger
language plpgsql set search_path = '' as $$
begin
  insert into public.webhooks (endpoint_id, user_id, type, payload)
  select e.id, new.user_id, 'session.signed_out', jsonb_build_object(
    'type', 'session.signed_out',
    'timestamp', listing_worker.iso(clock_timestamp()),
    'data', jsonb_build_object('marketplace', new.marketplace, 'account', new.account))
  from public.webhook_endpoints e
  where e.user_id = new.user_id and e.active and 'session.signed_out' = any (e.events);
  return null;
end $$;
create trigger announce_session after update of status on public.user_marketplace_sessions
  for each row when (old.status is distinct from new.status and new.status = 'signed_out')
  execute function listing_worker.announce_session();

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where (p.pronamespace = 'public'::regnamespace and p.proname in (
        'create_api_key', 'list_api_keys', 'find_api_key', 'revoke_api_key', 'begin_request', 'finish_request',
        'forget_request', 'create_job_for_later', 'choose_webhook_events', 'rotate_webhook_secret', 'claim_webhook'))
      or (p.pronamespace = 'listing_worker'::regnamespace and p.proname in (
        'forget_user_access', 'api_key_json', 'endpoint_json', 'only_chosen_events', 'announce_posting',
        'announce_session'))
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', v_function);
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
end $$;
