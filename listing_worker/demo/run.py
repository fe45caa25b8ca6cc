"""`make demo`: the main job, end to end, against the sandbox, judged by the sandbox's own record.

Exit code 0 only if every marketplace has the listing exactly once, equal field by field, with no model call, and the
signed webhook arrived. `result.json` under `data_dir/demo` says the same for programs.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from standardwebhooks import Webhook, WebhookVerificationError

from listing_worker.demo.judge import compare, record_of
from listing_worker.demo.listing import demo_listing
from listing_worker.demo.photos import demo_photos
from listing_worker.demo.receiver import Receiver
from listing_worker.demo.seller import connect_marketplaces, visitor_of
from listing_worker.demo.show import Progress, print_result
from listing_worker.embedded.system import RunningSystem, system
from listing_worker.errors import ConfigurationError
from listing_worker.orchestration.spare import READY
from listing_worker.sandbox.registry import SHOWN
from listing_worker.sandbox.server import SandboxFile
from listing_worker.settings import Settings

POSTING_SECONDS = 120.0
WEBHOOK_SECONDS = 15.0
PICTURE_SECONDS = 10.0
REST_SECONDS = 15.0


@dataclass
class PostingResult:
    """One posting, as `result.json` holds it. `seconds`: from claim to live, measured by the worker."""

    marketplace: str
    status: str
    external_id: str | None = None
    url: str | None = None
    seconds: float | None = None
    fields_checked: int = 0
    fields_equal: int = 0
    publish_requests: int = 0
    model_calls: int = 0
    different: list[dict[str, Any]] = field(default_factory=list)
    screenshots: dict[str, str] = field(default_factory=dict)
    reason: dict[str, Any] | None = None

    @property
    def good(self) -> bool:
        return (
            self.status == "live"
            and self.fields_checked > 0
            and self.fields_checked == self.fields_equal
            and self.publish_requests == 1
            and self.model_calls == 0
        )


@dataclass
class DemoResult:
    """The demo's outcome. `alone_seconds`: from claim to live with nothing else running, by marketplace;
    `parallel_seconds`: from the press of "Post to All" until the last posting is live; `accepted_ms`: the API's answer
    to that press, the median of three."""

    ok: bool
    job_id: str
    job_status: str
    postings: list[PostingResult]
    alone_seconds: dict[str, float]
    parallel_seconds: float
    accepted_ms: float
    webhook_verified: bool
    total_seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def run_demo(settings: Settings, console: Console, *, as_json: bool = False) -> int:
    """Runs it all and prints the result; the exit code."""
    started = time.monotonic()
    progress = Progress(console, quiet=as_json)
    folder = settings.data_dir.absolute() / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").unlink(missing_ok=True)
    with Receiver() as receiver, private_webhooks_allowed(), system(settings, port=0, tell=progress.stage) as running:
        result = Demo(running, settings, receiver, progress, folder).run()
    result.total_seconds = round(time.monotonic() - started, 1)
    (folder / "result.json").write_text(json.dumps(result.as_json(), indent=2, ensure_ascii=False))
    if as_json:
        console.print_json(json.dumps(result.as_json()))
    else:
        print_result(console, result, folder)
    return 0 if result.ok else 1


@contextmanager
def private_webhooks_allowed() -> Iterator[None]:
    """The demo's receiver listens on loopback; API and worker inherit this permission."""
    former = os.environ.get("ALLOW_PRIVATE_WEBHOOKS")
    os.environ["ALLOW_PRIVATE_WEBHOOKS"] = "true"
    try:
        yield
    finally:
        if former is None:
            del os.environ["ALLOW_PRIVATE_WEBHOOKS"]
        else:
            os.environ["ALLOW_PRIVATE_WEBHOOKS"] = former


