"""Drives an agent the way orchestration does, step by step, against a replica."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from listing_worker.agents.base import Attempt, Looked, MarketplaceAgent
from listing_worker.agents.heal.healer import TieredHealer, last_presses, names_in
from listing_worker.errors import ReadBackDiffers
from listing_worker.models import FieldReport, Intent, Listing, Proof
from tests.agents.cases.common import listing


class MemoryCheckpoints:
    """Checkpoints that last as long as the test."""

    def __init__(self) -> None:
        self.steps: dict[str, dict[str, Any]] = {}

    async def load(self, step: str) -> dict[str, Any] | None:
        return self.steps.get(step)

    async def save(self, step: str, data: dict[str, Any]) -> None:
        self.steps[step] = data


def known_form_healer(agent: MarketplaceAgent) -> TieredHealer:
    """As in a posting, without a model: on a form that is known it must leave everything as it is."""
    last = last_presses(agent)
    return TieredHealer(forbidden=names_in(last), last=last)


@dataclass
class Run:
    """One attempt. `presses` counts how often the last button was about to be pressed."""

    agent: MarketplaceAgent
    listing: Listing
    files: list[Path]
    steps: list[str] = field(default_factory=list)
    reports: list[FieldReport] = field(default_factory=list)
    intent: Intent | None = None
    presses: int = 0

    @classmethod
    def of(cls, agent: MarketplaceAgent, changes: dict[str, Any], files: list[Path]) -> Run:
        return cls(agent, listing(changes, files=files), files)

    def attempt(self) -> Attempt:
        async def progress(step: str, fields: dict[str, Any]) -> None:
            self.steps.append(step)

        def may_press() -> None:
            self.presses += 1

        return Attempt(
            listing=self.listing,
            photo_files=tuple(self.files),
            progress=progress,
            checkpoints=MemoryCheckpoints(),
            may_press=may_press,
            healer=known_form_healer(self.agent),
        )

    async def prepare(self, page: Page) -> Attempt:
        """Everything up to the press; `intent` is set. Raises what stopped it."""
        attempt = self.attempt()
        assert (await self.agent.sign_in_state(page)).signed_in
        await self.agent.open_form(page, attempt)
        await self.agent.fill(page, attempt)
        self.reports = await self.agent.read_back(page, attempt)
        if different := [report for report in self.reports if not report.same]:
            raise ReadBackDiffers(different)
        baseline = await self.agent.prepare_publish(page, attempt)
        self.intent = Intent(
            fingerprint="test",
            title=self.listing.title,
            price_cents=self.listing.price.cents,
            photo_count=len(self.files),
            sku=self.listing.sku,
            draft_id=baseline.draft_id,
            baseline_ids=baseline.known_ids,
        )
        return attempt

    async def post(self, page: Page) -> Proof:
        attempt = await self.prepare(page)
        assert self.intent is not None
        return await self.agent.publish(page, attempt, self.intent)

    async def reconcile(self, page: Page) -> Looked:
        """As a later attempt does: in a page of its own, after looking who is signed in."""
        assert self.intent is not None
        tab = await page.context.new_page()
        await self.agent.sign_in_state(tab)
        looked = await self.agent.reconcile(page.context, tab, self.listing, self.intent)
        await tab.close()
        return looked
