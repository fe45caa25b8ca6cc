"""`listing-worker fill URL --values FILE`: the form engine on any page, for trying it. Nothing is ever submitted."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from listing_worker.agents.form import Filled, Intent

app = typer.Typer()
LOAD = 30_000  # milliseconds for the page to load
COLOURS = {"filled": "green", "refused": "yellow", "wrong": "bold red"}


@app.command()
def fill(
    url: Annotated[str, typer.Argument(metavar="URL", help="An address, or an HTML file.")],
    values: Annotated[Path, typer.Option(help="JSON: field names to values (docs/form-engine.md).")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
    screenshot: Annotated[Path | None, typer.Option(help="Where to save a picture of the filled form.")] = None,
    headed: Annotated[bool, typer.Option("--headed", help="Show the browser, and leave it open until Enter.")] = False,
    timeout: Annotated[float, typer.Option(help="Seconds for one field.")] = 20.0,
) -> None:
    """Fill whatever form a page shows, without a recipe and without submitting it, and print what it then says.

    Ends with 1 if any field was refused or differs, with 2 if values or page cannot be read.
    """
    fields = _fields(values)
    console = Console(width=None if sys.stdout.isatty() else 180, stderr=as_json)
    waiting = console.status("Filling …") if sys.stdout.isatty() and not headed else nullcontext()
    with waiting:
        table = asyncio.run(_run(_address(url), fields, screenshot, headed=headed, timeout=timeout * 1000))
    if as_json:
        print(json.dumps(_as_json(table), indent=2, ensure_ascii=False))  # noqa: T201 - for a program
    else:
        _show(console, table)
    raise typer.Exit(0 if table.ok else 1)


def _address(url: str) -> str:
    file = Path(url)
    if "://" not in url and file.is_file():
        return file.resolve().as_uri()
    return url if "://" in url or url.startswith(("about:", "data:")) else f"https://{url}"


def _fields(file: Path) -> dict[str, Any]:
    """The wanted fields. A file named relative to the values' own folder is found there."""
    from listing_worker.agents.form.intents import intents

    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise _Unusable(f"{file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise _Unusable(f"{file} is no JSON: {error}.") from error
    if not isinstance(data, dict) or not data:
        raise _Unusable(f'{file} holds no fields: write {{"Title": "…", "Price": "48.00"}}.')
    fields = {name: _value(name, value, file.parent) for name, value in data.items()}
    try:
        intents(fields)
    except ValueError as error:
        raise _Unusable(str(error)) from error
    return fields


class _Unusable(typer.BadParameter):
    """What was given cannot be used; ends with 2."""


def _value(name: str, value: Any, folder: Path) -> Any:
    from listing_worker.agents.form.intents import Intent, Sort

    if not isinstance(value, dict):
        return _beside(value, folder)
    known = {"value", "synonyms", "sort", "section", "free"}
    if "value" not in value or set(value) - known:
        raise _Unusable(f"{name}: an object has a value and may have synonyms, sort, section and free.")
    try:
        sort = Sort(value["sort"]) if value.get("sort") else None
    except ValueError as error:
        raise _Unusable(f"{name}: sort is one of {', '.join(Sort)}.") from error
    intent: Intent = Intent(
        name,
        _beside(value["value"], folder),
        tuple(value.get("synonyms", ())),
        sort=sort,
        section=value.get("section", ""),
        free=bool(value.get("free", False)),
    )
    return intent


def _beside(value: Any, folder: Path) -> Any:
    """Names of files that lie beside the values' file, as their full paths."""
    if isinstance(value, list):
        return [_beside(one, folder) for one in value]
    if isinstance(value, str) and "\n" not in value and 0 < len(value) < 250 and "." in value:
        file = folder / value
        if not Path(value).is_file() and file.is_file():
            return str(file.resolve())
    return value


async def _run(url: str, fields: dict[str, Any], screenshot: Path | None, *, headed: bool, timeout: float) -> Filled:
    from playwright.async_api import Error as PlaywrightError
    from playwright.async_api import async_playwright

    from listing_worker.agents.browsers.chromium import base_arguments, find_chromium
    from listing_worker.agents.form import fill as fill_page

    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=find_chromium(), headless=not headed, args=base_arguments()
        )
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        try:
            await page.goto(url, wait_until="load", timeout=LOAD)
        except PlaywrightError as error:
            raise _Unusable(f"{url} does not open: {error.message.splitlines()[0]}") from error
        table = await fill_page(page, fields, timeout=timeout)
        if screenshot is not None:
            await page.screenshot(path=screenshot, full_page=True)
        if headed:
            await asyncio.to_thread(input, "Enter closes the browser. ")
        await browser.close()
    return table


def _as_json(table: Filled) -> dict[str, Any]:
    return {
        "ok": table.ok,
        "milliseconds": table.milliseconds,
        "fields": [row.model_dump(mode="json") for row in table],
    }


def _show(console: Console, table: Filled) -> None:
    shown = Table(box=None, pad_edge=False)
    for title in ("field", "meant", "on the form", "", "found by", "tier", "candidate"):
        shown.add_column(title, overflow="ellipsis", max_width=40, no_wrap=True)
    shown.add_column("ms", justify="right")
    for row in table:
        colour = COLOURS[row.outcome.value]
        shown.add_row(
            row.field,
            _short(row.meant),
            _short(row.on_form),
            f"[{colour}]{row.outcome.value}[/{colour}]",
            _short(row.found_by),
            row.tier,
            _short(row.candidate),
            str(row.milliseconds),
        )
    console.print(shown, highlight=False)
    for row in table:
        if row.reason and not row.same:
            console.print(f"{row.field}: {_short(row.reason, 400)}", highlight=False)
    filled = sum(row.same for row in table)
    said = [f"{filled} of {len(table)} filled"]
    said += [f"{len(table.refused)} refused"] if table.refused else []
    said += [f"{len(table.wrong)} WRONG"] if table.wrong else []
    console.print(f"{', '.join(said)}, {table.milliseconds / 1000:.1f} s. Nothing was submitted.", highlight=False)


def _short(text: str, most: int = 80) -> str:
    from rich.markup import escape

    plain = " ".join(text.split())
    return escape(plain if len(plain) <= most else plain[: most - 1] + "…")
