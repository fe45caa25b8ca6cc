"""Plays the month: sellers list, buyers buy, watches look, delists run; then judges by what the sites hold."""

from __future__ import annotations

import random
import statistics
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from listing_worker.inventory.conclude import conclude
from listing_worker.inventory.settle import DELIST_ATTEMPTS
from listing_worker.models import ChangeIntent, Intent, OperationKind
from listing_worker.orchestration.decisions import RetryRule
from listing_worker.storage.store import Store
from tests.crash.clocked import SimulatedClock
from tests.month.world import DAY, HOUR, SITES, Account, Item, draw_trouble

WATCH_SECONDS = 600.0
TICK = 60.0
BOUND = 2 * HOUR  # a sold item that is still on sale after this must be known to somebody
ESCALATE_SECONDS = 1800.0
HANDS = (0.5, 6)  # hours after which a seller who was told takes it down by hand
RULE = RetryRule(retries=DELIST_ATTEMPTS, base=2.0)


@dataclass
class Sale:
    """A real purchase on a site."""

    listing: str
    site: str
    at: float


@dataclass
class Month:
    """Everything that happened, and what the judge says."""

    watches: int = 0
    looks_refused: int = 0
    breaker_pulls: int = 0
    delists: int = 0
    delist_failures: int = 0
    relisted: int = 0
    sales: int = 0
    double_sales: int = 0
    delisted_wrongly: int = 0
    still_live: int = 0
    escalated: int = 0
    told: int = 0
    by_hand: int = 0
    caps_crossed: int = 0
    minutes_to_gone: list[float] = field(default_factory=list)

    def add(self, other: Month) -> None:
        """Another seller's month on top of this one."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def as_json(self) -> dict[str, Any]:
        took = sorted(self.minutes_to_gone)
        return {
            **{name: value for name, value in vars(self).items() if name != "minutes_to_gone"},
            "watch_minutes": WATCH_SECONDS / 60,
            "median_minutes_to_gone": round(statistics.median(took), 2) if took else None,
            "worst_minutes_to_gone": round(took[-1], 1) if took else None,
            "gone_everywhere": len(took),
        }


class Player:
    """One month of one seller with `listings` on some of five sites each."""

    def __init__(self, store: Store, clock: SimulatedClock, seed: str, *, listings: int, days: float) -> None:
        self.store, self.clock, self.days = store, clock, days
        self.rng = random.Random(seed)
        self.month = Month()
        self.sales: dict[str, list[Sale]] = {}
        self.quantity: dict[str, int] = {}
        self.accounts: dict[tuple[str, str], Account] = {}
        self.resume_at: dict[tuple[str, str], float] = {}
        self.told: dict[tuple[str, str], float] = {}  # listing, site → when the seller was told
        self._watch_at = 0.0  # before this no account is due
        self._work_at = 0.0  # before this no operation is due
        self._numbers = 0
        self._operations: dict[str, tuple[str, str, str]] = {}
        self._places: dict[str, list[tuple[Account, Item]]] = {}
        self._looks: dict[tuple[str, str], list[float]] = {}
        self._user = str(uuid.UUID(int=self.rng.getrandbits(128), version=4))
        for site in SITES:
            self.accounts[self._user, site] = Account(self._user, site, draw_trouble(self.rng, days))
        begin = clock.now
        spread = days * 0.5 * DAY
        self._to_list = sorted(begin + self.rng.random() * spread for _ in range(listings))
        self._sale_chance = 1.2 * TICK / (days * DAY)  # per item on sale on a site

    # ---- the seller

    def list_item(self) -> None:
        self._numbers += 1
        number, user = self._numbers, self._user
        quantity = 1 if self.rng.random() < 0.9 else self.rng.randint(2, 3)
        body = {"title": f"Item {number}", "quantity": quantity}
        listing = self.store.create_listing(user, body)["id"]
        self.quantity[listing] = quantity
        sites = self.rng.sample(SITES, self.rng.randint(2, len(SITES)))
        job = self.store.create_job(
            user, listing, sites, blocked={}, idempotency_key=None, request_hash=str(number), max_attempts=4
        )["job"]
        for row in job["postings"]:
            self._publish(user, listing, row["id"], row["marketplace"], number)
        self.store.set_auto_delist(user, listing, sites, True)
        self._watch_at = self.clock.now

    def _publish(self, user: str, listing: str, posting: str, site: str, number: int) -> None:
        """Goes past a watch that holds the account, as the worker would by waiting."""
        claim = self.store.claim_posting(posting, "poster", 60)
        assert claim["claimed"], claim
        fence = claim["posting"]["fence"]
        intent = Intent(fingerprint="f", title=f"Item {number}", price_cents=1000, photo_count=1)
        assert self.store.record_intent(posting, fence, intent)
        external = f"{site}-{number}"
        proof = {"kind": "response", "external_id": external, "url": f"https://{site}.test/{external}"}
        done = self.store.finish_posting(posting, fence, {"state": "live", "proof": {**proof, "at": "2026-01-01"}})
        assert done["finished"]
        item = Item(listing, posting, external)
        self.accounts[user, site].items[external] = item
        self._places.setdefault(listing, []).append((self.accounts[user, site], item))

    # ---- the buyers

    def buy(self) -> None:
        draw, chance = self.rng.random, self._sale_chance
        for account in self.accounts.values():
            for item in account.on_sale():
                if draw() < chance and item.status == "active":
                    self._sell(account, item)
                    if self.rng.random() < 0.05:  # somebody else buys it elsewhere within the minute
                        self._sell_elsewhere(item)

    def _sell(self, account: Account, item: Item) -> None:
        before = self.sales.setdefault(item.listing, [])
        before.append(Sale(item.listing, account.site, self.clock.now))
        self.month.sales += 1
        self.month.double_sales += len(before) > self.quantity[item.listing]
        item.status = "sold"

    def _sell_elsewhere(self, sold: Item) -> None:
        for account, item in self._items_of(sold.listing):
            if item.status == "active":
                self._sell(account, item)
                return

    # ---- the worker

    def watch(self) -> None:
        if self.clock.now < self._watch_at:
            return
        self._watch_at = self.clock.now + WATCH_SECONDS
        for due in sorted(self.store.due_watches(WATCH_SECONDS, 100), key=lambda one: one["marketplace"]):
            account = self.accounts[due["user_id"], due["marketplace"]]
            claim = self.store.claim_watch(account.user, account.site, "watcher", 120)
            if not claim["claimed"]:
                continue
            self.month.watches += 1
            key = (account.user, account.site)
            self._looks.setdefault(key, []).append(self.clock.now)
            lists = account.look(self.clock.now, self.rng)
            if lists is None:
                self.month.looks_refused += 1
                outcome: dict[str, Any] = {"looked": False}
            else:
                found = conclude(self.store, claim, *lists, site=account.site)
                outcome = found.outcome
                if found.delists:
                    self._work_at = self.clock.now
                if outcome.get("stopped"):
                    self.month.breaker_pulls += 1
                    self.resume_at[key] = self.clock.now + self.rng.uniform(0.5, 6) * HOUR
            self.store.finish_watch(account.user, account.site, claim["fence"], outcome, WATCH_SECONDS)
        self._watch_at = min(self._watch_at, self._next_look())

    def _next_look(self) -> float:
        """The earliest time at which an account that was looked at is due again."""
        return min((times[-1] + WATCH_SECONDS for times in self._looks.values()), default=self.clock.now)

    def escalate(self) -> None:
        """As the reconciler does it."""
        for late in self.store.escalate_delists(ESCALATE_SECONDS):
            self.month.told += 1
            self.told[late["listing_id"], late["marketplace"]] = self.clock.now

    def seller_lends_a_hand(self) -> None:
        """A seller who was told takes it down by hand, some hours later."""
        for (listing, site), at in list(self.told.items()):
            if self.clock.now < at + self._hand_hours(listing, site) * HOUR:
                continue
            for account in self.accounts.values():
                for item in account.on_sale():
                    if account.site == site and item.listing == listing:
                        item.status = "by_hand"
                        item.gone_at = self.clock.now
                        self.month.by_hand += 1
            del self.told[listing, site]

    def _hand_hours(self, listing: str, site: str) -> float:
        return random.Random(f"{listing} {site}").uniform(*HANDS)

    def seller_answers(self) -> None:
        """A seller who was asked looks, and says go on once the marketplace is itself again."""
        for key, at in list(self.resume_at.items()):
            if at <= self.clock.now and "stale" not in self.accounts[key].trouble.at(self.clock.now):
                self.store.resume_watch(*key)
                del self.resume_at[key]

    def work(self) -> None:
        if self.clock.now < self._work_at:
            return
        self._work_at = float("inf")
        while due := self.store.due_operations():
            done_any = False
            for operation_id in due:
                done_any |= self._delist(operation_id)
            if not done_any:
                return

    def _delist(self, operation_id: str) -> bool:
        claim = self.store.claim_operation(operation_id, "delister", 60)
        if not claim["claimed"]:
            return False
        row, posting = claim["operation"], claim["posting"]
        assert posting is not None and posting["external_id"] is not None
        account = self.accounts[row["user_id"], row["marketplace"]]
        fence, attempts = row["fence"], row["attempts"]
        intent = ChangeIntent(kind=OperationKind.DELIST, external_id=posting["external_id"])
        trouble = account.trouble.at(self.clock.now) & {"down", "signed_out", "form_changed"}
        outcome: dict[str, Any]
        if trouble:
            self.month.delist_failures += 1
            kind = sorted(trouble)[0]
            reason = {"code": kind, "message": kind, "action": "Take it down by hand", "field": None}
            again = RULE.wait(attempts, None, self.rng.random())
            if kind == "form_changed" or (kind == "down" and attempts >= RULE.max_attempts):
                outcome = {"state": "failed", "reason": reason}
            elif kind == "signed_out":
                outcome = {"state": "action_required", "reason": reason}
            else:
                outcome = {"state": "waiting", "reason": reason, "again_in": again}
                self._work_at = min(self._work_at, self.clock.now + again)
        else:
            assert self.store.record_operation_intent(operation_id, fence, intent)
            answer = account.delist(posting["external_id"], self.clock.now)
            self.month.delists += answer == "done"
            outcome = {"state": "done", "posting": "sold" if answer == "sold" else "delisted"}
        assert self.store.finish_operation(operation_id, fence, outcome)["finished"]
        return True

    # ---- the month

    def play(self, tell: Callable[[str], None] = lambda _: None) -> Month:
        begin = self.clock.now
        end = begin + self.days * DAY
        told = ticks = 0
        while self.clock.now < end:
            while self._to_list and self._to_list[0] <= self.clock.now:
                self._to_list.pop(0)
                self.list_item()
            self.buy()
            self.watch()
            self.work()
            self.seller_answers()
            if ticks % 10 == 0:
                self.escalate()
                self.seller_lends_a_hand()
            ticks += 1
            self.clock.now += TICK
            day = int((self.clock.now - begin) / DAY)
            if day > told:
                told = day
                tell(f"day {day} of {self.days:g}: {self.month.sales} sold, {self.month.delists} taken down")
        self.judge()
        return self.month

    def _items_of(self, listing: str) -> list[tuple[Account, Item]]:
        return self._places.get(listing, [])

    def judge(self) -> None:
        now = self.clock.now
        stopped = set(self.resume_at)
        for listing, quantity in self.quantity.items():
            sales = sorted(self.sales.get(listing, []), key=lambda sale: sale.at)
            sold_out_at = sales[quantity - 1].at if len(sales) >= quantity else None
            latest = 0.0
            finished = sold_out_at is not None
            for account, item in self._items_of(listing):
                if item.delisted_at is not None:
                    self.month.delisted_wrongly += sold_out_at is None or item.delisted_at < sold_out_at
                latest = max(latest, item.delisted_at or 0.0, item.gone_at or 0.0)
                if item.status != "active" or sold_out_at is None:
                    continue
                finished = False
                waits = any((account.user, sale.site) in stopped for sale in sales)  # for the seller to say go on
                asked = waits or (listing, account.site) in self.told
                if asked:
                    self.month.escalated += 1
                elif now - sold_out_at > BOUND:
                    self.month.still_live += 1
            if finished and sold_out_at is not None and latest:
                self.month.minutes_to_gone.append((latest - sold_out_at) / 60)
        for times in self._looks.values():
            self.month.caps_crossed += sum(b - a < WATCH_SECONDS - 1 for a, b in pairwise(times))
