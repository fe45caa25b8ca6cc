-- Which browser an attempt used, for how long, and what that cost; written when the browser has been given back.
alter table public.attempts add column browser jsonb;
comment on column public.attempts.browser is '{provider, seconds, dollars}; dollars null where nobody tells a price';

create function public.record_browser(p_posting_id text, p_fence bigint, p_bill jsonb) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.attempts set browser = p_bill
  where posting_id = listing_worker.as_uuid(p_posting_id) and fence = p_fence;
  return found;
end $$;
revoke execute on function public.record_browser(text, bigint, jsonb) from public, anon, authenticated;
grant execute on function public.record_browser(text, bigint, jsonb) to service_role;
