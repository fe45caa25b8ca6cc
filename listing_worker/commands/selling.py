"""Commands for sellers, through the API: post, status, jobs, sessions, listings import.

They end with 0 when all is well, 1 when something failed or needs you, 3 while something still moves; 2 is a wrong
command line.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from listing_worker.commands.api_client import ApiClient, open_client
from listing_worker.models import PostingState
from listing_worker.settings import get_settings

FAILED, PENDING = 1, 3
_COLOURS = {"live": "green", "failed": "red", "action_required": "yellow", "running": "blue", "publishing": "blue"}

AsJson = Annotated[bool, typer.Option("--json", help="Print the API's answer as JSON.")]
listings_app = typer.Typer(help="Your listings.", no_args_is_help=True)


def post(
    listing: Annotated[str, typer.Argument(help="A listing's id.")],
    marketplace: Annotated[list[str] | None, typer.Option(help="Only these; repeat. Without: all.")] = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the end.")] = 0,
    at: Annotated[str | None, typer.Option(help="Not before this time, e.g. 2026-12-01T18:00:00Z.")] = None,
    as_json: AsJson = False,
) -> None:
    """Post a listing to every marketplace."""
    with open_client(get_settings()) as api:
        body = {"listingId": listing, "marketplaces": marketplace or None, "publishAt": at}
        posted = api.post("/api/listings/post", {name: value for name, value in body.items() if value is not None})
        job = _followed(api, posted["jobId"], wait)
    _tell(job, as_json, f"{posted['message']}\nJob {job['id']}")
    raise typer.Exit(exit_code(job))


def status(
    job_id: Annotated[str, typer.Argument(help="A job's id.")],
    wait: Annotated[float, typer.Option(help="Seconds to wait for the end.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Show how a job stands."""
    with open_client(get_settings()) as api:
        job = _followed(api, job_id, wait)
    _tell(job, as_json, f"Job {job['id']}: {job['status']}")
    raise typer.Exit(exit_code(job))


def jobs(limit: Annotated[int, typer.Option(min=1, max=200)] = 20, as_json: AsJson = False) -> None:
    """List the last jobs, newest first."""
    with open_client(get_settings()) as api:
        page = api.get("/api/jobs", limit=limit)
    if as_json:
        print(json.dumps(page, indent=2))  # noqa: T201 - for a program
        return
    table = Table("Job", "Status", "Begun", "Marketplaces", box=None, pad_edge=False)
    for job in page["jobs"]:
        where = ", ".join(f"{p['marketplace']} {p['state']}" for p in job["postings"])
        table.add_row(job["id"], job["status"], job["created_at"][:16].replace("T", " "), where)
    _print(table if page["jobs"] else "No job yet. Post a listing: listing-worker post <id>")


def sessions(as_json: AsJson = False) -> None:
    """Show how each marketplace's sign-in stands. Ends with 1 if one needs you."""
    with open_client(get_settings()) as api:
        found = api.get("/api/sessions/validate")
    if as_json:
        print(json.dumps(found, indent=2))  # noqa: T201 - for a program
    else:
        table = Table("Marketplace", "Status", "Account", "What to do", box=None, pad_edge=False)
        for each in found["sessions"]:
            table.add_row(each["marketplace"], each["status"], each["account"] or "", each["message"])
        _print(table)
    raise typer.Exit(0 if found["success"] else FAILED)


@listings_app.command("list")
def list_listings(
    search: Annotated[str | None, typer.Option(help="Words of title, brand or SKU.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    as_json: AsJson = False,
) -> None:
    """List your listings, newest first."""
    with open_client(get_settings()) as api:
        page = api.get("/api/listings", limit=limit, q=search)
    if as_json:
        print(json.dumps(page, indent=2))  # noqa: T201 - for a program
        return
    table = Table("Listing", "Title", "Price", "Photos", box=None, pad_edge=False)
    for each in page["listings"]:
        table.add_row(each["id"], each["title"], f"${each['price']}", str(len(each["photos"])))
    _print(table if page["listings"] else "No listing.")


@listings_app.command("import")
def import_listings(
    file: Annotated[Path, typer.Argument(help="CSV with a header line, or JSON.", exists=True, dir_okay=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import listings. Nothing is stored while a row is wrong; each problem is named by its row. Ends with 1 then."""
    kind = "application/json" if file.suffix.lower() == ".json" else "text/csv"
    with open_client(get_settings()) as api:
        done = api.post(
            "/api/listings/import",
            content=file.read_bytes(),
            headers={"Content-Type": kind},
            params={"dry_run": str(dry_run).lower()},
        )
    if as_json:
        print(json.dumps(done, indent=2))  # noqa: T201 - for a program
    elif done["problems"]:
        table = Table("Row", "Field", "Problem", box=None, pad_edge=False)
        for each in done["problems"]:
            table.add_row(str(each["row"]), each["field"], each["message"])
        _print(table)
        _print("Nothing was stored.")
    else:
        _print(f"{done['good']} rows are good." if dry_run else f"{len(done['created'])} listings were imported.")
    raise typer.Exit(FAILED if done["problems"] else 0)


def exit_code(job: dict[str, Any]) -> int:
    """0 posted everywhere, 1 failed or needs you somewhere, 3 still moving."""
    states = [PostingState(posting["state"]) for posting in job["postings"]]
    if any(not state.settled for state in states):
        return PENDING
    return 0 if states and all(state.posted or state is PostingState.DELISTED for state in states) else FAILED


def _followed(api: ApiClient, job_id: str, seconds: float) -> dict[str, Any]:
    """The job, once it has settled or the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        job: dict[str, Any] = api.get(f"/api/jobs/{job_id}")
        left = deadline - time.monotonic()
        if job["status"] != "processing" or left <= 0:
            return job
        time.sleep(min(0.5, left))


def _tell(job: dict[str, Any], as_json: bool, head: str) -> None:
    if as_json:
        print(json.dumps(job, indent=2))  # noqa: T201 - for a program
        return
    _print(head)
    table = Table("Marketplace", "State", "Where, or why", box=None, pad_edge=False)
    for posting in job["postings"]:
        state = posting["state"]
        why = posting["url"] or (posting["reason"] or {}).get("message") or ""
        table.add_row(posting["marketplace"], f"[{_COLOURS.get(state, 'default')}]{state}[/]", why)
    _print(table)


def _print(what: Any) -> None:
    Console(highlight=False, soft_wrap=not isinstance(what, Table)).print(what)
