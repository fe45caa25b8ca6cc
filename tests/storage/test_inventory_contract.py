"""Watches, signals and stock: what every transport promises."""

from __future__ import annotations

from typing import Any

import pytest

from listing_worker.inventory.conclude import conclude
from listing_worker.inventory.evidence import Seen, Sign, SignalKind
from listing_worker.inventory.settle import settle
from listing_worker.storage.errors import StoreRefused
from listing_worker.storage.store import Store
from tests.storage.conftest import LIVE, Seller


def live(store: Store, seller: Seller, *sites: str) -> tuple[str, dict[str, str]]:
    """A listing that is live on these sites: its id, and its postings by site. Ids there begin as the posting's."""
    listing = seller.listing()
    postings: dict[str, str] = {}
    for row in seller.post(*sites, listing=listing)["job"]["postings"]:
        proof: Any = {**LIVE["proof"], "external_id": row["id"][:8]}
        outcome: Any = {**LIVE, "proof": proof, "external_id": row["id"][:8]}
        assert store.finish_posting(row["id"], seller.press(row["id"]), outcome)["finished"]
        postings[row["marketplace"]] = row["id"]
    return listing, postings


def seen(*postings: str, complete: bool = True) -> Seen:
    return Seen(frozenset(posting[:8] for posting in postings), complete)


def test_only_accounts_whose_seller_wants_it_are_watched_and_one_at_a_time(store: Store, seller: Seller) -> None:
    listing, _ = live(store, seller, "ebay")
    mine = {"user_id": seller.id, "marketplace": "ebay"}
    assert mine not in store.due_watches(600)
    assert store.set_auto_delist(Seller(store).id, listing, ["ebay"], True) is None
    assert store.set_auto_delist(seller.id, listing, ["mercari", "ebay"], True) == ["ebay", "mercari"]
    assert store.set_auto_delist(seller.id, listing, ["mercari"], False) == ["ebay"]
    assert mine in store.due_watches(600)
    assert mine not in store.due_watches(0)
    claim = store.claim_watch(seller.id, "ebay", "worker", 30)
    assert claim["claimed"] and [row["listing_id"] for row in claim["postings"]] == [listing]
    assert store.claim_watch(seller.id, "ebay", "other", 30)["claimed"] is False
    assert mine not in store.due_watches(600)
    assert store.finish_watch(seller.id, "ebay", claim["fence"], {"looked": True}, 600)
    assert not store.finish_watch(seller.id, "ebay", claim["fence"], {"looked": True}, 600)
    assert mine not in store.due_watches(600)


def test_an_account_under_watch_is_not_posted_to_and_the_other_way_round(store: Store, seller: Seller) -> None:
    live(store, seller, "ebay")
    posting = seller.posting("ebay")
    claim = store.claim_watch(seller.id, "ebay", "worker", 30)
    assert store.claim_posting(posting, "worker", 30).get("why") == "account_busy"
    store.finish_watch(seller.id, "ebay", claim["fence"], {"looked": True}, 600)
    seller.claim(posting)
    assert store.claim_watch(seller.id, "ebay", "worker", 30) == {"claimed": False, "why": "account_busy"}


def test_sold_on_one_site_is_taken_down_on_the_others_where_that_is_wanted(store: Store, seller: Seller) -> None:
    listing, postings = live(store, seller, "ebay", "mercari", "poshmark")
    store.set_auto_delist(seller.id, listing, ["ebay", "mercari"], True)
    claim = store.claim_watch(seller.id, "ebay", "worker", 30)
    found = conclude(store, claim, seen(), seen(postings["ebay"]), site="eBay")
    [operation] = found.delists
    asked = store.get_operation(operation)
    assert asked is not None and (asked["kind"], asked["marketplace"]) == ("delist", "mercari")
    assert seller.state(postings["ebay"]) == "sold"
    assert seller.state(postings["poshmark"]) == "live"
    again = settle(store, listing)
    assert again is not None and again.delists == ()
    stock = store.get_stock(listing)
    assert stock is not None
    assert [(one["kind"], one["certain"]) for one in stock["signals"]] == [("sold_list", True)]


