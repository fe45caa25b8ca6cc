"""Queues that people know, with the settings that their own documentation recommends for long jobs. The job body is the
same for all: it writes down that it began, and waits.

They live in an environment of their own, because they want other versions of what we use.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

PACKAGES = ("celery[redis]", "dramatiq[redis]", "saq[redis]")
INSTALL_SECONDS = 300.0

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
PEERS: dict[str, tuple[str, list[str], str]] = {
    "celery": (
        CELERY,
        ["-m", "celery", "-A", "peer", "worker", "--pool=prefork", "-c", "1", "-l", "ERROR"],
        "import peer; peer.body.delay()",
    ),
    "dramatiq": (
        DRAMATIQ,
        ["-m", "dramatiq", "peer", "-p", "1", "-t", "1"],
        "import peer; peer.body.send()",
    ),
    "saq": (
        SAQ,
        ["-m", "saq", "peer.settings"],
        "import asyncio, peer; asyncio.run(peer.queue.enqueue('body', timeout=0, heartbeat=10, retries=5))",
    ),
}


def environment(folder: Path) -> Path | None:
    """The Python of an environment with all of them, made in `folder` once; None if they cannot be installed here."""
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        venv.create(folder, clear=True, with_pip=True)
        try:
            subprocess.run(
                [python, "-m", "pip", "install", "--quiet", *PACKAGES],
                check=True, timeout=INSTALL_SECONDS, stdin=subprocess.DEVNULL, stdout=sys.stderr,
            )  # fmt: skip
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return None
        (folder / "complete").touch()
    return python
