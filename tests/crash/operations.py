"""Plays a schedule of operations on a live listing: the real claims, intents, decisions and SQL functions on a
simulated clock; only the browser and the site are simulated. The verdict is the site's record.
"""

from __future__ import annotations

import uuid
from collections.abc import Generator
from dataclasses import replace

from listing_worker.agents.base import Effect, Standing
from listing_worker.errors import (
    ListingWorkerError,
    PageTimeout,
    PublishRefused,
    ReadBackDiffers,
    RetryLater,
)
from listing_worker.models import (
    ChangeIntent,
    FieldReport,
    Intent,
    ListingStatus,
    OperationKind,
    OperationState,
    Reason,
)
from listing_worker.orchestration.ledger import Hold, Phase
from listing_worker.orchestration.operations.decisions import (
    Ending,
    Start,
    after_error,
    after_look,
    begin,
    done,
    not_possible,
)
from listing_worker.orchestration.operations.hold import claim_operation
from listing_worker.storage import rows
from listing_worker.storage.errors import StoreRefused, StoreUnavailable
from tests.crash.clocked import ClockedTransport, SimulatedClock
from tests.crash.operation_schedule import Ask, OperationSchedule
from tests.crash.operation_site import OperationSite, holds
from tests.crash.stage import BEAT, LEASE, MARGIN, RECONCILE, RULE, SETTLE, Actor, Stage, Step, Verdict

HORIZON = 2400.0  # seconds; several operations one after the other
PATIENCE = 120.0  # seconds for which the seller asks again when something else is under way
SEEN_WITHIN = 10  # looks, a second apart, right after a press
SITE = "mart"
SETTLED = {OperationState.DONE, OperationState.FAILED, OperationState.CANCELLED, OperationState.ACTION_REQUIRED}