def test_absence_is_remembered_as_weak_and_dropped_when_the_item_is_seen_alive(store: Store, seller: Seller) -> None:
    listing, postings = live(store, seller, "ebay", "mercari")
    store.set_auto_delist(seller.id, listing, ["ebay", "mercari"], True)
    claim = store.claim_watch(seller.id, "ebay", "worker", 30)
    assert conclude(store, claim, seen(), seen(), site="eBay").delists == ()
    assert seller.state(postings["ebay"]) == "live"
    store.finish_watch(seller.id, "ebay", claim["fence"], {"looked": True}, 600)
    claim = store.claim_watch(seller.id, "ebay", "worker", 30)
    assert claim["weak"] == [postings["ebay"]]
    conclude(store, claim, seen(postings["ebay"]), seen(), site="eBay")
    stock = store.get_stock(listing)
    assert stock is not None and stock["signals"] == []


def test_missing_and_a_page_that_says_sold_are_two_signs_and_enough(store: Store, seller: Seller) -> None:
    listing, postings = live(store, seller, "ebay", "mercari")
    store.set_auto_delist(seller.id, listing, ["ebay", "mercari"], True)
    claim = store.claim_watch(seller.id, "ebay", "worker", 30)
    page = Sign(postings["ebay"], SignalKind.SOLD_PAGE, "Its page says sold.")
    assert len(conclude(store, claim, seen(), seen(), site="eBay", more=[page]).delists) == 1
    assert seller.state(postings["ebay"]) == "sold"


def test_many_at_once_stops_everything_until_the_seller_says_go_on(store: Store, seller: Seller) -> None:
    mine = [live(store, seller, "ebay", "mercari") for _ in range(5)]
    for listing, _ in mine:
        store.set_auto_delist(seller.id, listing, ["ebay", "mercari"], True)
    on_ebay = [postings["ebay"] for _, postings in mine]
    claim = store.claim_watch(seller.id, "ebay", "worker", 30)
    found = conclude(store, claim, seen(), seen(*on_ebay), site="eBay")
    assert found.delists == () and "5 of 5 items look sold at once" in found.outcome["stopped"]["message"]
    store.finish_watch(seller.id, "ebay", claim["fence"], found.outcome, 600)
    [watch] = store.list_watches(seller.id)
    assert watch["stopped"] is not None
    claim = store.claim_watch(seller.id, "ebay", "worker", 30)
    assert conclude(store, claim, seen(), seen(on_ebay[0]), site="eBay").delists == (), "still stopped"
    store.finish_watch(seller.id, "ebay", claim["fence"], {"looked": True}, 600)
    assert store.resume_watch(seller.id, "ebay") and not store.resume_watch(seller.id, "ebay")
    claim = store.claim_watch(seller.id, "ebay", "worker", 30)
    assert len(conclude(store, claim, seen(*on_ebay[1:]), seen(on_ebay[0]), site="eBay").delists) == 1


def test_the_same_order_counts_once_and_nothing_is_sold_without_evidence(store: Store, seller: Seller) -> None:
    _, postings = live(store, seller, "ebay")
    assert not store.mark_sold(postings["ebay"])
    assert store.record_signal(postings["ebay"], "order", certain=True, reference="o-1")
    assert not store.record_signal(postings["ebay"], "order", certain=True, reference="o-1")
    assert store.record_signal(postings["ebay"], "order", certain=True, reference="o-2")
    assert store.mark_sold(postings["ebay"])
    with pytest.raises(StoreRefused):
        store.record_signal(postings["ebay"], "rumour", certain=True)


def sold_and_asked(store: Store, seller: Seller) -> tuple[str, dict[str, str], str]:
    """A listing sold on eBay whose Mercari posting is asked to be taken down: listing, postings, operation."""
    listing, postings = live(store, seller, "ebay", "mercari")
    store.set_auto_delist(seller.id, listing, ["ebay", "mercari"], True)
    store.record_signal(postings["ebay"], "told", certain=True)
    settled = settle(store, listing)
    assert settled is not None
    [operation] = settled.delists
    return listing, postings, operation


def give_up(store: Store, operation: str) -> None:
    fence = store.claim_operation(operation, "worker", 30)["operation"]["fence"]
    reason: Any = {"code": "form_changed", "message": "It moved.", "action": None, "field": None}
    assert store.finish_operation(operation, fence, {"state": "failed", "reason": reason})["finished"]


