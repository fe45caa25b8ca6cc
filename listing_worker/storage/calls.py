"""What both transports must agree on: which calls may be repeated, and what a database's error code means."""

from __future__ import annotations

from listing_worker.errors import ConfigurationError, ListingWorkerError
from listing_worker.storage.errors import StoreRefused, StoreUnavailable

# Asking twice leaves the same rows and gives the same answer as asking once, so a call whose answer got lost may be
# repeated. Not among them, on purpose: `claim_posting` (a second one finds the lease of the first), `record_intent`
# (true exactly once, so that a lost answer never allows a press), and whatever adds a row.
REPEATABLE = frozenset({
    "get_listing", "list_listings", "update_listing", "set_photos",
    "get_job", "job_views_2", "post_beginnings", "posts_beginnings_2", "list_jobs", "cancel_job", "get_posting",
    "heartbeat", "finish_posting", "due_postings", "held_leases", "release_lease", "intents_since", "count_intents",
    "set_auto_delist", "due_watches", "finish_watch", "list_watches", "resume_watch", "drop_weak_signals", "get_stock",
    "listings_to_settle",
    "request_import", "list_imports", "due_imports", "finish_import", "put_found", "note_found", "list_found",
    "get_found", "ignore_found", "want_found", "adopt_found", "unlink_posting", "answer_match", "list_match_answers",
    "put_match_questions", "list_match_questions",
    "inventory_report", "postings_for_mail", "listings_of_postings", "export_account",
    "put_price_rule", "list_price_rules", "put_repost_rule", "list_repost_rules", "get_batch", "list_batches",
    "open_batches", "move_batch", "ignore_difference", "ignored_differences_of",
    "mark_sold",
    "list_dead_letters", "dismiss_posting", "dismiss_webhook",
    "get_session", "list_sessions", "mark_session",
    "publish_keys", "get_keys", "find_device", "list_devices",
    "list_api_keys", "find_api_key", "finish_request",
    "find_listings", "listing_standing", "list_postings", "count_postings", "postings_by_week", "jobs_page",
    "put_webhook_endpoint", "list_webhook_endpoints", "list_webhooks", "due_webhooks",
    "get_operation", "list_operations", "cancel_operation", "heartbeat_operation", "finish_operation",
    "remember_category", "chosen_categories",
    "due_operations", "held_operations", "release_operation", "note_photos",
    "deployment_facts", "active_locators", "list_locators", "refuse_locator",
    "record_browser", "record_timeline", "list_recordings", "metrics",
    "close_live_view", "list_live_views", "admit_viewer", "list_session_uses",
})  # fmt: skip


def error_for(code: str | None, message: str, detail: str | None) -> ListingWorkerError:
    """Our error for a SQLSTATE (or a PostgREST code, `PGRST…`)."""
    code = code or ""
    if code == "LW001":
        return StoreRefused(message, detail or message)
    if code[:2] in {"22", "23"}:  # a value the database cannot hold: bad JSON, a number out of range, a broken rule
        return StoreRefused("invalid_value", "A value cannot be stored.")
    if code in {"42883", "42P01", "3F000", "PGRST202", "PGRST204", "PGRST205"}:
        return ConfigurationError(
            "The database lacks a function or table of this version.", action="Run `listing-worker migrate`"
        )
    if code in {"42501", "28000", "28P01", "3D000"} or code.startswith("PGRST3"):
        return ConfigurationError(
            "The database refuses this user or key.", action="Check DATABASE_URL or SUPABASE_SECRET_KEY (service role)"
        )
    return StoreUnavailable(f"The database did not answer the call ({code or 'no code'}).")


def undone(code: str | None) -> bool:
    """True for errors after which nothing was changed and a repetition may well succeed: deadlock, serialisation."""
    return code in {"40001", "40P01"}
