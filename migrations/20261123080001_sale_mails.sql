-- Sale mails: each counts once, by its Message-ID. What it says becomes signals; the mail itself is not kept.

create table public.sale_mails (
  user_id uuid not null,
  message_id text not null check (length(message_id) between 1 and 300),
  genuine boolean not null,
  marketplace text not null check (marketplace ~ '^[a-z][a-z0-9_]{1,39}$'),
  reference text not null default '',
  signals integer not null default 0,
  received_at timestamptz not null default clock_timestamp(),
  primary key (user_id, message_id, genuine)
);
comment on table public.sale_mails is 'sale mails that were taken in; a forged copy does not hide the genuine one';
create index sale_mails_of_user on public.sale_mails (user_id, received_at desc);
alter table public.sale_mails enable row level security;
revoke all on table public.sale_mails from public, anon, authenticated;
grant select, insert, update, delete on table public.sale_mails to service_role;
grant select on table public.sale_mails to authenticated;
create policy own_rows on public.sale_mails for select to authenticated using ((select auth.uid()) = user_id);

-- [{posting_id, external_id, title}]: what a sale mail could be about. Also what we have taken down or marked sold: a
-- mail that comes late is still evidence.
create function public.postings_for_mail(p_user_id uuid, p_marketplace text) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'posting_id', r.id, 'external_id', r.external_id, 'title', coalesce(l.body ->> 'title', ''))
    order by r.created_at, r.id), '[]')
  from public.listing_automation_results r join public.listings l on l.id = r.listing_id
  where r.user_id = p_user_id and r.marketplace = p_marketplace and r.external_id is not null
    and r.state in ('live', 'pending_review', 'sold', 'delisted')
$$;

create function public.listings_of_postings(p_user_id uuid, p_posting_ids text[]) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(distinct r.listing_id), '[]') from public.listing_automation_results r
  where r.user_id = p_user_id and r.id = any (p_posting_ids::uuid[])
$$;

-- True if the mail is new. Its signals are written in the same transaction; an order that is known already stays one
-- sale, and what was a hint becomes certain by a certain mail.
create function public.record_mail(
  p_user_id uuid, p_message_id text, p_marketplace text, p_genuine boolean, p_reference text, p_signals jsonb
) returns boolean
language plpgsql set search_path = '' as $$
begin
  insert into public.sale_mails (user_id, message_id, genuine, marketplace, reference, signals)
  values (p_user_id, p_message_id, p_genuine, p_marketplace, left(p_reference, 100), jsonb_array_length(p_signals))
  on conflict do nothing;
  if not found then
    return false;
  end if;
  insert into public.sale_signals as s (user_id, posting_id, kind, certain, reference, units, detail)
  select r.user_id, r.id, 'mail', (said ->> 'certain')::boolean, left(said ->> 'reference', 300),
    (said ->> 'units')::integer, left(said ->> 'detail', 500)
  from jsonb_array_elements(p_signals) said
  join public.listing_automation_results r on r.id = listing_worker.as_uuid(said ->> 'posting_id')
  where r.user_id = p_user_id
  on conflict (posting_id, kind, reference) do update set certain = s.certain or excluded.certain;
  return true;
end $$;

create function listing_worker.forget_user_mails() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  delete from public.sale_mails where user_id = old.id;
  return old;
end $$;
do $$
begin
  create trigger forget_user_mails after delete on auth.users
    for each row execute function listing_worker.forget_user_mails();
exception
  when insufficient_privilege then
    raise warning 'auth.users belongs to another role: mails of deleted users stay until they are removed.';
end $$;

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where (p.pronamespace = 'public'::regnamespace
        and p.proname in ('postings_for_mail', 'listings_of_postings', 'record_mail'))
      or (p.pronamespace = 'listing_worker'::regnamespace and p.proname = 'forget_user_mails')
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', v_function);
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
end $$;
