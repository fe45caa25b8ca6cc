"""`listing-worker bulk`, `sync` and `drift`: many listings at once, one change everywhere, and what a marketplace says
differently. Through the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from listing_worker.commands.api_client import open_client
from listing_worker.errors import ListingInvalid
from listing_worker.settings import get_settings

app = typer.Typer(help="Post, price, delist, relist or compare many listings; watch, pause, resume, retry, undo.")
AsJson = Annotated[bool, typer.Option("--json", help="Print the API's answer as JSON.")]
Batch = Annotated[str, typer.Argument(metavar="BATCH", help="A batch's id.")]
FAILED, PENDING = 1, 3


@app.command()
def start(
    what: Annotated[str, typer.Argument(help="post, price, delist, relist or compare.")],
    listings: Annotated[list[str], typer.Argument(help="Ids of listings.")],
    marketplace: Annotated[list[str] | None, typer.Option(help="Only these; repeat.")] = None,
    price: Annotated[str | None, typer.Option(help="With price; without: by your price rules.")] = None,
    percent: Annotated[float | None, typer.Option(help="With price: so much more or less of each, e.g. -10.")] = None,
    rehearse: Annotated[bool, typer.Option(help="One first; `resume` goes on.")] = False,
    at: Annotated[str | None, typer.Option(help="Not before this time, e.g. 2026-12-01T18:00:00Z.")] = None,
    as_json: AsJson = False,
) -> None:
    """Do one thing about many listings. More than 20 begin with one, which must go well."""
    body = {
        "what": what,
        "listings": listings,
        "marketplaces": marketplace,
        "price": price,
        "percent": percent,
        "rehearse": rehearse,
        "at": at,
    }
    with open_client(get_settings()) as api:
        _show(api.post("/api/bulk", {name: value for name, value in body.items() if value is not None}), as_json)


@app.command("csv")
def from_csv(
    file: Annotated[Path, typer.Argument(help="listing, what, marketplace, price.", exists=True, dir_okay=False)],
    rehearse: Annotated[bool, typer.Option(help="One first; `resume` goes on.")] = True,
    as_json: AsJson = False,
) -> None:
    """The lines of a CSV. Nothing is asked for while one is wrong."""
    with open_client(get_settings()) as api:
        done = api.post(
            "/api/bulk/csv",
            content=file.read_bytes(),
            headers={"Content-Type": "text/csv"},
            params={"rehearse": str(rehearse).lower()},
        )
    _show(done, as_json)


@app.command("list")
def list_batches(as_json: AsJson = False) -> None:
    """List the last batches."""
    with open_client(get_settings()) as api:
        page = api.get("/api/batches")
    table = Table("Batch", "What", "State", "Rows", "Begun", box=None, pad_edge=False)
    for each in page["batches"]:
        table.add_row(each["id"], each["title"], each["state"], str(each["rows"]), each["created_at"][:16])
    _tell(page, as_json, table if page["batches"] else "No batch yet.")


@app.command()
def show(batch: Batch, as_json: AsJson = False) -> None:
    """Show how every row stands. Ends with 3 while something moves, 1 if something went wrong."""
    with open_client(get_settings()) as api:
        _show(api.get(f"/api/batches/{batch}"), as_json)


@app.command()
def pause(batch: Batch, as_json: AsJson = False) -> None:
    """Begin nothing more; what is under way ends."""
    _act(batch, "pause", as_json)


@app.command()
def resume(batch: Batch, as_json: AsJson = False) -> None:
    """Go on, after a rehearsal or a pause."""
    _act(batch, "resume", as_json)


@app.command()
def cancel(batch: Batch, as_json: AsJson = False) -> None:
    """End it; what was not begun stays as it is."""
    _act(batch, "cancel", as_json)


@app.command()
def retry(batch: Batch, as_json: AsJson = False) -> None:
    """Ask again for what failed."""
    _act(batch, "retry", as_json)


@app.command()
def undo(batch: Batch, as_json: AsJson = False) -> None:
    """Take back what went through, as far as it can be."""
    _act(batch, "undo", as_json)


def sync(
    listing: Annotated[str, typer.Argument(help="A listing's id.")],
    change: Annotated[list[str] | None, typer.Option("--set", help="field=value; repeat.")] = None,
    push: Annotated[list[str] | None, typer.Option(help="Send this field as it is; repeat.")] = None,
    do_it: Annotated[bool, typer.Option("--yes", help="Do it; without: only show the difference.")] = False,
    as_json: AsJson = False,
) -> None:
    """Change a listing once, on every live posting. Without --yes: the difference, and nothing is changed."""
    body = {"changes": _changes(change or []), "push": push or []}
    with open_client(get_settings()) as api:
        done = api.post(f"/api/listings/{listing}/sync{'' if do_it else '/preview'}", body)
    table = Table("Marketplace", "Field", "Before", "After", "Net", "How", box=None, pad_edge=False)
    for each in done["changes"]:
        how = each["why"] or each["kind"].replace("_", " ")
        for difference in each["differences"] or [{"field": "", "before": "", "after": ""}]:
            net = f"${each['net']}" if each["net"] and difference["field"] == "price" else ""
            was, shall = difference["before"][:60], difference["after"][:60]
            table.add_row(each["marketplace"], difference["field"], was, shall, net, how)
    _tell(done, as_json, table if done["changes"] else "It is live nowhere.")
    if done["batch"] and not as_json:
        _tell(None, False, f"Batch {done['batch']['id']}: listing-worker bulk show {done['batch']['id']}")


def drift(
    posting: Annotated[str, typer.Argument(help="A posting's id.")],
    compare: Annotated[bool, typer.Option("--compare", help="Compare it anew.")] = False,
    settle: Annotated[str | None, typer.Option(help="A field to settle.")] = None,
    how: Annotated[str, typer.Option(help="keep (theirs), push (ours), edit (--value) or ignore.")] = "push",
    value: Annotated[str | None, typer.Option(help="With --how edit.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a live listing says differently, or settle a field. Ends with 1 while something differs."""
    with open_client(get_settings()) as api:
        if compare:
            asked = api.post(f"/api/postings/{posting}/compare")
            _tell(asked, as_json, f"It is being compared: operation {asked['id']}.")
            return
        if settle is not None:
            body = {"field": settle, "how": how, **({"value": value} if value is not None else {})}
            settled = api.post(f"/api/postings/{posting}/drift/settle", body)
            _tell(settled, as_json, settled["message"])
            return
        found = api.get(f"/api/postings/{posting}/drift")
    table = Table("Field", "Ours", "Theirs", "", box=None, pad_edge=False)
    for each in found["differences"]:
        table.add_row(each["field"], each["ours"][:60], each["theirs"][:60], "ignored" if each["ignored"] else "")
    nothing = f"Nothing differs ({found['seen_at'][:16]})." if found["seen_at"] else "Not compared yet: --compare."
    _tell(found, as_json, table if found["differences"] else nothing)
    raise typer.Exit(FAILED if any(not each["ignored"] for each in found["differences"]) else 0)


