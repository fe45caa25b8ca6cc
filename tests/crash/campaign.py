"""The real level: RQ, embedded Postgres and Redis, the sandbox and real Chromium, with faults struck on purpose.

A trial is one act with one fault: a listing posted to one replica through the API, or (changes.py) a live one repriced,
taken down or put back. Lanes (one seller account on one replica
each) run side by side; faults that strike servers hit all lanes together. The verdict is the sandbox's own record.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
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
from listing_worker.orchestration.queue import OPERATE, PostingQueue
from listing_worker.sandbox.registry import SHOWN
from listing_worker.sandbox.server import SandboxFile
from listing_worker.settings import Settings
from listing_worker.utils.crypto import KeyList, seal
from listing_worker.utils.trip import VARIABLE
from tests.crash import changes
from tests.crash.faults import CHANGE_FAULTS, FAULTS, IN_FLIGHT, Fault
from tests.crash.simulate import ACTS, POST
from tests.e2e.seller import signed_in_session

SETTLE_SECONDS, LEASE_SECONDS = 12.0, 12.0
TRIAL_SECONDS = 150.0  # whoever still moves then is stuck
POINT_SECONDS = 60.0
QUIET = {
    "publish_lost": False,
    "publish_error_after": 0,
    "publish_slow": 0.0,
    "late_in_closet": 0.0,
    "change_lost": False,
    "change_ignored": False,
}
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
    """One act under one fault, and what came of it. Seconds are from the strike until it had settled. `listed`: how
    often the replica has the listing, or was asked to change it."""

    fault: Fault
    site: str
    point: str | None
    act: str = POST
    change: changes.Change | None = None
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
    def operation_id(self) -> str:
        return self.change.operation_id if self.change else ""

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
    subjects: dict[str, changes.Subject] = field(default_factory=dict)  # the live listing of each lane
    _numbers: Iterator[int] = field(default_factory=count)
    _threads: list[threading.Thread] = field(default_factory=list)

    # ---- one trial ----

    def run(self, trial: Trial) -> None:
        """Posts, strikes, waits, judges; never raises for what the system under test did."""
        self.set_faults(trial.site)
        if trial.act == POST:
            self._prepare(trial)
        else:
            changes.prepare(self, trial)
        self._lay_wire(trial)
        self.set_faults(trial.site, **dict(trial.fault.switches))
        if trial.act == POST:
            self._post(trial)
        else:
            changes.begin(self, trial)
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

    def set_faults(self, site: str, **switches: object) -> None:
        """These switches, and all others off."""
        self.admin.put(f"/faults/{site}", json={**QUIET, **switches}).raise_for_status()

    def received(self, site: str) -> list[dict[str, Any]]:
        """The replica's own record."""
        return list(self.admin.get("/received", params={"site": site}).json()["listings"])

    def next_number(self) -> int:
        return next(self._numbers)

    def _prepare(self, trial: Trial) -> None:
        """A listing with a photo, not posted yet."""
        number = uuid.uuid4().hex[:8]
        listing = {**demo_listing(number), "title": f"Wrap Dress {number}"}
        trial.title = listing["title"]
        trial.listing_id = self.patiently(lambda: self.api.post("/api/listings", json=listing)).json()["id"]
        for photo in demo_photos()[:1]:
            self.patiently(
                lambda photo=photo: self.api.post(
                    f"/api/listings/{trial.listing_id}/photos", files={"photos": ("p.jpg", photo, "image/jpeg")}
                )
            )

    def _lay_wire(self, trial: Trial) -> None:
        """Sets where the work-horse is held."""
        trial.folder = self.trips / trial.listing_id
        shutil.rmtree(trial.folder, ignore_errors=True)
        if trial.point is None:
            return
        trial.folder.mkdir(parents=True, exist_ok=True)
        if trial.point == IN_FLIGHT:
            (trial.folder / "before_press").write_text("pass")
        else:
            trial.wire.write_text(trial.fault.word)

    def _post(self, trial: Trial) -> None:
        body = {"listingId": trial.listing_id, "marketplaces": [trial.site]}
        key = {"idempotency-key": uuid.uuid4().hex}
        accepted = self.patiently(lambda: self.api.post("/api/listings/post", json=body, headers=key)).json()
        trial.job_id = accepted["jobId"]
        trial.posting_id = accepted["automationResults"][0]["id"]

    def post_quietly(self, site: str) -> tuple[str, dict[str, Any]]:
        """A listing posted without a fault: its id, and its live posting."""
        trial = Trial(FAULTS[0], site, None)
        self._prepare(trial)
        self._post(trial)
        self._wait_settled(trial)
        assert trial.state == "live", f"{site}: an undisturbed posting ended {trial.state}: {trial.reason}"
        return trial.listing_id, self._posting(trial)

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
            if any(each["title"] == trial.title and each["publish_requests"] for each in self.received(trial.site)):
                return True
            time.sleep(0.05)
        return False

    def _wait_settled(self, trial: Trial) -> None:
        if trial.act != POST:
            if changes.wait(self, trial, TRIAL_SECONDS):
                trial.seconds = round(time.monotonic() - (trial.struck_at or time.monotonic()), 2)
            return
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
        if trial.act != POST:
            trial.verdict = changes.judge(self, trial)
            return
        mine = [each for each in self.received(trial.site) if each["title"] == trial.title and each["status"] == "live"]
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
        job = self.patiently(lambda: self.api.get(f"/api/jobs/{trial.job_id}")).json()
        found = [posting for posting in job["postings"] if posting["id"] == trial.posting_id]
        return dict(found[0])

    def patiently(self, call: Callable[[], httpx.Response]) -> httpx.Response:
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

    def ask_again(self, trial: Trial) -> None:
        """The same change once more, while the first is under way."""
        changes.begin(self, trial)

    def deliver_operation(self, trial: Trial, number: int) -> None:
        """Another wake-up for the same operation."""
        self.queue.rq.enqueue_call(OPERATE, args=(trial.operation_id,), job_id=f"again-{number}-{trial.operation_id}")

    def post_again(self, trial: Trial, key: str | None) -> None:
        body = {"listingId": trial.listing_id, "marketplaces": [trial.site]}
        headers = {"idempotency-key": f"{key} {trial.listing_id}"} if key else {}
        self.api.post("/api/listings/post", json=body, headers=headers)

    def cancel(self, trial: Trial) -> None:
        self.api.delete(f"/api/jobs/{trial.job_id}" if trial.act == POST else f"/api/operations/{trial.operation_id}")

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


