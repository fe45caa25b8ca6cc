"""What interrupts on the Craigslist replica, each by its switch (fact: craigslist §7)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from listing_worker.sandbox.craigslist.site import CraigslistSite
from tests.sandbox.craigslist_seller import ACCOUNTS, FORM, POST, TITLE, Seller


@pytest.fixture
def site() -> CraigslistSite:
    return CraigslistSite("canary-craigslist")


@pytest.fixture
def guest(site: CraigslistSite) -> Seller:
    return Seller(site)


@pytest.fixture
def seller(guest: Seller) -> Seller:
    guest.sign_in()
    return guest


@pytest.fixture
def at_preview(seller: Seller) -> Seller:
    seller.to_form()
    seller.to_preview()
    return seller


def statuses(seller: Seller) -> list[str]:
    return [posting.status for posting in seller.site.listings.values()]


# ---- without an account, and mail ----


def test_without_an_account_the_posting_waits_for_the_mailed_link(guest: Seller) -> None:
    guest.to_form()
    assert 'id="loginWidget"' in guest.page.text
    guest.send(guest.form("postingForm"), FORM)
    assert "please enter a valid email address" in guest.text
    guest.to_preview(FromEMail="someone@example.com")
    guest.publish()
    assert guest.step == "mailoop"
    assert "check your email" in guest.text
    assert statuses(guest) == ["draft"]
    (mail,) = guest.site.received()["messages"]
    assert mail["to"] == "someone@example.com"
    guest.open(mail["link"])
    assert "Thanks for posting" in guest.text
    guest.open(mail["link"])
    assert statuses(guest) == ["live"]
    assert guest.site.publish_requests == 1


def test_with_an_account_the_mail_can_be_asked_for_too(at_preview: Seller) -> None:
    at_preview.site.faults.update({"variant": "confirm_email"})
    at_preview.publish()
    assert at_preview.step == "mailoop"
    at_preview.send(at_preview.form("go"))
    assert len(at_preview.site.messages) == 2
    assert statuses(at_preview) == ["draft"]


def test_a_session_that_ends_leads_to_login_and_the_chain_waits(at_preview: Seller) -> None:
    chain = str(at_preview.page.url)
    at_preview.site.faults.update({"signed_out": True})
    at_preview.open(chain)
    assert (at_preview.page.url.path, at_preview.page.url.params["rp"]) == ("/login", chain)
    at_preview.site.faults.update({"signed_out": False})
    at_preview.open(chain)
    assert at_preview.step == "preview"


def test_signing_in_may_need_a_mailed_link(guest: Seller) -> None:
    guest.site.faults.update({"variant": "login_link"})
    guest.sign_in()
    assert "check your email" in guest.text
    guest.open(guest.site.messages[0]["link"])
    assert guest.page.url.path == "/login/home"


# ---- phone ----


def test_a_phone_code_publishes(at_preview: Seller) -> None:
    at_preview.site.faults.update({"variant": "phone"})
    at_preview.publish()
    assert at_preview.step == "pn"
    assert not at_preview.form("phone_number").has("user_code")
    at_preview.send(at_preview.form("phone_number"), {"phone_number": "(208) 555-0101"})
    code = re.findall(r"\d{5}", at_preview.site.messages[0]["text"])[0]
    wrong = "00000" if code != "00000" else "11111"
    at_preview.send(at_preview.form("user_code"), {"user_code": wrong})
    assert "that is not the code we sent" in at_preview.text
    at_preview.send(at_preview.form("user_code"), {"user_code": code})
    assert "Thanks for posting" in at_preview.text
    assert statuses(at_preview) == ["live"]


@pytest.mark.parametrize("number", ["800 555 0101", "+44 20 7946 0000", ""])
def test_a_number_that_cannot_be_called_is_refused(at_preview: Seller, number: str) -> None:
    at_preview.site.faults.update({"variant": "phone"})
    at_preview.publish()
    at_preview.send(at_preview.form("phone_number"), {"phone_number": number})
    assert "please enter a US or Canadian number" in at_preview.text
    assert at_preview.site.messages == []


def test_codes_are_limited_in_tries_and_calls(at_preview: Seller) -> None:
    at_preview.site.faults.update({"variant": "phone"})
    at_preview.publish()
    at_preview.send(at_preview.form("phone_number"), {"phone_number": "2085550101"})
    at_preview.send(at_preview.form("phone_number"), {"phone_number": "2085550101"})
    assert "please wait 5 minutes between calls" in at_preview.text
    for _ in range(6):
        at_preview.send(at_preview.form("user_code"), {"user_code": "no"})
    assert "too many tries" in at_preview.text


def test_the_fifth_posting_of_a_day_in_the_fifth_area_asks_for_the_phone(seller: Seller) -> None:
    for number, code in enumerate(("atl", "pit", "nsh", "boi")):
        assert seller.post(code, PostingTitle=f"Chair {number}")["status"] == "live"
    seller.to_form("tpa")
    seller.to_preview()
    seller.publish()
    assert seller.step == "pn"


# ---- fees ----


def test_a_category_with_a_fee_ends_at_the_payment_and_its_receipt(seller: Seller) -> None:
    seller.to_form(category="motorcycles/scooters ($5)")
    seller.to_preview()
    seller.publish()
    assert seller.step == "billing"
    assert statuses(seller) == ["draft"]
    seller.send(seller.form("cardNumber"), {"cardNumber": "none"})
    assert "please enter a valid card number" in seller.text
    seller.send(seller.form("cardNumber"), {"cardNumber": "4111 1111 1111 1111"})
    assert seller.step == "billing"
    (posting,) = seller.site.listings.values()
    assert f"Purchase Receipt PostingID {posting.id}" in seller.text
    assert (posting.status, posting.category) == ("live", ["for sale by owner", "motorcycles/scooters ($5)"])


def test_dealers_pay_everywhere_and_the_wanted_nowhere(seller: Seller) -> None:
    seller.open(f"{POST}/c/boi")
    seller.choose("for sale by dealer")
    assert all(re.search(r"\(\$\d\)$", label) for label in seller.form("go").options["id"])
    seller.open(f"{POST}/c/boi")
    seller.choose("wanted by owner")
    assert "cars & trucks" in seller.form("go").options["id"]


# ---- refusals ----


def test_the_same_text_twice_is_too_similar(seller: Seller) -> None:
    seller.post()
    seller.to_form()
    seller.to_preview()
    seller.publish()
    assert seller.step == "preview"
    assert "too similar" in seller.text
    assert sorted(statuses(seller)) == ["draft", "live"]
    assert seller.site.publish_requests == 2


def test_a_ghosted_posting_is_there_for_its_owner_and_absent_in_search(seller: Seller) -> None:
    seller.site.faults.update({"variant": "ghost"})
    posting = seller.post()
    seller.open(f"{ACCOUNTS}/login/home")
    assert posting["id"] in seller.page.text
    seller.open(f"https://boise.craigslist.org/search/sss?postingID={posting['id']}")
    assert "no results" in seller.text


@pytest.mark.parametrize(
    ("switches", "said"),
    [
        ({"variant": "ip_block"}, "This IP has been automatically blocked"),
        ({"challenge": True}, "Just a moment..."),
    ],
)
def test_a_wall_stands_before_every_page(seller: Seller, switches: dict[str, Any], said: str) -> None:
    seller.site.faults.update(switches)
    for address in (f"{POST}/c/boi", f"{ACCOUNTS}/login/home", "https://boise.craigslist.org/"):
        seller.open(address)
        assert seller.page.status_code == 403
        assert said in seller.page.text


def test_an_account_on_hold_cannot_post(at_preview: Seller) -> None:
    at_preview.site.faults.update({"suspended": True})
    at_preview.publish()
    assert "placed on hold" in at_preview.text
    at_preview.open(f"{POST}/c/boi")
    assert "placed on hold" in at_preview.text
    at_preview.open(f"{ACCOUNTS}/login/home")
    assert "placed on hold" in at_preview.text
    assert statuses(at_preview) == ["draft"]


@pytest.mark.parametrize(
    ("switches", "status", "made"),
    [
        ({"publish_error_before": 503}, 503, ["draft"]),
        ({"publish_error_after": 502}, 502, ["live"]),
    ],
)
def test_an_error_before_makes_nothing_and_an_error_after_hides_a_live_posting(
    at_preview: Seller, switches: dict[str, Any], status: int, made: list[str]
) -> None:
    at_preview.site.faults.update(switches)
    at_preview.publish()
    assert at_preview.page.status_code == status
    assert statuses(at_preview) == made
    assert at_preview.site.publish_requests == 1


def test_signing_in_may_be_asked_for_after_publish(at_preview: Seller) -> None:
    at_preview.site.faults.update({"reauth_after_publish": True})
    at_preview.publish()
    assert at_preview.page.url.path == "/login"
    at_preview.open(f"{ACCOUNTS}/login/home")
    assert at_preview.page.url.path == "/login", "the session is gone"
    assert statuses(at_preview) == ["draft"]


def test_a_posting_may_be_held_for_review_or_late_in_the_table(seller: Seller) -> None:
    seller.site.faults.update({"pending_review": True})
    held = seller.post(PostingTitle="Held")
    seller.open(f"{ACCOUNTS}/login/home")
    assert 'class="status pending"' in seller.page.text
    seller.open(held["url"])
    assert seller.page.status_code == 404
    seller.site.faults.update({"pending_review": False, "late_in_closet": 600})
    late = seller.post(PostingTitle="Late")
    seller.open(late["url"])
    assert seller.page.status_code == 200
    seller.open(f"{ACCOUNTS}/login/home")
    assert late["id"] not in seller.page.text


def test_a_dropped_field_is_lost_on_its_way(seller: Seller) -> None:
    seller.site.faults.update({"drop_field": "sale_manufacturer"})
    posting = seller.post(sale_manufacturer="Acme", sale_model="C-4")
    assert (posting["brand"], posting["attributes"]["sale_model"]) == ("", ["C-4"])


def test_pages_may_be_rate_limited(seller: Seller) -> None:
    seller.site.faults.update({"rate_limited": 1})
    seller.open(f"{POST}/c/boi")
    assert (seller.page.status_code, seller.page.headers["retry-after"]) == (429, "30")
    seller.open(f"{POST}/c/boi")
    assert seller.page.status_code == 200


def test_an_upload_may_fail(seller: Seller, photo_files: list[Path]) -> None:
    seller.site.faults.update({"photo_error": 1})
    seller.to_form()
    seller.send(seller.form("postingForm"), FORM)
    seller.send(seller.form("lat"))
    seller.add_photos(photo_files[:1])
    assert "there was an error uploading your image" in seller.text
    assert "this posting has 0 images" in seller.text


# ---- changes of a live posting ----


def edit_price(seller: Seller, posting_id: str) -> None:
    seller.open(f"{POST}/manage/{posting_id}?action=edit")
    seller.send(seller.form("postingForm"), {"price": "40"})
    seller.send(seller.form("lat"))
    seller.send(next(f for f in seller.forms if f.values.get("a") == "fin"))
    seller.publish()


def delete(seller: Seller, posting_id: str) -> int:
    seller.open(f"{ACCOUNTS}/login/home")
    crypt = next(f for f in seller.forms if f.values.get("action") == "delete").values["crypt"]
    wanted = {"posting_id": posting_id, "action": "delete", "crypt": crypt}
    return seller.client.post(f"{ACCOUNTS}/posting/delete", data=wanted).status_code


def test_a_change_may_be_refused_and_nothing_changes(seller: Seller) -> None:
    posting = seller.site.listings[seller.post()["id"]]
    seller.site.faults.update({"change_error": 500})
    edit_price(seller, posting.id)
    assert seller.page.status_code == 500
    assert delete(seller, posting.id) == 500
    assert (posting.price_cents, posting.status) == (4500, "live")
    assert [change["what"] for change in posting.changes] == ["edit", "delete"]


def test_a_change_may_only_be_claimed(seller: Seller) -> None:
    posting = seller.site.listings[seller.post()["id"]]
    seller.site.faults.update({"change_ignored": True})
    edit_price(seller, posting.id)
    assert "Thanks for posting" in seller.text
    assert delete(seller, posting.id) == 200
    assert (posting.price_cents, posting.status) == (4500, "live")


# ---- variants of the chain ----


def test_kind_and_category_may_come_before_the_sub_area(seller: Seller) -> None:
    seller.site.faults.update({"variant": "type_first"})
    seller.open(f"{POST}/c/phx")
    assert seller.step == "type"
    seller.choose("for sale by owner")
    seller.choose("furniture")
    assert seller.step == "subarea"
    seller.choose("east valley")
    assert seller.step == "edit"


def test_a_page_that_nobody_knows_may_come_and_the_map_may_not(seller: Seller) -> None:
    seller.site.faults.update({"variant": "unknown_step,no_map"})
    seller.to_form()
    assert seller.step == "notice"
    seller.send(seller.form("go"))
    seller.send(seller.form("postingForm"), FORM)
    assert seller.step == "editimage"


def test_a_category_may_ask_for_a_price(seller: Seller) -> None:
    seller.site.faults.update({"variant": "price_required"})
    seller.to_form()
    seller.send(seller.form("postingForm"), {**FORM, "price": ""})
    assert "please enter a price" in seller.text


def test_addresses_may_be_of_the_new_kind(seller: Seller) -> None:
    seller.site.faults.update({"variant": "share_links"})
    posting = seller.post()
    assert re.fullmatch(r"https://www\.craigslist\.org/view/d/oak-chair-four-legs/\w{22}", posting["url"])
    assert posting["id"] not in posting["url"]
    seller.open(posting["url"])
    assert f'<span id="titletextonly">{TITLE}</span>' in seller.page.text
    seller.open(f"{POST}/manage/{posting['url'].rsplit('/', 1)[1]}?action=edit")
    assert seller.step == "edit"


def test_the_accounts_address_may_be_shown_in_a_field(seller: Seller) -> None:
    seller.site.faults.update({"variant": "email_shown"})
    posting = seller.post(FromEMail="other@example.com")
    assert posting["fields"]["FromEMail"] == "other@example.com"
