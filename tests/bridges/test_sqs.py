"""Messages of the second seed's queues become jobs: each once, none lost."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from listing_worker.bridges import sqs as sqs_module
from listing_worker.bridges.sqs import SqsBridge
from listing_worker.errors import ConfigurationError
from listing_worker.storage.errors import StoreUnavailable
from tests.bridges.aws import Queues, aws_url, bridging, queues, until
from tests.bridges.conftest import Json, Posts

__all__ = ["aws_url", "queues"]  # fixtures


def test_a_message_becomes_a_job_and_is_deleted(posts: Posts, queues: Queues) -> None:
    url = queues.make("ebay")
    message = queues.send(url, {"listing_spec": posts.spec("ebay", "poshmark"), "session_id": "s"})
    with bridging(queues.sqs, posts, {url: "ebay"}):
        until(lambda: queues.count(url) == 0)
    (job,) = posts.jobs()
    (posting,) = job["postings"]
    assert posting["marketplace"] == "ebay"
    (listing,) = posts.listings()
    assert listing["body"]["brand"] == "Free People" and len(listing["photos"]) == 1
    assert queues.buried() == [] and message


def test_a_message_that_comes_again_is_the_same_job(posts: Posts, queues: Queues) -> None:
    """SQS delivers at least once: here our deletion is lost."""
    url = queues.make("any", deliveries=10)
    queues.send(url, {"listing_spec": posts.spec("ebay")})
    losing = Losing(queues.sqs, deletions=1)
    with bridging(losing, posts, {url: None}, visibility_seconds=1):
        until(lambda: queues.count(url) == 0)
    assert losing.lost == 1 and len(posts.jobs()) == 1 and len(posts.listings()) == 1
    assert queues.buried() == []


def test_messages_of_one_job_share_its_listing(posts: Posts, queues: Queues) -> None:
    spec = posts.spec("ebay", "facebook", "craigslist")
    names: tuple[str, ...] = ("ebay", "facebook", "craigslist")
    urls: dict[str, str | None] = {queues.make(name): name for name in names}
    for url, name in urls.items():
        queues.send(url, {"listing_spec": spec, "job_id": "job_abc123def", "marketplace": name})
    with bridging(queues.sqs, posts, urls):
        until(lambda: all(queues.count(url) == 0 for url in urls))
    assert len(posts.listings()) == 1
    assert sorted(p["marketplace"] for job in posts.jobs() for p in job["postings"]) == sorted(names)


@pytest.mark.slow
def test_a_stored_listing_is_posted_by_its_id(posts: Posts, queues: Queues) -> None:
    url = queues.make("any")
    queues.send(url, {"listing_spec": posts.spec("ebay")})
    with bridging(queues.sqs, posts, {url: None}):
        until(lambda: queues.count(url) == 0)
        (listing,) = posts.listings()
        queues.send(url, {"listingId": listing["id"], "marketplaces": ["mercari"], "userId": posts.owner.user_id})
        until(lambda: queues.count(url) == 0)
    assert {p["marketplace"] for job in posts.jobs() for p in job["postings"]} == {"ebay", "mercari"}


def test_bad_messages_go_to_the_dead_letters_with_the_reason(posts: Posts, queues: Queues, lines: io.StringIO) -> None:
    good = posts.spec("ebay")
    stranger = "11111111-2222-4333-8444-555555555555"
    canary = "canary-4f9c1d"
    cases: list[tuple[Json | str, str, str]] = [
        ("not json " + canary, "bad_message", "-"),
        ('["a list"]', "bad_message", "-"),
        ({"something": canary}, "bad_message", "-"),
        ({"listing_spec": {**good, "price": canary}}, "invalid", "listing_spec.price"),
        ({"listing_spec": {**good, "condition": "mint"}}, "invalid", "listing_spec.condition"),
        ({"listing_spec": {**good, "media_s3_keys": []}}, "no_photos", "listing_spec.media_s3_keys"),
        ({"listing_spec": {**good, "media_s3_keys": [canary]}}, "invalid", "listing_spec.media_s3_keys[0]"),
        ({"listing_spec": good, "marketplace": "mercari"}, "bad_message", "marketplace"),
        ({"listing_spec": {**good, "target_marketplaces": ["mercari"]}}, "bad_message", "marketplace"),
        ({"listing_spec": good, "user_id": stranger}, "bad_message", "user_id"),
        ({"listingId": "no-such-listing"}, "not_found", "-"),
    ]
    url = queues.make("ebay")
    for body, _, _ in cases:
        queues.send(url, body, MessageAttributes={"sender": {"DataType": "String", "StringValue": "orchestrator"}})
    with bridging(queues.sqs, posts, {url: "ebay"}):
        until(lambda: queues.count(url) == 0)
    buried = dict(queues.buried())
    for body, code, field in cases:
        about = buried[body if isinstance(body, str) else json.dumps(body)]
        assert (about["reason_code"], about["reason_field"]) == (code, field), about
        assert about["reason"] and about["sender"] == "orchestrator" and about["source_message_id"]
        assert canary not in about["reason"]
    assert len(buried) == len(cases) and posts.jobs() == [] and posts.listings() == []
    assert lines.getvalue().count("to the dead letters") == len(cases)
    assert canary not in lines.getvalue()


@pytest.mark.slow
def test_while_the_database_is_away_a_message_waits_and_nobody_else_gets_it(
    posts: Posts, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = queues.make("ebay", deliveries=1)  # a second delivery would be a dead letter
    queues.send(url, {"listing_spec": posts.spec("ebay")})
    tries = failing(monkeypatch, posts, "begin_request", StoreUnavailable("The database does not answer."), times=2)
    with bridging(queues.sqs, posts, {url: "ebay"}, visibility_seconds=2):  # away for 3 s, longer than that
        until(lambda: queues.count(url) == 0)
    assert len(tries) == 3 and len(posts.jobs()) == 1 and queues.buried() == []


@pytest.mark.slow
def test_what_nobody_expected_comes_again_and_ends_in_the_dead_letters(
    posts: Posts, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqs_module, "LONGEST_DELAY", 0)
    url = queues.make("ebay", deliveries=2)
    queues.send(url, {"listing_spec": posts.spec("ebay")})
    tries = failing(monkeypatch, posts, "create_listing", ZeroDivisionError("a defect of ours"), times=9)
    with bridging(queues.sqs, posts, {url: "ebay"}):
        until(lambda: queues.count(url) == 0)
    ((_, about),) = queues.buried()
    assert about["reason_code"] == "unexpected" and "ZeroDivisionError" in about["reason"]
    assert len(tries) == 2 and posts.jobs() == []


@pytest.mark.slow
def test_a_stopping_bridge_gives_back_what_it_has_not_begun(
    posts: Posts, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = queues.make("ebay")
    for _ in range(3):
        queues.send(url, {"listing_spec": posts.spec("ebay")})
    reached, go_on = threading.Event(), threading.Event()
    original = posts.store.create_listing

    def slow(*arguments: Any) -> Any:
        reached.set()
        assert go_on.wait(20)
        return original(*arguments)

    monkeypatch.setattr(posts.store, "create_listing", slow)
    with bridging(queues.sqs, posts, {url: "ebay"}) as bridge:
        assert reached.wait(20)
        bridge.stop()
        go_on.set()
    assert len(posts.jobs()) == 1  # the one in hand was finished
    visible = queues.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    assert visible["Attributes"]["ApproximateNumberOfMessages"] == "2"  # at once, not after 30 s


def test_a_queue_without_dead_letters_is_not_served(posts: Posts, queues: Queues) -> None:
    url = queues.make("ebay", dead=None)
    with pytest.raises(ConfigurationError, match="no dead-letter queue"):
        SqsBridge(queues.sqs, posts.wired, {url: "ebay"}, owner=posts.owner)
    with pytest.raises(ConfigurationError, match="cannot be used"):
        SqsBridge(queues.sqs, posts.wired, {url + "-none": "ebay"}, owner=posts.owner)


class Losing:
    """The client, whose first deletions do not arrive."""

    def __init__(self, real: Any, deletions: int) -> None:
        self._real = real
        self._left = deletions
        self.lost = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def delete_message(self, **arguments: Any) -> Any:
        if self.lost < self._left:
            self.lost += 1
            return None
        return self._real.delete_message(**arguments)


def failing(patch: pytest.MonkeyPatch, posts: Posts, name: str, error: Exception, *, times: int) -> list[int]:
    """The store's function fails so often; the list grows with every call."""
    original: Callable[..., Any] = getattr(posts.store, name)
    calls: list[int] = []

    def stand_in(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) <= times:
            raise error
        return original(*arguments)

    patch.setattr(posts.store, name, stand_in)
    return calls
