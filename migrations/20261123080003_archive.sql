-- Everything that is a seller's own in one document, and back into an account that is empty.
-- Not in it: sessions, keys, devices and webhook addresses (secrets), and what another installation finds out itself.

create function listing_worker.archived_tables() returns text[]
language sql immutable set search_path = '' as $$
  select array['listings', 'jobs', 'listing_automation_results', 'attempts', 'posting_operations', 'auto_delist',
    'sale_signals', 'sale_mails', 'category_choices']
$$;

-- {table: [row]}, from one snapshot. What is still moving is written down as waiting for the seller, with its intent: an
-- archive that is opened elsewhere must not post a second time.
create function public.export_account(p_user_id uuid) returns jsonb
language plpgsql volatile set search_path = '' as $$
declare
  v_table text;
  v_rows jsonb;
  v_all jsonb := '{}';
begin
  perform set_config('timezone', 'UTC', true);  -- times read the same wherever they are written down
  foreach v_table in array listing_worker.archived_tables() loop
    execute format($sql$
      select coalesce(jsonb_agg(kept order by coalesce(kept ->> 'created_at', ''), kept::text), '[]') from (
        select (to_jsonb(t) - array['user_id', 'lease_owner', 'lease_until', 'due_at', 'cancel_requested', 'answer'])
          || case when to_jsonb(t) ->> 'state' in
              ('queued', 'waiting', 'running', 'publishing', 'acting', 'uncertain') and to_jsonb(t) ? 'not_before'
            then '{"state": "action_required", "not_before": null, "reason": {"code": "archived", "field": null,
              "message": "This was under way when the account was archived.", "action": "Try it again"}}'::jsonb
            else '{}' end as kept
        from public.%I t where t.user_id = $1) archived
    $sql$, v_table) into v_rows using p_user_id;
    v_all := v_all || jsonb_build_object(v_table, v_rows);
  end loop;
  return v_all;
end $$;

-- The other way, all or nothing: {table: number of rows}. Only into an account without listings; ids stay as they are.
create function public.import_account(p_user_id uuid, p_data jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_table text;
  v_columns text;
  v_count integer;
  v_done jsonb := '{}';
begin
  perform set_config('timezone', 'UTC', true);
  perform pg_advisory_xact_lock(hashtextextended(p_user_id || ' archive', 0));
  if exists (select from public.listings where user_id = p_user_id) then
    perform listing_worker.refuse('not_empty', 'This account has listings already. Restore into an empty one.');
  end if;
  foreach v_table in array listing_worker.archived_tables() loop
    if jsonb_array_length(coalesce(p_data -> v_table, '[]')) = 0 then
      continue;
    end if;
    select string_agg(quote_ident(a.attname), ', ' order by a.attnum) into v_columns
    from pg_catalog.pg_attribute a
    where a.attrelid = ('public.' || quote_ident(v_table))::regclass and a.attnum > 0 and not a.attisdropped
      and a.attgenerated = '' and (a.attname = 'user_id' or p_data -> v_table -> 0 ? a.attname)
      and a.attname not in ('lease_owner', 'lease_until', 'cancel_requested', 'answer');
    execute format($sql$
      insert into public.%I (%s) select %s from jsonb_populate_recordset(null::public.%I,
        (select jsonb_agg(r || jsonb_build_object('user_id', $1)) from jsonb_array_elements($2) r))
    $sql$, v_table, v_columns, v_columns, v_table) using p_user_id, p_data -> v_table;
    get diagnostics v_count = row_count;
    v_done := v_done || jsonb_build_object(v_table, v_count);
  end loop;
  if exists (
    select from public.jobs j join public.listings l on l.id = j.listing_id
    where j.user_id = p_user_id and l.user_id <> p_user_id
    union all
    select from public.listing_automation_results r
      join public.listings l on l.id = r.listing_id join public.jobs j on j.id = r.job_id
    where r.user_id = p_user_id and (l.user_id <> p_user_id or j.user_id <> p_user_id)
    union all
    select from public.attempts a join public.listing_automation_results r on r.id = a.posting_id
    where a.user_id = p_user_id and r.user_id <> p_user_id
    union all
    select from public.posting_operations o join public.listings l on l.id = o.listing_id
      left join public.listing_automation_results r on r.id = o.posting_id
    where o.user_id = p_user_id and (l.user_id <> p_user_id or r.user_id <> p_user_id)
    union all
    select from public.auto_delist a join public.listings l on l.id = a.listing_id
    where a.user_id = p_user_id and l.user_id <> p_user_id
    union all
    select from public.sale_signals s join public.listing_automation_results r on r.id = s.posting_id
    where s.user_id = p_user_id and r.user_id <> p_user_id
    union all
    select from public.listing_automation_results r where r.user_id = p_user_id and r.due_at is not null
    union all
    select from public.posting_operations o where o.user_id = p_user_id and o.due_at is not null
  ) then
    perform listing_worker.refuse('not_an_archive', 'This archive names what is not in it, or what still moves.');
  end if;
  return v_done;
exception
  when unique_violation or foreign_key_violation or check_violation or not_null_violation or invalid_text_representation
      or datetime_field_overflow or invalid_datetime_format or numeric_value_out_of_range
      or invalid_parameter_value or string_data_right_truncation then
    perform listing_worker.refuse('not_an_archive', 'This archive does not fit together, or is here already.');
    return null;
end $$;

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where (p.pronamespace = 'public'::regnamespace and p.proname in ('export_account', 'import_account'))
      or (p.pronamespace = 'listing_worker'::regnamespace and p.proname = 'archived_tables')
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', v_function);
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
end $$;
