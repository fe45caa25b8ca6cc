-- Live postings that were compared with ours, the last compared first: what the comparison saw, and what was asked for
-- since, newest first (both only where something differed then), and what the seller wants left alone.
create function public.compared_postings(p_user_id uuid, p_max_rows integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(x.doc order by x.compared_at desc), '[]')
  from (
    select c.finished_at as compared_at,
      listing_worker.posting_json(r) || jsonb_build_object(
        'title', l.body ->> 'title', 'cover', l.photos -> 0 ->> 'id', 'compared_at', listing_worker.iso(c.finished_at),
        'operations', case when c.differs then (
          select jsonb_agg(listing_worker.operation_json(o) order by o.created_at desc, o.id)
          from public.posting_operations o where o.posting_id = r.id and o.created_at >= c.created_at) else '[]' end,
        'ignored', (
          select coalesce(jsonb_object_agg(d.field, d.theirs), '{}') from public.ignored_differences d
          where d.posting_id = r.id)) as doc
    from public.listing_automation_results r
    join public.listings l on l.id = r.listing_id
    cross join lateral (
      select o.created_at, o.finished_at,
        coalesce(o.result -> 'photos' ->> 'same', '') = 'false'
          or jsonb_path_exists(o.result, '$.fields[*] ? (@.same == false)') as differs
      from public.posting_operations o
      where o.posting_id = r.id and o.kind = 'check' and o.state = 'done' and o.input @> '{"compare": true}'
        and o.result ? 'fields'
      order by o.created_at desc limit 1
    ) c
    where r.user_id = p_user_id and r.state in ('live', 'pending_review')
    order by c.finished_at desc
    limit least(greatest(p_max_rows, 0), 500)
  ) x
$$;

revoke execute on function public.compared_postings(uuid, integer) from public, anon, authenticated;
grant execute on function public.compared_postings(uuid, integer) to service_role;
