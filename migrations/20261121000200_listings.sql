-- Small tools of all functions, and the listings.

-- The function says no: `p_code` is its word for why, `p_sentence` what a person reads (StoreRefused).
create function listing_worker.refuse(p_code text, p_sentence text) returns void
language plpgsql set search_path = '' as $$
begin
  raise exception using errcode = 'LW001', message = p_code, detail = p_sentence;
end $$;

create function listing_worker.iso(p_at timestamptz) returns text
language sql stable set search_path = '' as $$
  select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- Ids reach us from addresses that anybody can type: what is no uuid is simply not found.
create function listing_worker.as_uuid(p_id text) returns uuid
language sql immutable set search_path = '' as $$
  select case when p_id ~ '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$' then p_id::uuid end
$$;

create function listing_worker.seconds_until(p_at timestamptz) returns double precision
language sql volatile set search_path = '' as $$
  select greatest(0, round(extract(epoch from p_at - clock_timestamp())::numeric, 3))::double precision
$$;

create function listing_worker.seconds_from_now(p_seconds double precision) returns timestamptz
language sql volatile set search_path = '' as $$
  select clock_timestamp() + make_interval(secs => least(greatest(p_seconds, 0), 31536000))
$$;

create function listing_worker.listing_json(p public.listings) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'id', p.id, 'user_id', p.user_id, 'body', p.body, 'photos', p.photos,
    'created_at', listing_worker.iso(p.created_at), 'updated_at', listing_worker.iso(p.updated_at))
$$;

create function public.create_listing(p_user_id uuid, p_body jsonb) returns jsonb
language sql volatile set search_path = '' as $$
  insert into public.listings as l (user_id, body) values (p_user_id, p_body)
  returning listing_worker.listing_json(l)
$$;

create function public.update_listing(p_user_id uuid, p_listing_id text, p_body jsonb) returns jsonb
language sql volatile set search_path = '' as $$
  update public.listings as l set body = p_body, updated_at = clock_timestamp()
  where l.id = listing_worker.as_uuid(p_listing_id) and l.user_id = p_user_id and l.deleted_at is null
  returning listing_worker.listing_json(l)
$$;

create function public.get_listing(p_user_id uuid, p_listing_id text) returns jsonb
language sql stable set search_path = '' as $$
  select listing_worker.listing_json(l) from public.listings l
  where l.id = listing_worker.as_uuid(p_listing_id) and l.user_id = p_user_id and l.deleted_at is null
$$;

create function public.list_listings(p_user_id uuid, p_max_rows integer, p_before timestamptz) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(listing_worker.listing_json(l) order by l.created_at desc, l.id desc), '[]')
  from (
    select * from public.listings
    where user_id = p_user_id and deleted_at is null and (p_before is null or created_at < p_before)
    order by created_at desc, id desc
    limit least(greatest(p_max_rows, 0), 500)
  ) l
$$;

-- The row stays for the postings that name it; nobody sees it any more. What waits for the seller is cancelled.
create function public.delete_listing(p_user_id uuid, p_listing_id text) returns boolean
language plpgsql set search_path = '' as $$
declare
  v_id uuid := listing_worker.as_uuid(p_listing_id);
begin
  perform from public.listings
  where id = v_id and user_id = p_user_id and deleted_at is null for update;
  if not found then
    return false;
  end if;
  if exists (select from public.listing_automation_results where listing_id = v_id and due_at is not null) then
    return false;
  end if;
  update public.listing_automation_results
  set state = 'cancelled', reason = listing_worker.cancelled_reason(), updated_at = clock_timestamp()
  where listing_id = v_id and state = 'action_required' and intent is null;
  update public.listings
  set deleted_at = clock_timestamp(), updated_at = clock_timestamp(), photos = '[]'
  where id = v_id;
  return true;
end $$;

create function listing_worker.cancelled_reason() returns jsonb
language sql immutable set search_path = '' as $$
  select '{"code": "cancelled", "message": "Cancelled before it was published.", "action": null, "field": null}'::jsonb
$$;

create function public.set_photos(p_user_id uuid, p_listing_id text, p_photos jsonb) returns jsonb
language sql volatile set search_path = '' as $$
  update public.listings as l set photos = p_photos, updated_at = clock_timestamp()
  where l.id = listing_worker.as_uuid(p_listing_id) and l.user_id = p_user_id and l.deleted_at is null
  returning listing_worker.listing_json(l)
$$;

create function public.add_photo(p_user_id uuid, p_listing_id text, p_photo jsonb, p_max_photos integer) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v public.listings;
begin
  select * into v from public.listings
  where id = listing_worker.as_uuid(p_listing_id) and user_id = p_user_id and deleted_at is null for update;
  if not found then
    return null;
  end if;
  if jsonb_array_length(v.photos) >= p_max_photos then
    perform listing_worker.refuse('photo_limit', format('A listing has at most %s photos.', p_max_photos));
  end if;
  update public.listings set photos = photos || jsonb_build_array(p_photo), updated_at = clock_timestamp()
  where id = v.id returning * into v;
  return listing_worker.listing_json(v);
end $$;
