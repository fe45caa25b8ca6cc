-- Two things a seller can see and steer: the browser of an attempt that waits for them (a live view), and every use of
-- their stored sessions.

-- At most one per posting, of the attempt that holds it. What is shown and typed is not here and nowhere else at rest.
create table public.live_views (
  posting_id uuid primary key references public.listing_automation_results (id) on delete cascade,
  user_id uuid not null,
  fence bigint not null,
  public_key text not null check (char_length(public_key) between 40 and 60),
  reason jsonb not null,
  opened_at timestamptz not null default clock_timestamp(),
  until timestamptz not null,
  viewer_hash text,
  viewer_until timestamptz
);
comment on table public.live_views is 'Attempts whose browser waits for the seller; a row is worth nothing once its claim is lost.';
comment on column public.live_views.public_key is 'of the attempt alone, for this wait alone: a viewer seals its keys for it';
comment on column public.live_views.viewer_hash is 'sha256 of the one ticket that lets the newest viewer in, once';
create index live_views_of_user on public.live_views (user_id);

create table public.session_uses (
  id bigint generated always as identity primary key,
  user_id uuid not null,
  marketplace text not null check (marketplace ~ '^[a-z][a-z0-9_]{1,39}$'),
  version bigint not null,
  purpose text not null check (purpose in ('posting', 'operation', 'watch', 'import', 'check')),
  subject_id uuid,
  attempt integer,
  opened_at timestamptz not null default clock_timestamp()
);
comment on table public.session_uses is
  'One row each time a stored session was given out to a worker, written with the giving out itself; the newest 500 each.';
create index session_uses_of_session on public.session_uses (user_id, marketplace, id desc);

do $$
declare
  v_table text;
begin
  foreach v_table in array array['live_views', 'session_uses'] loop
    execute format('alter table public.%I enable row level security', v_table);
    execute format('revoke all on table public.%I from public, anon, authenticated', v_table);
    execute format('grant select, insert, update, delete on table public.%I to service_role', v_table);
    execute format('create policy own_rows on public.%I for select to authenticated '
      'using ((select auth.uid()) = user_id)', v_table);
  end loop;
end $$;
grant select (posting_id, user_id, reason, opened_at, until) on table public.live_views to authenticated;
grant select on table public.session_uses to authenticated;

create function listing_worker.forget_user_views() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  delete from public.live_views where user_id = old.id;
  delete from public.session_uses where user_id = old.id;
  return old;
end $$;
do $$
begin
  create trigger forget_user_views after delete on auth.users
    for each row execute function listing_worker.forget_user_views();
exception
  when insufficient_privilege then
    raise warning 'auth.users belongs to another role: session uses of deleted users stay until they are removed.';
end $$;

-- ---- live views ----

-- Is the row worth something: does its attempt still hold the posting, and is there time left?
create function listing_worker.is_open(p public.live_views, r public.listing_automation_results) returns boolean
language sql stable set search_path = '' as $$
  select p.posting_id = r.id and p.fence = r.fence and r.lease_until > clock_timestamp() and p.until > clock_timestamp()
$$;

-- When it will be closed; null if the posting is not the attempt's any more.
create function public.open_live_view(
  p_posting_id text, p_fence bigint, p_public_key text, p_seconds double precision, p_reason jsonb
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.listing_automation_results;
  v_view public.live_views;
begin
  select * into v from public.listing_automation_results
  where id = listing_worker.as_uuid(p_posting_id) and fence = p_fence and lease_until > clock_timestamp();
  if not found then
    return null;
  end if;
  insert into public.live_views as l (posting_id, user_id, fence, public_key, reason, until)
  values (v.id, v.user_id, p_fence, p_public_key, p_reason, listing_worker.seconds_from_now(p_seconds))
  on conflict (posting_id) do update set
    fence = excluded.fence, public_key = excluded.public_key, reason = excluded.reason, opened_at = clock_timestamp(),
    until = excluded.until, viewer_hash = null, viewer_until = null
  where l.fence <= excluded.fence
  returning * into v_view;
  if not found then
    return null;
  end if;
  return jsonb_build_object('until', listing_worker.iso(v_view.until));
end $$;

create function public.close_live_view(p_posting_id text, p_fence bigint) returns boolean
language plpgsql set search_path = '' as $$
begin
  delete from public.live_views where posting_id = listing_worker.as_uuid(p_posting_id) and fence = p_fence;
  return found;
end $$;

create function public.list_live_views(p_user_id uuid) returns jsonb
language sql volatile set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'posting_id', l.posting_id, 'job_id', r.job_id, 'listing_id', r.listing_id, 'marketplace', r.marketplace,
    'reason', l.reason, 'opened_at', listing_worker.iso(l.opened_at), 'until', listing_worker.iso(l.until))
    order by l.opened_at, l.posting_id), '[]')
  from public.live_views l join public.listing_automation_results r on r.id = l.posting_id
  where l.user_id = p_user_id and listing_worker.is_open(l, r)
