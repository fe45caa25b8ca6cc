"""`listing-worker inventory`: what you already have live, read, matched, asked, linked, unlinked. Through the API."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from listing_worker.commands.api_client import open_client
from listing_worker.errors import ListingInvalid
from listing_worker.settings import get_settings

app = typer.Typer(help="What you already have live: import it, answer what looks alike, link, unlink.")
AsJson = Annotated[bool, typer.Option("--json", help="Print the API's answer as JSON.")]
FAILED, PENDING = 1, 3


@app.command("import")
def start(
    marketplace: Annotated[list[str] | None, typer.Option(help="Only these; repeat. Without: all signed in.")] = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the end.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Read your own lists of active items. Presses nothing; run it again at any time. Ends with 3 while it goes on."""
    with open_client(get_settings()) as api:
        found = api.post("/api/inventory/import", {"marketplaces": marketplace} if marketplace else {})
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline and not all(each["done"] for each in found["imports"]):
            time.sleep(1)
            found = api.get("/api/inventory/imports")
    table = Table("Marketplace", "Seen", "To read", "Linked", "Questions", "State", box=None, pad_edge=False)
    for each in found["imports"]:
        state = each["why"] or ("done" if each["done"] else "under way")
        numbers = [
            str(each[name] if each[name] is not None else "") for name in ("seen", "unread", "linked", "questions")
        ]
        table.add_row(each["marketplace"], *numbers, state)
    _tell(found, as_json, table)
    raise typer.Exit(0 if all(each["done"] and not each["why"] for each in found["imports"]) else PENDING)


@app.command()
def found(
    which: Annotated[str, typer.Option(help="open, linked, ignored, gone or all.")] = "open", as_json: AsJson = False
) -> None:
    """List what was found."""
    with open_client(get_settings()) as api:
        page = api.get("/api/inventory/found", which=which)
    table = Table("Found", "Marketplace", "Title", "Price", "Photos", "Listing", box=None, pad_edge=False)
    for each in page["found"]:
        price = f"${each['price']}" if each["price"] else ""
        photos = str(each["photos"]) if each["read"] else "not read"
        table.add_row(each["id"], each["marketplace"], each["title"], price, photos, each["listing_id"] or "")
    _tell(page, as_json, table if page["found"] else "Nothing.")


@app.command()
def matches(as_json: AsJson = False) -> None:
    """List pairs that look like the same item, for you to say. Ends with 1 while there are any."""
    with open_client(get_settings()) as api:
        page = api.get("/api/inventory/matches")
    table = Table("One", "Other", "Score", "What is open", box=None, pad_edge=False)
    for each in page["questions"]:
        sides = [
            f"{side['title']}\n{side['marketplace'] or 'yours'} ${side['price']}\n{side['key']}"
            for side in (each["one"], each["other"])
        ]
        table.add_row(*sides, f"{each['score']:.2f}", " ".join(each["why"]))
    _tell(page, as_json, table if page["questions"] else "No question.")
    raise typer.Exit(FAILED if page["questions"] else 0)


@app.command()
def same(one: str, other: str) -> None:
    """Say that two keys of `matches` are the same item."""
    _answer(one, other, same=True)


@app.command()
def different(one: str, other: str) -> None:
    """Say that they are two items. They are not asked about again."""
    _answer(one, other, same=False)


@app.command()
def adopt(
    found_id: Annotated[str, typer.Argument(metavar="FOUND", help="An id of `found`.")],
    listing: Annotated[str | None, typer.Option(help="A listing of yours; without: a new one is made.")] = None,
    fields: Annotated[Path | None, typer.Option(help="JSON with what its page did not tell.", exists=True)] = None,
    as_json: AsJson = False,
) -> None:
    """Make it a posting of a listing of yours, with all that is the same item."""
    body: dict[str, Any] = {"listing_id": listing} if listing else {}
    if fields is not None:
        try:
            body["listing"] = json.loads(fields.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ListingInvalid(f"{fields} is no JSON.", field="fields") from error
    with open_client(get_settings()) as api:
        done = api.post(f"/api/inventory/found/{found_id}/adopt", body)
    where = ", ".join(each["marketplace"] for each in done["postings"])
    _tell(done, as_json, "\n".join([f"Listing {done['listing_id']}: {where}", *done["left_out"]]))


@app.command()
def link(listing: str, url: str, as_json: AsJson = False) -> None:
    """Link a posting by hand from its address. Ends with 3 if your own list must be read first."""
    with open_client(get_settings()) as api:
        done = api.post(f"/api/listings/{listing}/link", {"url": url})
    _tell(done, as_json, done["message"])
    raise typer.Exit(0 if done["linked"] else PENDING)


@app.command()
def unlink(posting: str, as_json: AsJson = False) -> None:
    """Undo a link. It stays on the marketplace."""
    with open_client(get_settings()) as api:
        done = api.post(f"/api/postings/{posting}/unlink")
    _tell(done, as_json, "Unlinked.")


def _answer(one: str, other: str, *, same: bool) -> None:
    with open_client(get_settings()) as api:
        done = api.post("/api/inventory/matches/answer", {"one": one, "other": other, "same": same})
    _tell(done, False, done["message"])


def _tell(answer: Any, as_json: bool, shown: Any) -> None:
    if as_json:
        print(json.dumps(answer, indent=2))  # noqa: T201 - for a program
    else:
        Console(highlight=False, soft_wrap=not isinstance(shown, Table)).print(shown)
