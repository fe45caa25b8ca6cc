"""After a posting is live: does its public page show our photos, all of them, in our order, uncut?

The answer is noted on the posting and shown in its report. It never changes the posting's state: the listing is live,
and a difference is for the seller to know. A page that cannot be read is said so, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from listing_worker.agents.base import MarketplaceAgent
from listing_worker.errors import ListingWorkerError
from listing_worker.utils.clock import utc_now
from listing_worker.utils.likeness import compare_photos, sentence

log = structlog.get_logger(__name__)


async def check_photos(
    agent: MarketplaceAgent, page: Page, external_id: str, ours: Sequence[bytes]
) -> dict[str, Any] | None:
    """What the public page shows compared with ours (utils/likeness.py), with the time and a sentence for the seller;
    `same` is None where the page could not be read. None where it is not known how to read the marketplace's pages."""
    checked: dict[str, Any]
    try:
        theirs = await agent.live_pictures(page, external_id)
        if theirs is None:
            return None
        checked = await asyncio.to_thread(compare_photos, ours, theirs, cover_cut=agent.cover_ratio)
        checked["message"] = sentence(checked)
    except (ListingWorkerError, PlaywrightError, OSError, ValueError) as error:
        told = str(error).partition("\n")[0][:200]
        checked = {"same": None, "ours": len(ours), "message": f"The photos could not be read back: {told}"}
    log.info("Photos read back.", action="photos", same=checked["same"], told=checked["message"])
    return {**checked, "at": utc_now().isoformat()}