class Demo:
    """One run against a running system: the seller, the press, the verdict."""

    def __init__(
        self, running: RunningSystem, settings: Settings, receiver: Receiver, progress: Progress, folder: Path
    ) -> None:
        assert running.sandbox_file is not None, "the demo runs against the sandbox"
        self._running = running
        self._settings = settings
        self._receiver = receiver
        self._progress = progress
        self._folder = folder
        self._sandbox = SandboxFile.read(running.sandbox_file)
        self._sites = list(SHOWN)
        self._photos = demo_photos()
        self._api = httpx.Client(
            base_url=running.api_url,
            headers={"authorization": f"Bearer {running.owner_token}"},
            timeout=30,
            trust_env=False,
        )

    def run(self, *, time_alone: bool = True) -> DemoResult:
        """Everything from the connecting to the verdict. `time_alone`: measure the marketplaces one by one as well."""
        with self._api:
            self._connect()
            secret = self._register_webhook()
            job, parallel_seconds, accepted_ms = self._post_to_all()
            postings = [self._judge(posting) for posting in job["postings"]]
            verified = self._verify_webhook(secret, job["id"])
            alone = self._time_alone() if time_alone else {}
        good = len(postings) == len(self._sites) and all(posting.good for posting in postings)
        return DemoResult(
            ok=good and verified,
            job_id=job["id"],
            job_status=job["status"],
            postings=postings,
            alone_seconds=alone,
            parallel_seconds=parallel_seconds,
            accepted_ms=accepted_ms,
            webhook_verified=verified,
        )

    # ---- the seller ----

    def _connect(self) -> None:
        seller = connect_marketplaces(
            self._settings,
            self._running.api_url,
            self._running.owner_token,
            self._sandbox,
            self._sites,
            self._progress.stage,
        )
        asyncio.run(seller)
        self._progress.stage("The seller's browser is closed; from here on the worker is alone")

    def _create_listing(self) -> str:
        made = self._ok(self._api.post("/api/listings", json=demo_listing(secrets.token_hex(3))))
        for number, photo in enumerate(self._photos, start=1):
            file = (f"photo-{number}.jpg", photo, "image/jpeg")
            self._ok(self._api.post(f"/api/listings/{made['id']}/photos", files={"photos": file}))
        return str(made["id"])

    def _post_to_all(self) -> tuple[dict[str, Any], float, float]:
        """The settled job, the seconds it took, and the milliseconds of the API's answers."""
        self._progress.stage("Creating a listing with four photos")
        listing_id = self._create_listing()
        self._progress.stage("Post to All")
        key = {"idempotency-key": secrets.token_hex(8)}
        body = {"listingId": listing_id, "marketplaces": self._sites}
        began = time.monotonic()
        accepted = self._ok(self._api.post("/api/listings/post", json=body, headers=key))
        answers = [time.monotonic() - began]
        job = self._follow(accepted["jobId"], self._sites)
        seconds = time.monotonic() - began
        for _ in range(2):  # the same press again, by its key: answered with the same job, and nothing posted twice
            again = time.monotonic()
            repeated = self._ok(self._api.post("/api/listings/post", json=body, headers=key))
            answers.append(time.monotonic() - again)
            if repeated["jobId"] != accepted["jobId"]:
                raise ConfigurationError("The same Idempotency-Key made another job.")
        return job, round(seconds, 2), round(answers[0] * 1000, 1)

    def _follow(self, job_id: str, sites: list[str]) -> dict[str, Any]:
        """Shows the job's events until it has settled; the job."""
        self._progress.postings(sites)
        try:
            with self._api.stream("GET", f"/api/jobs/{job_id}/events", timeout=POSTING_SECONDS) as stream:
                kind = ""
                for line in stream.iter_lines():
                    name, _, value = line.partition(": ")
                    if name == "event":
                        kind = value
                    elif name == "data" and kind == "progress":
                        self._progress.event(json.loads(value))
                    elif name == "data" and kind == "done":
                        break
                    self._running.check()
        finally:
            self._progress.done()
        return self._ok(self._api.get(f"/api/jobs/{job_id}"))

    def _time_alone(self) -> dict[str, float]:
        """One posting at a time, for the figure: seconds from claim to live, by marketplace."""
        self._progress.stage("Once more, one marketplace at a time, for the time alone")
        alone = {}
        for done, site in enumerate(self._sites):
            self._wait_for_rest(len(self._sites) + done)
            body = {"listingId": self._create_listing(), "marketplaces": [site]}
            accepted = self._ok(self._api.post("/api/listings/post", json=body))
            job = self._follow(accepted["jobId"], [site])
            if job["status"] == "completed":
                alone[site] = job["postings"][0]["report"]["seconds"]
        return alone

    def _wait_for_rest(self, postings: int) -> None:
        """Until the worker has closed the browsers of so many postings and keeps new ones ready. A posting that shares
        the machine with the end of the one before is not alone."""
        settings, worker = self._settings, self._running.parts["worker"]
        if not settings.warm_browser or settings.browser_provider != "local":
            return
        deadline = time.monotonic() + REST_SECONDS
        while worker.times_said(READY) < settings.worker_concurrency + postings and time.monotonic() < deadline:
            time.sleep(0.1)  # between two looks

    # ---- the verdict ----

    def _judge(self, posting: dict[str, Any]) -> PostingResult:
        name, report = posting["marketplace"], posting["report"]
        result = PostingResult(
            marketplace=name,
            status=posting["state"],
            external_id=posting["external_id"],
            url=posting["url"],
            seconds=report.get("seconds"),
            model_calls=report.get("model_calls", 0),
            screenshots=self._save_screenshots(posting),
            reason=posting["reason"],
        )
        record, in_all = record_of(self._sandbox.admin_url, name, posting["external_id"] or "")
        result.publish_requests = in_all
        if record is not None:
            checks = compare(visitor_of(name).EXPECTED, record, self._photos)
            result.fields_checked = len(checks)
            result.fields_equal = sum(check.equal for check in checks)
            result.different = [asdict(check) for check in checks if not check.equal]
        return result

    def _save_screenshots(self, posting: dict[str, Any]) -> dict[str, str]:
        """The pictures of the filled form and of the live listing, beside result.json; paths relative to it."""
        saved = {}
        for name in ("filled", "live"):
            picture = self._picture(posting["id"], name)
            if picture is not None:
                file = f"{posting['marketplace']}-{name}.jpg"
                (self._folder / file).write_bytes(picture)
                saved[name] = file
        return saved

    def _picture(self, posting_id: str, name: str) -> bytes | None:
        """The live listing's picture is taken after the posting is reported live: wait for it a little."""
        deadline = time.monotonic() + PICTURE_SECONDS
        while True:
            answer = self._api.get(f"/api/postings/{posting_id}/screenshots/{name}")
            if answer.is_success:
                return answer.content
            if time.monotonic() > deadline:
                return None
            time.sleep(0.1)

    def _register_webhook(self) -> str:
        made = self._ok(self._api.post("/api/webhooks", json={"url": self._receiver.url}))
        return str(made["secret"])

    def _verify_webhook(self, secret: str, job_id: str) -> bool:
        """True if the completion came, its signature verifies, and it tells of this job."""
        arrived = self._receiver.wait(WEBHOOK_SECONDS)
        if arrived is None:
            return False
        try:
            event = Webhook(secret).verify(arrived.body, arrived.headers)
        except WebhookVerificationError:
            return False
        return bool(event["type"] == "job.completed" and event["data"]["job_id"] == job_id)

    @staticmethod
    def _ok(answer: httpx.Response) -> dict[str, Any]:
        if not answer.is_success:
            raise ConfigurationError(f"{answer.request.method} {answer.request.url.path}: {answer.text[:300]}")
        body: dict[str, Any] = answer.json()
        return body
