"""Gives back what was left behind: rented browsers whose worker died before it could."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from listing_worker.agents.browsers.marks import is_of_the_dead
from listing_worker.agents.browsers.rented import Cloud, give_back
from listing_worker.errors import ListingWorkerError

log = structlog.get_logger(__name__)

EVERY_SECONDS = 60.0


async def give_back_left_behind(cloud: Cloud, longest_seconds: float) -> int:
    """How many were given back: those of dead processes of this machine, and all older than an attempt may last."""
    count = 0
    for each in await cloud.left_behind():
        if is_of_the_dead(each.owner) or each.age > longest_seconds:
            log.warning(
                "Giving back a browser that was left behind.", provider=cloud.name, browser=each.id, age=each.age
            )
            await give_back(cloud, each.id)
            count += 1
    return count


def run(cloud: Cloud, longest_seconds: float, wait: Callable[[float], bool]) -> None:
    """Looks at once and then every minute, until `wait(seconds)` answers True."""
    while True:
        try:
            asyncio.run(give_back_left_behind(cloud, longest_seconds))
        except ListingWorkerError as error:
            log.warning(f"Cannot look for browsers left behind: {error.message}", provider=cloud.name)
        if wait(EVERY_SECONDS):
            return
