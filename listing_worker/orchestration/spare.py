"""A work-horse forked ahead of time, with its browser open, that waits for its posting.

An RQ worker keeps one while it is idle, and hands the next posting to it instead of forking then. It is a work-horse
like any other: one job, then it ends; it dies with its worker; and it looks at nothing before it has its job. If it
cannot open a browser, or died, or waited too long, the worker forks as it always did.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from listing_worker.agents.browsers.warm import waiting
from listing_worker.agents.registry import all_agents
from listing_worker.errors import ListingWorkerError
from listing_worker.settings import Settings

log = structlog.get_logger(__name__)

LONGEST_SECONDS = 1800.0  # after that a fresh one is forked: browsers do not get better by waiting
MESSAGE_LIMIT = 4096
READY = "A browser is kept ready."  # logged by each waiting work-horse


@dataclass(frozen=True)
class Message:
    """Which job the waiting work-horse shall do."""

    job_id: str
    execution_id: str


class Spare:
    """The worker's side: a child that waits."""

    def __init__(self, pid: int, line: int) -> None:
        self.pid = pid
        self._line: int | None = line
        self._since = time.monotonic()

    @classmethod
    def fork(cls, settings: Settings, prepare: Callable[[], None], work: Callable[[Message], None]) -> Spare:
        """Forks it. In the child, `prepare` sets its signals, and `work` runs once a job has come."""
        receiving, sending = os.pipe()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                os.close(sending)
                os.setpgrp()
                prepare()
                code = _wait_for_work(settings, receiving, work)
            except BaseException:
                log.exception("The waiting work-horse failed.", action="spare")
            finally:
                os._exit(code)
        os.close(receiving)
        return cls(pid, sending)

    def hand_over(self, message: Message) -> bool:
        """Whether it has the job now. Its line is closed either way, and a dead one is reaped."""
        if self._line is None:
            return False
        try:
            if not self.alive or time.monotonic() - self._since > LONGEST_SECONDS:
                return False
            text = json.dumps([message.job_id, message.execution_id]).encode() + b"\n"
            return os.write(self._line, text) == len(text)
        except OSError:
            return False
        finally:
            self._hang_up()

    @property
    def alive(self) -> bool:
        try:
            return os.waitpid(self.pid, os.WNOHANG)[0] == 0
        except ChildProcessError:
            return False

    def dismiss(self) -> None:
        """Ends it, and waits for that; its browser is removed by the browser's own watcher."""
        self._hang_up()
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            os.close(line)


def _wait_for_work(settings: Settings, receiving: int, work: Callable[[Message], None]) -> int:
    """The child: opens the browser, waits for a line, works. Its exit code, if no work came."""
    loop = asyncio.new_event_loop()
    hosts = {host for agent in all_agents() for host in agent.hosts}
    try:
        loop.run_until_complete(waiting.open(settings, hosts))
    except ListingWorkerError as error:
        log.warning(f"No browser is kept ready: {error.message}", action="spare")
        return 0
    log.info(READY, action="spare")
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(receiving, MESSAGE_LIMIT)
        if not more:  # the worker does not need us any more
            loop.run_until_complete(waiting.close())
            return 0
        line += more
    os.close(receiving)
    job_id, execution_id = json.loads(line)
    work(Message(job_id, execution_id))
    return 0
