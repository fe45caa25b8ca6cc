"""One run at a posting, from the open session to the proof: what happens between claim and finish.

`PostingAttempt.post` fills and publishes; `PostingAttempt.reconcile` only looks. Neither decides what an error means
(decisions.py) nor writes the outcome, except that a proof is handed to `on_proof` the moment it is there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import structlog
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page
from playwright.async_api import TimeoutError as PlaywrightTimeout
from redis.asyncio import Redis as AsyncRedis

from listing_worker.agents.base import Attempt, Baseline, Looked, MarketplaceAgent, Tally
from listing_worker.agents.browsers.base import Bill, Lease
from listing_worker.agents.browsers.open import open_browser
from listing_worker.agents.heal.healer import healer_for
from listing_worker.agents.heal.snapshot import take_snapshot
from listing_worker.errors import (
    BrowserCrashed,
    Cancelled,
    ChallengeShown,
    Draining,
    FormChanged,
    LeaseLost,
    ListingWorkerError,
    PageTimeout,
    ReadBackDiffers,
    SignInRequired,
)
from listing_worker.live_view.person import Person
from listing_worker.models import FieldReport, Intent, Listing, Proof
from listing_worker.orchestration.ledger import Hold, fingerprint
from listing_worker.orchestration.leftovers import photo_folder
from listing_worker.orchestration.pacing import Rule, paced, rules_of_account
from listing_worker.orchestration.photo_check import check_photos
from listing_worker.orchestration.resources import Resources
from listing_worker.orchestration.state_manager import RedisCheckpoints
from listing_worker.preflight.check import as_posted
from listing_worker.recordings.keep import keep
from listing_worker.recordings.pictures import Taken, private_boxes
from listing_worker.recordings.timeline import Cost, Recorder
from listing_worker.storage.errors import StoreError
from listing_worker.storage.live_view_calls import Purpose
from listing_worker.storage.photos import PhotoMissing
from listing_worker.utils.session_loader import LoadedSession, capture, load_session, restore, save_back
from listing_worker.utils.tracing import Steps
from listing_worker.utils.trip import trip

log = structlog.get_logger(__name__)

T = TypeVar("T")


def listing_of(row: dict[str, Any], agent: MarketplaceAgent) -> Listing:
    """The stored listing as one marketplace gets it, and as preflight showed it."""
    return as_posted(
        Listing.model_validate({**row["body"], "id": row["id"], "user_id": row["user_id"], "photos": row["photos"]}),
        agent,
    )


@dataclass
class Report:
    """What an attempt leaves behind for the seller and for us; stored with the posting."""

    started: float = field(default_factory=time.monotonic)
    tally: Tally = field(default_factory=Tally)
    fields: list[FieldReport] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    screenshots: dict[str, str] = field(default_factory=dict)
    form_snapshot: str = ""  # what the form looked like when it was not the one we know
    seconds_to_proof: float | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "seconds": round(self.seconds_to_proof or time.monotonic() - self.started, 3),
            "publish_presses": self.tally.publish_presses,
            "model_calls": self.tally.model_calls,
            "model_tokens": self.tally.model_tokens,
            "model_cost_usd": round(self.tally.model_cost_usd, 6),
            "fields_checked": len(self.fields),
            "fields_equal": sum(report.same for report in self.fields),
            "fields": [
                report.model_copy(update={"meant": report.meant[:300], "on_form": report.on_form[:300]}).model_dump()
                for report in self.fields
            ],
            "steps": self.steps,
            "screenshots": self.screenshots,
            **({"form_snapshot": self.form_snapshot} if self.form_snapshot else {}),
        }


class PostingAttempt:
    """One attempt at one posting, inside one browser."""

    purpose: Purpose = "posting"

    def __init__(self, resources: Resources, hold: Hold, listing: Listing, agent: MarketplaceAgent) -> None:
        self._resources = resources
        self._hold = hold
        self._agent = agent
        self._listing = listing
        self.report = Report()
        self.steps = Steps()
        self.intent: Intent | None = None  # as committed by this attempt
        self.checkpoints = RedisCheckpoints(resources.redis, hold.posting["id"], agent.recipe_version)
        self._step_started = time.monotonic()
        self._healer = healer_for(agent, resources.settings, resources.store)
        self.recorder = Recorder(
            marketplace=agent.name,
            recipe_version=agent.recipe_version,
            posting_id=hold.posting["id"],
            attempt=hold.fence,
            listing=listing,
            spent=self._spent,
        )
        self.resting: Callable[[], AbstractContextManager[None]] = nullcontext  # stops whoever limits our time
        self._person: Person | None = None
        self._working: Attempt | None = None  # what the agent works with, once a form is being filled

    # ---- the two ways ----

    async def post(self, on_proof: Callable[[Proof], Awaitable[None]]) -> None:
        """Fills, reads back, commits the intent, presses once, proves. Raises what stopped it."""
        await self.step("prepare")
        self._agent.plan(self._listing)
        await self._pace(self._resources.pacing.wait)
        with photo_folder() as folder:
            attempt = Attempt(
                listing=self._listing,
                photo_files=await asyncio.to_thread(self._photo_files, Path(folder)),
                progress=self.step,
                checkpoints=self.checkpoints,
                may_press=self._may_press,
                tally=self.report.tally,
                healer=self._healer,
                person=self._ask,
            )
            self._working = attempt
            async with self._signed_in_page() as (page, loaded):
                await self.step("open_form")
                await self._answered(page, lambda: self._agent.open_form(page, attempt))
                async with self._kept_if_changed(page):
                    await self.step("fill")
                    self.report.fields = await self._agent.fill(page, attempt)
                    self.recorder.filled(self.report.fields)
                    await self.step("read_back")
                    self.report.fields = await self._answered(page, lambda: self._agent.read_back(page, attempt))
                    self.recorder.read(self.report.fields)
                    self._require_same(self.report.fields)
                await self._healer.memory.confirm(report.field for report in self.report.fields if report.same)
                await self._screenshot(page, "filled")
                await self.step("prepare_publish")
                baseline = await self._answered(page, lambda: self._agent.prepare_publish(page, attempt))
                await self.step("publish")
                await self._pace(self._resources.pacing.take)
                trip(self._hold.posting["listing_id"], "before_intent")
                intent = await self._commit_intent(baseline)
                proof = await self._agent.publish(page, attempt, intent)
                self.report.seconds_to_proof = time.monotonic() - self.report.started
                trip(self._hold.posting["listing_id"], "before_finish")
                await on_proof(proof)
                trip(self._hold.posting["listing_id"], "after_finish")
                await self._afterwards(page, loaded, proof)

    async def reconcile(self, intent: Intent) -> Looked:
        """Looks for the effect of an earlier press, and changes nothing."""
        await self.step("reconcile")
        async with self._signed_in_page() as (page, _):
            looked = await self._answered(
                page, lambda: self._agent.reconcile(page.context, page, self._listing, intent)
            )
            await self._screenshot(page, "reconciled")
            return looked

    # ---- the seller steps in ----

    async def _ask(self, page: Page, asked: ChallengeShown) -> None:
        """Raises `asked` where the seller is not to be had."""
        if self._person is None:
            raise asked
        await self._person.answer(page, asked)
        self._hold.check()

    async def _answered(self, page: Page, action: Callable[[], Awaitable[T]]) -> T:
        """The action, done again each time a challenge that stood in its way has been answered."""
        while True:
            try:
                return await action()
            except ChallengeShown as asked:
                await self._ask(page, asked)
            except (FormChanged, PageTimeout, PlaywrightTimeout):
                found = await self._agent.challenge(page)
                if found is None:
                    raise
                await self._ask(page, found)

    async def _commit_by_hand(self, page: Page, attempt: Attempt | None) -> None:
        """The seller is about to publish what stands on the page."""
        baseline = Baseline() if attempt is None else await self._agent.baseline(page, attempt)
        await self._commit_intent(baseline)

    async def _commit_intent(self, baseline: Baseline) -> Intent:
        intent = Intent(
            fingerprint=fingerprint(self._listing, self._agent.name),
            title=self._listing.title,
            price_cents=self._listing.price.cents,
            photo_count=len(self._listing.photos),
            sku=self._listing.sku,
            draft_id=baseline.draft_id,
            baseline_ids=baseline.known_ids,
        )
        await self._hold.commit_intent(intent)
        self.intent = intent
        return intent

    # ---- parts ----

    @asynccontextmanager
    async def _signed_in_page(self) -> AsyncIterator[tuple[Page, LoadedSession]]:
        posting, store, agent = self._hold.posting, self._resources.store, self._agent
        loaded = await asyncio.to_thread(
            load_session,
            store,
            self._resources.ring,
            posting["user_id"],
            posting["marketplace"],
            purpose=self.purpose,
            subject_id=posting["id"],
            attempt=posting["attempts"],
        )
        if loaded is None:
            raise SignInRequired.to(agent.display_name)
        await self.step("open_browser")
        bill: Bill | None = None
        try:
            async with open_browser(self._resources.settings, hosts=agent.hosts, session=loaded.session) as lease:
                bill = lease.bill
                self._person = self._person_for(lease) if self.purpose == "posting" else None
                self._healer.cdp_url = lease.cdp_url
                refused = await restore(lease.context, loaded.session)
                if refused:
                    log.warning("Chromium refused cookies of the session.", action="restore", names=refused)
                await self.step("sign_in")
                state = await self._answered(lease.page, lambda: agent.sign_in_state(lease.page))
                await asyncio.to_thread(
                    store.mark_session,
                    posting["user_id"],
                    posting["marketplace"],
                    loaded.row["version"],
                    "active" if state.signed_in else "signed_out",
                    state.account,
                )
                if not state.signed_in:
                    raise SignInRequired.to(agent.display_name)
                try:
                    yield lease.page, loaded
                except ListingWorkerError as error:
                    await self._picture_of_failure(lease.page, error)
                    raise
        finally:
            await self._record(bill)

    def _person_for(self, lease: Lease) -> Person:
        settings = self._resources.settings
        return Person(
            store=self._resources.store,
            hold=self._hold,
            agent=self._agent,
            connect=lambda: AsyncRedis.from_url(settings.redis_address, socket_connect_timeout=5),
            seconds=settings.live_view_seconds,
            told=self.step,
            resting=lambda: self.resting(),
            commit=lambda page: self._commit_by_hand(page, self._working),
            elsewhere=lease.live_view_url,
        )

    @asynccontextmanager
    async def _kept_if_changed(self, page: Page) -> AsyncIterator[None]:
        """Counts what the model cost; where the form is not the one we know, keeps how it looked."""
        try:
            yield
        except FormChanged:
            self.recorder.filled(self._agent.filled_so_far(page))
            await self._screenshot(page, "form_changed")
            try:
                self.report.form_snapshot = self.recorder.form_snapshot = (await take_snapshot(page)).text
            except PlaywrightError as error:
                log.warning("No snapshot of the form.", action="snapshot", error=str(error))
            raise
        finally:
            if self._healer.model is not None:
                spend, tally = self._healer.model.spend, self.report.tally
                tally.model_calls = spend.requests
                tally.model_tokens = spend.input_tokens + spend.output_tokens
                tally.model_cost_usd = spend.cost_usd

    async def _record(self, bill: Bill | None) -> None:
        """What the browser cost goes to the attempt; not knowing it stops nothing."""
        if bill is None:
            return
        try:
            await asyncio.to_thread(
                self._resources.store.record_browser, self._hold.posting["id"], self._hold.fence, bill.as_json()
            )
        except StoreError as error:
            log.warning("What the browser cost could not be written.", action="bill", error=error.message)

    def _photo_files(self, folder: Path) -> tuple[Path, ...]:
        """The listing's photos as local files, in order. Raises PhotoMissing."""
        files = []
        for position, photo in enumerate(self._listing.photos, start=1):
            file = folder / f"{position:02d}.jpg"
            file.write_bytes(self._resources.photos.open(photo.key))
            files.append(file)
        return tuple(files)

    async def _pace(self, ask: Callable[[str, str, Sequence[Rule]], float]) -> None:
        """Raises Paced if it is not this account's turn yet."""
        posting = self._hold.posting
        rules = rules_of_account(self._agent.pacing, posting["marketplace"], self._resources.settings)
        if not rules:
            return
        wait = await asyncio.to_thread(ask, posting["user_id"], posting["marketplace"], rules)
        if wait > 0:
            raise paced(self._agent.display_name, wait, rules)

    def _may_press(self) -> None:
        trip(self._hold.posting["listing_id"], "before_press")
        self._hold.may_press()
        self.report.tally.publish_presses += 1

    @staticmethod
    def _require_same(reports: list[FieldReport]) -> None:
        different = [report for report in reports if not report.same]
        if different:
            raise ReadBackDiffers(different)

    async def _afterwards(self, page: Page, loaded: LoadedSession, proof: Proof) -> None:
        """Nice to have, once the truth is written: a picture of the live listing, and the refreshed session."""
        self.report.screenshots.pop("live", None)
        try:
            if page.url.partition("?")[0] != proof.url:
                await page.goto(proof.url, wait_until="load", timeout=15_000)
            await self._screenshot(page, "live")
            await self._check_photos(page, proof.external_id)
            session = await capture(page.context, page, loaded.session)
            await asyncio.to_thread(save_back, self._resources.store, self._resources.ring, loaded, session)
        except PlaywrightError as error:
            log.warning("The listing is live; its picture could not be taken.", action="afterwards", error=str(error))

    async def _check_photos(self, page: Page, external_id: str) -> None:
        """Notes on the live posting whether its public page shows our photos. Fails silently but for a log line."""
        posting, store = self._hold.posting, self._resources.store
        try:
            ours = [await asyncio.to_thread(self._resources.photos.open, photo.key) for photo in self._listing.photos]
            checked = await check_photos(self._agent, page, external_id, ours)
            if checked is not None:
                await asyncio.to_thread(store.note_photos, posting["id"], self._hold.fence, checked)
        except ListingWorkerError as error:
            log.warning("The photos were not compared.", action="photos", error=error.message)

    async def _screenshot(self, page: Page, name: str) -> None:
        posting = self._hold.posting
        try:
            image = await self._picture(page, name)
        except PlaywrightError as error:
            log.warning("No screenshot.", action="screenshot", name=name, error=str(error))
            return
        key = await asyncio.to_thread(self._resources.photos.put, posting["user_id"], f"{posting['id']}-{name}", image)
        self.report.screenshots[name] = key

    async def _picture(self, page: Page, name: str) -> bytes:
        """The whole page as JPEG; noted in the recording with what has to be covered there."""
        words = self.recorder.private_words
        before = await private_boxes(page, words)
        image = await page.screenshot(type="jpeg", quality=70, full_page=True, timeout=10_000)
        self.recorder.picture(name, Taken(image, (*before, *await private_boxes(page, words))))
        return image

    async def _picture_of_failure(self, page: Page, error: ListingWorkerError) -> None:
        """What the page showed when the attempt failed; nothing for an attempt that merely had to stop."""
        if isinstance(error, FormChanged | Cancelled | Draining | LeaseLost | BrowserCrashed) or page.is_closed():
            return  # the first has its picture already
        if self._person is not None and self._person.asked:
            return  # what somebody may have typed there is theirs
        try:
            await self._picture(page, "failed")
        except (PlaywrightError, BrowserCrashed) as problem:
            log.warning("No picture of the failure.", action="screenshot", error=type(problem).__name__)

    def _spent(self) -> Cost:
        model = self._healer.model
        if model is None:
            return Cost()
        spend = model.spend
        return Cost(
            calls=spend.requests, tokens=spend.input_tokens + spend.output_tokens, dollars=round(spend.cost_usd, 6)
        )

    async def keep_recording(self) -> None:
        """Keeps the timeline with the attempt. Call once its outcome is written."""
        posting, resources = self._hold.posting, self._resources
        await asyncio.to_thread(keep, self.recorder, resources.store, resources.photos, posting["user_id"])

    async def step(self, name: str, fields: dict[str, Any] | None = None) -> None:
        """Reports that a step begins; raises Cancelled, Draining or LeaseLost when the attempt has to stop."""
        trip(self._hold.posting["listing_id"], f"step-{name.replace(' ', '-')}")
        self._hold.check()
        now = time.monotonic()
        if self.report.steps:
            self.report.steps[-1]["seconds"] = round(now - self._step_started, 3)
        self._step_started = now
        self.report.steps.append({"step": name})
        self.recorder.step(name, (fields or {}).get("fields", ()))
        self.steps.next(name)
        posting = self._hold.posting
        log.info(f"Step {name}.", action="step", step=name, **(fields or {}))
        await asyncio.to_thread(
            self._resources.events.publish,
            posting["job_id"],
            {
                "posting_id": posting["id"],
                "marketplace": posting["marketplace"],
                "state": self._hold.phase.value,
                "step": name,
                **(fields or {}),
            },
        )


__all__ = ["PhotoMissing", "PostingAttempt", "Report", "listing_of"]
