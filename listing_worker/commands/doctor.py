"""`doctor` looks at a deployment and says what to fix; `health` answers a container's health check."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from listing_worker.checks.finding import Finding, Mark
from listing_worker.settings import get_settings
from listing_worker.utils import log

app = typer.Typer()

_SIGNS = {
    Mark.FINE: "[green]ok[/green]",
    Mark.ADVICE: "[yellow]note[/yellow]",
    Mark.WRONG: "[red]fix[/red]",
    Mark.SKIPPED: "[dim]-[/dim]",
}


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False) -> None:
    """Look at this deployment (Redis, database, keys, Chromium, storage, sign-in, webhooks) and say what to fix."""
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
