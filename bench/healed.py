"""What healing and recording cost a posting, on the Poshmark replica: filling and reading back the form as the recipe
knows it, with two fields moved (found by the match without a model), and with the same found as learned; and what a
recording adds. Nothing is published.

python -m bench.healed [--runs 3]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from listing_worker.agents.base import Attempt
from listing_worker.agents.browsers.local import open_browser
from listing_worker.agents.heal.healer import TieredHealer
from listing_worker.agents.heal.memory import Learned, Memory
from listing_worker.agents.registry import get_agent
from listing_worker.demo.listing import demo_listing
from listing_worker.demo.photos import demo_photos
from listing_worker.demo.seller import account_of, visitor_of
from listing_worker.models import Listing, Photo
from listing_worker.recordings.pictures import Taken, covered, private_boxes
from listing_worker.recordings.replay import sandbox_of
from listing_worker.sandbox.server import SandboxFile
from listing_worker.settings import Settings

SITE = "poshmark"
AIM = 3.0  # seconds that a healed posting may take longer
MOVED = """new MutationObserver(() => {
  for (const name of ['title', 'description']) for (const e of document.querySelectorAll(`[data-vv-name=${name}]`)) {
    e.removeAttribute('data-vv-name'); e.removeAttribute('name'); e.placeholder = '';
    e.setAttribute('aria-label', name === 'title' ? 'Item title' : 'Item description');
  }
}).observe(document, {childList: true, subtree: true, attributes: true})"""


class Remembering(Memory):
    """A memory of this process alone."""

    def __init__(self, kept: dict[str, list[Learned]]) -> None:
        super().__init__(None, SITE, "bench")
        self._known = kept


class _Nothing:
    async def load(self, step: str) -> dict[str, Any] | None:
        return None

    async def save(self, step: str, data: dict[str, Any]) -> None:
        return None


async def fill_once(page: Page, attempt: Attempt) -> tuple[float, list[str]]:
    """Seconds for filling and reading back, and the tiers of the fields that were healed."""
    agent = get_agent(SITE)
    await agent.open_form(page, attempt)
    started = time.perf_counter()
    reports = await agent.fill(page, attempt)
    assert all(report.same for report in await agent.read_back(page, attempt))
    took = time.perf_counter() - started
    return took, [r.found_by.partition(":")[0] for r in reports if r.field in {"title", "description"}]


async def run(runs: int) -> dict[str, Any]:
    settings = Settings(_env_file=None, data_dir=Path(tempfile.gettempdir()) / "lw-bench")  # type: ignore[call-arg]
    seconds: dict[str, list[float]] = {"as known": [], "moved": [], "learned": []}
    tiers: dict[str, list[str]] = {}
    boxes, shrink = [], []
    async with sandbox_of(settings) as ready:
        assert ready.sandbox_file is not None
        sandbox = SandboxFile.read(ready.sandbox_file)
        with tempfile.TemporaryDirectory() as folder:
            for number in range(runs):
                kept: dict[str, list[Learned]] = {}
                for kind in seconds:
                    async with open_browser(ready, hosts=get_agent(SITE).hosts) as lease:
                        account = await asyncio.to_thread(account_of, sandbox.admin_url, SITE)
                        await visitor_of(SITE).sign_in(lease.page, account)
                        page = await lease.context.new_page()
                        if kind != "as known":
                            await page.add_init_script(MOVED)
                        healer = TieredHealer(Remembering(kept))
                        took, tiers[kind] = await fill_once(page, attempt_at(Path(folder), healer, number))
                        seconds[kind].append(took)
                        kept |= {
                            one.field: [Learned("bench", one.field, one.target, way=one.way)]
                            for one in healer.memory.lessons
                        }
                        if kind == "as known":
                            started = time.perf_counter()
                            found = [*await private_boxes(page, ["95112"]), *await private_boxes(page, ["95112"])]
                            boxes.append((time.perf_counter() - started) * 1000)
                            shot = await page.screenshot(type="jpeg", quality=70, full_page=True)
                            started = time.perf_counter()
                            covered(Taken(shot, tuple(found)))
                            shrink.append((time.perf_counter() - started) * 1000)
    return {
        "seconds": {kind: round(statistics.median(each), 2) for kind, each in seconds.items()},
        "tiers": tiers,
        "recording_ms_before_publish": round(statistics.median(boxes), 1),
        "recording_ms_after_publish_per_picture": round(statistics.median(shrink), 1),
        "runs": runs,
        "load": round(os.getloadavg()[0], 1),
    }


def attempt_at(folder: Path, healer: TieredHealer, number: int) -> Attempt:
    files = []
    for position, picture in enumerate(demo_photos()[:4], start=1):
        file = folder / f"{position:02d}.jpg"
        file.write_bytes(picture)
        files.append(file)
    photos = [
        Photo(id=f.stem, sha256="0" * 64, width=1200, height=1600, byte_count=f.stat().st_size, key=f.name)
        for f in files
    ]
    body = {**demo_listing(str(number)), "id": "bench", "user_id": "bench", "photos": photos}

    async def progress(step: str, fields: dict[str, Any]) -> None:
        return None

    return Attempt(Listing.model_validate(body), tuple(files), progress, _Nothing(), healer=healer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    found = asyncio.run(run(parser.parse_args().runs))
    known = found["seconds"]["as known"]
    for kind, took in found["seconds"].items():
        print(f"{kind:<9} {took:6.2f} s  {took - known:+.2f} s  {', '.join(found['tiers'][kind])}")
    print(f"aim: at most +{AIM} s")
    print(
        f"recording: {found['recording_ms_before_publish']} ms before publishing, "
        f"{found['recording_ms_after_publish_per_picture']} ms per picture after it; load {found['load']}, "
        f"{found['runs']} runs"
    )


if __name__ == "__main__":
    main()
