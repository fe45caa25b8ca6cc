"""What real attempts leave to look at: nothing private, whole enough to be shown again on the sandbox."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from listing_worker.demo.seller import account_of
from listing_worker.models import Session
from listing_worker.recordings.keep import kept
from listing_worker.recordings.replay import replay
from listing_worker.recordings.timeline import Recording
from listing_worker.recordings.view import as_html, read_recording
from listing_worker.storage import rows
from tests.e2e.seller import Seller, signed_in_session
from tests.recordings.scan import leaks

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PRIVATE = "Write to rosa.seller@example.org or (408) 555-0142, pick up at 1187 Willow Street, San Jose, CA 95112."


def recording_of(seller: Seller, posting: rows.PostingRow) -> Recording:
    row = seller.resources.store.list_recordings(seller.user_id, posting["id"])[0]
    found = kept(row, seller.resources.photos)
    assert found is not None
    return found


def secrets_of(seller: Seller, session: Session, site: str) -> list[str]:
    """Everything of the open session that could be told, and the account's own e-mail."""
    values = [cookie.value for cookie in session.cookies]
    values += [value for origin in session.origins for value in origin.localStorage.values()]
    account = account_of(seller.sandbox.file.admin_url, site)
    return [
        *(value for value in values if len(value) >= 8),
        seller.sandbox.canary(),
        account.username,
        account.password,
    ]


def test_a_posting_leaves_a_recording_without_anything_private_and_it_can_be_shown_again(
    seller: Seller, tmp_path: Path
) -> None:
    site = "poshmark"
    session = asyncio.run(signed_in_session(seller.sandbox.file, site))
    seller.connect(session)
    (posting,) = seller.post(seller.create_listing(description=f"Floral dress, worn twice. {PRIVATE}"), site)
    done = seller.work(posting)
    assert done["state"] == "live", done["reason"]

    found = recording_of(seller, posting)
    assert (found.outcome, found.attempt) == ("live", done["fence"])
    assert set(found.pictures) == {"filled", "live"}
    assert all(len(data) < 150_000 for data in found.pictures.values())
    assert {"open_form", "read_back", "publish"} <= {moment.step for moment in found.moments}
    assert sum(moment.milliseconds for moment in found.moments) == pytest.approx(found.milliseconds, abs=50)
    assert {line.tier for line in found.fields} <= {"T0", ""}
    assert all(line.same for line in found.fields)
    assert len(found.fields) > 5

    page = as_html(found)
    secrets = secrets_of(seller, session, site)
    assert leaks(page, secrets) == set()
    for planted in (*secrets, PRIVATE):  # the same search finds what is planted
        assert leaks(page.replace("Floral", f"Floral {planted}"), secrets)
    stored = json.dumps(seller.resources.store.list_recordings(seller.user_id, posting["id"]))
    assert leaks(stored, secrets) == set()

    file = tmp_path / "recording.html"
    file.write_text(page)
    settings = seller.resources.settings
    played = asyncio.run(replay(settings, read_recording(file)))
    assert played.ok, played
    assert [(row.field, row.then_by) for row in played.rows] == [(row.field, row.now_by) for row in played.rows]
    live = [one for one in seller.sandbox.listings(site) if one["status"] != "draft"]
    assert [one["id"] for one in live] == [done["external_id"]]  # replaying published nothing


def test_an_attempt_that_failed_leaves_what_the_page_showed(seller: Seller) -> None:
    seller.connect(asyncio.run(signed_in_session(seller.sandbox.file, "mercari")))
    (posting,) = seller.post(seller.create_listing(), "mercari")
    seller.sandbox.set_faults("mercari", signed_out=True)
    done = seller.work(posting)
    assert done["state"] == "action_required"
    found = recording_of(seller, posting)
    assert (found.outcome, found.reason and found.reason["code"]) == ("action_required", "sign_in")
    assert found.moments[-1].step == "sign_in"
