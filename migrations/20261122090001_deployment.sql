-- What a deployment check has to know about the database, and cannot ask for by other functions: `listing-worker doctor`.
create function public.deployment_facts() returns jsonb
language sql volatile set search_path = '' as $$
  select jsonb_build_object(
    'server_version', current_setting('server_version_num')::integer,
    'now', listing_worker.iso(clock_timestamp()),
    'role', current_user,
    'row_security', (
      select coalesce(jsonb_object_agg(c.relname, c.relrowsecurity), '{}')
      from pg_catalog.pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')),
    'functions', (
      select coalesce(jsonb_object_agg(f.name, f.callers), '{}')
      from (
        select p.proname as name, jsonb_build_object(
          'service_role', bool_and(has_function_privilege('service_role', p.oid, 'execute')),
          'authenticated', bool_or(has_function_privilege('authenticated', p.oid, 'execute')),
          'anon', bool_or(has_function_privilege('anon', p.oid, 'execute'))) as callers
        from pg_catalog.pg_proc p
        where p.pronamespace = 'public'::regnamespace
        group by p.proname) f))
$$;
revoke execute on function public.deployment_facts() from public, anon, authenticated;
grant execute on function public.deployment_facts() to service_role;
