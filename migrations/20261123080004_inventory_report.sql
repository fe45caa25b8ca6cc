-- Every posting of a seller in the few words that an overview needs, oldest first.
create function public.inventory_report(p_user_id uuid, p_max_rows integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'posting_id', r.id, 'listing_id', r.listing_id, 'marketplace', r.marketplace, 'state', r.state,
    'title', coalesce(l.body ->> 'title', ''), 'url', r.url,
    'cents', coalesce((r.intent ->> 'price_cents')::bigint, (l.body #>> '{price,cents}')::bigint, 0),
    'created_at', listing_worker.iso(r.created_at),
    'live_at', case when r.state in ('live', 'pending_review', 'sold', 'delisted')
      then listing_worker.iso(coalesce(r.finished_at, r.created_at)) end,
    'sold_at', case when r.state = 'sold' then listing_worker.iso(coalesce(
      (select min(s.seen_at) from public.sale_signals s where s.posting_id = r.id), r.updated_at)) end,
    'failed', case when r.state = 'failed' then coalesce(r.reason ->> 'code', 'failed') end,
    'healed', (
      select count(*) from jsonb_array_elements(
        case when jsonb_typeof(r.report -> 'fields') = 'array' then r.report -> 'fields' else '[]' end) f
      where f ->> 'found_by' ~ '^(learned|T[1-3]): ')
    ) order by r.created_at, r.id), '[]')
  from (select * from public.listing_automation_results x where x.user_id = p_user_id and x.state <> 'cancelled'
        order by x.created_at desc, x.id desc limit least(greatest(p_max_rows, 0), 50000)) r
  join public.listings l on l.id = r.listing_id
$$;
revoke execute on function public.inventory_report(uuid, integer) from public, anon, authenticated;
grant execute on function public.inventory_report(uuid, integer) to service_role;
