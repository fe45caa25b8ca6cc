"""`listing-worker preflight`: what each marketplace would say to a listing, without a server, a browser or a queue."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from listing_worker.errors import ListingInvalid
from listing_worker.models import Listing
from listing_worker.preflight.findings import Preflight, Severity

_COLOURS = {Severity.BLOCKER: "red", Severity.CHANGE: "yellow", Severity.NOTE: "dim"}


def preflight(
    listing: Annotated[Path, typer.Argument(help="A listing as JSON, as the API takes it.", exists=True)],
    photo: Annotated[list[Path] | None, typer.Option(help="A photo file; repeat in order.", exists=True)] = None,
    marketplace: Annotated[list[str] | None, typer.Option(help="Only these; repeat. Without: all.")] = None,
    notes: Annotated[bool, typer.Option(help="Show how its words are said there, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Show what is missing, what breaks a limit and what would be changed, per marketplace. Posts nothing.

    Ends with 1 if the listing cannot be posted to one of them even with auto-fit.
    """
    from listing_worker.agents.registry import get_agent, names
    from listing_worker.preflight import check

    read = _listing(listing, photo or [])
    found = [check.preflight(read, get_agent(name)) for name in marketplace or names()]
    if as_json:
        print(json.dumps([one.model_dump(mode="json") for one in found], indent=2))  # noqa: T201 - for a program
    else:
        for one in found:
            _show(one, notes=notes)
    raise typer.Exit(0 if all(one.ready_with_auto_fit for one in found) else 1)


def _listing(file: Path, photos: list[Path]) -> Listing:
    """The listing of a file with its photos. Raises ListingInvalid naming the field."""
    from listing_worker.api.errors import explain
    from listing_worker.api.listing_input import ListingIn
    from listing_worker.utils.images import prepare_photo

    try:
        draft = ListingIn.model_validate_json(file.read_bytes()).draft()
    except ValidationError as error:
        field, message = explain(error.errors()[0])
        raise ListingInvalid(f"{file.name}: {message}", field=field) from error
    prepared = [prepare_photo(photo.read_bytes()).photo for photo in photos]
    return Listing.model_validate({**draft.model_dump(), "id": "preview", "user_id": "preview", "photos": prepared})


def _show(found: Preflight, *, notes: bool) -> None:
    console = Console(width=None if Console().is_terminal else 140)
    verdict = "ready" if found.ready else "ready with auto-fit" if found.ready_with_auto_fit else "not ready"
    console.print(f"[bold]{found.display_name}[/bold]: {verdict}", highlight=False)
    wanted = [one for one in found.findings if notes or one.severity is not Severity.NOTE]
    if not wanted and not found.overrides:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2), show_header=False)
    for column in range(4):
        table.add_column(overflow="fold", ratio=1 if column > 1 else None, no_wrap=column < 2)
    for one in wanted:
        colour = _COLOURS[one.severity]
        change = _short(one.before) if one.after is None else f"{_short(one.before)}\n→ {_plain(one.after)}"
        table.add_row(f"[{colour}]{one.severity.value}[/{colour}]", one.field, _plain(one.reason), change)
    for override in found.overrides:
        change = f"{_short(override.master)}\n→ {_short(override.here)}"
        table.add_row("override", override.field, "Set for this marketplace alone.", change)
    console.print(table)


def _short(text: str | None) -> str:
    return _plain("nothing" if text is None else text if len(text) <= 120 else f"{text[:120]}…")


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
