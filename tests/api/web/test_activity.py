"""The charts of the Activity page."""

from __future__ import annotations

from typing import Any

from tests.api.conftest import Api
from tests.api.test_jobs import press
from tests.api.web.test_signin import signed_in


def test_what_the_model_cost_is_told_beside_what_got_there(api: Api) -> None:
    person = signed_in(api)
    assert "Asked of a model" not in person.get("/activity").text
    api.sign_in("ebay")
    posting = api.post(api.listing()["id"], "ebay")["automationResults"][0]["id"]
    fence = press(api, posting)
    ended: Any = {
        "state": "failed",
        "reason": {"code": "refused", "message": "No.", "action": None, "field": "title"},
        "report": {"model_calls": 2, "model_cost_usd": 0.02},
    }
    assert api.store.finish_posting(posting, fence, ended)["finished"]
    page = person.get("/activity").text
    assert "2 calls, $0.02" in page
    assert "0/1" in page
