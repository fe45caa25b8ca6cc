"""What is watched: read from real servers, and the alarms fire on the states they are for and on no other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from listing_worker.orchestration.queue import PostingQueue, connect_redis
from listing_worker.storage.psycopg import PsycopgTransport
from listing_worker.storage.store import Store
from listing_worker.utils.metrics import Observation
from tests.storage.conftest import LIVE, Seller

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = {
    rule["alert"]: rule
    for group in yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"]
    for rule in group["rules"]
}
Samples = list[tuple[str, dict[str, str], float]]


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with closing(connect_redis(redis_url)) as client:
        yield client


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with closing(Store(PsycopgTransport(database_url))) as opened:
        yield opened


@pytest.fixture
def seller(store: Store) -> Seller:
    return Seller(store)


@pytest.fixture
def execute(database_url: str) -> Iterator[Callable[[str], Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield lambda query: connection.execute(query.encode())


def samples(store: Store, redis: Redis) -> Samples:
    text = Observation(store, redis).text().decode()
    return [
        (sample.name, dict(sample.labels), sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]


def value(found: Samples, name: str, **labels: str) -> float:
    (only,) = [number for each, have, number in found if each == f"listing_worker_{name}" and have == labels]
    return only


# ---- a small evaluator for the rules: sums, one comparison, and `and`


def firing(found: Samples, expression: str) -> bool:
    """Whether the expression has a result. Knows what the rules use, and refuses the rest."""
    sides = [_compared(found, side.strip()) for side in expression.split(" and ")]
    return bool(set.intersection(*sides))


def _compared(found: Samples, side: str) -> set[str]:
    shape = re.fullmatch(r"(?:(sum)(?: by \((\w+)\))? ?\()?(\w+)(?:\{(\w+)=\"([^\"]+)\"\})?\)? (>=|>|<) ([\d.]+)", side)
    assert shape is not None, side
    total, by, name, label, wanted, operator, limit = shape.groups()
    series = [(have, v) for each, have, v in found if each == name and (label is None or have[label] == wanted)]
    if total:
        sums: dict[str, float] = {}
        for labels, number in series:
            key = labels[by] if by else ""
            sums[key] = sums.get(key, 0) + number
        values = sums
    else:
        values = {labels.get("marketplace", json.dumps(labels)): number for labels, number in series}
    compare = {">": lambda a, b: a > b, ">=": lambda a, b: a >= b, "<": lambda a, b: a < b}[operator]
    return {key for key, number in values.items() if compare(number, float(limit))}


def alarms(found: Samples) -> set[str]:
    return {name for name, rule in RULES.items() if firing(found, rule["expr"])}


# ---- what is told


def test_the_state_of_postings_attempts_and_queue_is_told(store: Store, redis: Redis, seller: Seller) -> None:
    posting = seller.posting()
    fence = seller.press(posting)
    store.record_browser(posting, fence, {"provider": "browserbase", "seconds": 30.5, "dollars": 0.01})
    store.finish_posting(posting, fence, {**LIVE, "report": {"model_calls": 2}})
    failed = seller.posting("poshmark")
    store.finish_posting(
        failed, seller.claim(failed)["fence"], {"state": "failed", "reason": {"code": "invalid", "message": "x"}}
    )
    running = seller.posting("mercari")
    seller.claim(running)
    waiting = seller.posting("ebay")
    PostingQueue(redis).enqueue_posting(waiting)
    store.put_session(seller.id, "ebay", "k", "sealed", "2026-11-21T10:00:00Z", 1)
    found = samples(store, redis)
    assert value(found, "up", part="redis") == value(found, "up", part="database") == 1
    assert value(found, "jobs_created_total") == 4
    assert value(found, "jobs", status="completed") == 1
    assert value(found, "jobs", status="failed") == 1
    assert value(found, "jobs", status="processing") == 2
    assert value(found, "queue_depth", queue="postings") == 1
    assert value(found, "postings", marketplace="ebay", state="live") == 1
    assert value(found, "postings", marketplace="mercari", state="running") == 1
    assert value(found, "marketplace_success_ratio", marketplace="ebay") == 1
    assert value(found, "marketplace_success_ratio", marketplace="poshmark") == 0
    assert 0 < value(found, "processing_seconds", marketplace="ebay", quantile="0.95") < 60
    assert value(found, "leases", marketplace="mercari") == 1
    assert value(found, "attempts", marketplace="poshmark", outcome="failed", reason="invalid") == 1
    assert value(found, "model_calls", marketplace="ebay") == 2
    assert value(found, "browser_starts", provider="browserbase") == 1
    assert value(found, "browser_dollars", provider="browserbase") == pytest.approx(0.01)
    assert value(found, "sessions", marketplace="ebay", status="unproven") == 1
    assert value(found, "sessions_expiring", marketplace="ebay", status="unproven") == 1
    assert value(found, "dead_letters", kind="posting") == 1
    assert 0 <= value(found, "last_live_seconds", marketplace="ebay") < 60


def test_nothing_of_anybody_is_told(store: Store, redis: Redis, seller: Seller) -> None:
    posting = seller.posting()
    text = Observation(store, redis).text().decode()
    assert seller.id not in text
    assert posting not in text


def test_a_part_that_is_away_is_shown_and_takes_nothing_with_it(store: Store) -> None:
    with closing(connect_redis("redis://127.0.0.1:1/0")) as away:
        found = samples(store, away)
    assert value(found, "up", part="redis") == 0
    assert value(found, "up", part="database") == 1
    assert value(found, "jobs_created_total") == 0
    assert "PartDown" in alarms(found)


# ---- the alarms


def test_a_quiet_system_raises_only_the_alarm_that_no_worker_runs(store: Store, redis: Redis) -> None:
    assert alarms(samples(store, redis)) == {"NoWorker"}


def test_a_deep_queue_is_an_alarm(store: Store, redis: Redis) -> None:
    redis.rpush("rq:queue:postings", *[f"job-{number}" for number in range(1001)])
    assert "QueueDeep" in alarms(samples(store, redis))
    redis.lpop("rq:queue:postings", 1)
    assert "QueueDeep" not in alarms(samples(store, redis))


def test_failures_are_an_alarm_once_there_are_enough_of_them(store: Store, redis: Redis, seller: Seller) -> None:
    for number in range(5):
        posting = seller.posting("poshmark")
        found = alarms(samples(store, redis))
        assert "SuccessLow" not in found, number
        store.finish_posting(posting, seller.claim(posting)["fence"], {"state": "failed"})
    assert {"SuccessLow", "DeadLetters"} <= alarms(samples(store, redis))
    for _ in range(20):
        posting = seller.posting("poshmark")
        store.finish_posting(posting, seller.press(posting), LIVE)
    assert "SuccessLow" not in alarms(samples(store, redis))


def test_long_processing_and_a_stuck_posting_are_alarms(
    store: Store, redis: Redis, seller: Seller, execute: Callable[[str], Any]
) -> None:
    posting = seller.posting()
    store.finish_posting(posting, seller.press(posting), LIVE)
    assert alarms(samples(store, redis)) == {"NoWorker"}
    execute("update public.listing_automation_results set created_at = created_at - interval '11 minutes'")
    assert "ProcessingSlow" in alarms(samples(store, redis))
    seller.posting("mercari")
    assert "PostingStuck" not in alarms(samples(store, redis))
    execute("update public.listing_automation_results set queued_at = queued_at - interval '11 minutes'")
    assert "PostingStuck" in alarms(samples(store, redis))


def test_a_recipe_that_nobody_has_proven_for_a_day_is_told(
    store: Store, redis: Redis, seller: Seller, execute: Callable[[str], Any]
) -> None:
    posting = seller.posting()
    store.finish_posting(posting, seller.press(posting), LIVE)
    execute("update public.listing_automation_results set finished_at = finished_at - interval '25 hours'")
    assert "RecipeUnproven" in alarms(samples(store, redis))


# ---- the files


def test_rules_and_dashboard_speak_of_metrics_that_exist(store: Store, redis: Redis, seller: Seller) -> None:
    text = Observation(store, redis).text().decode()
    exist = set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))
    exist |= {f"{name}_total" for name in exist}
    panels = json.loads((DEPLOY / "grafana/listing-worker.json").read_text())["panels"]
    expressions = [rule["expr"] for rule in RULES.values()]
    expressions += [target["expr"] for panel in panels for target in panel["targets"]]
    used = {name for expression in expressions for name in re.findall(r"listing_worker_\w+", expression)}
    assert used <= exist


def test_every_alarm_has_its_chapter_in_the_runbook() -> None:
    guide = (DEPLOY.parent / "docs/operations.md").read_text()
    anchors = {heading.lower().replace(" ", "-") for heading in re.findall(r"^### (.+)$", guide, re.MULTILINE)}
    for rule in RULES.values():
        assert rule["annotations"]["runbook"].partition("#")[2] in anchors
        assert rule["labels"]["severity"] in {"info", "warning", "critical"}
        assert re.fullmatch(r"\d+[mh]", rule["for"])
    assert {"QueueDeep", "DeadLetters", "SuccessLow", "ProcessingSlow"} <= RULES.keys()  # the first design's four