def draw_trials(number_of: int, seed: int, acts: Sequence[str] = ACTS) -> list[Trial]:
    """`number_of` trials: the acts in turn, each with every one of its faults at every point as evenly as their number
    allows, in a drawn order."""
    rng = random.Random(seed)
    sites = sorted(SHOWN)
    kinds: dict[str, list[tuple[Fault, str | None]]] = {}
    for act in acts:
        faults = FAULTS if act == POST else CHANGE_FAULTS
        drawn = [(fault, point) for fault in faults if act in fault.acts for point in (fault.points or (None,))]
        rng.shuffle(drawn)
        place = {kind: [k for k in drawn if k[0] is kind[0]].index(kind) for kind in drawn}
        kinds[act] = sorted(drawn, key=place.__getitem__)
    trials = []
    for number in range(number_of):
        act = acts[number % len(acts)]
        fault, point = kinds[act][number // len(acts) % len(kinds[act])]
        able = [site for site in sites if changes.possible(act, site)]
        trials.append(Trial(fault, able[(number + rng.randrange(3)) % len(able)], point, act))
    return trials


def stop_children(made: Campaign) -> None:
    """For a campaign that is interrupted: nothing frozen is left behind."""
    for trial in made.trials:
        try:
            os.kill(trial.horse_pid(), signal.SIGCONT)
        except (OSError, ValueError):
            continue
