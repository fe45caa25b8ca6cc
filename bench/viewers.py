"""`python -m bench.viewers`: many viewers of one job by server-sent events: every step once, in order, how late.

Two parts. In the first nothing is disturbed: how long from publishing a step to its arrival, over all viewers. In the
second the API's process is killed halfway and started again: viewers reconnect with Last-Event-ID, and must have missed
nothing, seen nothing twice and nothing out of order.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.api_process import LoadedApi, loaded_api
from bench.figures import Result, machine

ROOT = Path(__file__).parents[1]
P99_MS = 100.0
LAST = "the end"
RETRY_SECONDS = 2.0  # what our streams ask for; browsers wait that long before they come again


@dataclass
class View:
    """What one viewer has seen."""

    numbers: list[int] = field(default_factory=list)
    late: list[float] = field(default_factory=list)  # ms from publishing to arrival, of steps that came live
    connections: int = 0
    last_id: str | None = None


async def _watch(port: int, path: str, token: str, view: View, ready: asyncio.Semaphore) -> None:
    """Reads until the last step, coming again whenever the stream breaks."""
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(RETRY_SECONDS * random.uniform(0.5, 1.0))
            continue
        view.connections += 1
        resume = f"Last-Event-ID: {view.last_id}\r\n" if view.last_id else ""
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{resume}\r\n".encode())
        opened = time.monotonic()
        event_id = None
        try:
            while line := await reader.readline():
                if line.startswith(b"id: "):
                    event_id = line[4:].strip().decode()
                elif line.startswith(b"data: ") and event_id is not None:
                    arrived = time.monotonic()
                    event = json.loads(line[6:])
                    view.last_id, event_id = event_id, None
                    if event["step"] == LAST:
                        return
                    view.numbers.append(event["number"])
                    if event["published"] > opened:
                        view.late.append((arrived - event["published"]) * 1000)
                elif line.startswith(b"event: snapshot") and view.connections == 1:
                    ready.release()
        except OSError:
            pass
        finally:
            writer.close()
        await asyncio.sleep(RETRY_SECONDS * random.uniform(0.5, 1.0))


def _viewers(port: int, path: str, token: str, many: int, pipe: Connection) -> None:
    """A process of its own: tells when all have connected, and at the end what each saw."""

    async def all_of_them() -> list[View]:
        views = [View() for _ in range(many)]
        ready = asyncio.Semaphore(0)
        watching = [asyncio.create_task(_watch(port, path, token, view, ready)) for view in views]
        for _ in range(many):
            await ready.acquire()
        pipe.send("ready")
        await asyncio.gather(*watching)
        return views

    pipe.send([(view.numbers, view.late, view.connections) for view in asyncio.run(all_of_them())])


def play(api: LoadedApi, many: int, steps: int, per_second: float, *, kill: bool) -> dict[str, Any]:
    """`many` viewers, `steps` steps; what all of them saw, summed up."""
    api.redis.delete(f"lw:events:{api.job_id}")
    here, there = get_context("spawn").Pipe()
    viewers = get_context("spawn").Process(
        target=_viewers, args=(api.port, f"/api/jobs/{api.job_id}/events", api.token, many, there)
    )
    viewers.start()
    try:
        assert here.poll(180) and here.recv() == "ready", "the viewers did not connect"
        events, began = api.events, time.monotonic()
        for number in range(steps):
            time.sleep(max(0.0, began + number / per_second - time.monotonic()))
            if kill and number == steps // 2:
                api.kill()
            if kill and number == min(steps - 1, steps // 2 + round(per_second)):
                api.start()
            events.publish(
                api.job_id, {"marketplace": "ebay", "step": "fill", "number": number, "published": time.monotonic()}
            )
        events.publish(api.job_id, {"marketplace": "ebay", "step": LAST})
        assert here.poll(180), "not every viewer came to the end"
        seen = here.recv()
    finally:
        viewers.join(5)
        if viewers.is_alive():
            viewers.kill()
            viewers.join()
    late = sorted(each for _, times, _ in seen for each in times)
    return {
        "viewers": many,
        "steps": steps,
        "per_second": per_second,
        "complete": sum(numbers == list(range(steps)) for numbers, _, _ in seen),
        "connections": sum(connections for _, _, connections in seen),
        "live": len(late),
        "p50_ms": round(statistics.median(late), 2) if late else None,
        "p99_ms": round(late[int(len(late) * 0.99)], 2) if late else None,
        "most_ms": round(late[-1], 2) if late else None,
    }


def measure_viewers(api: LoadedApi, result: Result, many: int, steps: int, per_second: float) -> bool:
    """Adds the figures; False if a viewer missed a step, saw one twice or out of order."""
    calm = play(api, many, steps, per_second, kill=False)
    killed = play(api, many, steps, per_second, kill=True)
    group = f"{many} viewers of one job"
    result.add(group, "viewers with every step once and in order", "", [calm["complete"]], goal=-many)
    result.add(group, "arrivals that were timed", "", [calm["live"]])
    result.add(group, "from publishing to arrival, p50", "ms", [calm["p50_ms"]])
    result.add(group, "from publishing to arrival, p99", "ms", [calm["p99_ms"]], goal=P99_MS)
    result.add(
        group, "the same, API killed meanwhile: every step once and in order", "", [killed["complete"]], goal=-many
    )
    result.add(group, "connections per viewer when the API was killed once", "", [killed["connections"] / many])
    return bool(calm["complete"] == killed["complete"] == many)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.viewers", description="Viewers of one job, by SSE.")
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--per-second", type=float, default=10.0, help="steps published per second")
    options = parser.parse_args()
    (ROOT / ".run" / "bench").mkdir(parents=True, exist_ok=True)
    result = Result()
    with (
        tempfile.TemporaryDirectory(prefix="v-", dir=ROOT / ".run" / "bench") as folder,
        loaded_api(Path(folder)) as api,
    ):
        api.make_job(["ebay"])
        well = measure_viewers(api, result, options.viewers, options.steps, options.per_second)
    for figure in result.figures:
        print(f"{figure.name:<62} {figure.median:>10.2f} {figure.unit:<3} {'' if figure.met is None else figure.met}")
    print(f"Load when it ended: {machine()['load']}")
    (ROOT / ".run" / "bench" / "viewers.json").write_text(json.dumps(result.as_json(), indent=1))
    print("Written: .run/bench/viewers.json", file=sys.stderr)
    return 0 if well else 1


if __name__ == "__main__":
    raise SystemExit(main())
