"""One run at an operation, from the open session to what was seen. Writes nothing but checkpoints and screenshots."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from listing_worker.agents.base import Attempt, Deed, Effect, MarketplaceAgent, Standing
from listing_worker.agents.dry_run import discard, publish_guard
from listing_worker.agents.form.compare import loose
from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.errors import (
    ListingInvalid,
    ListingWorkerError,
    PublishRefused,
    PublishUncertain,
    RetryLater,
    SignInRequired,
)
from listing_worker.models import ChangeIntent, FieldReport, Listing, ListingStatus, Money, OperationKind, Proof
from listing_worker.orchestration.attempt import PostingAttempt
from listing_worker.orchestration.ledger import Hold
from listing_worker.orchestration.leftovers import photo_folder
from listing_worker.orchestration.operations.decisions import Start, begin
from listing_worker.orchestration.photo_check import check_photos
from listing_worker.orchestration.resources import Resources
from listing_worker.storage import rows
from listing_worker.utils.clock import utc_now
from listing_worker.utils.trip import trip

SEEN_WITHIN = 10_000  # milliseconds after a press in which its effect may come to show, before it counts as uncertain
LEFT_DRAFT = "left_draft"
THERE = {ListingStatus.ACTIVE, ListingStatus.PENDING}


class NotSeen(RetryLater):
    """It could not be told how the listing stands; nothing was pressed."""

    code = "not_seen"


@dataclass(frozen=True)
class Finding:
    """What an attempt came to. `start` is what was found at the beginning; `effect` what was seen after a press."""

    start: Start
    standing: Standing
    effect: Effect | None = None
    refusal: PublishRefused | None = None


class OperationAttempt(PostingAttempt):
    """One attempt at one operation, inside one browser. `result` is what is stored and shown."""

    purpose = "operation"

    def __init__(
        self,
        resources: Resources,
        hold: Hold,
        operation: rows.OperationRow,
        posting: rows.PostingRow | None,
        listing: Listing,
        agent: MarketplaceAgent,
    ) -> None:
        super().__init__(resources, hold, listing, agent)
        self._operation = operation
        self._posting = posting
        self.kind = OperationKind(operation["kind"])
        self.result: dict[str, Any] = {}

    # ---- the three ways ----

    async def act(self) -> Finding:
        """Looks how the listing stands, and if it can be done: commits the intent, presses once, looks again."""
        deed = self._deed()
        self._check_possible()
        async with self._page() as page:
            await self.step("look")
            standing = await self._agent.status(page, deed.external_id)
            self._note(standing)
            start = begin(self.kind, standing.status)
            if start is Start.LOOK_AGAIN:
                raise NotSeen(f"{self._agent.display_name} did not show how the listing stands ({standing.seen}).")
            if start is not Start.ACT:
                if self._operation["input"].get("compare") and standing.status in THERE:
                    await self._compare(page, deed)
                await self._show(page, deed.external_id)
                return Finding(start, standing)
            refusal = None
            try:
                proof = await self._press(page, self._deed(standing))
                self.result["pressed"] = proof is not None
            except PublishRefused as error:
                if not error.sent:
                    raise
                refusal = error
            except PublishUncertain as error:
                self.result["doubt"] = error.message
            trip(self._operation["listing_id"], "before_look")
            effect = await self._look_for(page, deed)
            return Finding(start, effect.standing, effect, refusal)

    async def look(self) -> Effect:
        """Looks for the effect of an earlier press, and changes nothing."""
        await self.step("reconcile")
        async with self._page() as page:
            effect = await self._agent.in_effect(page, self._deed())
            self._note(effect.standing, effect)
            await self._show(page, effect.standing.external_id)
            return effect

    async def dry_run(self) -> None:
        """Fills the real form and reads it back; publishes and saves nothing. The table is in `result`."""
        await self.step("prepare")
        self._agent.plan(self._listing)
        with photo_folder() as folder:
            attempt = Attempt(
                listing=self._listing,
                photo_files=await asyncio.to_thread(self._photo_files, Path(folder)),
                progress=self.step,
                checkpoints=self.checkpoints,
                may_press=_never,
                tally=self.report.tally,
            )
            async with self._page() as page, publish_guard(page.context, self._agent) as guard:
                try:
                    await self._discard_left(page)
                    await self.step("open_form")
                    await self._agent.open_form(page, attempt)
                    if draft := await self._agent.form_draft(page):
                        await self.checkpoints.save(LEFT_DRAFT, {"id": draft})
                    await self.step("fill")
                    self.report.fields = await self._agent.fill(page, attempt)
                    await self.step("read_back")
                    self.report.fields = await self._agent.read_back(page, attempt)
                    await self._screenshot(page, "filled")
                finally:
                    self._note_form(guard.stopped)
                    self.result["left_behind"] = await self._discard(page)
        await self.checkpoints.clear()

    async def _compare(self, page: Page, deed: Deed) -> None:
        """Notes what the live listing says in each field of its edit form, and what its page shows of our photos.
        Presses nothing. Where there is no edit form to read, title and price are compared as they were seen."""
        await self.step("compare")
        if self._agent.can(OperationKind.EDIT):
            effect = await self._agent.in_effect(page, replace(deed, kind=OperationKind.EDIT, fields=()))
            plan = self._agent.plan(deed.listing)
            sources = {each.field: (each.source or each.field).partition(".")[0] for each in plan}
            self.result["fields"] = [
                {**report.model_dump(), "source": sources.get(report.field, report.field)} for report in effect.fields
            ]
        else:
            self.result["fields"] = self._as_seen(deed)
        ours = [await asyncio.to_thread(self._resources.photos.open, photo.key) for photo in self._listing.photos]
        photos = await check_photos(self._agent, page, deed.external_id, ours)
        if photos is not None:
            self.result["photos"] = photos

    def _as_seen(self, deed: Deed) -> list[dict[str, Any]]:
        """Title and price as the listing's page or list showed them, against ours."""
        title, price = str(self.result["title"]), self.result["price_cents"]
        seen = [("title", deed.listing.title, title, loose(title) == loose(deed.listing.title))] if title else []
        if price:
            wanted = deed.listing.price
            seen.append(("price", str(wanted), f"{price / 100:.2f}", price == wanted.cents))
        return [
            FieldReport(field=field, meant=meant, on_form=there, same=same).model_dump()
            for field, meant, there, same in seen
        ]

    # ---- parts ----

    @asynccontextmanager
    async def _page(self) -> AsyncIterator[Page]:
        async with self._signed_in_page() as (page, _):
            yield page

    def _check_possible(self) -> None:
        if not self._agent.can(self.kind):
            raise ListingInvalid(
                f"On {self._agent.display_name} this cannot be done from here yet: {self.kind.value}.",
                action=f"Do it by hand on {self._agent.display_name}",
            )

    def _deed(self, standing: Standing | None = None) -> Deed:
        given = self._operation["input"]
        listing = self._listing
        if self.kind is OperationKind.CHANGE_PRICE:
            listing = listing.model_copy(update={"price": Money.of(str(given["price"]))})
        external_id = self._posting["external_id"] if self._posting else None
        if not external_id:
            raise ListingInvalid("This posting has no listing on the marketplace.")
        return Deed(
            kind=self.kind,
            external_id=external_id,
            listing=listing,
            fields=tuple(given.get("fields") or ()),
            progress=self.step,
            commit=self._commit,
            may_press=self._may_press,
            **({"before": standing.status} if standing else {}),
        )

    async def _commit(self, intent: ChangeIntent) -> None:
        trip(self._operation["listing_id"], "before_intent")
        await self._hold.commit_intent(intent)

    async def _press(self, page: Page, deed: Deed) -> Proof | None:
        match self.kind:
            case OperationKind.CHANGE_PRICE:
                return await self._agent.change_price(page, deed)
            case OperationKind.EDIT:
                return await self._agent.edit(page, deed)
            case OperationKind.DELIST:
                return await self._agent.delist(page, deed)
            case _:
                return await self._agent.relist(page, deed)

    async def _look_for(self, page: Page, deed: Deed) -> Effect:
        """The effect, once it shows; else the last look within SEEN_WITHIN. A failed look tells neither way."""
        last: Effect | None = None

        async def shows() -> Effect | None:
            nonlocal last
            last = await self._agent.in_effect(page, deed)
            return last if last.holds else None

        try:
            await until(shows, Deadline(SEEN_WITHIN))
        except (RetryLater, PlaywrightError, SignInRequired) as error:
            self.result["doubt"] = str(error).partition("\n")[0][:300]
        effect = last
        if effect is None:
            url = str(self.result.get("url", ""))
            seen = "the listing could not be looked at"
            effect = Effect(None, Standing(ListingStatus.UNKNOWN, deed.external_id, url, seen))
        self._note(effect.standing, effect)
        await self._show(page, deed.external_id)
        return effect

    async def _show(self, page: Page, external_id: str) -> None:
        """A picture of the listing as it stands: the proof that people look at."""
        url = self.result.get("url")
        with contextlib.suppress(PlaywrightError):
            if url and not page.url.startswith(str(url)):
                await page.goto(str(url), wait_until="load", timeout=10_000)
        await self._screenshot(page, "seen")

    def _note(self, standing: Standing, effect: Effect | None = None) -> None:
        self.result |= {
            "status": standing.status.value,
            "seen": standing.seen,
            "seen_at": utc_now().isoformat(),
            "url": standing.url,
            "title": standing.title,
            "price_cents": standing.price_cents,
        }
        if effect is not None:
            self.result["in_effect"] = effect.holds
            if effect.fields:
                self.result["fields"] = [report.model_dump() for report in effect.fields]

    def _note_form(self, stopped: int) -> None:
        fields = self.report.fields
        self.result |= {
            "fields": [
                {"field": one.field, "meant": one.meant[:300], "on_form": one.on_form[:300], "same": one.same}
                for one in fields
            ],
            "same": bool(fields) and all(one.same for one in fields),
            "publish_presses": self.report.tally.publish_presses,
            "publish_requests_stopped": stopped,
        }

    async def _discard_left(self, page: Page) -> None:
        """The draft that a killed dry run left."""
        left = await self.checkpoints.load(LEFT_DRAFT)
        if left:
            await discard(self._agent, page, str(left["id"]), form_open=False)

    async def _discard(self, page: Page) -> str:
        """Leaves the form without a trace; what stays and where, if that did not work."""
        try:
            left = await discard(self._agent, page, await self._agent.form_draft(page), form_open=True)
        except (ListingWorkerError, PlaywrightError) as error:
            return f"A draft may be left on {self._agent.display_name}: {str(error).partition(chr(10))[0][:200]}"
        return left

    def as_json(self) -> dict[str, Any]:
        """The result with what the attempt cost."""
        cost = self.report.as_json()
        return {
            **self.result,
            "seconds": cost["seconds"],
            "presses": cost["publish_presses"],
            "steps": cost["steps"],
            "screenshots": cost["screenshots"],
        }


def _never() -> None:
    raise PublishRefused("A dry run presses nothing.")
