"""`python -m bench.api_speed`: the API under wrk, against a bare FastAPI route in the same run.

wrk (https://github.com/wg/wrk) keeps 50 connections busy with one thread. Round by round: the bare route,
`GET /api/jobs/{id}` of 300 jobs in turn, `POST /api/listings/post` with a listing that was never posted; each in one
process, with the log on, rate limits counted, tokens checked. Compared are medians of requests per second.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bench.api_process import LoadedApi, loaded_api
from bench.figures import Result, machine
from listing_worker.embedded.system import free_port

ROOT = Path(__file__).parents[1]
CLIENTS = 50
JOBS = 300  # that are looked at in turn
GET_SHARE, POST_SHARE, P99_MS = 0.5, 0.15, 50.0
KINDS = ("bare", "GET job", "POST post")


def wrk(
    url: str, seconds: float, token: str, method: str = "GET", bodies: Path | None = None, paths: Path | None = None
) -> dict[str, Any]:
    """One run of wrk: requests, seconds, p50_ms, p99_ms, refused (not 2xx or 3xx), broken."""
    files = {"LOAD_BODIES": bodies, "LOAD_PATHS": paths}
    environment = {"LOAD_TOKEN": token, "LOAD_METHOD": method}
    environment |= {name: str(file) for name, file in files.items() if file is not None}
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds:g}s", "-s", str(Path(__file__).with_name("load.lua")), url]
    answer = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=seconds + 60, check=True
    )
    found = re.search(r"^RESULT (.*)$", answer.stdout, re.MULTILINE)
    assert found, answer.stdout + answer.stderr
    result: dict[str, Any] = json.loads(found[1])
    return result


def unposted_listings(api: LoadedApi, many: int, folder: Path) -> Path:
    """Copies of the seller's listing, straight into the table; a file with a request's body for each."""
    assert api.settings.database_url is not None
    with psycopg.connect(api.settings.database_url.get_secret_value(), autocommit=True) as connection:
        rows = connection.execute(
            """
            insert into public.listings (user_id, body, photos)
            select user_id, body, photos from public.listings, generate_series(1, %s) where id = %s returning id
            """,
            [many, uuid.UUID(api.listing_id)],
        ).fetchall()
        connection.execute("analyze public.listings")
    file = folder / f"bodies-{uuid.uuid4().hex}.txt"
    file.write_text("".join(json.dumps({"listingId": str(row[0]), "marketplaces": ["ebay"]}) + "\n" for row in rows))
    return file


def job_paths(api: LoadedApi, many: int, folder: Path) -> Path:
    """Jobs of three marketplaces each, all different, as those of different pages are; a file with their paths."""
    file = folder / "paths.txt"
    with file.open("w") as paths:
        for line in unposted_listings(api, many, folder).read_text().splitlines():
            made = api.store.create_job(
                api.owner.user_id,
                json.loads(line)["listingId"],
                ["poshmark", "ebay", "mercari"],
                blocked={},
                idempotency_key=None,
                request_hash="",
                max_attempts=4,
            )
            paths.write(f"/api/jobs/{made['job']['id']}\n")
    return file


def measure_speed(api: LoadedApi, result: Result, rounds: int, seconds: float, listings: int) -> None:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.bare", str(port)], cwd=ROOT, stderr=subprocess.DEVNULL)
    paths = job_paths(api, JOBS, api.folder)
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in KINDS}
    try:
        _wait(f"http://127.0.0.1:{port}/bare")
        for _ in range(rounds):
            runs["bare"].append(wrk(f"http://127.0.0.1:{port}/bare", seconds, api.token))
            runs["GET job"].append(wrk(api.url, seconds, api.token, paths=paths))
            bodies = unposted_listings(api, listings, api.folder)
            runs["POST post"].append(wrk(f"{api.url}/api/listings/post", seconds, api.token, "POST", bodies))
            api.redis.delete("rq:queue:postings")
    finally:
        process.terminate()
        process.wait()
    for name, found in runs.items():
        refused = sum(each["refused"] + each["broken"] for each in found)
        assert refused == 0, f"{name}: {refused} requests were not answered as they should be"
    rates = {name: statistics.median(each["requests"] / each["seconds"] for each in runs[name]) for name in KINDS}
    group = f"API, {CLIENTS} clients"
    for name in KINDS:
        result.add(
            group, f"{name}: requests per second", "/s", [each["requests"] / each["seconds"] for each in runs[name]]
        )
    result.add(group, "GET job ÷ bare route", "", [rates["GET job"] / rates["bare"]], goal=-GET_SHARE)
    result.add(group, "POST post ÷ bare route", "", [rates["POST post"] / rates["bare"]], goal=-POST_SHARE)
    for name in KINDS:
        goal = None if name == "bare" else P99_MS
        result.add(group, f"{name}: p99", "ms", [each["p99_ms"] for each in runs[name]], goal=goal)


def _wait(url: str) -> None:
    end = time.monotonic() + 120
    while True:
        try:
            if httpx.get(url, timeout=5, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            assert time.monotonic() < end, "the bare route did not start"
        time.sleep(0.05)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.api_speed", description="The API under wrk.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each measurement")
    parser.add_argument("--listings", type=int, default=20_000, help="that can be posted in one measurement")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is needed for this (Debian: apt-get install wrk; macOS: brew install wrk).", file=sys.stderr)
        return 2
    (ROOT / ".run" / "bench").mkdir(parents=True, exist_ok=True)
    result = Result()
    with (
        tempfile.TemporaryDirectory(prefix="s-", dir=ROOT / ".run" / "bench") as folder,
        loaded_api(Path(folder)) as api,
    ):
        api.make_job(["poshmark", "ebay", "mercari"])
        measure_speed(api, result, options.rounds, options.seconds, options.listings)
    for figure in result.figures:
        print(f"{figure.name:<34} {figure.median:>10.2f} {figure.unit:<3} {'' if figure.met is None else figure.met}")
    print(f"Load when it ended: {machine()['load']}")
    (ROOT / ".run" / "bench" / "api.json").write_text(json.dumps(result.as_json(), indent=1))
    print("Written: .run/bench/api.json", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
