"""Learned locators on the Activity page: seen by all, refused by the owner with one click."""

from __future__ import annotations

from tests.api.conftest import Api, embedded_only
from tests.api.web.test_signin import csrf_of, signed_in


def learn(api: Api) -> str:
    target = {"candidates": [{"by": "label", "value": "Item <name>"}]}
    row = api.store.learn_locator(
        "ebay", "v1", "title", intent="the title", target=target, value_template="{value}", tier="T2", evidence={}
    )
    return row["id"]


@embedded_only
def test_what_was_learned_is_shown_and_one_click_refuses_it_and_another_allows_it_again(api: Api) -> None:
    locator = learn(api)
    person = signed_in(api)
    page = person.get("/activity").text
    assert "Forms that changed" in page
    assert "eBay: title" in page
    assert "Item &lt;name&gt;" in page
    for verb, state in (("refuse", "refused"), ("allow", "active")):
        assert f'action="/locators/{locator}/{verb}"' in person.get("/activity").text
        answer = person.post(f"/locators/{locator}/{verb}", data={"csrf": csrf_of(person)})
        assert answer.status_code == 303, answer.text
        assert api.store.list_locators()[0]["state"] == state
    assert person.post(f"/locators/{locator}/refuse", data={}).status_code == 403
    assert api.store.list_locators()[0]["state"] == "active"


def test_another_seller_sees_it_and_cannot_refuse_it(api: Api) -> None:
    locator = learn(api)
    stranger = signed_in(api, api.stranger_token())
    page = stranger.get("/activity").text
    assert "eBay: title" in page
    assert f"/locators/{locator}" not in page
    assert stranger.post(f"/locators/{locator}/refuse", data={"csrf": csrf_of(stranger)}).status_code == 403
    assert api.store.list_locators()[0]["state"] == "active"
