-- Tables, indexes, row security. Everything that changes them is a SQL function in the files after this one.
-- Postgres 15 to 18. Times come from the database's clock alone.

create schema listing_worker; -- inner functions, not exposed by PostgREST
comment on schema listing_worker is 'Inner functions of the listing worker; the ones to call are in public.';
revoke all on schema listing_worker from public;
grant usage on schema listing_worker to service_role;

create table public.listings (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  body jsonb not null check (jsonb_typeof(body) = 'object'),
  photos jsonb not null default '[]' check (jsonb_typeof(photos) = 'array'),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  deleted_at timestamptz
);
create index listings_of_user on public.listings (user_id, created_at desc) where deleted_at is null;

create table public.jobs (
  id text primary key default 'job_' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 20),
  user_id uuid not null,
  listing_id uuid not null references public.listings (id) on delete cascade,
  idempotency_key text check (char_length(idempotency_key) between 1 and 255),
  request_hash text not null,
  created_at timestamptz not null default clock_timestamp(),
  completed_at timestamptz
);
comment on column public.jobs.completed_at is 'when the last posting settled; null again once one moves';
create unique index jobs_idempotency on public.jobs (user_id, idempotency_key) where idempotency_key is not null;
create index jobs_of_user on public.jobs (user_id, created_at desc);
create index jobs_of_listing on public.jobs (listing_id);

create table public.listing_automation_results (
  id uuid primary key default gen_random_uuid(),
  job_id text not null references public.jobs (id) on delete cascade,
  listing_id uuid not null references public.listings (id) on delete cascade,
  user_id uuid not null,
  marketplace text not null check (marketplace ~ '^[a-z][a-z0-9_]{1,39}$'),
  position smallint not null default 0,
  state text not null check (state in (
    'queued', 'waiting', 'running', 'publishing', 'uncertain', 'live', 'pending_review',
    'action_required', 'failed', 'cancelled', 'sold', 'delisted')),
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
  external_id text,
  url text,
  proof jsonb,
  report jsonb not null default '{}',
  cancel_requested boolean not null default false,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  due_at timestamptz generated always as (
    case when state in ('queued', 'waiting', 'running', 'publishing', 'uncertain')
      then coalesce(lease_until, not_before, queued_at) end
  ) stored,
  constraint lease_is_whole check ((lease_owner is null) = (lease_until is null)),
  constraint settled_holds_no_lease check (
    lease_until is null or state in ('running', 'publishing', 'uncertain')),
  constraint pressed_has_intent check (state not in ('publishing', 'uncertain') or intent is not null),
  constraint posted_has_proof check (state not in ('live', 'pending_review') or proof is not null)
);
comment on table public.listing_automation_results is
  'The postings: one listing on one marketplace, with its state, lease, fence, intent and proof.';
comment on column public.listing_automation_results.intent is
  'the committed decision to press publish; not null in a state that is not posted = unresolved: look before pressing';
comment on column public.listing_automation_results.due_at is 'when somebody should claim it; null once settled';

-- At most one posting of a listing on a marketplace that is not failed, cancelled or delisted (design §4 rule 8).
create unique index one_open_posting on public.listing_automation_results (listing_id, marketplace)
  where state not in ('failed', 'cancelled', 'delisted');
create index postings_due on public.listing_automation_results (due_at, id) where due_at is not null;
create index postings_of_job on public.listing_automation_results (job_id, position);
create index postings_of_listing on public.listing_automation_results (listing_id, marketplace, created_at desc);
create index postings_leased on public.listing_automation_results (user_id, marketplace, lease_until)
  where lease_until is not null;
create index postings_for_seller on public.listing_automation_results (user_id, marketplace)
  where state = 'action_required';

create table public.attempts (
  posting_id uuid not null references public.listing_automation_results (id) on delete cascade,
  fence bigint not null,
  user_id uuid not null,
  owner text not null,
  state text not null,
  started_at timestamptz not null default clock_timestamp(),
  intent jsonb,
  intent_at timestamptz,
  ended_at timestamptz,
  outcome jsonb,
  answer jsonb,
  primary key (posting_id, fence)
);
comment on column public.attempts.state is 'what the posting was claimed as: running or uncertain';
comment on column public.attempts.answer is 'what finish_posting answered, so that asking twice is harmless';
create index attempts_of_user on public.attempts (user_id, started_at desc);

create sequence public.session_version;

create table public.user_marketplace_sessions (
  user_id uuid not null,
  marketplace text not null check (marketplace ~ '^[a-z][a-z0-9_]{1,39}$'),
  version bigint not null default nextval('public.session_version'),
  key_id text not null,
  sealed text not null,
  status text not null default 'unproven' check (status in ('unproven', 'active', 'signed_out')),
  account text,
  user_agent text not null default '',
  captured_at timestamptz not null,
  expires_at timestamptz not null,
  proven_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  primary key (user_id, marketplace)
);
comment on column public.user_marketplace_sessions.version is
  'never given twice, not even after a deletion: an attempt can only write back over the capture it opened';
create index sessions_expiring on public.user_marketplace_sessions (expires_at);

