"""Differences on the page: each settled in one of four ways."""

from __future__ import annotations

from tests.api.conftest import Api
from tests.api.test_batches import live
from tests.api.test_drift import MINE, compared, done, report
from tests.api.web.test_changes import send, text_of
from tests.api.web.test_signin import signed_in

__all__ = ["compared"]  # a fixture


def test_each_difference_is_settled_in_one_of_four_ways(compared: tuple[Api, str, str]) -> None:
    api, listing, posting = compared
    person = signed_in(api)
    page = person.get("/drift").text
    said = text_of(page)
    assert f"Yours Free People Floral {MINE.split()[3]}" in said or MINE in said
    assert "Wrap dress" in said and "$52.00" in said and "Photos differ" in said
    assert page.count('value="keep"') == 2 and page.count('value="push"') == 3, "only title and price can be kept"

    def settle(field: str, how: str, value: str = "") -> int:
        return int(send(person, f"/drift/{posting}/settle", field=field, how=how, value=value).status_code)

    assert settle("title", "keep") == 303
    assert settle("condition", "push") == 303
    assert settle("photos", "ignore") == 303
    api.client.delete(f"/api/operations/{api.client.get('/api/operations').json()['operations'][0]['id']}")
    assert settle("price", "edit", "50") == 303
    body = api.client.get(f"/api/listings/{listing}").json()
    assert body["overrides"]["ebay"]["title"] == "Wrap dress"
    said = text_of(person.get("/drift").text)
    assert "Wrap dress" not in said and "Left alone" in said and "Being sent there." in said
    wrong = send(person, f"/drift/{posting}/settle", field="condition", how="edit", value="nonsense")
    assert wrong.status_code == 422 and 'value="nonsense"' in wrong.text
    assert settle("condition", "keep") == 409 and settle("nothing", "push") == 409
    assert settle("title", "burn") == 422
    assert signed_in(api).post(f"/drift/{posting}/settle", data={"field": "price", "how": "push"}).status_code == 403


def test_the_page_says_what_to_do_first_compares_all_and_says_when_nothing_differs(api: Api) -> None:
    person = signed_in(api)
    assert "Nothing is live" in person.get("/drift").text
    _, postings = live(api, "ebay", title=MINE)
    assert "Not compared yet" in person.get("/drift").text
    asked = send(person, "/drift/compare")
    batch = api.client.get(f"/api/batches/{asked.headers['location'].rpartition('/')[2]}").json()
    done(api, batch["rows"][0]["operation_id"], fields=[report("title", MINE, MINE)])
    assert "No differences: 1 of 1 live listings were compared." in person.get("/drift").text
    assert api.store.compared_postings("11111111-2222-4333-8444-555555555555") == []
    [row] = api.store.compared_postings(api.owner.user_id)
    assert (row["id"], row["operations"]) == (postings["ebay"], [])
