"""`listing-worker dead-letters`: what gave up, for the operator, with the two things one can do about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from listing_worker.errors import ListingWorkerError
from listing_worker.storage import rows
from listing_worker.storage.store import Store

app = typer.Typer(help="What gave up: postings and webhook deliveries.", no_args_is_help=True)


@app.command("list")
def list_all(as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False) -> None:
    """List what gave up, of all users, newest first, with reason and action."""
    with open_store_of_settings() as store:
        found = store.list_dead_letters(None)
    if as_json:
        print(json.dumps(found, indent=2))  # noqa: T201 - for a program
        return
    console = Console(width=None if Console().is_terminal else 180)
    if not found["postings"] and not found["webhooks"]:
        console.print("Nothing gave up.")
        return
    table = Table(box=None, pad_edge=False)
    for title in ("id", "what", "since", "reason", "action"):
        table.add_column(title, overflow="fold")
    for posting in found["postings"]:
        reason = posting["reason"] or {"message": "", "action": None}
        action = reason["action"] or "Try again"
        table.add_row(posting["id"], posting["marketplace"], posting["finished_at"] or "", reason["message"], action)
    for delivery in found["webhooks"]:
        table.add_row(
            delivery["id"], delivery["type"], delivery["created_at"], delivery["error"] or "", "Send it again"
        )
    console.print(table, highlight=False)
    console.print("\nretry ID tries one again, dismiss ID puts it aside.", highlight=False)


@app.command()
def retry(dead_id: Annotated[str, typer.Argument(metavar="ID", help="An id from the list.")]) -> None:
    """Try one again: a posting is queued, a delivery is sent. The worker takes it within seconds."""
    with open_store_of_settings() as store:
        posting, delivery = _find(store, dead_id)
        if posting is not None:
            done = store.retry_posting(posting["user_id"], dead_id) is not None
        else:
            assert delivery is not None
            done = store.redeliver_webhook(delivery["user_id"], dead_id)
    _end(done, "It is tried again within seconds.", "It cannot be tried again: its endpoint is switched off.")


@app.command()
def dismiss(dead_id: Annotated[str, typer.Argument(metavar="ID", help="An id from the list.")]) -> None:
    """Put one aside. It stays in the database and is listed again if it fails again."""
    with open_store_of_settings() as store:
        posting, delivery = _find(store, dead_id)
        if posting is not None:
            done = store.dismiss_posting(posting["user_id"], dead_id)
        else:
            assert delivery is not None
            done = store.dismiss_webhook(delivery["user_id"], dead_id)
    _end(done, "Put aside.", "It has moved on by itself; nothing was put aside.")


@contextmanager
def open_store_of_settings() -> Iterator[Store]:
    """The store of the settings in force; private servers are started if need be."""
    from listing_worker.embedded.system import servers
    from listing_worker.settings import get_settings
    from listing_worker.storage.connect import open_store

    with servers(get_settings()) as ready:
        store = open_store(ready)
        try:
            yield store
        finally:
            store.close()


def _find(store: Store, dead_id: str) -> tuple[rows.PostingRow | None, rows.DeadWebhook | None]:
    found = store.list_dead_letters(None, 500)
    posting = next((each for each in found["postings"] if each["id"] == dead_id), None)
    delivery = next((each for each in found["webhooks"] if each["id"] == dead_id), None)
    if posting is None and delivery is None:
        raise ListingWorkerError(f"Nothing that gave up has the id {dead_id}.", action="Look at `dead-letters list`")
    return posting, delivery


def _end(done: bool, yes: str, no: str) -> None:
    typer.echo(yes if done else no)
    raise typer.Exit(0 if done else 1)