create table public.worker_keys (
  only_one boolean primary key default true check (only_one),
  document jsonb not null,
  published_at timestamptz not null default clock_timestamp()
);

create table public.pairings (
  code_hash text primary key,
  user_id uuid not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  used_at timestamptz
);
create index pairings_expiring on public.pairings (expires_at);

create table public.devices (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  token_hash text not null unique,
  name text not null,
  created_at timestamptz not null default clock_timestamp(),
  last_used_at timestamptz not null default clock_timestamp(),
  revoked_at timestamptz
);
create index devices_of_user on public.devices (user_id, created_at desc);

create table public.webhook_endpoints (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  url text not null check (char_length(url) <= 2000),
  key_id text not null,
  sealed_secret text not null,
  active boolean not null default true,
  created_at timestamptz not null default clock_timestamp(),
  unique (user_id, url)
);

create table public.webhooks (
  id text primary key default 'msg_' || replace(gen_random_uuid()::text, '-', ''),
  endpoint_id uuid not null references public.webhook_endpoints (id) on delete cascade,
  user_id uuid not null,
  type text not null,
  payload jsonb not null,
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'dead')),
  attempts integer not null default 0,
  fence bigint not null default 0,
  lease_until timestamptz,
  not_before timestamptz not null default clock_timestamp(),
  status_code integer,
  error text,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
comment on table public.webhooks is 'The outbox: written in the transaction that settles a job, delivered by the worker.';
create index webhooks_due on public.webhooks (not_before) where state = 'waiting';
create index webhooks_of_user on public.webhooks (user_id, created_at desc);
create index webhooks_of_endpoint on public.webhooks (endpoint_id);

-- Row security. Sellers read their own rows and write nothing; the worker and the API come as service_role, through
-- functions. What is sealed or hashed is granted to nobody else: `authenticated` gets columns, not tables.
do $$
declare
  v_readable record;
begin
  for v_readable in
    select * from (values
      ('listings', 'id, user_id, body, photos, created_at, updated_at, deleted_at'),
      ('jobs', 'id, user_id, listing_id, created_at, completed_at'),
      ('listing_automation_results', 'id, job_id, listing_id, user_id, marketplace, position, state, reason, attempts,
        max_attempts, not_before, external_id, url, report, cancel_requested, created_at, updated_at, finished_at'),
      ('attempts', 'posting_id, fence, user_id, state, started_at, ended_at'),
      ('user_marketplace_sessions', 'user_id, marketplace, version, status, account, captured_at, expires_at,
        proven_at, created_at, updated_at'),
      ('worker_keys', null),
      ('pairings', null),
      ('devices', 'id, user_id, name, created_at, last_used_at, revoked_at'),
      ('webhook_endpoints', 'id, user_id, url, active, created_at'),
      ('webhooks', 'id, endpoint_id, user_id, type, payload, state, attempts, not_before, status_code, error,
        created_at, updated_at')
    ) as t (name, columns)
  loop
    execute format('alter table public.%I enable row level security', v_readable.name);
    execute format('revoke all on table public.%I from public, anon, authenticated', v_readable.name);
    execute format('grant select, insert, update, delete on table public.%I to service_role', v_readable.name);
    if v_readable.columns is not null then
      execute format('grant select (%s) on table public.%I to authenticated', v_readable.columns, v_readable.name);
    end if;
  end loop;
end $$;

revoke all on sequence public.session_version from public, anon, authenticated;
grant usage, select on sequence public.session_version to service_role;

create policy own_rows on public.listings for select to authenticated
  using ((select auth.uid()) = user_id and deleted_at is null);
create policy own_rows on public.jobs for select to authenticated
  using ((select auth.uid()) = user_id);
create policy own_rows on public.listing_automation_results for select to authenticated
  using ((select auth.uid()) = user_id);
create policy own_rows on public.attempts for select to authenticated
  using ((select auth.uid()) = user_id);
create policy own_rows on public.user_marketplace_sessions for select to authenticated
  using ((select auth.uid()) = user_id);
create policy own_rows on public.devices for select to authenticated
  using ((select auth.uid()) = user_id);
create policy own_rows on public.webhook_endpoints for select to authenticated
  using ((select auth.uid()) = user_id);
create policy own_rows on public.webhooks for select to authenticated
  using ((select auth.uid()) = user_id);
-- worker_keys and pairings have no policy: nobody but service_role sees them.

-- Whoever deletes a user deletes what is theirs, sealed sessions first of all.
create function listing_worker.forget_user() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  delete from public.user_marketplace_sessions where user_id = old.id;
  delete from public.devices where user_id = old.id;
  delete from public.pairings where user_id = old.id;
  delete from public.webhook_endpoints where user_id = old.id;
  delete from public.jobs where user_id = old.id;
  delete from public.listings where user_id = old.id;
  return old;
end $$;
revoke execute on function listing_worker.forget_user() from public;
do $$
begin
  create trigger forget_user after delete on auth.users
    for each row execute function listing_worker.forget_user();
exception
  when insufficient_privilege then
    raise warning 'auth.users belongs to another role: rows of deleted users stay until they expire or are removed.';
end $$;
