"""What many ask for at the same moment is done together, and nobody's question is lost or answered by an older look."""

from __future__ import annotations

import asyncio

import pytest

from listing_worker.api.rounds import AT_ONCE, MOST, Rounds


class Work:
    """Answers each question with its tenfold; keeps what each round was asked; waits where it is held."""

    def __init__(self) -> None:
        self.rounds: list[list[int]] = []
        self.began = asyncio.Semaphore(0)
        self.free = asyncio.Event()
        self.free.set()

    async def __call__(self, asked: list[int]) -> list[int | Exception]:
        self.rounds.append(asked)
        self.began.release()
        await self.free.wait()
        return [ValueError(str(each)) if each < 0 else 10 * each for each in asked]

    async def next_round(self) -> None:
        async with asyncio.timeout(10):
            await self.began.acquire()

    async def none_begins(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        assert self.began.locked()


async def ask_later(rounds: Rounds[int, int], question: int, turns: int) -> int:
    for _ in range(turns):
        await asyncio.sleep(0)
    return await rounds.answer(question)


def test_who_is_at_the_door_is_let_in() -> None:
    work = Work()
    rounds = Rounds(work)

    async def ask() -> list[int]:
        return await asyncio.gather(*(ask_later(rounds, number, number) for number in range(20)))

    assert asyncio.run(ask()) == [10 * number for number in range(20)]
    assert work.rounds == [list(range(20))]  # though each came a turn of the loop after the one before


def test_one_who_asks_alone_is_answered_alone() -> None:
    work = Work()
    assert asyncio.run(ask_later(Rounds(work), 7, 0)) == 70
    assert work.rounds == [[7]]


def test_an_endless_stream_does_not_keep_a_round_from_beginning() -> None:
    work = Work()
    rounds = Rounds(work)

    async def ask() -> None:
        await asyncio.gather(*(ask_later(rounds, number, number) for number in range(3 * MOST)))

    asyncio.run(ask())
    assert max(map(len, work.rounds)) <= MOST
    assert sorted(each for round_ in work.rounds for each in round_) == list(range(3 * MOST))


def test_who_comes_while_a_round_is_under_way_is_in_one_that_begins_afterwards() -> None:
    work = Work()
    rounds = Rounds(work)

    async def ask() -> list[int]:
        work.free.clear()
        first = [rounds.answer(number) for number in range(8)]
        await work.next_round()
        few = [rounds.answer(number) for number in (10, 11, 12)]
        await work.none_begins()  # less than half as many: they wait
        enough = rounds.answer(13)
        await work.next_round()
        assert work.rounds[1] == [10, 11, 12, 13]
        work.free.set()
        return await asyncio.gather(*first, *few, enough)

    assert asyncio.run(ask()) == [10 * number for number in (*range(8), 10, 11, 12, 13)]


def test_only_so_many_rounds_are_under_way() -> None:
    work = Work()
    rounds = Rounds(work)

    async def ask() -> None:
        work.free.clear()
        tasks = []
        for number in range(AT_ONCE + 2):
            tasks.append(rounds.answer(number))
            if number < AT_ONCE:
                await work.next_round()
        await work.none_begins()
        assert len(work.rounds) == AT_ONCE
        work.free.set()
        await asyncio.gather(*tasks)

    asyncio.run(ask())
    assert work.rounds[AT_ONCE:] == [[AT_ONCE, AT_ONCE + 1]]


def test_an_error_is_that_ones_alone_and_who_has_gone_harms_nobody() -> None:
    work = Work()
    rounds = Rounds(work)

    async def ask() -> list[int | BaseException]:
        gone = rounds.answer(5)
        others = [rounds.answer(number) for number in (1, -2, 3)]
        await asyncio.sleep(0)
        gone.cancel()
        return await asyncio.gather(*others, return_exceptions=True)

    one, error, three = asyncio.run(ask())
    assert (one, three) == (10, 30)
    assert isinstance(error, ValueError)


def test_an_error_of_the_whole_is_everybodys() -> None:
    async def breaks(asked: list[int]) -> list[int]:
        raise OSError("away")

    async def ask() -> None:
        rounds = Rounds(breaks)
        answers = await asyncio.gather(rounds.answer(1), rounds.answer(2), return_exceptions=True)
        assert all(isinstance(answer, OSError) for answer in answers)
        with pytest.raises(OSError, match="away"):
            await rounds.answer(3)

    asyncio.run(ask())
