"""`listing-worker heal`: what the workers learned about forms that changed; to see, to take over, to refuse."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from listing_worker.agents.heal.memory import as_patch, learned_of
from listing_worker.errors import ListingInvalid
from listing_worker.settings import get_settings
from listing_worker.storage import rows
from listing_worker.storage.store import Store

app = typer.Typer(help="Learned locators: how fields were found again after a form changed.", no_args_is_help=True)
console = Console(width=None if sys.stdout.isatty() else 140)


@contextmanager
def _store() -> Iterator[Store]:
    from listing_worker.embedded.system import servers
    from listing_worker.storage.connect import open_store

    with servers(get_settings()) as ready:
        store = open_store(ready)
        try:
            yield store
        finally:
            store.close()


Marketplace = Annotated[str | None, typer.Argument(help="One marketplace; without it, all.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


@app.command("list")
def show(marketplace: Marketplace = None, as_json: AsJson = False) -> None:
    """Show what was learned, with successes and failures."""
    with _store() as store:
        found = store.list_locators(marketplace)
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False))  # noqa: T201 - meant for a program
        return
    if not found:
        console.print("Nothing learned yet: the forms are as the recipes know them.")
        return
    console.print(_table(found))


@app.command()
def export(marketplace: Marketplace = None) -> None:
    """Print what was learned as lines for the recipes."""
    with _store() as store:
        print(as_patch(store.list_locators(marketplace)))  # noqa: T201 - meant for a file


@app.command()
def refuse(
    locator_id: Annotated[str, typer.Argument(help="The id, or its beginning, as `heal list` shows it.")],
    allow: Annotated[bool, typer.Option("--allow", help="Allow it again.")] = False,
) -> None:
    """Never use this locator again, nor learn it again."""
    with _store() as store:
        named = [row["id"] for row in store.list_locators(limit=1000) if row["id"].startswith(locator_id)]
        if len(named) != 1:
            raise ListingInvalid(
                f"{len(named)} learned locators begin with {locator_id!r}.", action="See `listing-worker heal list`"
            )
        row = store.refuse_locator(named[0], not allow)
    assert row is not None
    console.print(f"{row['marketplace']} {row['field']}: {row['state']}.", highlight=False)


def _table(found: list[rows.LocatorRow]) -> Table:
    table = Table(header_style="bold")
    for name in ("id", "marketplace", "field", "found by", "tier", "state"):
        table.add_column(name)
    for name in ("right", "not"):
        table.add_column(name, justify="right")
    for row in found:
        learned = learned_of(row)
        style = {"refused": "red", "demoted": "yellow"}.get(row["state"], "")
        table.add_row(
            row["id"][:8],
            row["marketplace"],
            row["field"],
            str(learned.target) if learned else "(not understood by this version)",
            row["tier"],
            row["state"],
            str(row["successes"]),
            str(row["failures"]),
            style=style,
        )
    return table
