"""What a live listing says differently, and the four ways to settle it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Api, Json, error_of
from tests.api.test_batches import live

MINE = "Free People Floral Wrap Midi Dress"


def report(field: str, meant: str, on_form: str) -> Json:
    return {"field": field, "meant": meant, "on_form": on_form, "same": meant == on_form}


@pytest.fixture
def compared(api: Api) -> tuple[Api, str, str]:
    """A listing on eBay whose title, price and condition were changed there; its id and its posting's."""
    listing, postings = live(api, "ebay", title=MINE)
    posting = postings["ebay"]
    asked = api.client.post(f"/api/postings/{posting}/compare")
    assert asked.status_code == 202 and asked.json()["kind"] == "check"
    fields = [
        report("title", MINE, "Wrap dress"), report("price", "48.00", "$52.00"), report("condition", "Good", "Fair"),
        report("sku", "LW-DEMO-1", "LW-DEMO-1"),
    ]  # fmt: skip
    photos = {"same": False, "ours": 1, "message": "Photos differ from yours: missing: 1."}
    done(api, asked.json()["id"], fields=fields, photos=photos)
    return api, listing, posting


def done(api: Api, operation: str, **result: Any) -> None:
    claim = api.store.claim_operation(operation, "worker", 30)
    outcome = {"state": "done", "result": {"seen_at": "2026-11-22T10:00:00Z", **result}}
    assert api.store.finish_operation(operation, claim["operation"]["fence"], outcome)["finished"]


def differences(api: Api, posting: str) -> dict[str, Json]:
    return {each["field"]: each for each in api.client.get(f"/api/postings/{posting}/drift").json()["differences"]}


def settle(api: Api, posting: str, field: str, how: str, **more: Any) -> Any:
    return api.client.post(f"/api/postings/{posting}/drift/settle", json={"field": field, "how": how, **more})


def test_only_what_differs_is_shown_photos_too(compared: tuple[Api, str, str]) -> None:
    api, _, posting = compared
    found = differences(api, posting)
    assert set(found) == {"title", "price", "condition", "photos"}
    assert (found["title"]["ours"], found["title"]["theirs"]) == (MINE, "Wrap dress")
    assert {field for field, each in found.items() if each["can_keep"]} == {"title", "price"}
    assert error_of(api.stranger().get(f"/api/postings/{posting}/drift"), 404)


def test_keeping_theirs_changes_ours_for_that_marketplace_alone(compared: tuple[Api, str, str]) -> None:
    api, listing, posting = compared
    assert settle(api, posting, "title", "keep").json()["operation"] is None
    assert settle(api, posting, "price", "keep").status_code == 202
    body = api.client.get(f"/api/listings/{listing}").json()
    assert (body["title"], body["price"]) == (MINE, "48.00")
    assert body["overrides"]["ebay"]["title"] == "Wrap dress"
    assert set(differences(api, posting)) == {"condition", "photos"}
    error_of(settle(api, posting, "condition", "keep"), 409, "not_possible")


def test_pushing_ours_is_an_edit_of_that_field_and_settles_it_once_done(compared: tuple[Api, str, str]) -> None:
    api, _, posting = compared
    operation = settle(api, posting, "condition", "push").json()["operation"]
    assert (operation["kind"], operation["input"]) == ("edit", {"fields": ["condition"]})
    assert "condition" in differences(api, posting), "only what is seen done is settled"
    done(api, operation["id"])
    assert "condition" not in differences(api, posting)


def test_editing_sets_a_third_text_here_and_there(compared: tuple[Api, str, str]) -> None:
    api, listing, posting = compared
    error_of(settle(api, posting, "title", "edit"), 422, field="value")
    error_of(settle(api, posting, "title", "edit", value=""), 422, field="value")
    operation = settle(api, posting, "title", "edit", value="Blue wrap dress").json()["operation"]
    assert operation["input"] == {"fields": ["title"]}
    assert api.client.get(f"/api/listings/{listing}").json()["overrides"]["ebay"]["title"] == "Blue wrap dress"


def test_ignoring_holds_until_the_marketplace_says_something_else(compared: tuple[Api, str, str]) -> None:
    api, _, posting = compared
    settle(api, posting, "condition", "ignore")
    settle(api, posting, "photos", "ignore")
    found = differences(api, posting)
    assert found["condition"]["ignored"] and found["photos"]["ignored"] and not found["title"]["ignored"]
    again = api.client.post(f"/api/postings/{posting}/compare").json()["id"]
    done(api, again, fields=[report("condition", "Good", "Poor")])
    assert differences(api, posting)["condition"]["ignored"] is False
    error_of(settle(api, posting, "title", "push"), 409, "no_difference")
