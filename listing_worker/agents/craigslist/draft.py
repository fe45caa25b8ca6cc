"""An unfinished chain: kept between attempts, so that the next one goes on with it instead of leaving another draft in
the account (facts: craigslist §3 a chain left open resumes at the step it had reached; §7 drafts)."""

from __future__ import annotations

import asyncio
import re
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from playwright.async_api import Page

from listing_worker.agents.base import Attempt, Sighting
from listing_worker.agents.craigslist.chain import raise_if_sellers
from listing_worker.agents.craigslist.recipe import CHAIN, RECIPE
from listing_worker.agents.form.locate import is_visible
from listing_worker.agents.page_signs import classify, raise_unless_ok, visit

CHECKPOINT = "draft"


@dataclass(frozen=True)
class Draft:
    """What was chosen and sent in a chain so far. `words`: the place and category that were asked for; `photos`: the
    SHA-256 of each photo that goes into it, in order; it may hold the first few of them already."""

    chain: str
    category: str
    fee: str
    words: dict[str, str]
    photos: list[str]

    @classmethod
    def of(cls, chain: str, category: str, fee: str, words: dict[str, str], photos: list[str]) -> Draft:
        return cls(chain, category, fee, dict(words), photos)

    def fits(self, words: dict[str, str], photos: list[str]) -> bool:
        """Whether what cannot be changed any more in the chain is what is wanted now."""
        return bool(self.category) and self.words == dict(words) and self.photos == photos


async def kept_draft(attempt: Attempt) -> Draft | None:
    kept = await attempt.checkpoints.load(CHECKPOINT)
    return Draft(**kept) if kept and kept.keys() == Draft.__dataclass_fields__.keys() else None


async def keep_draft(attempt: Attempt, draft: Draft) -> None:
    await attempt.checkpoints.save(CHECKPOINT, asdict(draft))


async def forget_draft(attempt: Attempt) -> None:
    await attempt.checkpoints.save(CHECKPOINT, {})


async def photo_prints(attempt: Attempt) -> list[str]:
    """The SHA-256 of each photo file, in order."""
    return await asyncio.to_thread(lambda: [_print(file) for file in attempt.photo_files])


def _print(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()


async def open_chain(page: Page, chain: str) -> bool:
    """To the step that the chain has reached; False if there is no such chain any more. Raises what the step waits for
    from the seller, and what the page's kind asks for."""
    response = await visit(page, CHAIN.replace("{draft_id}", chain))
    await page.wait_for_load_state("domcontentloaded")
    await raise_if_sellers(page)  # in its own words, before the same page counts as any challenge
    raise_unless_ok(await classify(page, RECIPE.signs, response), RECIPE)
    return response is None or response.status < 400


async def made_by(page: Page) -> Sighting | None:
    """The post, if the open page of a chain says that it is made; its title is not told there."""
    publication = RECIPE.publication
    assert publication.success is not None
    if not await is_visible(page, publication.success):
        return None
    links: list[str] = await page.evaluate("() => [...document.links].map(e => e.href)")
    told = [(found.group(1), link) for link in links if (found := re.search(publication.success_id, link))]
    if len({external_id for external_id, _ in told}) != 1:
        return None
    external_id, url = next((one for one in told if "/manage/" not in one[1]), told[0])
    return Sighting(external_id, url, title="")
