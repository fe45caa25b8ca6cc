"""One posting from claim to finish on each marketplace, and the same with its worker killed."""

from __future__ import annotations

import pytest

from listing_worker.demo.judge import compare
from listing_worker.demo.photos import demo_photos
from listing_worker.demo.seller import visitor_of
from listing_worker.storage import rows
from listing_worker.utils.receipts import Receipt
from tests.e2e.seller import Seller
from tests.fixtures.clouds import SERVERS

pytestmark = pytest.mark.browser


def receipt_of(posting: rows.PostingRow) -> Receipt:
    """The receipt that was stored with the proof, verified."""
    assert posting["proof"] is not None
    receipt = Receipt.model_validate(posting["proof"]["receipt"])
    receipt.verify()
    return receipt


def test_a_posting_is_live_once_and_equals_the_listing(connected: Seller, site: str) -> None:
    (posting,) = connected.post(connected.create_listing(), site)
    done = connected.work(posting)
    assert done["state"] == "live", done["reason"]
    (record,) = connected.received(site, posting)
    assert record["id"] == done["external_id"]
    wrong = [c for c in compare(visitor_of(site).EXPECTED, record, demo_photos()) if not c.equal]
    assert not wrong
    assert record["publish_requests"] == 1
    assert done["report"]["publish_presses"] == 1
    assert done["report"]["model_calls"] == 0
    assert done["report"]["fields_checked"] == done["report"]["fields_equal"] > 5
    receipt = receipt_of(done)
    assert (receipt.external_id, receipt.url, receipt.publish_presses) == (done["external_id"], done["url"], 1)


@pytest.mark.parametrize("point", [pytest.param("before_press", marks=pytest.mark.slow), "before_finish"])
def test_a_worker_killed_after_the_intent_leaves_one_listing(connected: Seller, site: str, point: str) -> None:
    (posting,) = connected.post(connected.create_listing(), site)
    connected.kill_at(posting, point)
    between = connected.resources.store.get_posting(posting["id"])
    assert between is not None
    assert between["state"] == "publishing"
    done = connected.work(posting, seconds=90)
    assert done["state"] == "live", done["reason"]
    assert done["fence"] > between["fence"]
    (record,) = connected.received(site, posting)
    assert record["publish_requests"] == 1
    assert record["id"] == done["external_id"]
    if site == "craigslist":
        drafts = [one for one in connected.sandbox.listings(site) if one["status"] == "draft"]
        assert not drafts, "the interrupted chain was gone on with"
    if point == "before_finish":
        assert done["proof"] is not None
        assert done["proof"]["kind"] == "reconciled"
        assert receipt_of(done).publish_presses == 1


def test_a_session_that_turns_out_signed_out_asks_the_seller_to_sign_in(sample_site: str, connected: Seller) -> None:
    connected.sandbox.set_faults(sample_site, signed_out=True)
    (posting,) = connected.post(connected.create_listing(), sample_site)
    done = connected.work(posting)
    assert done["state"] == "action_required"
    assert done["reason"] is not None
    assert done["reason"]["code"] == "sign_in"
    assert done["reason"]["action"] is not None
    assert "Sign in to" in done["reason"]["action"]
    assert not connected.received(sample_site, posting)


def test_without_a_session_nothing_is_opened(seller: Seller, site: str) -> None:
    (posting,) = seller.post(seller.create_listing(), site)
    done = seller.work(posting)
    assert done["state"] == "action_required"
    assert done["reason"] is not None
    assert done["reason"]["code"] == "sign_in"


@pytest.mark.slow
def test_an_answer_lost_after_the_listing_was_made_is_found_and_not_repeated(connected: Seller, site: str) -> None:
    connected.sandbox.set_faults(site, publish_lost=True)
    (posting,) = connected.post(connected.create_listing(), site)
    done = connected.work(posting, seconds=90)
    assert done["state"] == "live", done["reason"]
    (record,) = connected.received(site, posting)
    assert record["publish_requests"] == 1
    assert record["id"] == done["external_id"]


@pytest.mark.slow
def test_a_posting_in_a_rented_browser_is_the_same_and_its_cost_is_known(connected: Seller, site: str) -> None:
    with SERVERS["browserbase"](connected.sandbox.file.chromium_arguments()) as server:
        rents = server.settings(browser_dollars_per_hour=36)
        wanted = ("browser_provider", "browser_api_url", "browserbase_api_key", "browser_dollars_per_hour")
        connected.resources.settings = connected.resources.settings.model_copy(
            update={name: getattr(rents, name) for name in wanted}
        )
        (posting,) = connected.post(connected.create_listing(), site)
        done = connected.work(posting)
        assert done["state"] == "live", done["reason"]
        assert not server.running
        assert len(server.ended) == 1
    (record,) = connected.received(site, posting)
    wrong = [c for c in compare(visitor_of(site).EXPECTED, record, demo_photos()) if not c.equal]
    assert not wrong
    bill = connected.attempt_rows(posting)[0]["browser"]
    assert bill["provider"] == "browserbase"
    assert bill["dollars"] > 0
