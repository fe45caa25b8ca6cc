"""The real level: RQ, embedded Postgres and Redis, the sandbox and real Chromium, with faults struck on purpose.

A trial is one listing posted to one replica through the API, with one fault. Lanes (one seller account on one replica
each) run side by side; faults that strike servers hit all lanes together. The verdict is the sandbox's own record.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from redis import Redis
from redis.exceptions import RedisError

from listing_worker.demo.listing import demo_listing
from listing_worker.demo.photos import demo_photos
from listing_worker.embedded.postgres import ensure_postgres
from listing_worker.embedded.redis import ensure_redis
from listing_worker.embedded.system import RunningSystem, system
from listing_worker.orchestration.queue import PostingQueue
from listing_worker.sandbox.registry import SHOWN
from listing_worker.sandbox.server import SandboxFile
from listing_worker.settings import Settings
from listing_worker.utils.crypto import KeyList, seal
from listing_worker.utils.trip import VARIABLE
from tests.crash.faults import IN_FLIGHT, Fault
from tests.e2e.seller import signed_in_session

SETTLE_SECONDS, LEASE_SECONDS = 12.0, 12.0
TRIAL_SECONDS = 150.0  # whoever still moves then is stuck
POINT_SECONDS = 60.0
QUIET = {"publish_lost": False, "publish_error_after": 0, "publish_slow": 0.0, "late_in_closet": 0.0}
ENVIRONMENT = {
    "WORKER_CONCURRENCY": "4",
    "LEASE_SECONDS": str(LEASE_SECONDS),
    "SETTLE_SECONDS": str(SETTLE_SECONDS),
    "FENCE_MARGIN_SECONDS": "3",
    "API_RATE_LIMIT": "100000/minute",  # the campaign asks for states all the time
    "ADDRESS_RATE_LIMIT": "100000/minute",
}


@dataclass
class Trial:
    """One posting under one fault, and what came of it. Seconds are from the strike until the posting had settled."""

    fault: Fault
    site: str
    point: str | None
    title: str = ""
    listing_id: str = ""
    job_id: str = ""
    posting_id: str = ""
    folder: Path = Path()
    struck_at: float | None = None
    seconds: float | None = None
    state: str = ""
    reason: dict[str, Any] | None = None
    listed: int = 0
    verdict: str = "good"

    @property
    def wire(self) -> Path:
        return self.folder / (self.point or "nowhere")

    def horse_pid(self) -> int:
        """The work-horse: held at the trip wire, or, in flight, seen when it passed the last one."""
        wire = self.folder / "before_press" if self.point == IN_FLIGHT else self.wire
        return int(wire.with_suffix(".sprung").read_text())

    def go(self) -> None:
        """Lets it go on."""
        self.wire.with_suffix(".go").touch()


@dataclass
class Campaign:
    """A running system, and the hands that break it."""

    running: RunningSystem
    trips: Path
    sandbox: SandboxFile
    redis: Redis
    queue: PostingQueue
    api: httpx.Client
    admin: httpx.Client
    lease_seconds: float = LEASE_SECONDS
    trials: list[Trial] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    # ---- one trial ----

    def run(self, trial: Trial) -> None:
        """Posts, strikes, waits, judges; never raises for what the system under test did."""
        self.admin.put(f"/faults/{trial.site}", json={**QUIET, **dict(trial.fault.switches)}).raise_for_status()
        self._post(trial)
        if trial.point is None or self._held(trial):
            trial.struck_at = time.monotonic()
            if not trial.fault.everybody:
                trial.fault.strike(self, trial)
        if not trial.fault.everybody:
            self.conclude(trial)

    def conclude(self, trial: Trial) -> None:
        self._wait_settled(trial)
        self._judge(trial)
        self.trials.append(trial)

    def _post(self, trial: Trial) -> None:
        number = uuid.uuid4().hex[:8]
        listing = {**demo_listing(number), "title": f"Wrap Dress {number}"}
        trial.title = listing["title"]
        trial.listing_id = self._patiently(lambda: self.api.post("/api/listings", json=listing)).json()["id"]
        for photo in demo_photos()[:1]:
            self._patiently(
                lambda photo=photo: self.api.post(
                    f"/api/listings/{trial.listing_id}/photos", files={"photos": ("p.jpg", photo, "image/jpeg")}
                )
            )
        body = {"listingId": trial.listing_id, "marketplaces": [trial.site]}
        trial.folder = self.trips / trial.listing_id
        if trial.point == IN_FLIGHT:
            trial.folder.mkdir(parents=True, exist_ok=True)
            (trial.folder / "before_press").write_text("pass")
        elif trial.point is not None:
            trial.folder.mkdir(parents=True, exist_ok=True)
            trial.wire.write_text(trial.fault.word)
        key = {"idempotency-key": uuid.uuid4().hex}
        accepted = self._patiently(lambda: self.api.post("/api/listings/post", json=body, headers=key)).json()
        trial.job_id = accepted["jobId"]
        trial.posting_id = accepted["automationResults"][0]["id"]

    def _held(self, trial: Trial) -> bool:
        """Waits until the work-horse is at the point. False if it never came there."""
        if trial.point == IN_FLIGHT:
            return self._pressed(trial)
        deadline = time.monotonic() + POINT_SECONDS
        while not trial.wire.with_suffix(".sprung").exists():
            if time.monotonic() > deadline:
                trial.go()
                return False
            time.sleep(0.02)
        return True

    def _pressed(self, trial: Trial) -> bool:
        """Waits until the publish request has reached the site and the listing is made; its answer is still out."""
        deadline = time.monotonic() + POINT_SECONDS
        while time.monotonic() < deadline:
            received = self.admin.get("/received", params={"site": trial.site}).json()["listings"]
            if any(each["title"] == trial.title and each["publish_requests"] for each in received):
                return True
            time.sleep(0.05)
        return False

    def _wait_settled(self, trial: Trial) -> None:
        deadline = time.monotonic() + TRIAL_SECONDS
        while time.monotonic() < deadline:
            job = self._job(trial)
            if job is not None and job["status"] != "processing":
                trial.seconds = round(time.monotonic() - (trial.struck_at or time.monotonic()), 2)
                break
            time.sleep(0.1)
        posting = self._posting(trial)
        trial.state, trial.reason = posting["state"], posting["reason"]

    def _judge(self, trial: Trial) -> None:
        received = self.admin.get("/received", params={"site": trial.site}).json()["listings"]
        mine = [each for each in received if each["title"] == trial.title and each["status"] == "live"]
        trial.listed = len(mine)
        posting = self._posting(trial)
        if trial.listed > 1:
            trial.verdict = "duplicate"
        elif trial.seconds is None:
            trial.verdict = "stuck"
        elif trial.state == "live":
            trial.verdict = "good" if mine and mine[0]["id"] == posting["external_id"] else "false_success"
        elif trial.state in {"failed", "cancelled"} and mine:
            trial.verdict = "false_failure"
        elif not trial.reason:
            trial.verdict = "lost"
        elif trial.state != "live" and trial.state not in trial.fault.may_end_as:
            trial.verdict = "told"  # a truthful end with a reason and an action, though not the hoped-for one

    def _job(self, trial: Trial) -> dict[str, Any] | None:
        try:
            answer = self.api.get(f"/api/jobs/{trial.job_id}")
        except httpx.HTTPError:
            return None
        return answer.json() if answer.is_success else None

    def _posting(self, trial: Trial) -> dict[str, Any]:
        job = self._patiently(lambda: self.api.get(f"/api/jobs/{trial.job_id}")).json()
        found = [posting for posting in job["postings"] if posting["id"] == trial.posting_id]
        return dict(found[0])

    def _patiently(self, call: Callable[[], httpx.Response]) -> httpx.Response:
        """The API itself may be without its database for a moment."""
        deadline = time.monotonic() + 60
        while True:
            try:
                answer = call()
                if answer.status_code < 500:
                    return answer.raise_for_status()
            except httpx.TransportError:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError("the API did not answer for a minute")
            time.sleep(0.2)

    # ---- hands ----

    def post_again(self, trial: Trial, key: str | None) -> None:
        body = {"listingId": trial.listing_id, "marketplaces": [trial.site]}
        headers = {"idempotency-key": f"{key} {trial.listing_id}"} if key else {}
        self.api.post("/api/listings/post", json=body, headers=headers)

    def cancel(self, trial: Trial) -> None:
        self.api.delete(f"/api/jobs/{trial.job_id}")

    def later(self, action: Callable[[], None]) -> None:
        thread = threading.Thread(target=action, daemon=True)
        thread.start()
        self._threads.append(thread)

    def restart_redis(self, *, at_once: bool, away_seconds: float) -> None:
        ensure_redis(self.running.settings.data_dir).stop(at_once=at_once)
        time.sleep(away_seconds)
        ensure_redis(self.running.settings.data_dir)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                self.redis.ping()
                return
            except RedisError:
                time.sleep(0.1)

    def restart_postgres(self) -> None:
        ensure_postgres(self.running.settings.data_dir).stop(at_once=True)
        ensure_postgres(self.running.settings.data_dir)

    def wait_for_hands(self) -> None:
        for thread in self._threads:
            thread.join()
        self._threads.clear()


@contextmanager
def campaign(data_dir: Path, tell: Callable[[str], None]) -> Iterator[Campaign]:
    """A system of its own, with every replica connected."""
    trips = data_dir / "trips"
    trips.mkdir(parents=True, exist_ok=True)
    former = {name: os.environ.get(name) for name in (*ENVIRONMENT, VARIABLE)}
    os.environ.update({**ENVIRONMENT, VARIABLE: str(trips)})
    try:
        settings = Settings(_env_file=None, data_dir=data_dir)  # type: ignore[call-arg]
        with system(settings, port=0, tell=tell) as running:
            assert running.sandbox_file is not None
            sandbox = SandboxFile.read(running.sandbox_file)
            redis = Redis.from_url(running.settings.redis_address)
            headers = {"authorization": f"Bearer {running.owner_token}"}
            with (
                httpx.Client(base_url=running.api_url, headers=headers, timeout=30, trust_env=False) as api,
                httpx.Client(base_url=sandbox.admin_url, timeout=30, trust_env=False) as admin,
            ):
                made = Campaign(running, trips, sandbox, redis, PostingQueue(redis), api, admin)
                tell("Signing in to the replicas")
                connect(made)
                yield made
                made.wait_for_hands()
            redis.close()
    finally:
        for name, value in former.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def connect(made: Campaign) -> None:
    """One sealed session per replica, for the owner."""
    keys = KeyList.model_validate(made.api.get("/api/extension/keys").raise_for_status().json())
    key = keys.keys[0]
    for site in SHOWN:
        session = asyncio.run(signed_in_session(made.sandbox, site))
        plain = session.model_dump_json().encode()
        sealed = seal(key.public_key, plain, user_id=made.running.owner_id, marketplace=site, key_id=key.key_id)
        body = {"key_id": key.key_id, "sealed": sealed, "captured_at": session.capturedAt.isoformat()}
        made.api.put(f"/api/sessions/{site}", json=body).raise_for_status()


def draw_trials(faults: tuple[Fault, ...], count: int, seed: int) -> list[Trial]:
    """`count` trials, every fault at every one of its points as evenly as the count allows, in a drawn order."""
    rng = random.Random(seed)
    kinds = [(fault, point) for fault in faults for point in (fault.points or (None,))]
    rng.shuffle(kinds)
    sites = sorted(SHOWN)
    by_fault = sorted(kinds, key=lambda kind: [k for k in kinds if k[0] is kind[0]].index(kind))
    chosen = [by_fault[number % len(by_fault)] for number in range(count)]
    return [
        Trial(fault, sites[(number + rng.randrange(3)) % len(sites)], point)
        for number, (fault, point) in enumerate(chosen)
    ]


def stop_children(made: Campaign) -> None:
    """For a campaign that is interrupted: nothing frozen is left behind."""
    for trial in made.trials:
        try:
            os.kill(trial.horse_pid(), signal.SIGCONT)
        except (OSError, ValueError):
            continue
