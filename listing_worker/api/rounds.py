"""What many ask for at the same moment, done in rounds: whatever comes while one is under way is done in the next.

Each round begins after its questions came in, so no answer is older than its question; only what a round costs
(threads, statements, a commit) is shared by all who are in it. Nobody waits for others to come; a round only lets in
who is at the door, whose request the event loop has in hand already.
"""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, Future
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

AT_ONCE = 3  # rounds under way: one is worked on, one waits for the database, one is answered
MOST = 50  # of one round
QUIET = 2  # turns of the event loop that bring nobody: then a round begins

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
_Work = Callable[[list[Asked]], Awaitable[Sequence[Answer | Exception]]]


class Rounds(Generic[Asked, Answer]):
    """The rounds of this process; each event loop has its own.

    `work` answers all who asked, in their order; an error among its answers is that one's alone, an error that it
    raises is everybody's.
    """

    def __init__(self, work: _Work[Asked, Answer]) -> None:
        self._work = work
        self._of_loops: WeakKeyDictionary[AbstractEventLoop, _OfLoop[Asked, Answer]] = WeakKeyDictionary()

    def answer(self, asked: Asked) -> Future[Answer]:
        """To be awaited by the event loop that asks."""
        loop = asyncio.get_running_loop()
        rounds = self._of_loops.get(loop)
        if rounds is None:
            rounds = self._of_loops[loop] = _OfLoop(self._work)
        return rounds.answer(asked, loop.create_future())


class _OfLoop(Generic[Asked, Answer]):
    def __init__(self, work: _Work[Asked, Answer]) -> None:
        self._work = work
        self._waiting: list[tuple[Asked, Future[Answer]]] = []
        self._running = 0
        self._sizes: list[int] = []  # of the rounds under way
        self._tasks: set[asyncio.Task[None]] = set()  # nobody else would keep them alive

    def answer(self, asked: Asked, answer: Future[Answer]) -> Future[Answer]:
        self._waiting.append((asked, answer))
        if len(self._sizes) == self._running < AT_ONCE and self._due():  # none is about to begin anyway
            self._running += 1
            task = asyncio.create_task(self._go(), context=Context())  # many's, so nobody's in the log
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return answer

    def _due(self) -> bool:
        """Beside others under way a round begins when half as many wait as are in the largest of them: of many small
        rounds each would cost as much as a large one. Who waits for that waits for one round at most."""
        return bool(self._waiting) and 2 * len(self._waiting) >= max(self._sizes, default=0)

    async def _let_in(self) -> None:
        """Returns when turns of the event loop bring nobody any more: of fifty who were answered together and ask again
        not a few shall be worked on while the others' requests are still being read. An idle loop takes microseconds
        for that, and nobody waits for more than MOST turns."""
        quiet, turns = 0, 0
        while quiet < QUIET and turns < MOST and len(self._waiting) < MOST:
            before = len(self._waiting)
            await asyncio.sleep(0)
            quiet, turns = (quiet + 1 if len(self._waiting) == before else 0), turns + 1

    async def _go(self) -> None:
        try:
            while self._due():
                await self._let_in()
                if not self._due():  # another took them
                    return
                round_, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                self._sizes.append(len(round_))
                try:
                    await self._work_on(round_)
                finally:
                    self._sizes.remove(len(round_))
        finally:
            self._running -= 1

    async def _work_on(self, round_: list[tuple[Asked, Future[Answer]]]) -> None:
        answers: Sequence[Answer | Exception]
        try:
            answers = await self._work([asked for asked, _ in round_])
        except Exception as error:  # noqa: BLE001 - handed to all who asked
            answers = [error] * len(round_)
        for (_, future), answer in zip(round_, answers, strict=True):
            if future.done():  # its client has gone
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
