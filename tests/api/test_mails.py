"""Sale mails handed over by a mailbox rule: each counts once, and a forged one takes nothing down."""

from __future__ import annotations

from typing import Any

from listing_worker.models import Intent
from tests.api.conftest import Api, Json, MakeApi, error_of
from tests.inventory.mails.letters import POSHMARK_ID, RECEIVER, letter, poshmark_sale

IDS = {"poshmark": POSHMARK_ID, "ebay": "156123456789"}


def on_sale(api: Api) -> tuple[Json, dict[str, str]]:
    """A listing that is live on two marketplaces, with auto-delist; its postings by marketplace."""
    api.sign_in()
    listing = api.listing()
    posted = api.post(listing["id"], *IDS)
    postings = {}
    for row in posted["automationResults"]:
        posting, site = row["id"], row["marketplace"]
        fence = api.store.claim_posting(posting, "w", 30)["posting"]["fence"]
        intent = Intent(fingerprint="f", title=listing["title"], price_cents=4800, photo_count=1)
        assert api.store.record_intent(posting, fence, intent)
        proof: Any = {
            "kind": "response",
            "external_id": IDS[site],
            "url": f"https://{site}.example",
            "at": "2026-11-22",
        }
        assert api.store.finish_posting(posting, fence, {"state": "live", "proof": proof})["finished"]
        postings[site] = posting
    sites = {"marketplaces": list(IDS), "on": True}
    assert api.client.put(f"/api/listings/{listing['id']}/auto-delist", json=sites).status_code == 200
    return listing, postings


def send(api: Api, raw: bytes, client: Any = None) -> Json:
    answer = (client or api.client).post(
        "/api/inventory/mails", content=raw, headers={"content-type": "message/rfc822"}
    )
    assert answer.status_code == 202, answer.text
    taken: Json = answer.json()
    return taken


def state(api: Api, posting: str) -> str:
    row = api.store.get_posting(posting)
    assert row is not None
    return row["state"]


def test_a_genuine_mail_takes_the_others_down_once(make_api: MakeApi) -> None:
    api = make_api(mail_trusted_receivers=f"other.example, {RECEIVER}")
    listing, postings = on_sale(api)
    taken = send(api, poshmark_sale(listing["title"]))
    assert (taken["marketplace"], taken["genuine"], taken["new"], taken["delists"]) == ("poshmark", True, True, 1)
    assert taken["postings"] == [postings["poshmark"]]
    assert state(api, postings["poshmark"]) == "sold"
    assert [urgent for _, urgent in api.queue.operations] == [True]
    again = send(api, poshmark_sale(listing["title"]))
    assert (again["new"], again["delists"]) == (False, 0)
    other = send(api, poshmark_sale(listing["title"], message_id="<2@mail.example>"))
    assert other["new"]
    stock = api.client.get(f"/api/listings/{listing['id']}/stock").json()
    assert len(stock["signals"]) == 1, "two mails about one order are one sale"
    assert [one["marketplace"] for one in stock["taking_down"]] == ["ebay"]


def test_a_forged_mail_takes_nothing_down_and_does_not_hide_the_genuine_one(make_api: MakeApi) -> None:
    api = make_api(mail_trusted_receivers=RECEIVER)
    listing, postings = on_sale(api)
    forged = send(api, poshmark_sale(listing["title"], results=()))
    assert (forged["genuine"], forged["new"], forged["delists"]) == (False, True, 0)
    assert {state(api, one) for one in postings.values()} == {"live"}
    genuine = send(api, poshmark_sale(listing["title"]))
    assert (genuine["genuine"], genuine["new"], genuine["delists"]) == (True, True, 1)


def test_without_a_trusted_receiver_no_mail_is_more_than_a_hint(api: Api) -> None:
    listing, postings = on_sale(api)
    assert send(api, poshmark_sale(listing["title"]))["delists"] == 0
    assert state(api, postings["poshmark"]) == "live"
    # a second, independent sign says the same
    api.store.record_signal(postings["poshmark"], "missing", certain=False)
    assert listing["id"] in api.store.listings_to_settle(api.owner.user_id)


def test_other_mails_are_answered_and_forgotten(api: Api) -> None:
    taken = send(api, letter("news@shop.example", "Sale!", "Everything must go"))
    assert (taken["marketplace"], taken["new"], taken["postings"]) == (None, False, [])
    assert "no mail" in send(api, b"hello")["message"]


def test_a_key_for_mails_may_do_nothing_else(api: Api) -> None:
    made = api.client.post("/api/keys", json={"name": "mailbox", "scopes": ["mails:write"]}).json()
    rule = api.as_user(made["key"])
    assert send(api, letter("a@b.example", "x", "y"), rule)["new"] is False
    error_of(rule.get("/api/listings"), 403, "scope_missing")
    error_of(api.anonymous.post("/api/inventory/mails", content=b"x"), 401)


def test_a_mail_that_is_too_large_is_refused(api: Api) -> None:
    error_of(api.client.post("/api/inventory/mails", content=b"x" * 1_100_000), 413, "too_large")


def test_somebody_elses_item_is_not_touched_by_my_mail(make_api: MakeApi) -> None:
    api = make_api(mail_trusted_receivers=RECEIVER)
    listing, postings = on_sale(api)
    taken = send(api, poshmark_sale(listing["title"]), api.stranger())
    assert (taken["genuine"], taken["postings"], taken["delists"]) == (True, [], 0)
    assert state(api, postings["poshmark"]) == "live"
