"""`listing-worker sign-in-link`: how the owner of an installation without Supabase gets into the web app."""

from __future__ import annotations

from typing import Annotated

import typer

from listing_worker.errors import ConfigurationError
from listing_worker.settings import get_settings


def sign_in_link(
    connect: Annotated[bool, typer.Option("--connect", help="The page that pairs the extension.")] = False,
) -> None:
    """Print the owner's link to the web app, good for seven days. Run it where the API runs: it needs its DATA_DIR.

    Whoever has the link is the owner: it is for a terminal, not for a log.
    """
    from listing_worker.api.owner import ensure_owner

    settings = get_settings()
    if settings.supabase_url is not None:
        raise ConfigurationError(
            "With Supabase there is no one owner: sellers sign in with Supabase Auth.",
            action="Send them to PUBLIC_URL/#token=<their user token>, as your app gets it from Supabase",
        )
    address = (settings.public_url or f"http://{settings.host}:{settings.port}").rstrip("/")
    typer.echo(f"{address}/{'connect' if connect else ''}#token={ensure_owner(settings.data_dir).token()}")
