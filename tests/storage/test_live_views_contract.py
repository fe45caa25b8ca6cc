"""Live views and uses of sessions, by both transports: whose they are, and when they are worth nothing."""

from __future__ import annotations

from uuid import uuid4

from listing_worker.storage.store import Store
from tests.storage.conftest import Seller

ASKED = {"code": "challenge", "message": "A code is asked for.", "action": None, "field": None}


def test_a_live_view_is_the_owners_and_opens_to_a_ticket_once(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    fence = seller.claim(posting)["fence"]
    assert store.list_live_views(seller.id) == []
    until = store.open_live_view(posting, fence, "k" * 43, 60, ASKED)
    [view] = store.list_live_views(seller.id)
    assert (view["posting_id"], view["until"], view["reason"]) == (posting, until, ASKED)
    stranger = str(uuid4())
    assert store.list_live_views(stranger) == []
    assert store.admit_viewer(stranger, posting, "hash") is None
    assert not store.take_viewer(posting, fence, "hash")
    let_in = store.admit_viewer(seller.id, posting, "hash")
    assert let_in and (let_in["fence"], let_in["public_key"]) == (fence, "k" * 43)
    assert not store.take_viewer(posting, fence + 1, "hash")
    assert store.take_viewer(posting, fence, "hash") and not store.take_viewer(posting, fence, "hash")
    store.admit_viewer(seller.id, posting, "older")
    store.admit_viewer(seller.id, posting, "newer")
    assert not store.take_viewer(posting, fence, "older") and store.take_viewer(posting, fence, "newer")
    assert store.close_live_view(posting, fence) and not store.close_live_view(posting, fence)
    assert store.admit_viewer(seller.id, posting, "late") is None


def test_a_live_view_dies_with_the_claim(store: Store, seller: Seller) -> None:
    posting = seller.posting()
    fence = seller.claim(posting)["fence"]
    assert store.open_live_view(posting, fence + 1, "k" * 43, 60, ASKED) is None
    store.open_live_view(posting, fence, "k" * 43, 60, ASKED)
    store.finish_posting(posting, fence, {"state": "action_required", "reason": ASKED})
    assert store.list_live_views(seller.id) == []
    assert store.admit_viewer(seller.id, posting, "hash") is None
    assert store.open_live_view(posting, fence, "k" * 43, 60, ASKED) is None


def test_every_opening_of_a_session_is_noted_with_its_attempt(store: Store, seller: Seller) -> None:
    assert store.open_session(seller.id, "ebay", "posting") is None
    assert store.list_session_uses(seller.id) == [], "nothing was given out"
    store.put_session(seller.id, "ebay", "k", "c2VhbGVk", "2026-11-21T10:00:00Z", 7)
    posting = seller.posting()
    seller.claim(posting)
    opened = store.open_session(seller.id, "ebay", "posting", posting, 2)
    assert opened == store.get_session(seller.id, "ebay")
    store.open_session(seller.id, "ebay", "watch")
    watch, use = store.list_session_uses(seller.id, "ebay")
    assert (use["purpose"], use["attempt"], use["subject_id"]) == ("posting", 2, posting)
    assert use["job_id"] and use["title"]
    assert (watch["purpose"], watch["job_id"], watch["attempt"]) == ("watch", None, None)
    store.delete_session(seller.id, "ebay")
    assert len(store.list_session_uses(seller.id)) == 2, "the trail stays when the session is forgotten"
    assert store.list_session_uses(str(uuid4())) == store.list_session_uses(seller.id, "mercari") == []


def test_who_listens_is_told_at_once_that_the_seller_is_asked(store: Store, seller: Seller) -> None:
    endpoint = store.put_webhook_endpoint(seller.id, "https://seller.example/hook", "k", "sealed")
    store.choose_webhook_events(seller.id, endpoint["id"], ["posting.action_required"])
    posting = seller.posting()
    until = store.open_live_view(posting, seller.claim(posting)["fence"], "k" * 43, 60, ASKED)
    [told] = store.list_webhooks(seller.id)
    assert told["type"] == "posting.action_required"
    data = told["payload"]["data"]
    assert (data["posting_id"], data["live_view_until"], data["reason"]) == (posting, until, ASKED)
