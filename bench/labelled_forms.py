"""Fills every page of the labelled corpus: `python -m bench.labelled_forms [--form NAME]`."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from bench.labelled import corpus, fill_and_judge
from bench.tally import Tally, table_of
from listing_worker.agents.browsers.chromium import base_arguments, find_chromium


async def run(only: list[str] | None = None, *, loud: bool = True) -> list[Tally]:
    tallies = []
    with tempfile.TemporaryDirectory() as folder:
        photos = [Path(folder) / name for name in ("front.jpg", "back.jpg")]
        for photo in photos:
            photo.write_bytes(b"\xff\xd8\xff\xd9")
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=find_chromium(), args=base_arguments())
            for form in corpus(only or ()):
                page = await browser.new_page(viewport={"width": 1280, "height": 900})
                tally, _, _ = await fill_and_judge(page, form, photos)
                tallies.append(tally)
                if loud:
                    print(tally.line(), flush=True)
                await page.close()
            await browser.close()
    return tallies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--form", action="append")
    print(table_of(asyncio.run(run(parser.parse_args().form))))


if __name__ == "__main__":
    main()
