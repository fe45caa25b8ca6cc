-- What pacing remembers when Redis has forgotten: how long ago an account last committed the intent to press.

create index attempts_intent_at on public.attempts (user_id, intent_at) where intent_at is not null;

-- Ages in seconds, oldest first. Every intent counts, also one that came to nothing: the site may have seen a press.
create function public.intents_since(p_user_id uuid, p_marketplace text, p_seconds double precision) returns jsonb
language sql volatile set search_path = '' as $$
  select coalesce(jsonb_agg(extract(epoch from clock_timestamp() - a.intent_at)::double precision
                            order by a.intent_at), '[]')
  from public.attempts a join public.listing_automation_results r on r.id = a.posting_id
  where a.user_id = p_user_id and r.marketplace = p_marketplace
    and a.intent_at > clock_timestamp() - make_interval(secs => least(greatest(p_seconds, 0), 604800))
$$;

revoke execute on function public.intents_since(uuid, text, double precision) from public, anon, authenticated;
grant execute on function public.intents_since(uuid, text, double precision) to service_role;
