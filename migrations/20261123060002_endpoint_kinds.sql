-- The outbox has further receivers: a person (e-mail, push) and a developer's own machine, which comes for its events.
-- They are rows of webhook_endpoints, so that whatever is announced reaches them in the same transaction.

alter table public.webhook_endpoints
  add column kind text not null default 'webhook' check (kind in ('webhook', 'notification', 'listener')),
  add column taken_at timestamptz;
comment on column public.webhook_endpoints.url is
  'where a webhook goes; for a notification what it is called, never the address with its secrets (that is sealed)';
comment on column public.webhook_endpoints.taken_at is 'when a listener last came for its events';

create or replace function public.list_webhook_endpoints(p_user_id uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(listing_worker.endpoint_json(e) order by e.created_at, e.id), '[]')
  from public.webhook_endpoints e where e.user_id = p_user_id and e.kind = 'webhook'
$$;

create or replace function public.due_webhooks(p_max_rows integer) returns jsonb
language sql volatile set search_path = '' as $$
  select coalesce(jsonb_agg(due.id order by due.not_before, due.id), '[]')
  from (
    select w.id, w.not_before
    from public.webhooks w join public.webhook_endpoints e on e.id = w.endpoint_id and e.active and e.kind <> 'listener'
    where w.state = 'waiting' and w.not_before <= statement_timestamp()
      and coalesce(w.lease_until, '-infinity') <= statement_timestamp()
    order by w.not_before, w.id limit least(greatest(p_max_rows, 0), 1000)
  ) due
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
  select * into v_endpoint from public.webhook_endpoints where id = v.endpoint_id and active and kind <> 'listener';
  if not found then
    return null;
  end if;
  update public.webhooks set
    fence = fence + 1, attempts = attempts + 1, lease_until = listing_worker.seconds_from_now(p_lease_seconds),
    updated_at = clock_timestamp()
  where id = v.id returning * into v;
  return jsonb_build_object(
    'id', v.id, 'fence', v.fence, 'user_id', v.user_id, 'kind', v_endpoint.kind, 'url', v_endpoint.url,
    'key_id', v_endpoint.key_id, 'sealed_secret', v_endpoint.sealed_secret,
    'former_key_id', case when v_endpoint.former_until > clock_timestamp() then v_endpoint.former_key_id end,
    'former_sealed_secret',
      case when v_endpoint.former_until > clock_timestamp() then v_endpoint.former_sealed_secret end,
    'type', v.type, 'payload', v.payload, 'attempts', v.attempts,
    'created_at', listing_worker.iso(v.created_at));
end $$;

-- ---- notifications: the address is sealed for the worker, because it holds passwords and tokens ----

create function public.put_notification(
  p_user_id uuid, p_label text, p_key_id text, p_sealed text, p_events jsonb, p_most integer
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.webhook_endpoints;
begin
  perform pg_advisory_xact_lock(hashtextextended('notifications ' || p_user_id, 0));
  if (select count(*) from public.webhook_endpoints e
      where e.user_id = p_user_id and e.kind = 'notification' and e.url <> p_label) >= p_most then
    perform listing_worker.refuse('too_many', 'You have as many notifications as there may be. Remove one first.');
  end if;
  insert into public.webhook_endpoints as e (user_id, url, key_id, sealed_secret, kind, events)
  values (p_user_id, p_label, p_key_id, p_sealed, 'notification', array(select jsonb_array_elements_text(p_events)))
  on conflict (user_id, url) do update
  set key_id = excluded.key_id, sealed_secret = excluded.sealed_secret, events = excluded.events, active = true
  where e.kind = 'notification'
  returning * into v;
  return listing_worker.endpoint_json(v);
end $$;

create function public.list_notifications(p_user_id uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(listing_worker.endpoint_json(e) order by e.created_at, e.id), '[]')
  from public.webhook_endpoints e where e.user_id = p_user_id and e.kind = 'notification'
$$;

-- ---- listeners: they come for their events, signed there; one that has not come for an hour is forgotten ----

create function public.open_listener(
  p_user_id uuid, p_name text, p_key_id text, p_sealed_secret text, p_events jsonb
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.webhook_endpoints;
begin
  delete from public.webhook_endpoints e
  where e.user_id = p_user_id and e.kind = 'listener'
    and coalesce(e.taken_at, e.created_at) < clock_timestamp() - interval '1 hour';
  insert into public.webhook_endpoints (user_id, url, key_id, sealed_secret, kind, events)
  values (p_user_id, p_name, p_key_id, p_sealed_secret, 'listener', array(select jsonb_array_elements_text(p_events)))
  returning * into v;
  return listing_worker.endpoint_json(v);
end $$;

-- What waits for a listener, oldest first, each given once. Null if it is not there (any more).
create function public.take_events(p_user_id uuid, p_endpoint_id text, p_max_rows integer) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_endpoint_id uuid;
  v_found jsonb;
begin
  update public.webhook_endpoints set taken_at = clock_timestamp()
  where id = listing_worker.as_uuid(p_endpoint_id) and user_id = p_user_id and kind = 'listener'
  returning id into v_endpoint_id;
  if not found then
    return null;
  end if;
  with next as (
    select w.id from public.webhooks w
    where w.endpoint_id = v_endpoint_id and w.state = 'waiting'
    order by w.created_at, w.id limit least(greatest(p_max_rows, 0), 500)
    for update
  ), taken as (
    update public.webhooks w set
      state = 'delivered', attempts = w.attempts + 1, updated_at = clock_timestamp()
    from next where w.id = next.id
    returning w.*
  )
  select coalesce(jsonb_agg(listing_worker.webhook_json(t) order by t.created_at, t.id), '[]') into v_found
  from taken t;
  return v_found;
end $$;

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname in (
      'list_webhook_endpoints', 'due_webhooks', 'claim_webhook', 'put_notification', 'list_notifications',
      'open_listener', 'take_events')
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', v_function);
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
end $$;
