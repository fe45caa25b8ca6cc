"""The simulated level in short, and the proof that it can fail: every broken rule is noticed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from listing_worker.storage.migrate import migrations_folder
from tests.crash.mutations import MUTATIONS, OPERATION_MUTATIONS, Mutation
from tests.crash.operation_schedule import draw_operations
from tests.crash.plain import play_plain
from tests.crash.schedule import Schedule, draw, shrink
from tests.crash.simulate import playground

SAMPLE = 100
OPERATION_SAMPLE = 30
ENOUGH = 400  # schedules within which every mutation has to be noticed


def seeds() -> Iterator[int]:
    yield from range(7_000_000, 7_000_000 + ENOUGH)


@pytest.mark.timeout(180)
def test_no_schedule_of_the_sample_breaks_a_promise() -> None:
    with playground() as play:
        wrong = [(seed, play(draw(seed)).violations) for seed in range(SAMPLE)]
    assert not [each for each in wrong if each[1]]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: f"rule {mutation.rule}: {mutation.name}")
def test_a_broken_rule_is_noticed(mutation: Mutation) -> None:
    text = "".join(file.read_text() for file in sorted(migrations_folder().glob("[0-9]*.sql")))
    for old, _ in mutation.sql:
        assert old in text, "the mutation does not fit the migrations any more"
    with playground(mutation.change, mutation.broken) as play:
        for seed in seeds():
            if play(draw(seed)).violations:
                return
    pytest.fail(f"{ENOUGH} schedules did not notice it")


@pytest.mark.timeout(180)
def test_no_schedule_of_operations_breaks_a_promise() -> None:
    with playground() as play:
        wrong = [(seed, play(draw_operations(seed)).violations) for seed in range(OPERATION_SAMPLE)]
    assert not [each for each in wrong if each[1]]


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("mutation", OPERATION_MUTATIONS, ids=lambda mutation: f"rule {mutation.rule}: {mutation.name}")
def test_a_broken_rule_of_operations_is_noticed(mutation: Mutation) -> None:
    text = "".join(file.read_text() for file in sorted(migrations_folder().glob("[0-9]*.sql")))
    for old, _ in mutation.sql:
        assert old in text, "the mutation does not fit the migrations any more"
    with playground(mutation.change, mutation.broken) as play:
        for seed in seeds():
            if play(draw_operations(seed)).violations:
                return
    pytest.fail(f"{ENOUGH} schedules did not notice it")


def test_a_schedule_is_the_same_every_time() -> None:
    with playground() as play:
        runs = [play(draw(11)) for _ in range(2)]
    assert runs[0].states == runs[1].states
    assert runs[0].listed == runs[1].listed


def test_a_failure_shrinks_to_what_causes_it() -> None:
    def fails(schedule: Schedule) -> bool:
        return any(trouble.kind == "kill" for trouble in schedule.troubles)

    guilty = next(schedule for schedule in map(draw, range(1000)) if fails(schedule) and len(schedule.troubles) > 2)
    small = shrink(guilty, fails)
    assert [trouble.kind for trouble in small.troubles] == ["kill"]
    assert not small.duplicates
    assert not small.twin


def test_plain_retry_lists_twice_on_the_same_schedules() -> None:
    twice = sum(play_plain(draw(seed)).twice for seed in range(SAMPLE))
    assert twice > SAMPLE // 10
