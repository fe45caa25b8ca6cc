-- Sealed sessions, the worker's key list, pairing and devices. The database only ever holds ciphertext and hashes.

create function listing_worker.session_json(p public.user_marketplace_sessions) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'marketplace', p.marketplace, 'key_id', p.key_id, 'version', p.version, 'status', p.status, 'account', p.account,
    'captured_at', listing_worker.iso(p.captured_at), 'expires_at', listing_worker.iso(p.expires_at),
    'proven_at', listing_worker.iso(p.proven_at),
    'browser_profile_id', 'bp_' || p.marketplace || '_'
      || left(encode(sha256(convert_to(p.user_id || ' ' || p.marketplace, 'UTF8')), 'hex'), 8))
$$;

-- A capture time ahead of our clock counts as now, or a device with a wrong clock would shut out all others.
create function public.put_session(
  p_user_id uuid, p_marketplace text, p_key_id text, p_sealed text, p_captured_at timestamptz, p_days integer,
  p_user_agent text
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.user_marketplace_sessions;
begin
  insert into public.user_marketplace_sessions as s (
    user_id, marketplace, key_id, sealed, user_agent, captured_at, expires_at)
  values (
    p_user_id, p_marketplace, p_key_id, p_sealed, coalesce(p_user_agent, ''),
    least(p_captured_at, clock_timestamp()), clock_timestamp() + make_interval(days => p_days))
  on conflict (user_id, marketplace) do update set
    version = nextval('public.session_version'), key_id = excluded.key_id, sealed = excluded.sealed,
    user_agent = excluded.user_agent, captured_at = excluded.captured_at, expires_at = excluded.expires_at,
    status = 'unproven', account = null, proven_at = null, updated_at = clock_timestamp()
  where s.captured_at <= excluded.captured_at
  returning * into v;
  if not found then
    perform listing_worker.refuse('stale_session', 'A newer session of this marketplace is already stored.');
  end if;
  return listing_worker.session_json(v);
end $$;

create function public.get_session(p_user_id uuid, p_marketplace text) returns jsonb
language sql volatile set search_path = '' as $$
  select listing_worker.session_json(s) || jsonb_build_object('sealed', s.sealed)
  from public.user_marketplace_sessions s
  where s.user_id = p_user_id and s.marketplace = p_marketplace and s.expires_at > clock_timestamp()
$$;

create function public.list_sessions(p_user_id uuid) returns jsonb
language sql volatile set search_path = '' as $$
  select coalesce(jsonb_agg(listing_worker.session_json(s) order by s.marketplace), '[]')
  from public.user_marketplace_sessions s
  where s.user_id = p_user_id and s.expires_at > clock_timestamp()
$$;

create function public.mark_session(
  p_user_id uuid, p_marketplace text, p_version bigint, p_status text, p_account text
) returns boolean
language plpgsql set search_path = '' as $$
begin
  if p_status not in ('active', 'signed_out') then
    perform listing_worker.refuse('invalid_value', 'An attempt proves a session active or signed_out.');
  end if;
  update public.user_marketplace_sessions set
    status = p_status, account = coalesce(p_account, account), updated_at = clock_timestamp(),
    proven_at = case when p_status = 'active' then clock_timestamp() else proven_at end
  where user_id = p_user_id and marketplace = p_marketplace and version = p_version;
  return found;
end $$;

create function public.reseal_session(
  p_user_id uuid, p_marketplace text, p_version bigint, p_key_id text, p_sealed text
) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.user_marketplace_sessions
  set key_id = p_key_id, sealed = p_sealed, updated_at = clock_timestamp()
  where user_id = p_user_id and marketplace = p_marketplace and version = p_version;
  return found;
end $$;

create function public.delete_session(p_user_id uuid, p_marketplace text) returns boolean
language plpgsql set search_path = '' as $$
begin
  delete from public.user_marketplace_sessions where user_id = p_user_id and marketplace = p_marketplace;
  return found;
end $$;

-- Idempotency keys are remembered for a week.
create function public.purge_expired() returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_sessions bigint;
  v_pairings bigint;
begin
  delete from public.user_marketplace_sessions where expires_at <= statement_timestamp();
  get diagnostics v_sessions = row_count;
  delete from public.pairings where expires_at <= statement_timestamp();
  get diagnostics v_pairings = row_count;
  update public.jobs set idempotency_key = null
  where idempotency_key is not null and created_at < statement_timestamp() - interval '7 days';
  return jsonb_build_object('sessions', v_sessions, 'pairings', v_pairings);
end $$;

create function public.publish_keys(p_document jsonb) returns boolean
language sql volatile set search_path = '' as $$
  insert into public.worker_keys (document) values (p_document)
  on conflict (only_one) do update set document = excluded.document, published_at = clock_timestamp()
  returning true
$$;

create function public.get_keys() returns jsonb
language sql stable set search_path = '' as $$
  select document from public.worker_keys
$$;

create function public.create_pairing(p_user_id uuid, p_code_hash text, p_seconds integer) returns text
language sql volatile set search_path = '' as $$
  insert into public.pairings (user_id, code_hash, expires_at)
  values (p_user_id, p_code_hash, clock_timestamp() + make_interval(secs => p_seconds))
  returning listing_worker.iso(expires_at)
$$;

create function listing_worker.device_json(p public.devices) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', p.id, 'user_id', p.user_id, 'name', p.name, 'created_at', listing_worker.iso(p.created_at),
    'last_used_at', listing_worker.iso(p.last_used_at))
$$;

create function public.redeem_pairing(p_code_hash text, p_token_hash text, p_device_name text) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_user_id uuid;
  v public.devices;
begin
  update public.pairings set used_at = clock_timestamp()
  where code_hash = p_code_hash and used_at is null and expires_at > clock_timestamp()
  returning user_id into v_user_id;
  if not found then
    return null;
  end if;
  insert into public.devices (user_id, token_hash, name)
  values (v_user_id, p_token_hash, left(coalesce(p_device_name, ''), 80)) returning * into v;
  return listing_worker.device_json(v);
end $$;

create function public.find_device(p_token_hash text) returns jsonb
language sql volatile set search_path = '' as $$
  update public.devices as d set last_used_at = clock_timestamp()
  where d.token_hash = p_token_hash and d.revoked_at is null
    and d.last_used_at > clock_timestamp() - interval '90 days'
  returning listing_worker.device_json(d)
$$;

create function public.list_devices(p_user_id uuid) returns jsonb
language sql volatile set search_path = '' as $$
  select coalesce(jsonb_agg(listing_worker.device_json(d) order by d.created_at desc, d.id), '[]')
  from public.devices d
  where d.user_id = p_user_id and d.revoked_at is null and d.last_used_at > clock_timestamp() - interval '90 days'
$$;

create function public.revoke_device(p_user_id uuid, p_device_id text) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.devices set revoked_at = clock_timestamp()
  where id = listing_worker.as_uuid(p_device_id) and user_id = p_user_id and revoked_at is null;
  return found;
end $$;