def _changes(given: list[str]) -> dict[str, Any]:
    changes = {}
    for each in given:
        name, separator, value = each.partition("=")
        if not separator:
            raise ListingInvalid(f"{each!r} is not field=value.", field="set")
        changes[name] = json.loads(value) if value[:1] in {"[", "{"} else value
    return changes


def _act(batch: str, what: str, as_json: bool) -> None:
    with open_client(get_settings()) as api:
        _show(api.post(f"/api/batches/{batch}/{what}"), as_json)


def _show(batch: dict[str, Any], as_json: bool) -> None:
    table = Table("Listing", "Marketplace", "What", "State", "Why, or where", box=None, pad_edge=False)
    for row in batch["rows"]:
        state, where = row["state"], row["why"] or row["url"] or ""
        table.add_row(row["title"][:40], row["marketplace"], row["kind"].replace("_", " "), state, where)
    _tell(batch, as_json, table)
    counts = batch["counts"]
    if not as_json:
        said = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
        _tell(None, False, f"Batch {batch['id']} is {batch['state']}: {said}. {batch['reason']}".strip())
    if counts.get("waiting") or counts.get("under_way"):
        raise typer.Exit(PENDING)
    raise typer.Exit(FAILED if counts.get("wrong") else 0)


def _tell(answer: Any, as_json: bool, shown: Any) -> None:
    if as_json:
        print(json.dumps(answer, indent=2))  # noqa: T201 - for a program
    else:
        Console(highlight=False, soft_wrap=not isinstance(shown, Table)).print(shown)
