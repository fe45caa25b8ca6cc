"""`listing-worker posting …` and `listing-worker dry-run`: what is done about live postings, and rehearsals, for the
operator. They ask; a running worker does it; the command waits and shows what was seen."""

from __future__ import annotations

import json
import time
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from listing_worker.commands.dead_letters import open_store_of_settings
from listing_worker.errors import ListingInvalid
from listing_worker.models import Money
from listing_worker.storage import rows
from listing_worker.storage.store import Store

app = typer.Typer(help="Look at a live posting, change its price, edit it, take it down, put it back.")
SETTLED = {"done", "action_required", "failed", "cancelled"}
ATTEMPTS = 4
WORDS = {"done": "green", "failed": "red", "action_required": "yellow", "cancelled": "dim"}

Posting = Annotated[str, typer.Argument(metavar="POSTING", help="A posting's id.")]
Wait = Annotated[float, typer.Option(help="Seconds to wait for the worker; 0 = only ask.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the operation as JSON.")]


@app.command()
def check(posting: Posting, wait: Wait = 120, as_json: AsJson = False) -> None:
    """See how it stands on the marketplace."""
    _ask(posting, "check", {}, wait, as_json)


@app.command()
def price(posting: Posting, amount: str, wait: Wait = 120, as_json: AsJson = False) -> None:
    """Give it another price."""
    try:
        given = {"price": str(Money.of(amount))}
    except (ValueError, ArithmeticError) as error:
        raise ListingInvalid(f"{amount!r} is no amount in dollars.", field="price") from error
    _ask(posting, "change_price", given, wait, as_json)


@app.command()
def edit(
    posting: Posting,
    field: Annotated[list[str] | None, typer.Option(help="Only these fields; repeat. Without: all.")] = None,
    wait: Wait = 120,
    as_json: AsJson = False,
) -> None:
    """Make it say what our listing says."""
    _ask(posting, "edit", {"fields": sorted(field)} if field else {}, wait, as_json)


@app.command()
def delist(posting: Posting, wait: Wait = 120, as_json: AsJson = False) -> None:
    """Take it off sale."""
    _ask(posting, "delist", {}, wait, as_json)


@app.command()
def relist(posting: Posting, wait: Wait = 120, as_json: AsJson = False) -> None:
    """Put it back on sale, where the marketplace can put back the very listing."""
    _ask(posting, "relist", {}, wait, as_json)


def dry_run(
    listing: Annotated[str, typer.Argument(metavar="LISTING", help="A stored listing's id.")],
    user: Annotated[str, typer.Option(help="The id of the user whose listing it is.")],
    marketplace: Annotated[list[str] | None, typer.Option(help="Only these; repeat. Without: all.")] = None,
    wait: Wait = 180,
    as_json: AsJson = False,
) -> None:
    """Fill the real forms, read them back and show the table. Publishes nothing, leaves nothing. Ends with 1 if a field
    does not say what was meant."""
    from listing_worker.agents.registry import get_agent, names

    with open_store_of_settings() as store:
        asked = [
            store.request_dry_run(user, listing, get_agent(name).name, ATTEMPTS)["operation"]
            for name in marketplace or names()
        ]
        ended = [_follow(store, operation, wait) for operation in asked]
    if as_json:
        print(json.dumps(ended, indent=2))  # noqa: T201 - for a program
    else:
        for operation in ended:
            _show(operation)
    fine = all(one["state"] == "done" and one["result"].get("same") for one in ended)
    raise typer.Exit(0 if fine or wait == 0 else 1)


def _ask(posting_id: str, kind: str, given: dict[str, Any], wait: float, as_json: bool) -> None:
    with open_store_of_settings() as store:
        posting = store.get_posting(posting_id)
        if posting is None:
            raise ListingInvalid(f"There is no posting {posting_id}.")
        asked = store.request_operation(posting["user_id"], posting_id, kind, given, ATTEMPTS)["operation"]
        ended = _follow(store, asked, wait)
    if as_json:
        print(json.dumps(ended, indent=2))  # noqa: T201 - for a program
    else:
        _show(ended)
    raise typer.Exit(0 if ended["state"] == "done" or wait == 0 else 1)


def _follow(store: Store, operation: rows.OperationRow, wait: float) -> rows.OperationRow:
    """The operation once it has settled, or as it is when the patience ends."""
    deadline = time.monotonic() + wait
    console = Console(stderr=True)
    with console.status(f"{operation['kind']} on {operation['marketplace']}: waiting for a worker") as status:
        while operation["state"] not in SETTLED and time.monotonic() < deadline:
            time.sleep(0.5)
            operation = store.get_operation(operation["id"]) or operation
            status.update(f"{operation['kind']} on {operation['marketplace']}: {operation['state']}")
    return operation


def _show(operation: rows.OperationRow) -> None:
    console = Console(width=None if Console().is_terminal else 140)
    state, result = operation["state"], operation["result"]
    colour = WORDS.get(state, "cyan")
    console.print(f"{operation['kind']} on {operation['marketplace']}: [{colour}]{state}[/{colour}]", highlight=False)
    if operation["reason"]:
        console.print(f"  {operation['reason']['message']}", highlight=False, markup=False)
        if operation["reason"]["action"]:
            console.print(f"  {operation['reason']['action']}", highlight=False, markup=False)
    if result.get("status"):
        console.print(
            f"  {result['status']}, seen {result['seen_at']}: {result['seen']}", highlight=False, markup=False
        )
    if result.get("left_behind"):
        console.print(f"  {result['left_behind']}", highlight=False, markup=False)
    if result.get("fields"):
        table = Table(box=None, pad_edge=False, padding=(0, 2))
        for title in ("field", "meant", "on the form", "same?"):
            table.add_column(title, overflow="ellipsis", no_wrap=True, max_width=44)
        for one in result["fields"]:
            mark = "yes" if one["same"] else "[red]NO[/red]"
            table.add_row(one["field"], _plain(one["meant"]), _plain(one["on_form"]), mark)
        console.print(table, highlight=False)
    console.print(f"  {operation['id']}", style="dim", highlight=False)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(" ".join(text.split()))
