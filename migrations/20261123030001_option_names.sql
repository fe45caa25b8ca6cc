-- What a form calls our words by now (evidence.means: our word → the form's) grows with each word that is healed.
create or replace function public.learn_locator(
  p_marketplace text, p_form_version text, p_field text, p_intent text, p_target jsonb, p_value_template text,
  p_tier text, p_evidence jsonb)
returns jsonb
language sql volatile set search_path = '' as $$
  insert into public.learned_locators as l
    (marketplace, form_version, field, intent, target, value_template, tier, evidence)
  values (p_marketplace, p_form_version, p_field, p_intent, p_target, p_value_template, p_tier, p_evidence)
  on conflict (marketplace, form_version, field, md5(target::text)) do update
  set successes = l.successes + 1, failures_in_a_row = 0, worked_at = clock_timestamp(),
    evidence = case when p_evidence ? 'means'
      then l.evidence || jsonb_build_object('means', coalesce(l.evidence -> 'means', '{}') || (p_evidence -> 'means'))
      else l.evidence end,
    state = case when l.state = 'refused' then 'refused' else 'active' end
  returning listing_worker.locator_json(l)
$$;