$$;

-- Lets the owner's newest viewer in: the former one's ticket is worth nothing any more.
create function public.admit_viewer(p_user_id uuid, p_posting_id text, p_ticket_hash text) returns jsonb
language sql volatile set search_path = '' as $$
  update public.live_views as l
  set viewer_hash = p_ticket_hash, viewer_until = least(clock_timestamp() + interval '30 seconds', l.until)
  from public.listing_automation_results r
  where l.posting_id = listing_worker.as_uuid(p_posting_id) and r.id = l.posting_id
    and l.user_id = p_user_id and r.user_id = p_user_id and listing_worker.is_open(l, r)
  returning jsonb_build_object(
    'fence', l.fence, 'public_key', l.public_key, 'until', listing_worker.iso(l.until), 'job_id', r.job_id,
    'marketplace', r.marketplace, 'reason', l.reason)
$$;

-- True exactly once per ticket, for the attempt that holds the posting.
create function public.take_viewer(p_posting_id text, p_fence bigint, p_ticket_hash text) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.live_views as l set viewer_hash = null, viewer_until = null
  from public.listing_automation_results r
  where l.posting_id = listing_worker.as_uuid(p_posting_id) and l.fence = p_fence and r.id = l.posting_id
    and l.viewer_hash = p_ticket_hash and l.viewer_until > clock_timestamp() and listing_worker.is_open(l, r);
  return found;
end $$;

-- The seller is told at once, not when the time is over: the same event as for a posting that has ended so.
create function listing_worker.announce_live_view() returns trigger
language plpgsql set search_path = '' as $$
begin
  insert into public.webhooks (endpoint_id, user_id, type, payload)
  select e.id, new.user_id, 'posting.action_required', jsonb_build_object(
    'type', 'posting.action_required',
    'timestamp', listing_worker.iso(clock_timestamp()),
    'data', jsonb_build_object(
      'job_id', r.job_id, 'listing_id', r.listing_id, 'posting_id', r.id, 'marketplace', r.marketplace,
      'status', r.state, 'external_id', r.external_id, 'confirmation_link', r.url, 'reason', new.reason,
      'live_view_until', listing_worker.iso(new.until)))
  from public.webhook_endpoints e, public.listing_automation_results r
  where r.id = new.posting_id and e.user_id = new.user_id and e.active
    and 'posting.action_required' = any (e.events);
  return null;
end $$;
create trigger announce_live_view after insert on public.live_views
  for each row execute function listing_worker.announce_live_view();

-- ---- uses of sessions ----

-- The worker's read, as `get_session`, with the note of it in the same statement's transaction.
create function public.open_session(
  p_user_id uuid, p_marketplace text, p_purpose text, p_subject_id text, p_attempt integer
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_session jsonb := public.get_session(p_user_id, p_marketplace);
begin
  if v_session is null then
    return null;
  end if;
  insert into public.session_uses (user_id, marketplace, version, purpose, subject_id, attempt)
  values (p_user_id, p_marketplace, (v_session ->> 'version')::bigint, p_purpose, listing_worker.as_uuid(p_subject_id),
    p_attempt);
  delete from public.session_uses u
  where u.user_id = p_user_id and u.marketplace = p_marketplace and u.id < (
    select k.id from public.session_uses k where k.user_id = p_user_id and k.marketplace = p_marketplace
    order by k.id desc offset 499 limit 1);
  return v_session;
end $$;

-- Newest first.
create function public.list_session_uses(p_user_id uuid, p_marketplace text, p_max_rows integer) returns jsonb
language sql volatile set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'marketplace', u.marketplace, 'purpose', u.purpose, 'subject_id', u.subject_id, 'attempt', u.attempt,
    'job_id', r.job_id, 'title', coalesce(l.body ->> 'title', ''), 'opened_at', listing_worker.iso(u.opened_at))
    order by u.id desc), '[]')
  from (
    select * from public.session_uses
    where user_id = p_user_id and (p_marketplace is null or marketplace = p_marketplace)
    order by id desc limit least(greatest(p_max_rows, 0), 500)
  ) u
  left join public.listing_automation_results r on r.id = u.subject_id and r.user_id = p_user_id
  left join public.listings l on l.id = r.listing_id
$$;

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_proc p
    where (p.pronamespace = 'public'::regnamespace and p.proname in (
        'open_live_view', 'close_live_view', 'list_live_views', 'admit_viewer', 'take_viewer', 'open_session',
        'list_session_uses'))
      or (p.pronamespace = 'listing_worker'::regnamespace and p.proname in (
        'is_open', 'announce_live_view', 'forget_user_views'))
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', v_function);
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
end $$;
