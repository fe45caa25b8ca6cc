-- What became of a user's postings week by week, and what healing them cost: for the charts of the Activity page.

-- One row per week (Monday, UTC) and marketplace in which postings ended, of the last `p_weeks` weeks, oldest first.
-- Cancelled postings count as neither. Calls and cost of the model are of the attempt that ended the posting.
create function public.postings_by_week(p_user_id uuid, p_weeks integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'week', w.week, 'marketplace', w.marketplace, 'ended', w.ended, 'posted', w.posted,
    'model_calls', w.model_calls, 'model_cost_usd', w.model_cost_usd) order by w.week, w.marketplace), '[]')
  from (
    select
      to_char(date_trunc('week', r.finished_at at time zone 'UTC'), 'YYYY-MM-DD') as week,
      r.marketplace,
      count(*) as ended,
      count(*) filter (where listing_worker.is_posted(r.state) or r.state = 'delisted') as posted,
      coalesce(sum((r.report ->> 'model_calls')::integer), 0) as model_calls,
      coalesce(sum((r.report ->> 'model_cost_usd')::numeric), 0)::double precision as model_cost_usd
    from public.listing_automation_results r
    where r.user_id = p_user_id and r.state <> 'cancelled'
      and r.finished_at >= date_trunc('week', clock_timestamp() at time zone 'UTC') at time zone 'UTC'
        - make_interval(weeks => least(greatest(p_weeks, 1), 104) - 1)
    group by 1, 2
  ) w
$$;
revoke execute on function public.postings_by_week(uuid, integer) from public, anon, authenticated;
grant execute on function public.postings_by_week(uuid, integer) to service_role;
