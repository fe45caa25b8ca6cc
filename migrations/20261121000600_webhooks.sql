-- Webhook endpoints and their outbox. Rows are written by listing_worker.announce_job, delivered by the worker.

create function listing_worker.endpoint_json(p public.webhook_endpoints) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', p.id, 'url', p.url, 'active', p.active, 'created_at', listing_worker.iso(p.created_at))
$$;

create function listing_worker.webhook_json(p public.webhooks) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', p.id, 'endpoint_id', p.endpoint_id, 'type', p.type, 'state', p.state, 'attempts', p.attempts,
    'status_code', p.status_code, 'error', p.error, 'not_before', listing_worker.iso(p.not_before),
    'payload', p.payload, 'created_at', listing_worker.iso(p.created_at))
$$;

create function public.put_webhook_endpoint(p_user_id uuid, p_url text, p_key_id text, p_sealed_secret text)
returns jsonb
language sql volatile set search_path = '' as $$
  insert into public.webhook_endpoints as e (user_id, url, key_id, sealed_secret)
  values (p_user_id, p_url, p_key_id, p_sealed_secret)
  on conflict (user_id, url) do update
  set key_id = excluded.key_id, sealed_secret = excluded.sealed_secret, active = true
  returning listing_worker.endpoint_json(e)
$$;

create function public.list_webhook_endpoints(p_user_id uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(listing_worker.endpoint_json(e) order by e.created_at, e.id), '[]')
  from public.webhook_endpoints e where e.user_id = p_user_id
$$;

create function public.delete_webhook_endpoint(p_user_id uuid, p_endpoint_id text) returns boolean
language plpgsql set search_path = '' as $$
begin
  delete from public.webhook_endpoints
  where id = listing_worker.as_uuid(p_endpoint_id) and user_id = p_user_id;
  return found;
end $$;

create function public.list_webhooks(p_user_id uuid, p_max_rows integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(listing_worker.webhook_json(w) order by w.created_at desc, w.id desc), '[]')
  from (
    select * from public.webhooks where user_id = p_user_id
    order by created_at desc, id desc limit least(greatest(p_max_rows, 0), 500)
  ) w
$$;

create function public.due_webhooks(p_max_rows integer) returns jsonb
language sql volatile set search_path = '' as $$
  select coalesce(jsonb_agg(due.id order by due.not_before, due.id), '[]')
  from (
    select w.id, w.not_before
    from public.webhooks w join public.webhook_endpoints e on e.id = w.endpoint_id and e.active
    where w.state = 'waiting' and w.not_before <= statement_timestamp()
      and coalesce(w.lease_until, '-infinity') <= statement_timestamp()
    order by w.not_before, w.id limit least(greatest(p_max_rows, 0), 1000)
  ) due
$$;

create function public.claim_webhook(p_webhook_id text, p_lease_seconds double precision) returns jsonb
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
    'sealed_secret', v_endpoint.sealed_secret, 'type', v.type, 'payload', v.payload, 'attempts', v.attempts,
    'created_at', listing_worker.iso(v.created_at));
end $$;

-- `gone` (the receiver answered 410) switches the endpoint off and buries what still waits for it.
create function public.finish_webhook(
  p_webhook_id text, p_fence bigint, p_state text, p_status_code integer, p_error text, p_again_in double precision
) returns boolean
language plpgsql set search_path = '' as $$
declare
  v_endpoint_id uuid;
begin
  if p_state not in ('delivered', 'waiting', 'dead', 'gone') then
    perform listing_worker.refuse('invalid_value', format('A delivery cannot end as %s.', p_state));
  end if;
  update public.webhooks set
    state = case when p_state = 'gone' then 'dead' else p_state end,
    status_code = p_status_code, error = left(p_error, 500), lease_until = null, updated_at = clock_timestamp(),
    not_before = case when p_state = 'waiting'
      then listing_worker.seconds_from_now(coalesce(p_again_in, 0)) else not_before end
  where id = p_webhook_id and fence = p_fence and state = 'waiting' and lease_until is not null
  returning endpoint_id into v_endpoint_id;
  if not found then
    return false;
  end if;
  if p_state = 'gone' then
    update public.webhook_endpoints set active = false where id = v_endpoint_id;
    update public.webhooks set state = 'dead', error = 'The endpoint is gone.', updated_at = clock_timestamp()
    where endpoint_id = v_endpoint_id and state = 'waiting';
  end if;
  return true;
end $$;

create function public.redeliver_webhook(p_user_id uuid, p_webhook_id text) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.webhooks as w set
    state = 'waiting', attempts = 0, not_before = clock_timestamp(), updated_at = clock_timestamp()
  from public.webhook_endpoints e
  where w.id = p_webhook_id and w.user_id = p_user_id and e.id = w.endpoint_id and e.active;
  return found;
end $$;

