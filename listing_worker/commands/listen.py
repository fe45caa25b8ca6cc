"""`listing-worker listen`: hands webhook events on to a program on this machine, signed as deliveries are."""

from __future__ import annotations

import json
import sys
import time
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console

from listing_worker.utils.addresses import check_form
from listing_worker.utils.notifications import sign

EVERY_SECONDS = 1.0
FORWARD_SECONDS = 10.0


def listen(
    forward: Annotated[str, typer.Option(help="Where your program takes them: http://localhost:3000/webhooks.")],
    event: Annotated[list[str] | None, typer.Option(help="Only these events; may be given several times.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON per event.")] = False,
    once: Annotated[bool, typer.Option(help="Stop after the first event.")] = False,
) -> None:
    """Forward webhook events to a program on this machine until Ctrl-C."""
    from listing_worker.commands.api_client import open_client
    from listing_worker.settings import get_settings

    console = Console(width=None if sys.stdout.isatty() else 140)
    check_form(forward, allow_private=True)
    with open_client(get_settings()) as api, httpx.Client(timeout=FORWARD_SECONDS, trust_env=False) as local:
        opened = api.post("/api/webhooks/listeners", {"events": event} if event else {})
        if not as_json:
            console.print(f"Signing secret: [bold]{opened['secret']}[/bold]", highlight=False)
            console.print(f"Forwarding to {forward}. Ctrl-C stops.", highlight=False)
        try:
            while True:
                for delivery in api.post(f"/api/webhooks/listeners/{opened['id']}/take")["deliveries"]:
                    status = hand_on(local, forward, opened["secret"], delivery)
                    _show(console, delivery, status, as_json=as_json)
                    if once:
                        return
                time.sleep(EVERY_SECONDS)
        except KeyboardInterrupt:
            return
        finally:
            api.delete(f"/api/webhooks/listeners/{opened['id']}")


def hand_on(local: httpx.Client, url: str, secret: str, delivery: dict[str, Any]) -> int | str:
    """One delivery as a webhook brings it; what the program answered, or why it did not."""
    body = json.dumps(delivery["payload"], separators=(",", ":"), ensure_ascii=False).encode()
    now = int(time.time())
    headers = {
        "content-type": "application/json",
        "user-agent": "listing-worker",
        "webhook-id": delivery["id"],
        "webhook-timestamp": str(now),
        "webhook-signature": sign(secret, delivery["id"], now, body),
    }
    try:
        return local.post(url, content=body, headers=headers).status_code
    except httpx.HTTPError as error:
        return type(error).__name__


def _show(console: Console, delivery: dict[str, Any], status: int | str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({**delivery, "answered": status}), flush=True)  # noqa: T201 - for a program
        return
    well = isinstance(status, int) and status < 300
    colour = "green" if well else "red"
    console.print(
        f"{delivery['created_at'][11:19]}  {delivery['type']:<24} [{colour}]{status}[/{colour}]", highlight=False
    )
