-- Differences between a live listing and ours that the seller wants to be left alone: as long as the marketplace says this.
create table public.ignored_differences (
  posting_id uuid not null references public.listing_automation_results (id) on delete cascade,
  field text not null check (char_length(field) between 1 and 60),
  user_id uuid not null,
  theirs text not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (posting_id, field)
);
alter table public.ignored_differences enable row level security;
revoke all on table public.ignored_differences from public, anon, authenticated;
grant select, insert, update, delete on table public.ignored_differences to service_role;
grant select on table public.ignored_differences to authenticated;
create policy own_rows on public.ignored_differences for select to authenticated
  using ((select auth.uid()) = user_id);

create function public.ignore_difference(p_user_id uuid, p_posting_id text, p_field text, p_theirs text) returns boolean
language plpgsql set search_path = '' as $$
begin
  insert into public.ignored_differences as d (posting_id, field, user_id, theirs)
  select r.id, p_field, r.user_id, left(p_theirs, 2000) from public.listing_automation_results r
  where r.id = listing_worker.as_uuid(p_posting_id) and r.user_id = p_user_id
  on conflict (posting_id, field) do update set theirs = excluded.theirs, created_at = clock_timestamp();
  return found;
end $$;

create function public.ignored_differences_of(p_user_id uuid, p_posting_id text) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(d.field, d.theirs), '{}') from public.ignored_differences d
  where d.user_id = p_user_id and d.posting_id = listing_worker.as_uuid(p_posting_id)
$$;

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname in ('ignore_difference', 'ignored_differences_of')
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', v_function);
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
end $$;
