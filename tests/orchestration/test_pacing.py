"""Pacing: what no cap, no spacing and no lost Redis may let through."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from redis import Redis

from listing_worker.agents.recipe import Pacing
from listing_worker.agents.registry import all_agents
from listing_worker.orchestration.decisions import RetryRule, decide
from listing_worker.orchestration.pacing import (
    DAY,
    HOUR,
    TOLERANCE,
    RedisPacing,
    capped,
    paced,
    rules_for,
    wait_by_ages,
)

SELLER, SITE = "3f0c6a52-0000-4000-8000-000000000001", "somewhere"


class World:
    """A clock that a test moves, the presses so far, and whatever Postgres would say about them."""

    def __init__(self, redis: Redis) -> None:
        self.now = 1_800_000_000.0
        self.presses: list[float] = []
        self.asked_postgres = 0
        self.pacing = RedisPacing(redis, self.ages, clock=lambda: self.now)

    def ages(self, user: str, marketplace: str, seconds: float) -> list[float]:
        self.asked_postgres += 1
        if (user, marketplace) != (SELLER, SITE):
            return []
        return [self.now - at for at in self.presses if self.now - at < seconds]

    def press(self, rules: tuple[object, ...]) -> float:
        wait = self.pacing.take(SELLER, SITE, rules)  # type: ignore[arg-type]
        if wait == 0:
            self.presses.append(self.now)
        return wait


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def world(redis: Redis) -> World:
    return World(redis)


def most_in(presses: list[float], window: float) -> int:
    """The most presses in any half-open window of this length."""
    return max((bisect_left(presses, at + window - 1e-6) - n for n, at in enumerate(presses)), default=0)


def test_a_simulated_month_of_eager_use_never_crosses_a_cap(world: World, redis: Redis) -> None:
    pacing = Pacing(between_postings=(20, 60), per_hour=12, per_day=60)
    rng = random.Random(7)
    end, refused = world.now + 30 * DAY, 0
    while world.now < end:
        wait = world.press(rules_for(pacing, draw=rng.random()))
        refused += wait > 0
        if rng.random() < 0.002:
            redis.flushall()  # Redis loses everything, now and then
        if rng.random() < 0.01:
            world.now += rng.uniform(1, 3) * HOUR  # the seller sleeps
        world.now += wait or rng.expovariate(1 / 15)
    assert most_in(world.presses, HOUR) <= 12
    assert most_in(world.presses, DAY) <= 60
    assert min(b - a for a, b in zip(world.presses, world.presses[1:], strict=False)) >= 20 - 1e-6
    assert len(world.presses) > 30 * 60 * 0.7, "the caps are used, not only kept"
    assert refused > 100, "and they are felt"


@pytest.mark.parametrize("cap", [1, 2, 3, 5, 12, 100, 400])
def test_a_cap_holds_in_every_window_and_is_reached(cap: int) -> None:
    window, now, presses = HOUR, 0.0, list[float]()
    rule = capped("cap", cap, window, "")
    for _ in range(8 * cap + 16):
        wait = wait_by_ages([rule], [now - at for at in presses[-2 * cap :]])
        if wait < TOLERANCE:
            presses.append(now)
        now += wait
    assert now > 2 * window, "long enough to be seen crossing"
    assert most_in(presses, window) == cap


def test_a_lost_redis_does_not_forget_the_presses(world: World, redis: Redis) -> None:
    rules = rules_for(Pacing(between_postings=(30, 30), per_day=40))
    assert world.press(rules) == 0
    redis.flushall()
    assert 29 < world.press(rules) <= 30
    assert len(world.presses) == 1


def test_without_redis_postgres_alone_paces(redis_server: object) -> None:
    gone = Redis(unix_socket_path="/nonexistent/socket")
    pacing = RedisPacing(gone, lambda *_: [10.0])
    assert pacing.take(SELLER, SITE, rules_for(Pacing(between_postings=(30, 30)))) == pytest.approx(20)


def test_redis_is_asked_once_per_press_and_postgres_once_a_day(world: World) -> None:
    rules = rules_for(Pacing(between_postings=(1, 1)))
    for _ in range(50):
        world.press(rules)
        world.now += 2
    assert len(world.presses) == 50
    assert world.asked_postgres == 1


def test_waiting_postings_get_turns_of_their_own(world: World) -> None:
    rules = rules_for(Pacing(between_postings=(30, 30)))
    world.press(rules)
    turns = [world.pacing.wait(SELLER, SITE, rules) for _ in range(4)]
    assert turns == pytest.approx([30, 60, 90, 120])
    world.now += 30
    assert world.press(rules) == 0, "who comes at his turn goes"


def test_accounts_do_not_pace_each_other(world: World) -> None:
    rules = rules_for(Pacing(between_postings=(30, 30)))
    world.press(rules)
    assert world.pacing.take("another seller", SITE, rules) == 0
    assert world.pacing.take(SELLER, "elsewhere", rules) == 0


def test_a_rate_limit_setting_replaces_the_cap_of_the_recipe() -> None:
    hourly = rules_for(Pacing(per_hour=7, per_day=70), rate_limit=100)
    assert [rule.says for rule in hourly[1:]] == ["at most 100 listings an hour", "at most 70 listings a day"]
    daily = rules_for(Pacing(per_day=70), rate_limit=5000)
    assert [rule.says for rule in daily[1:]] == ["at most 5000 listings a day"]


def test_a_paced_posting_waits_with_until_and_why_and_costs_no_attempt() -> None:
    error = paced(
        "Somewhere",
        90,
        rules_for(Pacing(between_postings=(30, 30), per_day=40)),
        datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    )
    decision = decide(error, attempts=99, intent_committed=False, settle_seconds=20, rule=RetryRule())
    assert (decision.state.value, decision.again_in, decision.count_attempt) == ("waiting", 90, False)
    assert decision.reason is not None
    assert "03:05:30 UTC" in decision.reason.message
    assert "at most 40 listings a day" in decision.reason.message


def test_every_marketplace_says_how_fast_it_may_be_used() -> None:
    for agent in all_agents():
        assert agent.pacing.between_postings[0] > 0, agent.name
