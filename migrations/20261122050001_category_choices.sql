-- What a seller chose as the category of a thing, per marketplace, for the next similar one.
create table public.category_choices (
  user_id uuid not null,
  marketplace text not null check (marketplace ~ '^[a-z][a-z0-9_]{1,39}$'),
  likeness text not null check (char_length(likeness) between 1 and 400),
  category jsonb not null check (jsonb_typeof(category) = 'array' and jsonb_array_length(category) between 1 and 8),
  times integer not null default 1 check (times > 0),
  chosen_at timestamptz not null default clock_timestamp(),
  primary key (user_id, marketplace, likeness)
);
comment on table public.category_choices is 'likeness: what makes two listings similar (categories/remember.py)';

alter table public.category_choices enable row level security;
revoke all on public.category_choices from anon, authenticated;
grant select, insert, update, delete on public.category_choices to service_role;
grant select on public.category_choices to authenticated;
create policy own_rows on public.category_choices for select to authenticated
  using ((select auth.uid()) = user_id);

-- Whoever deletes a user deletes their choices too.
create function listing_worker.forget_user_choices() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  delete from public.category_choices where user_id = old.id;
  return old;
end $$;
do $$
begin
  create trigger forget_user_choices after delete on auth.users
    for each row execute function listing_worker.forget_user_choices();
exception
  when insufficient_privilege then
    raise warning 'auth.users belongs to another role: category choices of deleted users stay until they are removed.';
end $$;

-- The last choice counts; of each seller the 2000 newest are kept.
create function public.remember_category(p_user_id uuid, p_marketplace text, p_likeness text, p_category jsonb)
returns boolean
language plpgsql volatile set search_path = '' as $$
begin
  insert into public.category_choices as c (user_id, marketplace, likeness, category)
  values (p_user_id, p_marketplace, p_likeness, p_category)
  on conflict (user_id, marketplace, likeness) do update
  set category = excluded.category, chosen_at = clock_timestamp(),
    times = case when c.category = excluded.category then c.times + 1 else 1 end;
  delete from public.category_choices c
  where c.user_id = p_user_id and c.chosen_at < (
    select k.chosen_at from public.category_choices k
    where k.user_id = p_user_id order by k.chosen_at desc offset 1999 limit 1);
  return true;
end $$;

-- marketplace → category, of the choices for what is alike.
create function public.chosen_categories(p_user_id uuid, p_likeness text) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(c.marketplace, c.category), '{}')
  from public.category_choices c
  where c.user_id = p_user_id and c.likeness = p_likeness
$$;

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where (p.pronamespace = 'public'::regnamespace and p.proname in ('remember_category', 'chosen_categories'))
      or (p.pronamespace = 'listing_worker'::regnamespace and p.proname = 'forget_user_choices')
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', v_function);
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
end $$;
