"""The simulated level in short, and the proof that it can fail: every broken rule is noticed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import chain

import psycopg
import pytest

from listing_worker.embedded.process import EmbeddedServer
from listing_worker.storage.migrate import migrations_folder
from tests.crash.mutations import FIRST_SEED, MUTATIONS, OPERATION_MUTATIONS, Mutation
from tests.crash.operation_schedule import OperationSchedule, draw_operations
from tests.crash.plain import play_plain
from tests.crash.schedule import Schedule, draw, shrink
from tests.crash.simulate import playground
from tests.fixtures.servers import database_on

SAMPLE = 60
OPERATION_SAMPLE = 20
ENOUGH = 400  # schedules within which every mutation has to be noticed


@pytest.fixture
def empty_database(postgres_server: EmbeddedServer) -> Iterator[str]:
    """An address for one playground."""
    name = f"simulated_{os.getpid()}"
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute(f'create database "{name}" template template0')
        yield database_on(postgres_server, name)
        connection.execute(f'drop database "{name}" with (force)')


def noticed(mutation: Mutation, database: str, of: Callable[[int], Schedule | OperationSchedule]) -> bool:
    """Whether a violation shows up within enough schedules of a playground with one broken rule."""
    text = "".join(file.read_text() for file in sorted(migrations_folder().glob("[0-9]*.sql")))
    for old, _ in mutation.sql:
        assert old in text, "the mutation does not fit the migrations any more"
    seeds = chain(range(mutation.shown_by, FIRST_SEED + ENOUGH), range(FIRST_SEED, mutation.shown_by))
    with playground(mutation.change, mutation.broken, database) as play:
        return any(play(of(seed)).violations for seed in seeds)


@pytest.mark.timeout(180)
def test_no_schedule_of_the_sample_breaks_a_promise(empty_database: str) -> None:
    with playground(database=empty_database) as play:
        wrong = [(seed, play(draw(seed)).violations) for seed in range(SAMPLE)]
    assert not [each for each in wrong if each[1]]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: f"rule {mutation.rule}: {mutation.name}")
def test_a_broken_rule_is_noticed(mutation: Mutation, empty_database: str) -> None:
    assert noticed(mutation, empty_database, draw)


@pytest.mark.timeout(180)
def test_no_schedule_of_operations_breaks_a_promise(empty_database: str) -> None:
    with playground(database=empty_database) as play:
        wrong = [(seed, play(draw_operations(seed)).violations) for seed in range(OPERATION_SAMPLE)]
    assert not [each for each in wrong if each[1]]


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("mutation", OPERATION_MUTATIONS, ids=lambda mutation: f"rule {mutation.rule}: {mutation.name}")
def test_a_broken_rule_of_operations_is_noticed(mutation: Mutation, empty_database: str) -> None:
    assert noticed(mutation, empty_database, draw_operations)


def test_a_schedule_is_the_same_every_time(empty_database: str) -> None:
    with playground(database=empty_database) as play:
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
