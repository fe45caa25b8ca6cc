"""Whole postings, ours against the floor, and where the time goes."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.figures import Result
from bench.floor import SCRIPTS, run_floor
from bench.place import Place, own_title
from listing_worker.demo.photos import demo_photos
from listing_worker.orchestration.job_processor import process_posting

# what the attempt calls its steps → the stages of the chart
STAGES = {
    "prepare": "prepare", "open_browser": "start and restore", "sign_in": "sign-in test", "open_form": "load the form",
    "fill": "fill", "read_back": "read back", "prepare_publish": "baseline", "publish": "publish and prove",
}  # fmt: skip


def measure_postings(place: Place, result: Result, sites: Iterable[str], runs: int) -> None:
    """Ours and the floor in turns, so that what else the machine does hits both alike."""
    with tempfile.TemporaryDirectory(prefix="lw-bench-") as folder:
        photos = photo_files(Path(folder))
        for site in sites:
            place.session(site)
            ours: list[dict[str, Any]] = []
            floors = []
            for _ in range(runs):
                ours.append(_post(place, site))
                if site in SCRIPTS:
                    floors.append(asyncio.run(run_floor(site, place.resources.settings, place.session(site), photos)))
            result.add("one posting", f"{site}, ours", "s", [each["seconds"] for each in ours])
            result.stages[site] = _stages(ours)
            calls = [float(each["model_calls"]) for each in ours]
            result.add("model", f"{site}, calls for a known form", "", calls, goal=0)
            if not floors:
                result.left_out[f"{site} against the floor"] = "no script by hand is written for this form"
                continue
            result.add("one posting", f"{site}, floor", "s", [each.whole for each in floors])
            ratios = [mine["seconds"] / floor.whole for mine, floor in zip(ours, floors, strict=True)]
            result.add("one posting", f"{site}, ours ÷ floor", "×", ratios, goal=1.25)
            filling = [
                (_step(mine, "fill") + _step(mine, "read_back")) / floor.filling
                for mine, floor in zip(ours, floors, strict=True)
            ]
            note = "ours fills every field of the listing and reads it back; the script fills the required ones"
            result.add("one posting", f"{site}, filling ÷ floor", "×", filling, goal=1.10, note=note)


def _post(place: Place, site: str) -> dict[str, Any]:
    seller = place.seller(site)
    (posting,) = seller.post(seller.create_listing(title=own_title()), site)
    asyncio.run(process_posting(place.resources, posting["id"]))
    done = place.resources.store.get_posting(posting["id"])
    assert done is not None
    assert done["state"] == "live", f"{site}: {done['reason']}"
    return dict(done["report"])


def _step(report: dict[str, Any], *names: str) -> float:
    return sum(each.get("seconds", 0.0) for each in report["steps"] if each["step"].partition(" ")[0] in names)


def _stages(reports: list[dict[str, Any]]) -> dict[str, float]:
    """Median seconds per stage."""
    found: dict[str, list[float]] = {name: [] for name in STAGES.values()}
    for report in reports:
        sums = dict.fromkeys(found, 0.0)
        current = "prepare"
        for each in report["steps"]:
            current = STAGES.get(each["step"], current)
            sums[current] += each.get("seconds", 0.0)
        told = sum(sums.values())
        sums["publish and prove"] += max(0.0, report["seconds"] - told)
        for name, value in sums.items():
            found[name].append(value)
    return {name: round(statistics.median(values), 3) for name, values in found.items()}


def photo_files(folder: Path) -> list[Path]:
    files = []
    for number, data in enumerate(demo_photos(), start=1):
        file = folder / f"{number:02d}.jpg"
        file.write_bytes(data)
        files.append(file)
    return files
