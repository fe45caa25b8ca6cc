-- Learned locators: how a field of a marketplace's form was found again after the form had changed. Shared by all workers;
-- nobody's data: a locator holds what the form says, and {value} where a seller's word stood.
create table public.learned_locators (
  id uuid primary key default gen_random_uuid(),
  marketplace text not null check (marketplace ~ '^[a-z][a-z0-9_]{1,39}$'),
  form_version text not null,
  field text not null,
  intent text not null default '',
  target jsonb not null check (jsonb_typeof(target) = 'object'),
  value_template text not null default '{value}',
  tier text not null check (tier in ('T1', 'T2', 'T3', 'T4')),
  evidence jsonb not null default '{}' check (jsonb_typeof(evidence) = 'object'),
  state text not null default 'active' check (state in ('active', 'demoted', 'refused')),
  successes integer not null default 1 check (successes >= 0),
  failures integer not null default 0 check (failures >= 0),
  failures_in_a_row integer not null default 0 check (failures_in_a_row >= 0),
  created_at timestamptz not null default clock_timestamp(),
  worked_at timestamptz not null default clock_timestamp(),
  failed_at timestamptz
);
comment on table public.learned_locators is
  'Locators that a heal found and a read-back confirmed, per marketplace, version of the recipe and field.';
create unique index one_row_per_locator on public.learned_locators
  (marketplace, form_version, field, md5(target::text));

alter table public.learned_locators enable row level security;
revoke all on public.learned_locators from anon, authenticated;
grant select, insert, update, delete on public.learned_locators to service_role;

create function listing_worker.locator_json(p public.learned_locators) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', p.id, 'marketplace', p.marketplace, 'form_version', p.form_version, 'field', p.field, 'intent', p.intent,
    'target', p.target, 'value_template', p.value_template, 'tier', p.tier, 'evidence', p.evidence, 'state', p.state,
    'successes', p.successes, 'failures', p.failures, 'created_at', listing_worker.iso(p.created_at),
    'worked_at', listing_worker.iso(p.worked_at), 'failed_at', listing_worker.iso(p.failed_at))
$$;

-- Those in use for a form, the most successful first.
create function public.active_locators(p_marketplace text, p_form_version text) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(listing_worker.locator_json(l) order by l.field, l.successes desc, l.worked_at desc), '[]')
  from public.learned_locators l
  where l.marketplace = p_marketplace and l.form_version = p_form_version and l.state = 'active'
$$;

create function public.list_locators(p_marketplace text, p_max_rows integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(listing_worker.locator_json(l)
    order by l.marketplace, l.form_version desc, l.field, l.state, l.successes desc), '[]')
  from (
    select * from public.learned_locators
    where p_marketplace is null or marketplace = p_marketplace
    order by worked_at desc limit least(greatest(p_max_rows, 0), 1000)
  ) l
$$;

-- Notes a locator after a read-back. One that is known counts one success more; one that somebody refused stays refused.
create function public.learn_locator(
  p_marketplace text, p_form_version text, p_field text, p_intent text, p_target jsonb, p_value_template text,
  p_tier text, p_evidence jsonb)
returns jsonb
language sql volatile set search_path = '' as $$
  insert into public.learned_locators as l
    (marketplace, form_version, field, intent, target, value_template, tier, evidence)
  values (p_marketplace, p_form_version, p_field, p_intent, p_target, p_value_template, p_tier, p_evidence)
  on conflict (marketplace, form_version, field, md5(target::text)) do update
  set successes = l.successes + 1, failures_in_a_row = 0, worked_at = clock_timestamp(),
    state = case when l.state = 'refused' then 'refused' else 'active' end
  returning listing_worker.locator_json(l)
$$;

-- What came of using one. Three failures in a row, or more failures than successes after three, demote it.
create function public.judge_locator(p_locator_id text, p_worked boolean) returns jsonb
language sql volatile set search_path = '' as $$
  update public.learned_locators as l
  set successes = l.successes + p_worked::integer,
    failures = l.failures + (not p_worked)::integer,
    failures_in_a_row = case when p_worked then 0 else l.failures_in_a_row + 1 end,
    worked_at = case when p_worked then clock_timestamp() else l.worked_at end,
    failed_at = case when p_worked then l.failed_at else clock_timestamp() end,
    state = case
      when l.state = 'active' and not p_worked
        and (l.failures_in_a_row >= 2 or (l.failures >= 2 and l.failures + 1 > l.successes)) then 'demoted'
      else l.state end
  where l.id = listing_worker.as_uuid(p_locator_id)
  returning listing_worker.locator_json(l)
$$;

-- A person's word: refused is never used and never learned again; allowed again starts with a clean record.
create function public.refuse_locator(p_locator_id text, p_refused boolean) returns jsonb
language sql volatile set search_path = '' as $$
  update public.learned_locators as l
  set state = case when p_refused then 'refused' else 'active' end,
    failures_in_a_row = case when p_refused then l.failures_in_a_row else 0 end
  where l.id = listing_worker.as_uuid(p_locator_id)
  returning listing_worker.locator_json(l)
$$;

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where (p.pronamespace = 'public'::regnamespace
        and p.proname in ('active_locators', 'list_locators', 'learn_locator', 'judge_locator', 'refuse_locator'))
      or (p.pronamespace = 'listing_worker'::regnamespace and p.proname = 'locator_json')
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', v_function);
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
end $$;
