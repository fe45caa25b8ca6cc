"""Simulated marketplaces: what is on sale, what was sold, and how badly their pages behave just now."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from listing_worker.inventory.evidence import Seen

SITES = ("alpha", "beta", "gamma", "delta", "epsilon")
HOUR, DAY = 3600.0, 86_400.0


@dataclass
class Trouble:
    """Bad hours of one account: (kind, from, until)."""

    spells: list[tuple[str, float, float]] = field(default_factory=list)

    def at(self, now: float) -> set[str]:
        return {kind for kind, begin, end in self.spells if begin <= now < end}


@dataclass
class Item:
    """One listing of ours on one site."""

    listing: str
    posting: str
    external_id: str
    status: str = "active"
    delisted_at: float | None = None  # by us
    gone_at: float | None = None  # by the seller's own hand


@dataclass
class Account:
    """One seller on one site."""

    user: str
    site: str
    trouble: Trouble
    items: dict[str, Item] = field(default_factory=dict)

    def on_sale(self) -> list[Item]:
        return [item for item in self.items.values() if item.status == "active"]

    def look(self, now: float, rng: random.Random) -> tuple[Seen, Seen] | None:
        """The two lists as a worker would read them; None if it is turned away (signed out, down)."""
        trouble = self.trouble.at(now)
        if trouble & {"signed_out", "down"}:
            return None
        active = {each.external_id for each in self.items.values() if each.status == "active"}
        sold = {each.external_id for each in self.items.values() if each.status == "sold"}
        if "half" in trouble:
            return (
                Seen(_half(active, rng), complete=False),
                Seen(_half(sold, rng), complete=False),
            )
        if "stale" in trouble:  # the worst: it looks signed in and complete, and everything is gone
            return Seen(frozenset(), complete=True), Seen(frozenset(), complete=True)
        if "late" in trouble:  # sold items leave the active list only
            return Seen(frozenset(active), complete=True), Seen(frozenset(), complete=True)
        return Seen(frozenset(active), complete=True), Seen(frozenset(sold), complete=True)

    def delist(self, external_id: str, now: float) -> str:
        """done, sold (too late), or the trouble that prevents it."""
        trouble = self.trouble.at(now)
        for kind in ("down", "signed_out", "form_changed"):
            if kind in trouble:
                return kind
        item = self.items[external_id]
        if item.status == "active":
            item.status, item.delisted_at = "delisted", now
        return "sold" if item.status == "sold" else "done"


def _half(ids: set[str], rng: random.Random) -> frozenset[str]:
    return frozenset(
        one for one in sorted(ids) if rng.random() < 0.5
    )  # sorted: a set has another order in each process


def draw_trouble(rng: random.Random, days: float) -> Trouble:
    """About one bad spell a day on some accounts, of each kind some time in the month."""
    spells = []
    for kind, each_days, hours in (
        ("signed_out", 6, 8),
        ("half", 2, 2),
        ("stale", 5, 3),
        ("late", 4, 2),
        ("down", 3, 1.5),
        ("form_changed", 15, 12),
    ):
        now = rng.expovariate(1 / (each_days * DAY))
        while now < days * DAY:
            spells.append((kind, now, now + rng.uniform(0.2, 1) * hours * HOUR))
            now += rng.expovariate(1 / (each_days * DAY))
    return Trouble(spells)
