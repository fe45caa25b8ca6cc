"""What happens when an item sells, and the rules per marketplace, from the pages."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import Api
from tests.api.test_batches import live
from tests.api.web.test_changes import send, text_of
from tests.api.web.test_signin import signed_in


@pytest.fixture
def person(api: Api) -> TestClient:
    return signed_in(api)


@pytest.mark.slow
def test_auto_delist_is_off_until_it_is_asked_for_also_for_a_selection(api: Api, person: TestClient) -> None:
    one, other = (live(api, "ebay", sku=f"S-{n}")[0] for n in range(2))
    page = person.get("/when-sold", params={"listing": one}).text
    assert "checked" not in page.partition("<form class")[2].partition("</form>")[0]
    assert "No sign of a sale." in page
    saved = send(person, "/when-sold", listing=[one, other], marketplace=["ebay", "mercari"])
    assert saved.status_code == 303 and saved.headers["location"].endswith("said=saved")
    for listing in (one, other):
        stock = api.client.get(f"/api/listings/{listing}/stock").json()
        assert sorted(stock["auto_delist"]) == ["ebay", "mercari"]
    send(person, "/when-sold", listing=one, marketplace="ebay")
    assert api.client.get(f"/api/listings/{one}/stock").json()["auto_delist"] == ["ebay"]
    assert "on for 1" in person.get("/when-sold", params={"listing": [one, other]}).text
    assert person.post("/when-sold", data={"listing": one}).status_code == 403
    assert send(person, "/when-sold", listing="nowhere").status_code == 404


def test_the_sellers_word_takes_down_the_rest_and_the_page_follows(api: Api, person: TestClient) -> None:
    listing, postings = live(api, "ebay", "poshmark")
    send(person, "/when-sold", listing=listing, marketplace="poshmark")
    assert "Sold on eBay" in person.get("/when-sold", params={"listing": listing}).text
    assert send(person, f"/postings/{postings['ebay']}/sold").status_code == 303
    said = text_of(person.get("/when-sold", params={"listing": listing}).text)
    assert "Being taken down" in said and "You said so." in said and "Sold on eBay" not in said
    [row] = api.client.get("/api/operations").json()["operations"]
    assert (row["kind"], row["marketplace"]) == ("delist", "poshmark")


def test_a_price_rule_is_kept_and_what_is_wrong_is_said_with_all_that_was_typed(api: Api, person: TestClient) -> None:
    page = person.get("/rules").text
    assert "Fees as known since" in page and 'value="ratio"' in page
    good = send(person, "/rules/ebay/price", way="ratio", ratio="1.1", ending=".99", floor="$12.50")
    assert good.headers["location"] == "/rules?said=ebay#ebay"
    rule = {"ratio": 1.1, "ending": 99, "floor_cents": 1250}
    assert api.client.get("/api/price-rules").json()["rules"] == {"ebay": rule}
    assert 'value="1.1"' in person.get("/rules").text and 'value="12.50"' in person.get("/rules").text
    for wrong in ({"way": "ratio"}, {"way": "ratio", "ratio": "x"}, {"way": "amount", "amount": "-3"}):
        answer = send(person, "/rules/ebay/price", floor="7.77", **wrong)
        assert answer.status_code == 422 and 'value="7.77"' in answer.text
    assert api.client.get("/api/price-rules").json()["rules"] == {"ebay": rule}
    send(person, "/rules/ebay/price", way="same")
    assert api.client.get("/api/price-rules").json()["rules"] == {}
    assert send(person, "/rules/nowhere/price", way="same").status_code == 422


def test_a_repost_rule_is_kept_and_checked(api: Api, person: TestClient) -> None:
    send(person, "/rules/poshmark/repost", ended="1", older_than_days="60", per_day="5")
    rule = {"ended": True, "older_than_days": 60, "per_day": 5}
    assert api.client.get("/api/repost-rules").json()["rules"] == {"poshmark": rule}
    answer = send(person, "/rules/poshmark/repost", ended="1", older_than_days="2", per_day="5")
    assert answer.status_code == 422 and 'value="2"' in answer.text
    send(person, "/rules/poshmark/repost", per_day="20")
    assert api.client.get("/api/repost-rules").json()["rules"] == {}
