"""Changing live listings from the pages: the difference first, then a batch that is watched, tried again and undone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from listing_worker.api.marketplaces import RegisteredMarketplaces
from listing_worker.api.web.differences import Piece, pieces
from tests.api.conftest import Api
from tests.api.test_batches import finish, live
from tests.api.web.test_signin import csrf_of, signed_in


@pytest.fixture
def person(api: Api) -> TestClient:
    return signed_in(api)


def send(person: TestClient, path: str, **fields: Any) -> Any:
    return person.post(path, data={"csrf": csrf_of(person), **fields})


def press_of(page: str) -> str:
    found = re.search(r'name="press" value="([0-9a-f]+)"', page)
    assert found is not None
    return found.group(1)


def text_of(page: str) -> str:
    """What a person reads."""
    main = page.partition("<main")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", " ", main, flags=re.DOTALL)).split())


def test_a_change_of_one_listing_is_shown_first_with_what_is_left_after_fees_then_done_once(
    api: Api, person: TestClient
) -> None:
    listing, _ = live(api, "poshmark", "ebay")
    api.client.put("/api/price-rules/ebay", json={"ratio": 1.1, "ending": 99})
    form = person.get("/change", params={"listing": listing}).text
    assert 'value="48.00"' in form and "Take down" in form
    typed = {"what": "change", "listing": listing, "marketplace": ["poshmark", "ebay"], "title": "Blue midi dress",
             "price": "40"}  # fmt: skip
    shown = send(person, "/change", do="preview", **typed)
    assert shown.status_code == 200
    said = text_of(shown.text)
    assert "$48.00 $40.00 leaves you $32.00 after fees" in said
    assert "$44.99" in said and "ends in .99" in said
    assert "Blue midi dress" in said
    assert api.client.get(f"/api/listings/{listing}").json()["price"] == "48.00", "nothing is done by looking"
    again = send(person, "/change", do="edit", **typed)
    assert 'value="Blue midi dress"' in again.text, "nothing typed is lost"
    press = press_of(shown.text)
    asked = [send(person, "/change", do="go", press=press, **typed) for _ in range(2)]
    assert [each.status_code for each in asked] == [303, 303]
    assert asked[0].headers["location"] == asked[1].headers["location"], "pressed twice, asked for once"
    assert len(api.client.get("/api/batches").json()["batches"]) == 1
    page = text_of(person.get(asked[0].headers["location"]).text)
    assert "Working" in page and "Poshmark · Details" in page


def test_what_a_listing_may_not_say_is_told_at_its_field_and_nothing_is_lost(api: Api, person: TestClient) -> None:
    listing, _ = live(api, "ebay")
    base = {"what": "change", "listing": listing, "marketplace": "ebay", "do": "preview"}
    for name, value in (("price", "-3"), ("title", ""), ("quantity", "many")):
        answer = send(person, "/change", **base, **{"brand": "My own brand", name: value})
        assert answer.status_code == 422
        assert f'id="{name}-wrong"' in answer.text and 'value="My own brand"' in answer.text
    nowhere = send(person, "/change", what="change", listing=listing, do="preview", title="x")
    assert nowhere.status_code == 422 and "Choose at least one marketplace." in nowhere.text
    assert api.client.get("/api/batches").json() == {"batches": []}


@pytest.mark.slow
def test_a_selection_is_priced_by_percent_and_odd_prices_are_told_before(
    api: Api, person: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.marketplaces, "limits", RegisteredMarketplaces().limits)
    listings = [live(api, "poshmark", price=price, sku=price)[0] for price in ("40.00", "55.00")]
    form = person.get("/change", params={"listing": listings}).text
    assert "2 listings" in form and "By percent" in form
    base = {"what": "price", "listing": listings, "marketplace": "poshmark", "do": "preview"}
    said = text_of(send(person, "/change", how="percent", percent="-10", **base).text)
    assert "$40.00 $36.00" in said and "$55.00 $50.00" in said  # 49.50 as whole dollars
    odd = text_of(send(person, "/change", how="price", price="36.50", **base).text)
    assert "whole dollars" in odd and "None of this can be done from here" in odd
    assert send(person, "/change", how="percent", percent="", **base).status_code == 422
    assert send(person, "/change", how="percent", percent="nonsense", **base).status_code == 422
    assert api.client.get(f"/api/listings/{listings[0]}").json()["price"] == "40.00"


def test_taking_down_is_undone_by_putting_back(api: Api, person: TestClient) -> None:
    listing, _ = live(api, "poshmark")
    asked = send(person, "/change", what="delist", listing=listing, marketplace="poshmark", do="go", press="a1")
    batch = asked.headers["location"].rpartition("/")[2]
    [row] = api.client.get(f"/api/batches/{batch}").json()["rows"]
    finish(api, row, posting="delisted")
    send(person, f"/batches/{batch}/pause")
    assert "Paused by you." in person.get("/").text, "what waits for the seller is on the first page"
    page = person.get(f"/batches/{batch}").text
    assert f'action="/batches/{batch}/undo"' in page
    undone = send(person, f"/batches/{batch}/undo")
    assert undone.status_code == 303
    assert "Put back" in text_of(person.get(undone.headers["location"]).text)
    page = person.get(f"/batches/{batch}").text
    assert "It was undone by a later one" in page and "/undo" not in page
    assert "Put back" in person.get("/change", params={"listing": listing, "what": "relist"}).text


@pytest.mark.slow
def test_a_failed_row_says_why_and_is_tried_again(api: Api, person: TestClient) -> None:
    listing, _ = live(api, "poshmark", "ebay")
    batch = api.client.post(f"/api/listings/{listing}/sync", json={"changes": {"price": 45}}).json()["batch"]
    finish(api, batch["rows"][0], "failed")
    finish(api, batch["rows"][1])
    page = person.get(f"/batches/{batch['id']}").text
    assert "1 failed" in page and "1 done" in page and "Try the failed again" in page
    assert send(person, f"/batches/{batch['id']}/retry").status_code == 303
    again = person.get(f"/batches/{batch['id']}").text
    assert "1 under way" in again and 'hx-trigger="every 2s"' in again
    refused = send(person, f"/batches/{batch['id']}/resume")
    assert refused.status_code == 409 and "cannot become running" in refused.text
    assert send(person, f"/batches/{batch['id']}/nonsense").status_code == 404


def test_a_csv_is_rehearsed_and_its_first_wrong_line_named(api: Api, person: TestClient) -> None:
    empty = person.get("/batches").text
    assert "No change yet" in empty and 'href="/listings"' in empty
    listing, _ = live(api, "ebay")

    def upload(text: str) -> Any:
        return person.post(
            "/batches",
            data={"csrf": csrf_of(person), "rehearse": "1", "press": "b2"},
            files={"file": ("x.csv", text.encode(), "text/csv")},
        )

    head = "listing,what,marketplace,price\n"
    wrong = upload(f"{head}{listing},price,ebay,41\nnowhere,delist,,\n")
    assert wrong.status_code == 422 and "Line 3" in wrong.text
    assert upload("").status_code == 422
    good = upload(f"{head}{listing},price,ebay,41\n")
    assert good.status_code == 303
    assert "Trying one" in person.get(good.headers["location"]).text
    assert "1 line of a CSV" in person.get("/batches").text


def test_nobody_sees_or_moves_another_sellers_changes(api: Api, person: TestClient) -> None:
    listing, _ = live(api, "ebay")
    batch = api.client.post(f"/api/listings/{listing}/sync", json={"changes": {"price": 45}}).json()["batch"]["id"]
    stranger = signed_in(api, api.stranger_token())
    assert stranger.get(f"/batches/{batch}").status_code == 404
    assert send(stranger, f"/batches/{batch}/pause").status_code == 404
    assert stranger.get("/change", params={"listing": listing}).status_code == 404
    assert "No change yet" in stranger.get("/batches").text
    assert person.post(f"/batches/{batch}/pause", data={}).status_code == 403
    assert api.client.get(f"/api/batches/{batch}").json()["state"] == "running"


def test_a_listing_that_is_live_nowhere_says_what_to_do(api: Api, person: TestClient) -> None:
    listing = api.listing()
    page = person.get("/change", params={"listing": listing["id"]}).text
    assert "Not on sale anywhere" in page and f'href="/post?listing={listing["id"]}"' in page
    assert person.get("/change").headers["location"] == "/listings"


def test_a_difference_keeps_every_word_and_leaves_out_what_is_far_from_it() -> None:
    long = " ".join(f"word{n}" for n in range(100))
    found = pieces(f"{long} old end", f"{long} new end")
    assert [each.how for each in found] == ["same", "gone", "new", "same"]
    assert (found[1].text, found[2].text) == ("old ", "new ")
    assert found[0].text.startswith("… ") and "word99" in found[0].text and "word3 " not in found[0].text
    assert pieces("red wool coat", "blue silk dress") == [
        Piece("gone", "red wool coat"),
        Piece("new", "blue silk dress"),
    ]
    assert pieces("", "new") == [Piece("new", "new")]
