-- Who may call: only the worker and the API, as service_role. Supabase grants EXECUTE on each new function to everybody,
-- and other functions in public may be somebody else's: so each of ours is named here.
-- A later migration that adds a function does the same for its own.
do $$
declare
  v_function regprocedure;
  v_ours text[] := array[
    'create_listing', 'update_listing', 'get_listing', 'list_listings', 'delete_listing', 'set_photos',
    'add_photo', 'create_job', 'get_job', 'list_jobs', 'cancel_job', 'retry_posting', 'requeue_signed_in',
    'get_posting', 'claim_posting', 'heartbeat', 'record_intent', 'finish_posting', 'due_postings',
    'held_leases', 'release_lease',
    'put_session', 'get_session', 'list_sessions', 'mark_session', 'reseal_session', 'delete_session',
    'purge_expired', 'publish_keys', 'get_keys', 'create_pairing', 'redeem_pairing', 'find_device',
    'list_devices', 'revoke_device', 'put_webhook_endpoint', 'list_webhook_endpoints',
    'delete_webhook_endpoint', 'list_webhooks', 'due_webhooks', 'claim_webhook', 'finish_webhook',
    'redeliver_webhook'
  ];
begin
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where (p.pronamespace = 'public'::regnamespace and p.proname = any (v_ours))
      or p.pronamespace = 'listing_worker'::regnamespace
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', v_function);
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
end $$;
