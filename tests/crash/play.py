"""Plays a schedule: workers, reconciler and seller as actors on a simulated clock, against a simulated marketplace.

The ledger (`orchestration.ledger`), the decisions and the SQL functions are the real ones; the form and the site are
simulated. The verdict is the site's: what is listed there, against what the database says.
"""

from __future__ import annotations

import uuid
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from listing_worker.agents.base import Looked, Sighting
from listing_worker.errors import (
    ListingWorkerError,
    PublishRefused,
    PublishUncertain,
    ReadBackDiffers,
)
from listing_worker.models import FieldReport, Intent, PostingState, Reason
from listing_worker.orchestration.decisions import Decision, decide, decide_reconciled
from listing_worker.orchestration.ledger import Hold, Phase, claim
from listing_worker.storage.errors import StoreUnavailable
from tests.crash.clocked import ClockedTransport, SimulatedClock
from tests.crash.schedule import Schedule
from tests.crash.stage import BEAT, HORIZON, LEASE, MARGIN, RECONCILE, RULE, SETTLE, Actor, Stage, Step, Verdict

TITLE = "A dress"


@dataclass
class Listed:
    """A listing on the simulated site."""

    id: str
    seller_item: str  # which of our listings it came from; the site itself does not know
    visible_from: float
    wrong: bool = False


@dataclass
class Site:
    """A marketplace without any idempotency: every press that arrives lists."""

    clock: SimulatedClock
    schedule: Schedule
    listings: list[Listed] = field(default_factory=list)
    presses: int = 0

    def press(self, item: str, *, wrong: bool) -> tuple[str, str | None]:
        """What comes back: ('ok', id), ('lost' | 'late' | 'error', None) or ('refused', None)."""
        kind = self.schedule.presses[self.presses] if self.presses < len(self.schedule.presses) else "ok"
        self.presses += 1
        if kind in {"refused", "error_before"}:
            return ("refused" if kind == "refused" else "error"), None
        made = Listed(
            str(len(self.listings) + 1), item, self.clock.now + self.schedule.network + self.schedule.lag, wrong
        )
        self.listings.append(made)
        return ("ok", made.id) if kind == "ok" else (kind, None)

    def closet(self) -> list[Listed]:
        return [each for each in self.listings if each.visible_from <= self.clock.now]


