"""`listing-worker archive save` and `restore`: the whole account as a file, through the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from listing_worker.commands.api_client import open_client
from listing_worker.settings import get_settings

archive_app = typer.Typer(help="Your whole account as a file.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print the API's answer as JSON.")]
LONG = 3600.0  # seconds: many photos take their time


@archive_app.command("save")
def save(file: Annotated[Path, typer.Argument(help="Where to write it (a ZIP).")]) -> None:
    """Save listings, photos, postings, history and receipts."""
    part = file.with_name(f".{file.name}.part")
    try:
        with open_client(get_settings()) as api, part.open("wb") as out, Console(stderr=True).status("Saving …"):
            for chunk in api.stream("/api/archive", timeout=LONG):
                out.write(chunk)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    Console().print(f"Saved: {file} ({file.stat().st_size / 1e6:.1f} MB)", highlight=False)


@archive_app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(help="What `archive save` wrote.", exists=True, dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Restore it into an empty account. Nothing is posted by this; sign in to the marketplaces anew."""
    with open_client(get_settings()) as api, file.open("rb") as data, Console(stderr=True).status("Restoring …"):
        restored = api.post("/api/archive", content=data, timeout=LONG, headers={"Content-Type": "application/zip"})
    if as_json:
        print(json.dumps(restored, indent=2))  # noqa: T201 - for a program
        return
    rows = restored["rows"]
    Console().print(
        f"Restored {rows.get('listings', 0)} listings and {rows.get('listing_automation_results', 0)} postings.",
        highlight=False,
    )
