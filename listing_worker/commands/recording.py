"""`listing-worker recording` gets what an attempt left behind as one file; `replay` shows it again on the sandbox."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from listing_worker.settings import get_settings

if TYPE_CHECKING:
    from listing_worker.recordings.replay import Replayed

app = typer.Typer()
console = Console(width=None if sys.stdout.isatty() else 160)


@app.command()
def recording(
    posting: Annotated[str, typer.Argument(help="A posting's id.")],
    out: Annotated[Path | None, typer.Option(help="The file to write; without it the page is printed.")] = None,
    attempt: Annotated[int | None, typer.Option(help="Which attempt; without it the last one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The recording as JSON instead of a page.")] = False,
) -> None:
    """Get the recording of an attempt as one HTML file: steps, fields, pictures; nothing secret in it."""
    from listing_worker.commands.api_client import open_client
    from listing_worker.recordings.timeline import Recording
    from listing_worker.recordings.view import as_html

    with open_client(get_settings()) as api:
        found = Recording.model_validate(api.get(f"/api/postings/{posting}/recording", format="json", attempt=attempt))
    text = found.model_dump_json(indent=2) if as_json else as_html(found)
    if out is None:
        print(text)  # noqa: T201 - meant for a file
        return
    out.write_text(text, encoding="utf-8")
    console.print(f"{out}: {found.marketplace}, {found.outcome}, {len(found.moments)} steps.", highlight=False)


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A recording, as `recording` wrote it.", exists=True, dir_okay=False)],
    headed: Annotated[bool, typer.Option(help="Show the browser.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what came of it as JSON.")] = False,
) -> None:
    """Fill the sandbox's form with what a recording meant, and compare field by field. Nothing is published.

    Ends with 1 if a field does not read back as it was meant.
    """
    from listing_worker.recordings.replay import replay as play
    from listing_worker.recordings.view import read_recording
    from listing_worker.utils import log

    log.configure("ERROR")
    settings = get_settings()
    settings = settings.model_copy(update={"headless": False}) if headed else settings
    progress = Console(stderr=True, quiet=as_json or not sys.stderr.isatty())
    found = read_recording(file)
    with progress.status("Replaying") as status:
        played = asyncio.run(play(settings, found, lambda step: status.update(f"Replaying: {step}")))
    if as_json:
        print(json.dumps(played.as_json(), indent=2, ensure_ascii=False))  # noqa: T201 - for a program
    else:
        _show(played)
    raise typer.Exit(0 if played.ok else 1)


def _show(played: Replayed) -> None:
    table = Table(header_style="bold")
    for name in ("field", "meant", "then", "found by", "now", "found by"):
        table.add_column(name, overflow="fold")
    for row in played.rows:
        table.add_row(
            row.field,
            row.meant[:80],
            row.then[:80],
            row.then_by[:50],
            ("" if row.same else "differs: ") + row.now[:80],
            row.now_by[:50],
            style="" if row.same else "red",
        )
    console.print(table)
    console.print(
        f"{played.marketplace}: {sum(row.same for row in played.rows)} of {len(played.rows)} fields as meant"
        f"{'; ' + played.problem if played.problem else ''}.",
        highlight=False,
    )