class Play(Stage):
    """One run of one schedule. `broken` names rules that are switched off on purpose (tests/crash/mutations.py)."""

    def __init__(
        self,
        transport: ClockedTransport,
        clock: SimulatedClock,
        schedule: Schedule,
        broken: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(transport, clock, schedule.troubles, broken)
        self.schedule = schedule
        self.site = Site(clock, schedule)
        self.user = str(uuid.uuid4())
        self.was_live: set[str] = set()
        self.verdict = Verdict(schedule)
        self.dropped = False
        self.holds: dict[str, Hold] = {}
        if schedule.old_twin:
            self.site.listings.append(Listed("old", "another item", 0.0))

    # ---- the run ----

    def run(self) -> Verdict:
        self.items = [self._create_item() for _ in range(2 if self.schedule.twin else 1)]
        self.jobs = [self._post(item) for item in self.items]
        if self.schedule.double_post:
            self._post(self.items[0])
        for posting in self._postings():
            for at in (0.1, *self.schedule.duplicates):
                self._at(at, Actor(self._worker(posting["id"]), worker=True))
        self._at(RECONCILE, Actor(self._reconciler()))
        if self.schedule.cancel_at is not None:
            self._at(self.schedule.cancel_at, Actor(self._cancel()))
        self.act_out(HORIZON)
        self._judge()
        return self.verdict

    # ---- the seller ----

    def _create_item(self) -> str:
        body = {
            "title": TITLE, "description": "d", "price": {"cents": 100}, "condition": "good", "category": ["Women"],
        }  # fmt: skip
        return self.store.create_listing(self.user, body)["id"]

    def _post(self, item: str) -> str:
        key = "k" if self.schedule.same_key and item == self.items[0] else None
        made = self.store.create_job(
            self.user,
            item,
            ["mart"],
            blocked={},
            idempotency_key=key,
            request_hash=item,
            max_attempts=RULE.max_attempts,
        )
        return made["job"]["id"]

    def _postings(self) -> list[dict[str, Any]]:
        rows = [posting for job in self.store.list_jobs(self.user, 50) for posting in job["postings"]]
        return [dict(row) for row in rows]

    def _cancel(self) -> Step:
        for job in self.jobs:
            while True:
                try:
                    self.store.cancel_job(self.user, job)
                    break
                except StoreUnavailable:
                    yield 1.0

    def _reconciler(self) -> Step:
        while True:
            away = self.schedule.redis_away
            if away is None or not away[0] <= self.clock.now <= away[1]:
                try:
                    postings = self._postings()
                    if all(PostingState(posting["state"]).settled for posting in postings) and not self._busy():
                        return
                    due = self.store.due_postings()
                except StoreUnavailable:
                    due = []
                for posting_id in due:
                    if posting_id in {posting["id"] for posting in postings}:
                        self._at(self.clock.now + 0.05, Actor(self._worker(posting_id), worker=True))
            yield RECONCILE

    # ---- a worker ----

    def _worker(self, posting_id: str) -> Step:
        try:
            answer, hold = claim(
                self.store,
                posting_id,
                "w",
                lease_seconds=LEASE,
                heartbeat_seconds=BEAT,
                margin_seconds=MARGIN,
                clock=self.clock,
            )
        except StoreUnavailable:
            return
        if hold is None:
            return
        me = self._current
        me.hold = hold
        self._note_claim(hold)
        self._at(self.clock.now + BEAT, Actor(self._heart(me)))
        uncertain = hold.posting["state"] == PostingState.UNCERTAIN
        reconciled = False
        try:
            yield 0.5
            if uncertain:
                decision = yield from self._look(hold, answer, me)
                reconciled = decision.state in {PostingState.QUEUED, PostingState.FAILED}
            else:
                yield from self._fill_and_publish(hold, me)
                return
        except ListingWorkerError as error:
            decision = decide(
                error,
                attempts=hold.posting["attempts"],
                intent_committed=hold.phase is Phase.PUBLISHING,
                reconciling=uncertain,
                settle_seconds=SETTLE,
                rule=RULE,
                draw=0.5,
            )
            reconciled = isinstance(error, PublishRefused) and not error.sent
            if not decision.write:
                me.dead = True
                return
        yield 0.02
        self._finish(hold, me, decision, reconciled=reconciled)

    def _note_claim(self, hold: Hold) -> None:
        """One live lease at a time: the former holder must have ended, or its lease must have run out."""
        former = self.holds.get(hold.posting["id"])
        if former is not None and former.phase is not Phase.ENDED and former.lease_left() > 0.001:
            self.verdict.violations.append("claimed while another lease was live")
        self.holds[hold.posting["id"]] = hold

    def _note_write(self, hold: Hold) -> None:
        """Whoever writes must hold the latest fence."""
        row = self.store.get_posting(hold.posting["id"])
        if row is not None and row["fence"] != hold.fence:
            self.verdict.violations.append("a stale fence wrote")

    def _fill_and_publish(self, hold: Hold, me: Actor) -> Step:
        item = hold.posting["listing_id"]
        for _ in range(3):
            self._check(hold, me)
            yield 0.6
        wrong = self.schedule.dropped_field and not self.dropped
        self.dropped = self.dropped or wrong
        if wrong and "read_back" not in self.broken:
            raise ReadBackDiffers([FieldReport(field="title", meant=TITLE, on_form="", same=False)])
        baseline = tuple(each.id for each in self.site.closet())
        intent = Intent(fingerprint=item, title=TITLE, price_cents=100, photo_count=1, baseline_ids=baseline)
        yield 0.1
        if "intent" not in self.broken:
            self._check(hold, me)
            hold.renew()
            self._check(hold, me)
            hold.record_intent(intent)
            self._note_write(hold)
            yield 0.05
        if "self_fence" not in self.broken and "intent" not in self.broken:
            hold.may_press()
        kind, listed_id = self.site.press(item, wrong=wrong)
        if kind != "ok" and "press_twice" in self.broken:
            kind, listed_id = self.site.press(item, wrong=wrong)
        yield self.schedule.network + (8.0 if kind == "late" else 0.05)
        if kind in {"refused", "refused_after"}:
            raise PublishRefused("The site said no.", sent=kind == "refused_after")
        if kind != "ok" or listed_id is None:
            raise PublishUncertain("No answer.")
        yield 0.02
        self._finish(hold, me, Decision(PostingState.LIVE), external_id=listed_id)

    def _look(self, hold: Hold, answer: Any, me: Actor) -> Generator[float, None, Decision]:
        self._check(hold, me)
        yield 0.8
        intent = hold.posting["intent"] or {}
        reason = hold.posting["reason"]
        known = set(intent.get("baseline_ids") or ()) | set(answer.get("taken_ids") or ())
        matches = tuple(
            Sighting(each.id, f"https://mart/{each.id}", TITLE) for each in self.site.closet() if each.id not in known
        )
        return (
            decide_reconciled(
                Looked(matches, complete=True),
                display_name="Mart",
                intent_age=answer.get("intent_age") or 0.0,
                settle_seconds=0.0 if "settle" in self.broken else SETTLE,
                attempts=hold.posting["attempts"],
                rule=RULE,
                refusal=Reason.model_validate(reason) if reason and reason["code"] == PublishRefused.code else None,
            )
            if len(matches) != 1
            else self._found(hold, me, matches[0].external_id)
        )

    def _found(self, hold: Hold, me: Actor, external_id: str) -> Decision:
        hold.posting["external_id"] = external_id
        return Decision(PostingState.LIVE)

    def _finish(
        self, hold: Hold, me: Actor, decision: Decision, *, reconciled: bool = False, external_id: str | None = None
    ) -> None:
        me.dead = True
        external_id = external_id or hold.posting["external_id"]
        live = decision.state is PostingState.LIVE
        proof = {"kind": "response", "external_id": external_id} if live else None
        try:
            answer = hold.finish(
                {
                    "state": decision.state.value,
                    "reason": decision.reason.model_dump() if decision.reason else None,  # type: ignore[typeddict-item]
                    "again_in": decision.again_in,
                    "count_attempt": decision.count_attempt,
                    "reconciled": reconciled,
                    "proof": proof,
                    "external_id": external_id if live else None,
                }
            )
        except (StoreUnavailable, ListingWorkerError):
            return
        hold.phase = Phase.ENDED
        posting_id = hold.posting["id"]
        if answer["finished"]:
            self._note_write(hold)
            if posting_id in self.was_live and not live:
                self.verdict.violations.append("a live posting was taken back by a stale worker")
            if live:
                self.was_live.add(posting_id)

    # ---- the verdict ----

    def _judge(self) -> None:
        self.clock.now = max(self.clock.now, HORIZON)
        self.transport.away_until = -1.0
        say = self.verdict.violations.append
        postings = self._postings()
        listed = [each for each in self.site.listings if each.id != "old"]
        self.verdict.states = [posting["state"] for posting in postings]
        for item in self.items:
            mine = [posting for posting in postings if posting["listing_id"] == item]
            count_listed = sum(each.seller_item == item for each in listed)
            self.verdict.listed.append(count_listed)
            if count_listed > 1 and not self.schedule.twin:
                say(f"listed {count_listed} times")
            if sum(posting["state"] not in {"failed", "cancelled"} for posting in mine) > 1:
                say("two open postings of one listing")
        # Two items that nobody can tell apart may swap their listings; there must still be no more than two.
        if len(listed) > len(self.items):
            say(f"{len(listed)} listings of {len(self.items)} items")
        live = [posting for posting in postings if posting["state"] == "live"]
        if len({posting["external_id"] for posting in live}) < len(live):
            say("two postings claim the same listing")
        for posting in live:
            if posting["external_id"] not in {each.id for each in listed}:
                say("false success: live, and not on the site as ours")
        if len(live) > len(listed):
            say("false success: more live than listed")
        for posting in postings:
            state = PostingState(posting["state"])
            if not state.settled:
                say(f"stuck in {state.value}")
            elif state in {PostingState.FAILED, PostingState.CANCELLED}:
                if not self.schedule.twin and any(each.seller_item == posting["listing_id"] for each in listed):
                    say(f"false failure: {state.value}, and it is listed")
                if posting["reason"] is None:
                    say("ended without a reason")
        if any(each.wrong for each in listed):
            say("a wrong value was published")
