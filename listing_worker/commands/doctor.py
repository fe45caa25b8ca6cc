"""`doctor` looks at a deployment, or at a marketplace's form, and says what to fix; `health` answers a container's
health check."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from listing_worker.checks.finding import Finding, Mark
from listing_worker.errors import ListingWorkerError
from listing_worker.settings import Settings, get_settings
from listing_worker.utils import log

if TYPE_CHECKING:
    from listing_worker.checks.form import FormFindings, Tell

app = typer.Typer()

_SIGNS = {
    Mark.FINE: "[green]ok[/green]",
    Mark.ADVICE: "[yellow]note[/yellow]",
    Mark.WRONG: "[red]fix[/red]",
    Mark.SKIPPED: "[dim]-[/dim]",
}


@app.command()
def doctor(
    marketplace: Annotated[
        str | None, typer.Argument(help="Look at this marketplace's form instead of the deployment.")
    ] = None,
    cdp: Annotated[str | None, typer.Option(help="A running, signed-in Chrome, e.g. http://127.0.0.1:9222.")] = None,
    user: Annotated[str | None, typer.Option(help="Whose stored session to use; without it the owner's.")] = None,
    listing: Annotated[
        Path | None, typer.Option(help="An example listing as JSON; without it our own.", exists=True, dir_okay=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Look at this deployment (Redis, database, keys, Chromium, storage, sign-in, webhooks) and say what to fix.

    With MARKETPLACE: open its real form, check every locator of the recipe with an example listing, and say what
    moved and how it is found now. Nothing is submitted; a draft is discarded. Ends with 1 if something moved or is
    missing, with 2 if the form could not be looked at.
    """
    if marketplace is not None:
        raise typer.Exit(_form(marketplace, cdp, user, listing, as_json))
    from listing_worker.checks.all import check_deployment
    from listing_worker.embedded.system import servers

    settings = get_settings()
    log.configure("ERROR")
    progress = Console(stderr=True, quiet=as_json or not sys.stderr.isatty())
    with servers(settings) as ready, progress.status("Looking") as status:
        findings = list(check_deployment(ready, lambda part: status.update(f"Looking at {part}")))
    if as_json:
        print(json.dumps([finding.as_json() for finding in findings], indent=2))  # noqa: T201 - for a program
    else:
        _show(findings)
    raise typer.Exit(any(finding.mark is Mark.WRONG for finding in findings))


def _show(findings: list[Finding]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 160)
    table = Table.grid(padding=(0, 2))
    last = ""
    for finding in findings:
        part, last = (finding.part if finding.part != last else ""), finding.part
        table.add_row(_SIGNS[finding.mark], part, finding.found)
        if finding.fix and finding.mark in {Mark.WRONG, Mark.ADVICE}:
            table.add_row("", "", f"→ {finding.fix}")
    console.print(table, highlight=False)
    to_fix = sum(finding.mark is Mark.WRONG for finding in findings)
    notes = sum(finding.mark is Mark.ADVICE for finding in findings)
    console.print(f"\n{to_fix} to fix, {notes} notes." if to_fix or notes else "\nAll fine.", highlight=False)


def _form(name: str, cdp: str | None, user: str | None, listing: Path | None, as_json: bool) -> int:
    """Looks at a marketplace's form; the exit code."""
    settings = get_settings()
    log.configure("ERROR")
    progress = Console(stderr=True, quiet=as_json or not sys.stderr.isatty())
    try:
        with progress.status(f"Looking at {name}") as status:
            found = asyncio.run(
                _look_at_form(settings, name, cdp, user, listing, lambda step: status.update(f"{name}: {step}"))
            )
    except ListingWorkerError as error:
        if as_json:
            print(json.dumps({"ok": False, "marketplace": name, "problem": error.message}))  # noqa: T201
        else:
            Console(stderr=True).print(f"[red]{error.message}[/red] {error.action or ''}", highlight=False)
        return 2
    if as_json:
        print(json.dumps(found.as_json(), indent=2, ensure_ascii=False))  # noqa: T201 - for a program
    else:
        _show_form(found)
    return 2 if found.problem else 0 if found.ok else 1


async def _look_at_form(
    settings: Settings, name: str, cdp: str | None, user: str | None, listing: Path | None, tell: Tell
) -> FormFindings:
    from listing_worker.agents.registry import get_agent
    from listing_worker.checks.form import examine
    from listing_worker.checks.real_form import owner_id, page_in_chrome, page_of_seller
    from listing_worker.demo.listing import demo_listing
    from listing_worker.embedded.system import servers, session_secret
    from listing_worker.utils.crypto import KeyRing

    agent = get_agent(name)
    body: dict[str, Any] = json.loads(listing.read_text(encoding="utf-8")) if listing else demo_listing("DOCTOR")
    if cdp is not None:
        async with page_in_chrome(cdp) as page:
            return await examine(page, agent, body, tell)
    with servers(settings) as ready:
        ring = KeyRing(session_secret(settings))
        async with page_of_seller(ready, ring, agent, user or owner_id(settings)) as page:
            return await examine(page, agent, body, tell)


def _show_form(found: FormFindings) -> None:
    from listing_worker.checks.form import Found

    console = Console(width=None if sys.stdout.isatty() else 160)
    table = Table.grid(padding=(0, 2))
    for one in found.fields:
        colour = "green" if one.found is Found.FOUND else "yellow" if one.found.fine else "red"
        by = f"{one.tier}: {one.by}" if one.tier not in {"", "T0"} else one.by
        table.add_row(f"[{colour}]{one.found.value}[/{colour}]", one.field, by)
        if one.healed:
            table.add_row("", "", f"→ {one.field} = {one.healed}")
        if one.says:
            table.add_row("", "", f"the form says: {one.says}")
        if one.dead and one.found is not Found.FOUND:
            table.add_row("", "", f"no longer there: {'; '.join(one.dead)}")
    console.print(table, highlight=False, markup=True)
    for sentence in (found.problem, found.left_behind):
        if sentence:
            console.print(sentence, highlight=False, markup=False)
    wrong = sum(not one.found.fine for one in found.fields)
    console.print(
        f"\n{found.marketplace}, recipe {found.recipe_version}: {len(found.fields) - wrong} of {len(found.fields)} as "
        f"the recipe knows them{f', {wrong} to look at' if wrong else ''}. Nothing was submitted.",
        highlight=False,
    )


@app.command()
def health(as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False) -> None:
    """Tell whether the API or worker in this container is alive (exit code 1: it is not)."""
    from listing_worker.checks.health import api_health, worker_health

    settings = get_settings()
    log.configure("ERROR")
    finding = api_health(settings) or worker_health(settings)
    if as_json:
        print(json.dumps(finding.as_json()))  # noqa: T201 - for a program
    else:
        Console().print(f"{finding.part}: {finding.found}", highlight=False)
    raise typer.Exit(finding.mark is Mark.WRONG)
