"""The overview of everything, over HTTP and as a page."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

from listing_worker.inventory.pricing.fees import fees_on
from tests.api.conftest import Api
from tests.api.test_operations import ask, finish, live
from tests.api.web.test_signin import csrf_of, signed_in


def test_what_is_on_sale_and_sold_is_summed_up_and_downloaded(api: Api) -> None:
    posting = live(api)
    report = api.client.get("/api/inventory/report").json()
    [mercari] = [shop for shop in report["marketplaces"] if shop["marketplace"] == "mercari"]
    assert (mercari["on_sale"], mercari["on_sale_cents"], mercari["success"]) == (1, 4800, 1.0)
    assert report["ages"][0] == {"age": "up to a week", "listings": 1}
    assert api.client.post(f"/api/postings/{posting}/sold", json={"order": "1"}).status_code == 202
    total = api.client.get("/api/inventory/report").json()["total"]
    assert (total["sold"], total["sold_cents"], total["on_sale"]) == (1, 4800, 0)
    table = fees_on("mercari", datetime.now(UTC).date())
    assert table is not None and total["net_cents"] == 4800 - table.fee(4800) < 4800
    [line] = csv.DictReader(io.StringIO(api.client.get("/api/inventory/report.csv").text))
    assert (line["state"], line["price"], line["posting_id"]) == ("sold", "48.00", posting)
    assert api.stranger().get("/api/inventory/report").json()["total"]["sold"] == 0


def test_the_page_shows_charts_what_came_down_and_what_stopped(api: Api) -> None:
    posting = live(api)
    asked = ask(api, posting, kind="delist")["operation"]
    result = {"seen_at": "2026-11-22T10:42:00+00:00", "screenshots": {"seen": "key"}}
    finish(api, asked["id"], state="done", posting="delisted", result=result)
    user = api.owner.user_id
    claim = api.store.claim_watch(user, "mercari", "w", 30)
    stopped = {"code": "many_at_once", "message": "Mercari: 9 of 9 items look gone at once.", "action": "Look"}
    assert api.store.finish_watch(user, "mercari", claim["fence"], {"looked": True, "stopped": stopped}, 600)
    person = signed_in(api)
    page = person.get("/inventory")
    assert page.status_code == 200, page.text
    assert "Seen gone at 10:42 UTC" in page.text and f"/api/operations/{asked['id']}/screenshots/seen" in page.text
    assert "9 of 9 items look gone" in page.text
    assert page.text.count('<svg class="chart"') == 4
    answer = person.post("/inventory/mercari/resume", data={"csrf": csrf_of(person)})
    assert answer.status_code == 303
    assert api.client.get("/api/inventory/watches").json()["watches"][0]["stopped"] is None
    assert "9 of 9" not in person.get("/inventory").text


def test_an_account_that_is_not_seen_twice_in_a_row_is_told(api: Api) -> None:
    live(api)
    user, told = api.owner.user_id, []
    for _ in range(2):
        claim = api.store.claim_watch(user, "mercari", "w", 30)
        assert api.store.finish_watch(user, "mercari", claim["fence"], {"looked": False, "why": "Hm."}, 0)
        told.append("what is sold there is not noticed" in signed_in(api).get("/inventory").text)
    assert told == [False, True]


def test_an_empty_account_has_an_empty_page(api: Api) -> None:
    page = signed_in(api).get("/inventory")
    assert page.status_code == 200 and "Nothing is on sale yet" in page.text
