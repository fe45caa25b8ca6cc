"""Operations on live postings and dry runs, from request to outcome, and with the worker killed: the replica's record
tells what was done, and how often."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from listing_worker.orchestration.operations.run import process_operation
from listing_worker.storage.rows import OperationRow, PostingRow
from tests.e2e.seller import Seller

# posting, being killed and working again have time limits of their own, longer together than the usual one
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

DELETED = {"craigslist", "facebook"}  # where a listing is taken off sale by deleting it
SETTLED = {"done", "failed", "cancelled", "action_required"}


def live(seller: Seller, site: str, **changes: Any) -> PostingRow:
    (posting,) = seller.post(seller.create_listing(**changes), site)
    done = seller.work(posting)
    assert done["state"] == "live", done["reason"]
    return done


def off_sale(site: str) -> str:
    """What the replica says of a listing that was taken off sale."""
    return "deleted" if site in DELETED else "delisted"


def ask(seller: Seller, posting: PostingRow, kind: str, **given: Any) -> OperationRow:
    return seller.resources.store.request_operation(seller.user_id, posting["id"], kind, given, 4)["operation"]


def work(seller: Seller, operation: OperationRow, seconds: float = 60) -> OperationRow:
    deadline = time.monotonic() + seconds
    while True:
        asyncio.run(process_operation(seller.resources, operation["id"]))
        now = seller.resources.store.get_operation(operation["id"])
        assert now is not None
        if now["state"] in SETTLED:
            return now
        assert time.monotonic() < deadline, f"still {now['state']}: {json.dumps(now['reason'])} {now['result']}"
        time.sleep(0.2)


def state(seller: Seller, posting: PostingRow) -> str:
    row = seller.resources.store.get_posting(posting["id"])
    assert row is not None
    return row["state"]


def record(seller: Seller, site: str, posting: PostingRow) -> dict[str, Any]:
    return next(one for one in seller.sandbox.listings(site) if one["id"] == posting["external_id"])


@pytest.mark.slow
def test_a_listing_is_repriced_taken_down_and_its_picture_taken(connected: Seller, site: str) -> None:
    posting = live(connected, site)
    priced = work(connected, ask(connected, posting, "change_price", price="41.00"))
    assert priced["state"] == "done", priced
    assert record(connected, site, posting)["price_cents"] == 4100
    assert priced["result"]["presses"] == 1
    delisted = work(connected, ask(connected, posting, "delist"))
    assert delisted["state"] == "done", delisted
    assert record(connected, site, posting)["status"] == off_sale(site)
    assert state(connected, posting) == "delisted"
    result = delisted["result"]
    seen = "gone" if site == "facebook" else "delisted"
    assert (result["status"], result["in_effect"]) == (seen, True)
    assert result["seen_at"]
    assert connected.resources.photos.open(result["screenshots"]["seen"])[:2] == b"\xff\xd8"
    assert len(record(connected, site, posting)["changes"]) == 2
    again = work(connected, ask_check(connected, posting))
    assert (again["state"], again["result"]["status"]) == ("done", seen)
    assert len(record(connected, site, posting)["changes"]) == 2


def ask_check(seller: Seller, posting: PostingRow) -> OperationRow:
    return ask(seller, posting, "check")


KILLS = [pytest.param("before_press", marks=pytest.mark.slow), pytest.param("before_look", marks=pytest.mark.slow)]


@pytest.mark.parametrize("point", KILLS)
def test_a_worker_killed_after_the_intent_takes_down_once(sample_site: str, connected: Seller, point: str) -> None:
    posting = live(connected, sample_site)
    operation = ask(connected, posting, "delist")
    connected.kill_operation_at(operation, point)
    between = connected.resources.store.get_operation(operation["id"])
    assert between is not None
    assert between["state"] == "acting"
    done = work(connected, operation, seconds=90)
    assert done["state"] == "done", done
    assert done["fence"] > between["fence"]
    held = record(connected, sample_site, posting)
    assert (held["status"], len(held["changes"])) == (off_sale(sample_site), 1)
    assert state(connected, posting) == "delisted"


@pytest.mark.slow
def test_a_change_that_the_site_only_claims_is_done_again_and_not_believed(connected: Seller, site: str) -> None:
    posting = live(connected, site)
    connected.sandbox.set_faults(site, change_ignored=True)
    operation = ask(connected, posting, "change_price", price="41.00")
    asyncio.run(process_operation(connected.resources, operation["id"]))
    row = connected.resources.store.get_operation(operation["id"])
    assert row is not None
    assert row["state"] == "uncertain"
    connected.sandbox.set_faults(site, change_ignored=False)
    assert work(connected, operation, seconds=90)["state"] == "done"
    held = record(connected, site, posting)
    assert (held["price_cents"], len(held["changes"])) == (4100, 2)


@pytest.mark.slow
def test_an_item_that_sold_meanwhile_is_not_changed_and_its_posting_says_sold(connected: Seller, site: str) -> None:
    posting = live(connected, site)
    address = f"/listings/{site}/{posting['external_id']}"
    connected.sandbox.admin.put(address, json={"status": "sold"}).raise_for_status()
    priced = work(connected, ask(connected, posting, "change_price", price="41.00"))
    assert priced["state"] == "failed"
    assert priced["reason"] is not None
    ended = ("not_live", "delisted") if site == "craigslist" else ("sold", "sold")  # which knows no "sold"
    assert (priced["reason"]["code"], state(connected, posting)) == ended
    assert record(connected, site, posting)["changes"] == []


@pytest.mark.slow
def test_signed_out_is_the_sellers_to_mend_and_nothing_is_concluded(connected: Seller, site: str) -> None:
    posting = live(connected, site)
    connected.sandbox.set_faults(site, signed_out=True)
    done = work(connected, ask(connected, posting, "delist"))
    assert done["state"] == "action_required"
    assert done["reason"] is not None
    assert done["reason"]["code"] == "sign_in"
    assert state(connected, posting) == "live"


# ---- dry runs ----


def dry_run(seller: Seller, site: str, **changes: Any) -> OperationRow:
    listing = seller.create_listing(**changes)
    return seller.resources.store.request_dry_run(seller.user_id, listing, site, 4)["operation"]


def nothing_is_left(seller: Seller, site: str) -> None:
    received = seller.sandbox.received(site)
    assert received["publish_requests"] == 0
    assert [one for one in received["listings"] if one["status"] not in {"deleted"}] == []


def test_a_dry_run_fills_the_real_form_and_leaves_nothing(sample_site: str, connected: Seller) -> None:
    done = work(connected, dry_run(connected, sample_site))
    assert done["state"] == "done", done
    result = done["result"]
    assert result["same"], [one for one in result["fields"] if not one["same"]]
    fields = {one["field"]: one for one in result["fields"]}
    assert {"title", "price", "photos"} <= set(fields)
    assert fields["title"]["meant"] == fields["title"]["on_form"]
    assert (result["publish_presses"], result["publish_requests_stopped"], result["left_behind"]) == (0, 0, "")
    assert connected.resources.photos.open(result["screenshots"]["filled"])[:2] == b"\xff\xd8"
    assert connected.resources.store.list_jobs(connected.user_id) == []
    nothing_is_left(connected, sample_site)


@pytest.mark.slow
def test_a_dry_run_killed_in_the_middle_leaves_nothing_in_the_end(connected: Seller, site: str) -> None:
    operation = dry_run(connected, site)
    connected.kill_operation_at(operation, "step-read_back")
    assert connected.sandbox.received(site)["publish_requests"] == 0
    done = work(connected, operation, seconds=90)
    assert done["state"] == "done", done
    received = connected.sandbox.received(site)
    assert received["publish_requests"] == 0
    left = [one for one in received["listings"] if one["status"] != "deleted"]
    assert all(one["status"] == "draft" and not one["title"] for one in left), "an unsaved form's empty draft at most"
    assert site == "poshmark" or not left


# ---- photos on the public page ----


@pytest.mark.slow
def test_the_public_page_shows_our_photos_and_the_report_says_so(connected: Seller, site: str) -> None:
    photos = live(connected, site)["report"]["photos"]
    assert photos["same"], photos
    assert photos["shown"] == photos["ours"] > 1
