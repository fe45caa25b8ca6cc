"""The recording of an attempt as the API gives it: one page, or JSON; its seller's alone."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from tests.api.conftest import Api, error_of
from tests.recordings.examples import noted


def recorded(api: Api) -> tuple[str, str]:
    """A posting with a recorded attempt: job id, posting id."""
    listing = api.store.create_listing(api.owner.user_id, {"title": "Dress"})
    made = api.store.create_job(
        api.owner.user_id, listing["id"], ["ebay"],
        blocked={}, idempotency_key=None, request_hash="h", max_attempts=4,
    )  # fmt: skip
    posting = made["job"]["postings"][0]["id"]
    fence = api.store.claim_posting(posting, "worker", 30)["posting"]["fence"]
    out = BytesIO()
    Image.new("RGB", (64, 48), "white").save(out, "JPEG")
    key = api.app.state.resources.photos.put(api.owner.user_id, f"{posting}-r{fence}-filled", out.getvalue())
    kept = noted().recording({"filled": key, "live": f"{api.owner.user_id}/gone.jpg"})
    api.store.record_timeline(posting, fence, kept.model_dump(mode="json"))
    return made["job"]["id"], posting


def test_the_recording_is_one_page_with_its_pictures_inside(api: Api) -> None:
    job, posting = recorded(api)
    answer = api.client.get(f"/api/v1/jobs/{job}/postings/ebay/recording")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert 'src="data:image/jpeg;base64,' in answer.text
    told = api.client.get(f"/api/postings/{posting}/recording", params={"format": "json", "attempt": 1}).json()
    assert set(told["pictures"]) == {"filled"}  # one that is gone is left out
    assert told["moments"][0]["step"] == "open_form"


def test_a_recording_is_shown_to_nobody_else_and_404_where_there_is_none(api: Api) -> None:
    job, posting = recorded(api)
    stranger = api.stranger()
    error_of(stranger.get(f"/api/v1/jobs/{job}/postings/ebay/recording"), 404)
    error_of(stranger.get(f"/api/postings/{posting}/recording"), 404)
    error_of(api.anonymous.get(f"/api/postings/{posting}/recording"), 401)
    error_of(api.client.get(f"/api/v1/jobs/{job}/postings/mercari/recording"), 404)
    error_of(api.client.get(f"/api/postings/{posting}/recording?attempt=9"), 404)
