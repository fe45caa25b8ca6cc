-- What Supabase brings and a bare Postgres lacks: roles, the auth schema, default privileges.
-- Only for a bare Postgres (`listing-worker migrate` decides); it refuses on a real Supabase. Safe to run twice.

do $$
begin
  if exists (
    select from information_schema.columns
    where table_schema = 'auth' and table_name = 'users' and column_name = 'instance_id'
  ) then
    raise exception 'This is a Supabase database: bootstrap.sql is for a bare Postgres only.';
  end if;
end $$;

-- Roles belong to the whole cluster: another database may be creating them in this very moment.
do $$
declare
  v_role record;
begin
  for v_role in
    select * from (values
      ('anon', 'nologin noinherit'),
      ('authenticated', 'nologin noinherit'),
      ('service_role', 'nologin noinherit bypassrls'),
      ('authenticator', 'login noinherit')
    ) as wanted (name, options)
  loop
    if not exists (select from pg_catalog.pg_roles where rolname = v_role.name) then
      begin
        execute format('create role %I %s', v_role.name, v_role.options);
      exception
        when duplicate_object or unique_violation then null;
        -- Only a superuser may give bypassrls away. The tables' owner, as whom the worker connects here, needs it not.
        when insufficient_privilege then
          execute format('create role %I %s', v_role.name, replace(v_role.options, 'bypassrls', ''));
      end;
    end if;
  end loop;
  if not pg_catalog.pg_has_role('authenticator', 'service_role', 'member') then
    begin
      grant anon, authenticated, service_role to authenticator;
    exception
      when unique_violation then null;
    end;
  end if;
end $$;

create schema if not exists auth;
grant usage on schema auth to anon, authenticated, service_role;

create table if not exists auth.users (
  id uuid primary key,
  email text,
  created_at timestamptz not null default now()
);

create or replace function auth.jwt() returns jsonb
language sql stable set search_path = '' as $$
  select nullif(current_setting('request.jwt.claims', true), '')::jsonb
$$;

create or replace function auth.uid() returns uuid
language sql stable set search_path = '' as $$
  select (auth.jwt() ->> 'sub')::uuid
$$;

create or replace function auth.role() returns text
language sql stable set search_path = '' as $$
  select auth.jwt() ->> 'role'
$$;

grant usage on schema public to anon, authenticated, service_role;
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
