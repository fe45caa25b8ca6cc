"""A seller with one live listing, and the acts that a worker would do on it, with what they committed."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page

from listing_worker.agents.base import Deed, Effect, Standing
from listing_worker.agents.registry import get_agent
from listing_worker.models import ChangeIntent, Listing, Money, OperationKind, Proof
from tests.agents.cases.common import listing
from tests.agents.conftest import Market
from tests.agents.drive import Run


class Owner:
    """A seller with one live listing on one marketplace, and the acts a worker would do, with what they committed."""

    def __init__(self, market: Market, name: str) -> None:
        self.market, self.name, self.agent = market, name, get_agent(name)
        self.intents: list[ChangeIntent] = []
        self.presses = 0
        self.listing: Listing = listing(files=market.files[:2])

    async def lists(self, **changes: Any) -> Page:
        run = Run.of(self.agent, changes, self.market.files[:2])
        page = await self.market.signed_in(self.name)
        self.proof: Proof = await run.post(page)
        self.listing = run.listing
        await page.close()
        return await self.fresh_page()

    async def also_lists(self, **changes: Any) -> Proof:
        """Another one, in the same browser."""
        return await Run.of(self.agent, changes, self.market.files[:2]).post(await self.market.context.new_page())

    async def fresh_page(self) -> Page:
        page = await self.market.context.new_page()
        assert (await self.agent.sign_in_state(page)).signed_in
        return page

    def record(self) -> dict[str, Any]:
        return next(one for one in self.market.sandbox.listings(self.name) if one["id"] == self.proof.external_id)

    def becomes(self, status: str) -> None:
        address = f"/listings/{self.name}/{self.proof.external_id}"
        self.market.sandbox.admin.put(address, json={"status": status}).raise_for_status()

    def deed(self, kind: OperationKind, **changes: Any) -> Deed:
        async def commit(intent: ChangeIntent) -> None:
            assert self.record()["changes"] == self.before, "nothing may have been sent before the intent"
            self.intents.append(intent)

        def may_press() -> None:
            assert self.intents, "no press without an intent"
            self.presses += 1

        fields = tuple(changes)
        self.before = self.record()["changes"]
        values = {**changes, **({"price": Money.of(changes["price"])} if "price" in changes else {})}
        wanted = self.listing.model_copy(update=values)
        return Deed(kind, self.proof.external_id, wanted, fields, commit=commit, may_press=may_press)

    async def does(self, page: Page, deed: Deed) -> Effect:
        await getattr(self.agent, deed.kind.value)(page, deed)
        return await self.agent.in_effect(page, deed)

    async def standing(self, page: Page) -> Standing:
        return await self.agent.status(page, self.proof.external_id)
