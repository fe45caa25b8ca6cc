-- The extension may bring a sealed session straight to Supabase, with the project's publishable key and its device token.
-- The one function that strangers may call: the token (256 random bits, known here by its hash alone) is what counts.
-- It does what `PUT /api/sessions/{marketplace}` does, and lets nothing be read.
create function public.sync_session_from_device(
  p_device_token text, p_marketplace text, p_key_id text, p_sealed text, p_captured_at timestamptz, p_user_agent text
) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_device jsonb;
  v_session jsonb;
begin
  if p_device_token is null or p_device_token !~ '^lwd_[A-Za-z0-9_-]{43}$' then
    perform listing_worker.refuse('device_unknown', 'This device is not connected any more. Connect it again.');
  end if;
  v_device := public.find_device(encode(sha256(convert_to(p_device_token, 'UTF8')), 'hex'));
  if v_device is null then
    perform listing_worker.refuse('device_unknown', 'This device is not connected any more. Connect it again.');
  end if;
  if p_sealed is null or char_length(p_sealed) not between 64 and 4000000 or p_sealed !~ '^[A-Za-z0-9_-]+$' then
    perform listing_worker.refuse('invalid_value', 'The sealed session is no base64url text of a possible length.');
  end if;
  if p_captured_at is null or char_length(coalesce(p_user_agent, '')) > 1000 then
    perform listing_worker.refuse('invalid_value', 'The time of the capture is missing, or the user agent too long.');
  end if;
  if not exists (
    select from public.worker_keys k, jsonb_array_elements(k.document -> 'keys') as key
    where key ->> 'key_id' = p_key_id
  ) then
    perform listing_worker.refuse('retired_key', 'This key is not used any more. Fetch the keys and capture again.');
  end if;
  v_session := public.put_session(
    (v_device ->> 'user_id')::uuid, p_marketplace, p_key_id, p_sealed, p_captured_at, 7, p_user_agent);
  -- Postings that waited for this sign-in go on; the reconciler finds them.
  perform public.requeue_signed_in((v_device ->> 'user_id')::uuid, p_marketplace);
  return v_session;
end $$;
revoke execute on function public.sync_session_from_device(text, text, text, text, timestamptz, text) from public;
grant execute on function public.sync_session_from_device(text, text, text, text, timestamptz, text)
  to anon, authenticated, service_role;
