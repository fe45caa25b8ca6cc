"""Real component libraries (Material UI, Ant Design, Radix), each widget filled by the engine without a recipe.

What the application itself holds afterwards (`window.held`) is the judge, field by field.

    python -m bench.component_forms [--library antd] [--field Brand]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

from bench.corpora import BUILT, LIBRARIES, built
from bench.tally import Tally, table_of
from listing_worker.agents.browsers.chromium import base_arguments, find_chromium
from listing_worker.agents.form import fill

TEXT = "Flowing midi dress.\nWorn once."
# per library: field → (value, key of what the application holds, what it must hold then)
FORMS: dict[str, dict[str, tuple[Any, str, Any]]] = {
    "mui": {
        "Title": ("Silk dress", "title", "Silk dress"),
        "Description": (TEXT, "description", TEXT),
        "Price": ("48.00", "price", "48.00"),
        "Original price": ("120", "original", "120"),
        "Condition": ("New", "condition", "new"),
        "Size": ("M", "size", "M"),
        "Colors": (["Blue", "Pink"], "colors", ["Blue", "Pink"]),
        "Brand": ("Zara", "brand", "Zara"),
        "Material": ("Linen", "material", "Linen"),
        "Tags": (["floral", "summer"], "tags", ["floral", "summer"]),
        "Style": (["Boho", "Vintage"], "styles", ["Boho", "Vintage"]),
        "Accept offers": (True, "offers", True),
        "Free shipping": (True, "free", True),
        "Shipping method": ("Express", "shipping", "exp"),
        "Department": ("Women", "gender", "women"),
        "Available from": ("2027-02-03", "date", "2027-02-03"),
        "Weight": (42, "weight", 42),
        "Photos": ("photos", "photos", ["front.jpg", "back.jpg"]),
    },
    "antd": {
        "Title": ("Silk dress", "title", "Silk dress"),
        "Description": (TEXT, "description", TEXT),
        "Price": ("48.5", "price", 48.5),
        "Original price": (120, "original", 120),
        "Condition": ("New", "condition", "new"),
        "Brand": ("Brand 150", "brand", "b150"),
        "Material": ("Silk", "material", "Silk"),
        "Colors": (["Blue", "Green"], "colors", ["Blue", "Green"]),
        "Tags": (["floral", "summer"], "tags", ["floral", "summer"]),
        "Category": (["Women", "Dresses", "Midi"], "category", ["women", "dresses", "midi"]),
        "Department": ("Dresses", "place", "d"),
        "Accept offers": (True, "offers", True),
        "Free shipping": (True, "free", True),
        "Shipping method": ("Express", "shipping", "exp"),
        "Size": ("M", "size", "M"),
        "Season": ("Summer", "season", "Summer"),
        "Care": (["Hand wash", "Dry clean"], "care", ["Hand wash", "Dry clean"]),
        "Available from": ("2027-02-03", "date", "2027-02-03"),
        "Weight": (42, "weight", 42),
        "Photos": ("photos", "photos", ["front.jpg", "back.jpg"]),
    },
    "radix": {
        "Title": ("Silk dress", "title", "Silk dress"),
        "Condition": ("New", "condition", "new"),
        "Brand": ("Zara", "brand", "zara"),
        "Accept offers": (True, "offers", True),
        "Free shipping": (True, "free", True),
        "Size": ("M", "size", "M"),
        "Shipping method": ("Express", "shipping", "Express"),
        "Weight": (42, "weight", [42]),
        "Color": ("Blue", "color", "Blue"),
        "Price": ("48.00", "price", "48.00"),
        "SKU": ("A-17", "sku", "A-17"),
    },
}
EMPTY: tuple[Any, ...] = ("", None, [], False)


async def one_form(
    page: Page, library: str, photos: list[Path], only: list[str] | None, loud: bool, *, folder: Path = BUILT
) -> list[Tally]:
    """Fills one library's page; one tally per field."""
    await page.goto((folder / f"{library}.html").as_uri())
    form = {name: spec for name, spec in FORMS[library].items() if not only or name in only}
    first = await page.evaluate("window.held")
    wanted = {name: photos if value == "photos" else value for name, (value, _, _) in form.items()}
    started = time.monotonic()
    table = await fill(page, wanted)
    seconds = (time.monotonic() - started) / max(len(form), 1)
    held: dict[str, Any] = await page.evaluate("window.held")
    sent = await page.evaluate("window.sent")
    tallies = []
    for name, (_, key, expected) in form.items():
        tally, row = Tally(f"{library}: {name}"), table[name]
        value = held.get(key)
        right = value == expected or (
            isinstance(value, list)
            and isinstance(expected, list)
            and sorted(map(str, value)) == sorted(map(str, expected))
        )
        untouched = value in EMPTY or value == first.get(key)
        outcome = "right" if right and row.same else "refused" if untouched and not row.same else "wrong"
        if right and not row.same:
            outcome = "refused"  # it is there, and the engine did not dare to say so
        why = "" if outcome == "right" else f"holds {value!r}, the table says {row.on_form!r} {row.reason}"
        tally.add("wrong" if sent else outcome, why, seconds)
        tallies.append(tally)
        if loud:
            print(
                f"{tally.line()}  [{row.widget} {row.score:.2f}/{row.rival:.2f} {row.found_by} {row.milliseconds} ms]"
            )
    touched = [
        k for k, v in held.items() if v != first.get(k) and v not in EMPTY and k not in {s[1] for s in form.values()}
    ]
    if touched and not only:
        tallies[0].add("wrong", f"fields nobody asked for changed: {touched}")
    return tallies


async def run(libraries: list[str], only: list[str] | None = None, *, loud: bool = True) -> list[Tally]:
    tallies: list[Tally] = []
    with tempfile.TemporaryDirectory() as folder:
        photos = [Path(folder) / name for name in ("front.jpg", "back.jpg")]
        for photo in photos:
            photo.write_bytes(b"\xff\xd8\xff\xd9")
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=find_chromium(), args=base_arguments())
            for library in libraries:
                page = await browser.new_page(viewport={"width": 1280, "height": 900})
                tallies += await one_form(page, library, photos, only, loud)
                await page.close()
            await browser.close()
    return tallies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", action="append", choices=LIBRARIES)
    parser.add_argument("--field", action="append")
    options = parser.parse_args()
    if not built():
        raise SystemExit("The component libraries are not built yet: make corpora")
    tallies = asyncio.run(run(options.library or list(LIBRARIES), options.field))
    print(table_of(tallies))


if __name__ == "__main__":
    main()
