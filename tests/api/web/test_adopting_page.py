"""Adopting from the page: reading accounts, answering, making a listing, linking by address, unlinking."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from listing_worker.inventory.adopting.creating import lacking
from tests.api.conftest import Api
from tests.api.test_adopting import TITLE, found, link_now
from tests.api.web.test_changes import send, text_of
from tests.api.web.test_signin import signed_in


@pytest.fixture
def person(api: Api) -> TestClient:
    return signed_in(api)


def test_without_an_account_the_page_says_to_connect_one_and_then_reads_it(api: Api, person: TestClient) -> None:
    assert "Connect a marketplace first" in person.get("/adopting").text
    refused = send(person, "/adopting/read")
    assert refused.status_code == 409 and "Sign in to a marketplace first." in refused.text
    api.sign_in("ebay", "poshmark")
    assert "Not read yet." in person.get("/adopting").text
    assert send(person, "/adopting/read", marketplace="ebay").headers["location"] == "/adopting?said=reading"
    page = person.get("/adopting").text
    assert "Being read." in page and 'hx-trigger="every 3s"' in page
    [asked] = api.client.get("/api/inventory/imports").json()["imports"]
    assert (asked["marketplace"], asked["done"]) == ("ebay", False)


@pytest.mark.slow
def test_what_looks_alike_is_asked_side_by_side_and_the_answer_links_or_keeps_apart(
    api: Api, person: TestClient
) -> None:
    api.sign_in("ebay")
    mine = api.listing(0, title=TITLE, sku=None)
    one = found(api, "ebay", "111111111111", "Free People floral midi dress boho blue", seed=0)
    link_now(api)
    page = person.get("/adopting").text
    said = text_of(page)
    assert "Are these the same item?" in said and "Not linked by itself:" in said
    assert f'value="listing:{mine["id"]}"' in page
    sides = {"one": f"found:{one}", "other": f"listing:{mine['id']}"}
    assert send(person, "/adopting/answer", same="yes", **sides).status_code == 303
    said = text_of(person.get("/adopting?said=same").text)
    assert "Are these the same item?" not in said and "linked by you" in said
    [row] = api.client.get("/api/inventory/found", params={"which": "linked"}).json()["found"]
    assert row["listing_id"] == mine["id"]
    assert send(person, f"/adopting/postings/{row['posting_id']}/unlink").status_code == 303
    link_now(api)
    assert "Nothing is linked yet." in person.get("/adopting").text
    assert send(person, "/adopting/answer", same="yes", one="nonsense", other="x").status_code == 422


def test_what_was_found_becomes_a_listing_once_the_rest_is_said_and_what_links_itself_says_so(
    api: Api, person: TestClient
) -> None:
    api.sign_in("ebay", "poshmark")
    here = found(api, "ebay", "111111111111")
    found(api, "poshmark", "a" * 24)
    link_now(api)
    row = api.store.get_found(api.owner.user_id, here)
    assert row is not None and lacking(row) == ("description", "condition", "category")
    page = person.get("/adopting").text
    assert f'action="/adopting/found/{here}/adopt"' in page and f'id="condition-{here}"' in page
    half = send(person, f"/adopting/found/{here}/adopt", condition="good", description="Worn twice.")
    assert half.status_code == 422 and "Worn twice." in half.text and "category" in half.text
    whole = {"condition": "good", "description": "Worn twice.", "category": "Women > Dresses > Midi"}
    assert send(person, f"/adopting/found/{here}/adopt", **whole).status_code == 303
    said = text_of(person.get("/adopting").text)
    assert "linked by you" in said and "linked by itself" in said
    assert "Everything that was found belongs to a listing of yours" in said


def test_leaving_alone_is_undone_and_an_address_waits_until_the_list_shows_it(api: Api, person: TestClient) -> None:
    api.sign_in("ebay")
    listing = api.listing()
    here = found(api, "ebay", "111111111111", "A lamp", seed=9)
    send(person, f"/adopting/found/{here}/ignore")
    assert "Left alone" in person.get("/adopting").text
    send(person, f"/adopting/found/{here}/ignore", undo="1")
    assert f'action="/adopting/found/{here}/adopt"' in person.get("/adopting").text
    by_url = {"listing": listing["id"], "url": "https://www.ebay.com/itm/123456789012"}
    assert send(person, "/adopting/link", **by_url).headers["location"] == "/adopting?said=waits"
    assert "Linked once your own list there shows it." in person.get("/adopting").text
    bad = send(person, "/adopting/link", listing=listing["id"], url="https://elsewhere.example/1")
    assert bad.status_code == 422 and "https://elsewhere.example/1" in bad.text
    assert send(person, "/adopting/link", listing="nowhere", url=by_url["url"]).status_code == 404
    assert send(person, "/adopting/link", url="", listing=listing["id"]).status_code == 422