def test_a_sold_item_that_does_not_come_down_is_told_once_with_its_link(store: Store, seller: Seller) -> None:
    store.put_webhook_endpoint(seller.id, "https://seller.example/hook", "k", "sealed")
    [hook] = store.list_webhook_endpoints(seller.id)
    store.choose_webhook_events(seller.id, hook["id"], ["inventory.escalated"])
    listing, postings, operation = sold_and_asked(store, seller)
    mine = [one for one in store.escalate_delists(3600) if one["user_id"] == seller.id]
    assert mine == [], "not before its time"
    give_up(store, operation)
    [told] = [one for one in store.escalate_delists(0) if one["user_id"] == seller.id]
    assert (told["posting_id"], told["listing_id"], told["state"]) == (postings["mercari"], listing, "failed")
    assert told["link"] and told["reason"] and told["reason"]["code"] == "form_changed"
    assert [one for one in store.escalate_delists(0) if one["user_id"] == seller.id] == []
    [message] = [row for row in store.list_webhooks(seller.id) if row["type"] == "inventory.escalated"]
    assert message["payload"]["data"]["link"] == told["link"]
    stock = store.get_stock(listing)
    assert stock is not None and stock["open"][0]["escalated_at"]


def test_a_delist_that_gave_up_rests_before_it_is_asked_for_again(store: Store, seller: Seller) -> None:
    listing, _, operation = sold_and_asked(store, seller)
    assert store.listings_to_settle(seller.id) == []
    give_up(store, operation)
    stock = store.get_stock(listing)
    assert stock is not None and [row["rests"] for row in stock["open"]] == [True]
    assert store.listings_to_settle(seller.id) == []
    again = settle(store, listing)
    assert again is not None and again.delists == ()


def test_what_came_down_stays_on_record_with_time_and_picture(store: Store, seller: Seller) -> None:
    listing, _, operation = sold_and_asked(store, seller)
    fence = store.claim_operation(operation, "worker", 30)["operation"]["fence"]
    result = {"seen_at": "2026-11-22T10:42:00+00:00", "screenshots": {"seen": "key"}}
    done: Any = {"state": "done", "posting": "delisted", "result": result}
    assert store.finish_operation(operation, fence, done)["finished"]
    stock = store.get_stock(listing)
    assert stock is not None and stock["open"] == []
    assert [row["result"] for row in stock["gone"]] == [result]
    assert [one for one in store.escalate_delists(0) if one["user_id"] == seller.id] == []


def several(store: Store, seller: Seller, count: int, quantity: int) -> list[str]:
    """Postings live on eBay, one per listing; eBay's id of each is the beginning of its own."""
    kept: list[str] = []
    for _ in range(count):
        listing = store.create_listing(seller.id, {"title": "Socks", "quantity": quantity})["id"]
        [row] = seller.post("ebay", listing=listing)["job"]["postings"]
        proof: Any = {**LIVE["proof"], "external_id": row["id"][:8]}
        outcome: Any = {**LIVE, "proof": proof, "external_id": row["id"][:8]}
        assert store.finish_posting(row["id"], seller.press(row["id"]), outcome)["finished"]
        store.set_auto_delist(seller.id, listing, ["ebay"], True)
        kept.append(row["id"])
    return kept


def looked_at(store: Store, seller: Seller, active: list[str], sold: list[str]) -> dict[str, Any]:
    claim = store.claim_watch(seller.id, "ebay", "worker", 30)
    assert claim["claimed"], claim
    found = conclude(store, claim, seen(*active), seen(*sold), site="eBay")
    store.finish_watch(seller.id, "ebay", claim["fence"], found.outcome, 600)
    return found.outcome


def test_signs_that_are_on_record_do_not_pull_the_breaker_again(store: Store, seller: Seller) -> None:
    """A listing of several units stays live with us when one is sold: its sign is seen at every look."""
    kept = several(store, seller, 4, quantity=3)
    for sold in range(1, 5):
        outcome = looked_at(store, seller, kept[sold:], kept[:sold])
        assert "stopped" not in outcome, sold
        assert outcome["signs"] == 1


def test_go_on_is_about_what_pulled_the_breaker_and_nothing_else(store: Store, seller: Seller) -> None:
    """Five really sold at once: without that, "go on" would be followed by the same stop for ever."""
    kept = several(store, seller, 9, quantity=1)
    assert "stopped" in looked_at(store, seller, kept[5:], kept[:5])
    assert store.resume_watch(seller.id, "ebay")
    half = looked_at(store, seller, kept[5:], [])  # the five are in neither list now: gone is another sign than sold
    assert "stopped" in half
    assert store.resume_watch(seller.id, "ebay")
    assert "stopped" in looked_at(store, seller, kept[5:], kept[:5]), "go on was said about them as gone, not as sold"
    assert store.resume_watch(seller.id, "ebay")
    assert "stopped" not in looked_at(store, seller, kept[5:], kept[:5])
    postings = [store.get_posting(one) for one in kept]
    assert [row["state"] for row in postings if row] == ["sold"] * 5 + ["live"] * 4
    assert "stopped" in looked_at(store, seller, [], kept), "four others are news"


