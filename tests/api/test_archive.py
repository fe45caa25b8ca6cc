"""An account saved and restored over HTTP, and by the commands."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from tests.api.conftest import Api, error_of


def send(api: Api, data: bytes) -> Any:
    return api.client.post("/api/archive", content=data, headers={"content-type": "application/zip"})


def test_the_whole_account_comes_as_a_file_and_not_into_one_that_has_listings(api: Api) -> None:
    api.sign_in()
    api.post(api.listing()["id"])
    answer = api.client.get("/api/archive")
    assert answer.status_code == 200 and "attachment" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = archive.namelist()
    assert {"manifest.json", "listings.json", "listing_automation_results.json"} <= set(names)
    assert sum(name.startswith("pictures/") for name in names) == 1
    assert not any("session" in name for name in names), "no sign-in is in it"
    error_of(send(api, answer.content), 422, "not_empty")
    error_of(send(api, b"nonsense"), 422, "not_an_archive")


def test_keys_may_not_take_an_account_away(api: Api) -> None:
    made = api.client.post("/api/keys", json={"name": "x", "scopes": ["listings:read"]}).json()
    error_of(api.as_user(made["key"]).get("/api/archive"), 403, "key_may_not")
