"""What the demo shows: stages, live progress per marketplace and step, and the table at the end."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from listing_worker.demo.run import DemoResult

STEPS = (
    "prepare",
    "open_browser",
    "sign_in",
    "open_form",
    "fill",
    "read_back",
    "prepare_publish",
    "publish",
    "finished",
)
STYLES = {
    "live": "green",
    "pending_review": "green",
    "failed": "red",
    "action_required": "yellow",
    "uncertain": "yellow",
}


class Progress:
    """Stages as lines; postings as a small live table on a terminal, as plain lines elsewhere."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._began = time.monotonic()
        self._rows: dict[str, tuple[str, str]] = {}
        self._live: Live | None = None

    def stage(self, sentence: str) -> None:
        """One more thing that is being done now."""
        if not self._quiet:
            elapsed = time.monotonic() - self._began
            self._console.print(f"[dim]{elapsed:6.1f} s[/dim]  {sentence}", highlight=False)

    def postings(self, marketplaces: list[str]) -> None:
        """Begins the live table."""
        self._rows = dict.fromkeys(marketplaces, ("queued", ""))
        if self._console.is_terminal and not self._quiet:
            self._live = Live(self._table(), console=self._console, refresh_per_second=8)
            self._live.start()

    def event(self, event: dict[str, Any]) -> None:
        """One progress event of the job."""
        name, step, state = event.get("marketplace"), event.get("step", ""), event.get("state", "")
        if name not in self._rows:
            return
        self._rows[name] = (state, step)
        if self._live is not None:
            self._live.update(self._table())
        elif not self._quiet:
            self.stage(f"{name:<10} {state if step == 'finished' else step}")

    def done(self) -> None:
        """Ends the live table."""
        if self._live is not None:
            self._live.update(self._table())
            self._live.stop()
            self._live = None

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for name, (state, step) in self._rows.items():
            reached = STEPS.index(step) + 1 if step in STEPS else 0
            bar = Text("█" * reached + "░" * (len(STEPS) - reached), style=STYLES.get(state, "cyan"))
            word = state if step == "finished" else step or state
            table.add_row("        ", name, bar, Text(word, style=STYLES.get(state, "")))
        return table


def print_result(console: Console, result: DemoResult, folder: Path) -> None:
    """The table and the figures."""
    table = Table(title="Post to All", title_justify="left", header_style="bold")
    for heading in ("Marketplace", "Status", "Link"):
        table.add_column(heading, overflow="fold", no_wrap=heading != "Link")
    for heading in ("Seconds", "Fields checked", "Publish presses", "Model calls"):
        table.add_column(heading, justify="right", no_wrap=heading == "Seconds")
    for each in result.postings:
        table.add_row(
            each.marketplace,
            Text(each.status, style=STYLES.get(each.status, "")),
            each.url or (each.reason or {}).get("message", ""),
            f"{each.seconds:.1f}" if each.seconds is not None else "",
            f"{each.fields_equal}/{each.fields_checked} equal",
            str(each.publish_requests),
            str(each.model_calls),
        )
    console.print()
    console.print(table)
    for each in result.postings:
        for wrong in each.different:
            console.print(f"[red]{each.marketplace}: {wrong['field']}[/red] expected {wrong['expected']!r}, ", end="")
            console.print(f"received {wrong['received']!r}", highlight=False)
    alone = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in result.alone_seconds.items())
    parts = [
        f"All {len(result.postings)} in parallel: {result.parallel_seconds:.1f} s from the press to the last one live.",
        f"One alone, from claim to live: {alone}.",
        f'The API answered "Post to All" in {result.accepted_ms:.0f} ms.',
        f"Completion webhook: {'received, signature verified' if result.webhook_verified else 'NOT verified'}.",
        f"Result and screenshots: {folder}",
    ]
    for sentence in parts:
        console.print(sentence, highlight=False, soft_wrap=True)
    verdict = (
        "[green]Everything above is as it should be.[/green]" if result.ok else "[red]Not everything is right.[/red]"
    )
    console.print(verdict)