def hears_questions(store: Store, seller: Seller) -> None:
    store.put_webhook_endpoint(seller.id, "https://seller.example/hook", "k", "sealed")
    [hook] = store.list_webhook_endpoints(seller.id)
    store.choose_webhook_events(seller.id, hook["id"], ["inventory.asks"])


def asked_of(store: Store, seller: Seller, after: float = 0) -> list[str]:
    """The codes of what this seller is asked now."""
    return [row["reason"]["code"] for row in store.ask_about_inventory(after) if row["user_id"] == seller.id]


def look(store: Store, seller: Seller, outcome: dict[str, Any]) -> None:
    fence = store.claim_watch(seller.id, "ebay", "watcher", 30)["fence"]
    assert store.finish_watch(seller.id, "ebay", fence, outcome, 600)


def test_an_account_that_is_not_seen_is_asked_about_once_until_it_is_seen_again(store: Store, seller: Seller) -> None:
    hears_questions(store, seller)
    listing, _ = live(store, seller, "ebay", "mercari")
    store.set_auto_delist(seller.id, listing, ["ebay", "mercari"], True)
    seen, turned_away = {"looked": True, "complete": True}, {"looked": False, "why": "Sign in to eBay."}
    look(store, seller, seen)
    assert asked_of(store, seller) == []
    look(store, seller, turned_away)
    assert asked_of(store, seller) == [], "one look that was turned away is nothing to ask about"
    look(store, seller, turned_away)
    assert asked_of(store, seller, 3600) == [], "not before its time"
    assert asked_of(store, seller) == ["unseen"]
    look(store, seller, {"looked": True, "complete": False})
    assert asked_of(store, seller) == [], "a part of the list is not the list, and it was asked"
    [watch] = store.list_watches(seller.id)
    assert watch["unseen_since"] is not None
    look(store, seller, seen)
    [watch] = store.list_watches(seller.id)
    assert watch["unseen_since"] is None
    for _ in range(2):
        look(store, seller, turned_away)
    assert asked_of(store, seller) == ["unseen"]
    messages = [row["payload"]["data"] for row in store.list_webhooks(seller.id)]
    assert [said["reason"]["code"] for said in messages] == ["unseen", "unseen"]
    assert "Sign in to eBay." in messages[0]["reason"]["message"]


def test_nothing_is_asked_about_an_account_on_which_nothing_hangs(store: Store, seller: Seller) -> None:
    live(store, seller, "ebay", "mercari")  # nothing is taken down by itself: not asked for
    for _ in range(2):
        look(store, seller, {"looked": False})
    assert asked_of(store, seller) == []


def test_a_pulled_breaker_is_asked_about_at_once_and_again_when_it_is_pulled_again(
    store: Store, seller: Seller
) -> None:
    stop = {
        "looked": True,
        "complete": True,
        "stopped": {"code": "many_at_once", "message": "4 gone.", "action": "Look"},
    }
    for _ in range(2):
        look(store, seller, stop)
        assert asked_of(store, seller, 3600) == ["stopped"]
        look(store, seller, {"looked": True, "complete": True})
        assert asked_of(store, seller, 3600) == [], "it is still stopped, and was asked"
        assert store.resume_watch(seller.id, "ebay")


def test_a_sign_that_nothing_confirms_is_asked_about_once(store: Store, seller: Seller) -> None:
    hears_questions(store, seller)
    listing, postings = live(store, seller, "ebay", "mercari")
    store.set_auto_delist(seller.id, listing, ["ebay", "mercari"], True)
    store.record_signal(postings["ebay"], "missing", certain=False, detail="It is not among your items.")
    assert asked_of(store, seller, 3600) == []
    assert asked_of(store, seller) == ["maybe_sold"]
    assert asked_of(store, seller) == []
    [message] = [row["payload"]["data"] for row in store.list_webhooks(seller.id)]
    assert (message["posting_id"], message["marketplace"]) == (postings["ebay"], "ebay")
    assert message["link"] and message["reason"]["message"].startswith("It is not among your items.")
    store.drop_weak_signals([postings["ebay"]])
    store.record_signal(postings["ebay"], "order", certain=True)
    assert asked_of(store, seller) == [], "a sale that is certain is no question"
