-- Reads of the web app and of paged lists: a listing with how it stands on each marketplace, postings with their listing.
-- Pages are cut by (created_at, id), so that rows of the same microsecond are neither lost nor shown twice.

-- The newest posting of the listing on each marketplace.
create function listing_worker.standing(p_listing_id uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(listing_worker.posting_json(p) order by p.marketplace), '[]')
  from (
    select distinct on (marketplace) * from public.listing_automation_results
    where listing_id = p_listing_id
    order by marketplace, created_at desc, id
  ) p
$$;

-- `p_state` is a posting's state, or 'draft' for listings that were never posted. Text is found in title, brand, SKU,
-- tags and description, without regard to letter case.
create function public.find_listings(
  p_user_id uuid, p_text text, p_marketplace text, p_state text, p_max_rows integer,
  p_before timestamptz, p_before_id text
) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(
    listing_worker.listing_json(l) || jsonb_build_object('postings', listing_worker.standing(l.id))
    order by l.created_at desc, l.id desc), '[]')
  from (
    select * from public.listings as each
    where each.user_id = p_user_id and each.deleted_at is null
      and (p_before is null
        or (each.created_at, each.id) < (p_before, coalesce(listing_worker.as_uuid(p_before_id), each.id)))
      and (coalesce(p_text, '') = '' or position(lower(p_text) in lower(concat_ws(' ',
        each.body ->> 'title', each.body ->> 'brand', each.body ->> 'sku', each.body ->> 'tags',
        each.body ->> 'description'))) > 0)
      and (p_state is distinct from 'draft'
        or not exists (select from public.listing_automation_results r where r.listing_id = each.id))
      and ((p_marketplace is null and (p_state is null or p_state = 'draft')) or p_state = 'draft' or exists (
        select from (
          select distinct on (r.marketplace) r.marketplace, r.state from public.listing_automation_results r
          where r.listing_id = each.id
          order by r.marketplace, r.created_at desc, r.id
        ) as newest
        where (p_marketplace is null or newest.marketplace = p_marketplace)
          and (p_state is null or newest.state = p_state)))
    order by each.created_at desc, each.id desc
    limit least(greatest(p_max_rows, 0), 500)
  ) l
$$;

create function public.listing_standing(p_user_id uuid, p_listing_id text) returns jsonb
language sql stable set search_path = '' as $$
  select listing_worker.standing(l.id) from public.listings l
  where l.id = listing_worker.as_uuid(p_listing_id) and l.user_id = p_user_id
$$;

create function public.list_postings(
  p_user_id uuid, p_states jsonb, p_max_rows integer, p_before timestamptz, p_before_id text
) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(
    listing_worker.posting_json(r) || jsonb_build_object(
      'title', l.body ->> 'title', 'cover', l.photos -> 0 ->> 'id')
    order by r.created_at desc, r.id desc), '[]')
  from (
    select * from public.listing_automation_results as each
    where each.user_id = p_user_id
      and (p_states is null or jsonb_typeof(p_states) <> 'array' or p_states ? each.state)
      and (p_before is null
        or (each.created_at, each.id) < (p_before, coalesce(listing_worker.as_uuid(p_before_id), each.id)))
    order by each.created_at desc, each.id desc
    limit least(greatest(p_max_rows, 0), 500)
  ) r
  join public.listings l on l.id = r.listing_id
$$;

create function public.count_postings(p_user_id uuid) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('marketplace', marketplace, 'state', state, 'count', n)), '[]')
  from (
    select marketplace, state, count(*) as n from public.listing_automation_results
    where user_id = p_user_id group by marketplace, state order by marketplace, state
  ) c
$$;
create index postings_of_user on public.listing_automation_results (user_id, created_at desc, id desc);

create function public.jobs_page(p_user_id uuid, p_max_rows integer, p_before timestamptz, p_before_id text)
returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(
    listing_worker.job_json(j) || jsonb_build_object('title', l.body ->> 'title', 'cover', l.photos -> 0 ->> 'id')
    order by j.created_at desc, j.id desc), '[]')
  from (
    select * from public.jobs
    where user_id = p_user_id and (p_before is null or (created_at, id) < (p_before, coalesce(p_before_id, id)))
    order by created_at desc, id desc
    limit least(greatest(p_max_rows, 0), 500)
  ) j
  join public.listings l on l.id = j.listing_id
$$;

-- Replaces a listing only if nobody has changed it since `p_version` (its updated_at as shown); refuses otherwise.
create function public.replace_listing(p_user_id uuid, p_listing_id text, p_body jsonb, p_version text)
returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.listings;
begin
  select * into v from public.listings
  where id = listing_worker.as_uuid(p_listing_id) and user_id = p_user_id and deleted_at is null for update;
  if not found then
    return null;
  end if;
  if listing_worker.iso(v.updated_at) <> p_version then
    perform listing_worker.refuse('changed_meanwhile', 'The listing was changed meanwhile.');
  end if;
  update public.listings set body = p_body, updated_at = clock_timestamp() where id = v.id returning * into v;
  return listing_worker.listing_json(v);
end $$;

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure from pg_catalog.pg_proc p
    where (p.pronamespace = 'public'::regnamespace and p.proname in (
        'find_listings', 'listing_standing', 'list_postings', 'count_postings', 'jobs_page', 'replace_listing'))
      or (p.pronamespace = 'listing_worker'::regnamespace and p.proname = 'standing')
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', v_function);
    execute format('grant execute on function %s to service_role', v_function);
  end loop;
end $$;
