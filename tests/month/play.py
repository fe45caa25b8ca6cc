"""Plays the month: sellers list, buyers buy, watches look, delists run, sellers answer what they are asked."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from typing import Any

from listing_worker.inventory.conclude import conclude
from listing_worker.inventory.settle import DELIST_ATTEMPTS, settle
from listing_worker.inventory.watch import LATER
from listing_worker.models import ChangeIntent, Intent, OperationKind
from listing_worker.orchestration.decisions import RetryRule
from listing_worker.storage.store import Store
from tests.crash.clocked import SimulatedClock
from tests.month.judge import judge
from tests.month.record import WATCH_SECONDS, Month, Question, Record, Sale
from tests.month.world import DAY, HOUR, SITES, Account, Item, draw_trouble

TICK = 60.0
ESCALATE_SECONDS = 1800.0
HANDS = (0.5, 6)  # hours after which a seller who was told takes it down by hand
RULE = RetryRule(retries=DELIST_ATTEMPTS, base=2.0)


class Player:
    """One month of one seller with `listings` on some of five sites each."""

    def __init__(self, store: Store, clock: SimulatedClock, seed: str, *, listings: int, days: float) -> None:
        self.store, self.clock, self.days = store, clock, days
        self.rng = random.Random(seed)
        self.month, self.record = Month(), Record()
        self.accounts: dict[tuple[str, str], Account] = {}
        self.resume_at: dict[tuple[str, str], float] = {}
        self.told: dict[tuple[str, str], float] = {}  # listing, site → when the seller was told, and has not acted yet
        self._watch_at = 0.0  # before this no account is due
        self._work_at = 0.0  # before this no operation is due
        self._numbers = 0
        self._due: dict[tuple[str, str], float] = {}  # when an account that was looked at is to be looked at again
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
        self.record.quantity[listing] = quantity
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
        self.record.places.setdefault(listing, []).append((self.accounts[user, site], item))

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
        before = self.record.sales.setdefault(item.listing, [])
        before.append(Sale(item.listing, account.site, self.clock.now))
        self.month.sales += 1
        self.month.double_sales += len(before) > self.record.quantity[item.listing]
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
            self.record.looks.setdefault(key, []).append(self.clock.now)
            lists = account.look(self.clock.now, self.rng)
            again_in = WATCH_SECONDS
            if lists is None:
                self.month.looks_refused += 1
                again_in *= LATER
                outcome: dict[str, Any] = {"looked": False}
            else:
                found = conclude(self.store, claim, *lists, site=account.site)
                outcome = found.outcome
                if found.delists:
                    self._work_at = self.clock.now
                if outcome.get("stopped"):
                    self.month.breaker_pulls += 1
                    self.resume_at[key] = self.clock.now + self.rng.uniform(0.5, 6) * HOUR
                elif outcome["complete"]:
                    self.record.answered(account.site, "unseen", self.clock.now)
            self._due[key] = self.clock.now + again_in
            self.store.finish_watch(account.user, account.site, claim["fence"], outcome, again_in)
        self._watch_at = min(self._watch_at, self._next_look())

    def _next_look(self) -> float:
        """The earliest time at which an account that was looked at is due again."""
        return min(self._due.values(), default=self.clock.now)

    def escalate(self) -> None:
        """As the reconciler does it."""
        for late in self.store.escalate_delists(ESCALATE_SECONDS):
            self.month.told += 1
            key = late["listing_id"], late["marketplace"]
            self.told[key] = self.clock.now
            self.record.told_at.setdefault(key, []).append(self.clock.now)
        for asked in self.store.ask_about_inventory(ESCALATE_SECONDS):
            self.month.asked += 1
            code = asked["reason"]["code"]
            self.record.questions.append(
                Question(asked["marketplace"], asked["posting_id"] or "", code, self.clock.now)
            )

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

    def seller_looks_whether_it_is_sold(self) -> None:
        """A seller who was asked about an item looks there, some hours later, and says so if it was."""
        for question in self.record.questions:
            asked = question.posting and question.until > self.clock.now
            if not asked or self.clock.now < question.at + self._hand_hours(question.posting, question.site) * HOUR:
                continue
            question.until = self.clock.now
            for item in self.accounts[self._user, question.site].items.values():
                if item.posting == question.posting and item.status == "sold":
                    self.store.record_signal(item.posting, "told", certain=True)
                    settle(self.store, item.listing)
                    self._work_at = self.clock.now

    def seller_answers(self) -> None:
        """A seller who was asked looks, and says go on once the marketplace is itself again."""
        for key, at in list(self.resume_at.items()):
            if at <= self.clock.now and "stale" not in self.accounts[key].trouble.at(self.clock.now):
                self.store.resume_watch(*key)
                self.record.answered(key[1], "stopped", self.clock.now)
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
                self.seller_looks_whether_it_is_sold()
            ticks += 1
            self.clock.now += TICK
            day = int((self.clock.now - begin) / DAY)
            if day > told:
                told = day
                tell(f"day {day} of {self.days:g}: {self.month.sales} sold, {self.month.delists} taken down")
        judge(self.record, self.month, self.clock.now)
        return self.month

    def _items_of(self, listing: str) -> list[tuple[Account, Item]]:
        return self.record.places.get(listing, [])
