"""The whole look at a deployment, part by part, in the order in which things depend on each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from listing_worker.checks import database, redis, workplace
from listing_worker.checks.finding import Finding, looked
from listing_worker.settings import Settings


def check_deployment(settings: Settings, tell: Callable[[str], None] = lambda _: None) -> Iterator[Finding]:
    """Every finding. `settings` name the servers to look at; `tell` hears which part is being looked at."""
    for part, check, fix in (
        (redis.PART, redis.check_redis, redis.UNREACHABLE),
        (database.PART, database.check_database, database.UNREACHABLE),
        ("keys", workplace.check_keys, "Make one: `listing-worker keys new`"),
        ("sign-in", workplace.check_sign_in, "Check SUPABASE_URL"),
        ("photos", workplace.check_photos, "Let this user write to DATA_DIR, or check the Supabase project's storage"),
        ("chromium", workplace.check_chromium, "Install Chromium, or set CHROMIUM_PATH"),
        ("browsers", workplace.check_provider, "Check BROWSER_PROVIDER and its key"),
        ("webhooks", workplace.check_webhook, "Check NEXT_PUBLIC_API_URL: it has to be a public https address"),
        ("model", workplace.check_model, "Check OPENROUTER_API_KEY"),
    ):
        tell(part)
        yield from looked(part, lambda check=check: check(settings), fix=fix)  # type: ignore[misc]
