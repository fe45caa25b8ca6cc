"""A seller for whole-posting tests: signed in to the replicas, with a listing, photos and sealed sessions."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
from PIL import Image
from playwright.async_api import async_playwright

from listing_worker.agents.browsers.chromium import base_arguments, find_chromium
from listing_worker.demo.listing import demo_listing
from listing_worker.demo.photos import demo_photos
from listing_worker.demo.seller import account_of, visitor_of
from listing_worker.models import Photo, Session
from listing_worker.orchestration.job_processor import process_posting
from listing_worker.orchestration.resources import Resources
from listing_worker.sandbox.server import SandboxFile
from listing_worker.storage.rows import OperationRow, PostingRow
from listing_worker.utils.trip import VARIABLE
from tests.fixtures.sandbox import RunningSandbox

SECRET = "a-secret-of-the-tests-that-is-long-enough-to-be-taken"


async def signed_in_session(sandbox: SandboxFile, site: str) -> Session:
    """Signs in through the replica's form and takes the browser's cookies and storage, as the extension would."""
    with tempfile.TemporaryDirectory(prefix="lw-signing-in-") as profile:
        return await _sign_in(profile, sandbox, site)


async def _sign_in(profile: str, sandbox: SandboxFile, site: str) -> Session:
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            profile,
            executable_path=find_chromium(),
            args=[*base_arguments(), *sandbox.chromium_arguments()],
        )
        try:
            page = context.pages[0]
            await visitor_of(site).sign_in(page, account_of(sandbox.admin_url, site))
            cdp = await context.new_cdp_session(page)
            cookies = (await cdp.send("Storage.getCookies", {}))["cookies"]
            origins = (await context.storage_state())["origins"]
            return Session.model_validate({
                "marketplace": site,
                "capturedAt": datetime.now(UTC),
                "cookies": [
                    {k: v for k, v in cookie.items() if k != "expires"} | {"expires": cookie.get("expires", -1)}
                    for cookie in cookies
                ],
                "origins": [
                    {"origin": o["origin"], "localStorage": {i["name"]: i["value"] for i in o["localStorage"]}}
                    for o in origins
                ],
            })  # fmt: skip
        finally:
            await context.close()


@dataclass
class Seller:
    """One user with everything ready to post."""

    resources: Resources
    sandbox: RunningSandbox
    environment: dict[str, str]
    trips: Path
    user_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def connect(self, session: Session) -> None:
        ring, store = self.resources.ring, self.resources.store
        key_id, sealed = ring.seal(
            session.model_dump_json().encode(), user_id=self.user_id, marketplace=session.marketplace
        )
        store.put_session(self.user_id, session.marketplace, key_id, sealed, session.capturedAt.isoformat(), days=7)

    def create_listing(self, **changes: Any) -> str:
        body = {**demo_listing(uuid.uuid4().hex[:6]), **changes}
        listing = self.resources.store.create_listing(self.user_id, body)
        photos = [self._photo(data) for data in demo_photos()]
        self.resources.store.set_photos(self.user_id, listing["id"], photos)
        return listing["id"]

    def _photo(self, data: bytes) -> dict[str, Any]:
        photo_id = uuid.uuid4().hex
        width, height = Image.open(BytesIO(data)).size
        from hashlib import sha256

        return Photo(
            id=photo_id,
            sha256=sha256(data).hexdigest(),
            width=width,
            height=height,
            byte_count=len(data),
            key=self.resources.photos.put(self.user_id, photo_id, data),
        ).model_dump(mode="json")

    def post(self, listing_id: str, *sites: str) -> list[PostingRow]:
        made = self.resources.store.create_job(
            self.user_id, listing_id, list(sites), blocked={}, idempotency_key=None, request_hash="x", max_attempts=4
        )
        return made["job"]["postings"]

    def work(self, posting: PostingRow, seconds: float = 60) -> PostingRow:
        """Plays the queue: attempts at the posting until it has settled."""
        deadline = time.monotonic() + seconds
        while True:
            asyncio.run(process_posting(self.resources, posting["id"]))
            now = self.resources.store.get_posting(posting["id"])
            assert now is not None
            if now["state"] not in {"queued", "waiting", "running", "publishing", "uncertain"}:
                return now
            assert time.monotonic() < deadline, f"still {now['state']}: {json.dumps(now['reason'])}"
            time.sleep(0.2)

    def received(self, site: str, posting: PostingRow) -> list[dict[str, Any]]:
        """What the site holds of this posting's listing, by its custom label or, where there is none, by its title."""
        row = self.resources.store.get_listing(self.user_id, posting["listing_id"])
        assert row is not None
        title = row["body"]["title"]
        return [each for each in self.sandbox.listings(site) if each["title"] == title and each["status"] != "draft"]

    def attempt_rows(self, posting: PostingRow) -> list[dict[str, Any]]:
        """The posting's attempts as the database has them, oldest first."""
        with psycopg.connect(self.environment["DATABASE_URL"], row_factory=psycopg.rows.dict_row) as connection:
            return connection.execute(
                "select * from public.attempts where posting_id = %s order by fence", [posting["id"]]
            ).fetchall()

    def kill_at(self, posting: PostingRow, point: str) -> None:
        """Runs a work-horse in a process of its own and kills it, browser and all, the moment it reaches `point`."""
        self._kill_at(posting["listing_id"], [posting["id"]], point)

    def kill_operation_at(self, operation: OperationRow, point: str) -> None:
        """The same for an operation."""
        self._kill_at(operation["listing_id"], [operation["id"], "operation"], point)

    def _kill_at(self, listing_id: str, arguments: list[str], point: str) -> None:
        self._set_trip(listing_id, point)
        sprung = (self.trips / listing_id / point).with_suffix(".sprung")
        with subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.horse", *arguments],
            env={**os.environ, **self.environment, VARIABLE: str(self.trips)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            try:
                deadline = time.monotonic() + 60
                while not sprung.exists():
                    assert process.poll() is None, f"the work-horse ended before {point}"
                    assert time.monotonic() < deadline, f"{point} was not reached"
                    time.sleep(0.02)
            finally:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def set_trip(self, posting: PostingRow, point: str) -> None:
        self._set_trip(posting["listing_id"], point)

    def _set_trip(self, listing_id: str, point: str) -> None:
        folder = self.trips / listing_id
        folder.mkdir(parents=True, exist_ok=True)
        (folder / point).write_text("wait")