class OperationPlay(Stage):
    """One run of one schedule."""

    def __init__(
        self,
        transport: ClockedTransport,
        clock: SimulatedClock,
        schedule: OperationSchedule,
        broken: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(transport, clock, schedule.troubles, broken)
        self.schedule = schedule
        self.site = OperationSite(clock, schedule)
        self.user = str(uuid.uuid4())
        self.verdict = Verdict(schedule)
        self.holds: dict[str, Hold] = {}
        self.asking = True
        self.dropped = False

    # ---- the run ----

    def run(self) -> Verdict:
        self.posting = self._live_posting()
        self._at(0.1, Actor(self._seller()))
        self._at(RECONCILE, Actor(self._reconciler()))
        for at in self.schedule.duplicates:
            self._at(at, Actor(self._deliver_again()))
        if self.schedule.cancel_at is not None:
            self._at(self.schedule.cancel_at, Actor(self._cancel()))
        self.act_out(HORIZON)
        self._judge()
        return self.verdict

    def _live_posting(self) -> str:
        body = {"title": "A dress", "price": {"cents": 100}, "condition": "good", "category": ["Women"]}
        listing = self.store.create_listing(self.user, body)["id"]
        made = self.store.create_job(
            self.user, listing, [SITE], blocked={}, idempotency_key=None, request_hash="h", max_attempts=4
        )
        posting = made["job"]["postings"][0]["id"]
        fence = self.store.claim_posting(posting, "poster", LEASE)["posting"]["fence"]
        intent = Intent(fingerprint="f", title="A dress", price_cents=100, photo_count=1)
        assert self.store.record_intent(posting, fence, intent)
        proof = {"kind": "response", "external_id": "x1", "url": "https://mart/x1", "at": "2026-01-01"}
        assert self.store.finish_posting(posting, fence, {"state": "live", "proof": proof})["finished"]
        return posting

    # ---- the seller ----

    def _seller(self) -> Step:
        for ask in self.schedule.asks:
            yield ask.after
            waited = 0.0
            while waited < PATIENCE:
                try:
                    for _ in range(2 if ask.twice else 1):
                        self._ask(ask)
                    break
                except (StoreRefused, StoreUnavailable):
                    waited += 4.0
                    yield 4.0
            self._one_open_at_most()
        self.asking = False

    def _ask(self, ask: Ask) -> None:
        given = {"price": f"{ask.cents / 100:.2f}"} if ask.kind is OperationKind.CHANGE_PRICE else {}
        asked = self.store.request_operation(self.user, self.posting, ask.kind.value, given, RULE.max_attempts)
        self._at(self.clock.now + 0.1, Actor(self._worker(asked["operation"]["id"]), worker=True))

    def _one_open_at_most(self) -> None:
        try:
            mine = [row for row in self._operations() if OperationState(row["state"]) not in SETTLED]
        except StoreUnavailable:
            return
        if len(mine) > 1:
            self.verdict.violations.append("two open operations on one posting")

    def _cancel(self) -> Step:
        while True:
            try:
                newest = self._operations()[:1]
                for row in newest:
                    self.store.cancel_operation(self.user, row["id"])
                return
            except StoreUnavailable:
                yield 1.0

    def _operations(self) -> list[rows.OperationRow]:
        """Newest first."""
        return self.store.list_operations(self.user, posting_id=self.posting, limit=100)

    # ---- wake-ups ----

    def _deliver_again(self) -> Step:
        yield 0.0
        try:
            found = self._operations()
        except StoreUnavailable:
            return
        for row in found:
            self._at(self.clock.now, Actor(self._worker(row["id"]), worker=True))

    def _reconciler(self) -> Step:
        while True:
            away = self.schedule.redis_away
            if away is None or not away[0] <= self.clock.now <= away[1]:
                try:
                    mine = self._operations()
                    settled = all(OperationState(row["state"]) in SETTLED for row in mine)
                    if settled and not self.asking and not self._busy():
                        return
                    due = set(self.store.due_operations()) & {row["id"] for row in mine}
                except StoreUnavailable:
                    due = set()
                for operation_id in sorted(due):
                    self._at(self.clock.now + 0.05, Actor(self._worker(operation_id), worker=True))
            yield RECONCILE

    # ---- a worker ----

    def _worker(self, operation_id: str) -> Step:
        try:
            answer, hold = claim_operation(
                self.store,
                operation_id,
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
        row = answer["operation"]
        kind = OperationKind(row["kind"])
        looking = row["state"] == OperationState.UNCERTAIN
        try:
            yield 0.5
            if looking:
                ending = yield from self._look_again(hold, me, row, answer.get("intent_age") or 0.0)
            else:
                ending = yield from self._act(hold, me, row)
        except ListingWorkerError as error:
            ending = after_error(
                kind,
                error,
                display_name="Mart",
                attempts=row["attempts"],
                intent_committed=hold.phase is Phase.PUBLISHING,
                reconciling=looking,
                settle_seconds=self._settle(),
                rule=RULE,
                draw=0.5,
            )
            if not ending.write:
                me.dead = True
                return
        yield 0.02
        self._finish(hold, me, row, ending)

    def _note_claim(self, hold: Hold) -> None:
        """One live lease on the account: whoever held it has ended, or the lease has run out."""
        former = self.holds.get(SITE)
        if former is not None and former.phase is not Phase.ENDED and former.lease_left() > 0.001:
            self.verdict.violations.append("claimed while another lease was live")
        self.holds[SITE] = hold

    def _act(self, hold: Hold, me: Actor, row: rows.OperationRow) -> Generator[float, None, Ending]:
        kind, cents = OperationKind(row["kind"]), cents_of(row)
        self._check(hold, me)
        yield 0.6
        looked_at = self.clock.now
        if "look_first" not in self.broken:
            standing = self.site.look()
            start = begin(kind, standing.status)
            if start is Start.LOOK_AGAIN:
                raise RetryLater("It did not show how the listing stands.")
            if start is Start.FAILED:
                return not_possible(kind, standing, "Mart")
            if start is Start.DONE:
                return done(kind, standing)
        self._check(hold, me)
        yield 0.6
        if kind is OperationKind.CHANGE_PRICE and self.site.truth()[1] == cents:  # the form says so already
            effect = self.site.in_effect(kind, cents)
            if effect.holds:
                return done(kind, effect.standing)
            raise PageTimeout("The form and the page do not say the same yet.")
        on_form = self._filled(kind, cents)
        if "intent" not in self.broken:
            self._check(hold, me)
            hold.renew()
            self._check(hold, me)
            hold.record_intent(ChangeIntent(kind=kind, external_id="x1", before=ListingStatus.ACTIVE))
            yield 0.05
        refusal = yield from self._press(hold, row, kind, on_form, looked_at)
        if "look_after" in self.broken:
            return Ending(OperationState.DONE)
        effect = yield from self._until_seen(kind, cents)
        return self._after(effect, row, 0.0, refusal)

    def _filled(self, kind: OperationKind, cents: int) -> int:
        """What the form holds. Raises ReadBackDiffers when that is not what was meant."""
        wrong = kind is OperationKind.CHANGE_PRICE and self.schedule.dropped_field and not self.dropped
        if not wrong:
            return cents
        self.dropped = True
        if "read_back" not in self.broken:
            raise ReadBackDiffers([FieldReport(field="price", meant=str(cents), on_form="", same=False)])
        return cents + 1

    def _press(
        self, hold: Hold, row: rows.OperationRow, kind: OperationKind, cents: int, looked_at: float
    ) -> Generator[float, None, Reason | None]:
        """Once; the refusal, where the site answered with one."""
        if not {"self_fence", "intent"} & self.broken:
            hold.may_press()
        said = self.site.press(row["id"], kind, cents, looked_at=looked_at)
        if said not in {"ok", "ignored"} and "press_twice" in self.broken:
            said = self.site.press(row["id"], kind, cents, looked_at=looked_at)
        yield self.schedule.network + (8.0 if said == "late" else 0.05)
        if said == "refused":
            raise PublishRefused("The form said no.")
        refused = said in {"refused_after", "refused_before"}
        return PublishRefused("The site said no.", sent=True).reason if refused else None

    def _until_seen(self, kind: OperationKind, cents: int) -> Generator[float, None, Effect]:
        effect = Effect(None, Standing(ListingStatus.UNKNOWN, "x1", "https://mart/x1", "nothing"))
        for _ in range(SEEN_WITHIN):
            try:
                effect = self.site.in_effect(kind, cents)
            except PageTimeout:
                break
            if effect.holds:
                break
            yield 1.0
        return effect

    def _look_again(
        self, hold: Hold, me: Actor, row: rows.OperationRow, intent_age: float
    ) -> Generator[float, None, Ending]:
        self._check(hold, me)
        yield 0.8
        effect = self.site.in_effect(OperationKind(row["kind"]), cents_of(row))
        reason = row["reason"]
        refused = Reason.model_validate(reason) if reason and reason["code"] == PublishRefused.code else None
        return self._after(effect, row, intent_age, refused)

    def _after(self, effect: Effect, row: rows.OperationRow, intent_age: float, refusal: Reason | None) -> Ending:
        if "overtaken" in self.broken and effect.holds is False:  # a sold page taken for proof that nothing happened
            effect = Effect(False, replace(effect.standing, status=ListingStatus.ACTIVE))
        return after_look(
            OperationKind(row["kind"]),
            effect,
            display_name="Mart",
            intent_age=intent_age,
            settle_seconds=self._settle(),
            attempts=row["attempts"],
            rule=RULE,
            refusal=refusal,
        )

    def _settle(self) -> float:
        return 0.0 if "settle" in self.broken else SETTLE

    def _finish(self, hold: Hold, me: Actor, row: rows.OperationRow, ending: Ending) -> None:
        me.dead = True
        outcome = {
            "state": ending.state.value,
            "reason": ending.reason.model_dump() if ending.reason else None,
            "again_in": ending.again_in,
            "count_attempt": ending.count_attempt,
            "reconciled": ending.reconciled,
            **({"posting": ending.posting.value} if ending.posting else {}),
        }
        before = self.store_row(row["id"])
        try:
            answer = hold.finish(outcome)
        except (StoreUnavailable, ListingWorkerError):
            return
        hold.phase = Phase.ENDED
        if not answer["finished"]:
            return
        if before is not None and before["fence"] != hold.fence:
            self.verdict.violations.append("a stale fence wrote")
        if ending.state is OperationState.DONE:
            kind, cents = OperationKind(row["kind"]), cents_of(row)
            status, now = self.site.truth()
            if not holds(kind, status, now == cents) and status is not ListingStatus.SOLD:
                self.verdict.violations.append(f"false success: {kind.value}, and it is {status.value} for {now}")

    def store_row(self, operation_id: str) -> rows.OperationRow | None:
        try:
            return self.store.get_operation(operation_id)
        except StoreUnavailable:
            return None

    # ---- the verdict ----

    def _judge(self) -> None:
        self.clock.now = max(self.clock.now, HORIZON)
        self.transport.away_until = -1.0
        found = self._operations()
        status, _ = self.site.truth()
        self.verdict.states = [f"{row['kind']} {row['state']}" for row in found]
        self.verdict.violations += self.site.wrong
        for row in found:
            self._judge_one(row, status)
        posting = self.store.get_posting(self.posting)
        assert posting is not None
        told = any(row["state"] == OperationState.ACTION_REQUIRED for row in found)
        if posting["state"] == "delisted" and status is ListingStatus.ACTIVE and not told:
            self.verdict.violations.append("we say it is off sale, and it is on sale")
        if posting["state"] == "live" and status is ListingStatus.DELISTED and not told:
            self.verdict.violations.append("taken down, and nobody knows")

    def _judge_one(self, row: rows.OperationRow, status: ListingStatus) -> None:
        say = self.verdict.violations.append
        state, kind = OperationState(row["state"]), row["kind"]
        did = [change for change in self.site.changes if change.operation == row["id"]]
        if any(change.kind is not OperationKind(kind) for change in did):
            say(f"something else than {kind} was done")
        if kind == OperationKind.CHANGE_PRICE and any(change.cents != cents_of(row) for change in did):
            say("a wrong price was set")
        if state not in SETTLED:
            say(f"stuck: {kind} is {state.value}")
        elif state is not OperationState.DONE and row["reason"] is None:
            say(f"{kind} ended as {state.value} without a reason")
        if did and state is OperationState.CANCELLED:
            say(f"{kind} was cancelled, and was done")
        if did and state is OperationState.FAILED and (row["reason"] or {}).get("code") != "sold":
            say(f"false failure: {kind}, and it was done")
        if did and (row["reason"] or {}).get("message", "").startswith("It could not be"):
            say(f"false reason: {kind} was done, and the seller reads that it could not be")


def cents_of(row: rows.OperationRow) -> int:
    """The price it shall have; 0 for another kind."""
    return round(float(row["input"].get("price", 0)) * 100)
