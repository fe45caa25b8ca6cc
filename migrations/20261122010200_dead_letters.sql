-- What gave up stays listed with its reason until somebody tries it again or dismisses it; nothing disappears.

alter table public.listing_automation_results add column dismissed_at timestamptz;
comment on column public.listing_automation_results.dismissed_at is
  'when the seller put a failed posting aside; counts only if it is later than finished_at';
alter table public.webhooks add column dismissed_at timestamptz;

create index postings_failed on public.listing_automation_results (user_id, finished_at desc) where state = 'failed';
create index webhooks_dead on public.webhooks (user_id, updated_at desc) where state = 'dead';

-- Each press has a committed intent of its own: so many presses a posting can have had.
create function public.count_intents(p_posting_id text) returns integer
language sql volatile set search_path = '' as $$
  select count(*)::integer from public.attempts
  where posting_id = listing_worker.as_uuid(p_posting_id) and intent_at is not null
$$;

-- Failed postings that nothing has replaced, and deliveries that gave up; of one seller, or of all (p_user_id null).
create function public.list_dead_letters(p_user_id uuid, p_max_rows integer) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'postings', (
      select coalesce(jsonb_agg(listing_worker.posting_json(r) order by r.finished_at desc, r.id), '[]')
      from (
        select p.* from public.listing_automation_results p
        where p.state = 'failed' and (p_user_id is null or p.user_id = p_user_id)
          and coalesce(p.dismissed_at, '-infinity') < p.finished_at
          and not exists (
            select from public.listing_automation_results o
            where o.listing_id = p.listing_id and o.marketplace = p.marketplace and o.created_at > p.created_at
              and o.state <> 'cancelled')
        order by p.finished_at desc, p.id limit least(greatest(p_max_rows, 0), 500)
      ) r),
    'webhooks', (
      select coalesce(jsonb_agg(
        listing_worker.webhook_json(w) || jsonb_build_object('user_id', w.user_id) order by w.updated_at desc, w.id), '[]')
      from (
        select d.* from public.webhooks d
        where d.state = 'dead' and (p_user_id is null or d.user_id = p_user_id)
          and coalesce(d.dismissed_at, '-infinity') < d.updated_at
        order by d.updated_at desc, d.id limit least(greatest(p_max_rows, 0), 500)
      ) w))
$$;

create function public.dismiss_posting(p_user_id uuid, p_posting_id text) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.listing_automation_results set dismissed_at = clock_timestamp()
  where id = listing_worker.as_uuid(p_posting_id) and user_id = p_user_id and state = 'failed';
  return found;
end $$;

create function public.dismiss_webhook(p_user_id uuid, p_webhook_id text) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.webhooks set dismissed_at = clock_timestamp()
  where id = p_webhook_id and user_id = p_user_id and state = 'dead';
  return found;
end $$;

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace
      and p.proname in ('count_intents', 'list_dead_letters', 'dismiss_posting', 'dismiss_webhook')
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', v_function);
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
end $$;
