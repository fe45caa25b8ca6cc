"""What a batch does next, what can be undone, what is reposted: tables."""

from __future__ import annotations

from typing import Any

import pytest

from listing_worker.inventory.batches.decide import AT_ONCE, CANARY_FROM, Next, Row, counted, first_state, next_step
from listing_worker.inventory.batches.undo import undoing
from listing_worker.inventory.reposting import RepostRule, choose
from listing_worker.models import OperationKind
from listing_worker.storage.batch_calls import BatchRow, RepostCandidate


def rows(*states: str, marketplace: str = "ebay") -> list[Row]:
    return [Row(str(n), marketplace, "delist", state) for n, state in enumerate(states)]


def test_more_than_twenty_begin_with_one_which_must_go_well() -> None:
    assert first_state(CANARY_FROM, rehearse=False) == "running"
    assert first_state(CANARY_FROM + 1, rehearse=False) == "rehearsing"
    assert first_state(1, rehearse=True) == "rehearsing"
    many = ["waiting"] * 29
    assert next_step("rehearsing", rows("waiting", *many), rehearse=False) == Next(begin=("0",))
    assert next_step("rehearsing", rows("running", *many), rehearse=False) == Next()
    assert next_step("rehearsing", rows("done", *many), rehearse=False).to == "running"
    assert next_step("rehearsing", rows("done", *many), rehearse=True).to == "rehearsed"
    for wrong in ("failed", "refused", "action_required", "cancelled"):
        assert next_step("rehearsing", rows(wrong, *many), rehearse=False).to == "paused", wrong


def test_a_few_are_open_at_a_time_in_each_account() -> None:
    both = rows(*["waiting"] * 9) + [Row(f"m{n}", "mercari", "delist", "waiting") for n in range(9)]
    begun = next_step("running", both, rehearse=False).begin
    assert len(begun) == 2 * AT_ONCE and sum(each.startswith("m") for each in begun) == AT_ONCE
    assert next_step("running", rows("running", "queued", "uncertain", "waiting"), rehearse=False) == Next()


def test_too_many_that_go_wrong_pause_the_rest() -> None:
    three = ["failed"] * 3
    assert next_step("running", rows(*three, "waiting"), rehearse=False).to is None
    assert next_step("running", rows(*three, "failed", "waiting"), rehearse=False).to == "paused"
    assert next_step("running", rows(*three, "failed", "waiting"), rehearse=False, forgiven=4).begin == ("4",)
    well = ["done"] * 30
    assert next_step("running", rows(*well, *three, "refused", "waiting"), rehearse=False).to is None


@pytest.mark.parametrize("state", ["paused", "rehearsed", "done", "cancelled"])
def test_what_does_not_go_on_by_itself_does_nothing(state: str) -> None:
    assert next_step(state, rows("waiting"), rehearse=False) == Next()


def test_it_is_done_when_every_row_has_ended_some_way() -> None:
    assert next_step("running", rows("done", "failed", "live"), rehearse=False).to == "done"
    assert next_step("running", rows("done", "running"), rehearse=False) == Next()
    by_hand = [Row("9", "facebook", "by_hand", "refused")]
    assert next_step("running", rows("done") + by_hand, rehearse=False).to == "done"
    assert counted(rows("done", "failed", "waiting", "acting") + by_hand) == {
        "well": 1, "wrong": 1, "waiting": 1, "under_way": 1, "by_hand": 1,
    }  # fmt: skip


def row(kind: str, state: str = "done", position: int = 1, **more: Any) -> BatchRow:
    made: dict[str, Any] = {
        "id": "r", "position": position, "listing_id": "l", "posting_id": "p", "marketplace": "ebay", "kind": kind,
        "input": {}, "before": {}, "operation_id": "o", "job_id": None, "title": "Dress", "state": state, "why": None,
        "url": None, **more,
    }  # fmt: skip
    return made  # type: ignore[return-value]


def test_what_went_through_is_taken_back_the_last_first() -> None:
    done = [
        row("change_price", before={"price": "48.00"}),
        row("delist", position=2),
        row("post", "live", position=3),
        row("delist", "failed", position=4),
        row("edit", position=5, input={"fields": ["title"]}),
    ]
    found, left = undoing(done, lambda marketplace, kind: True)
    assert [(each["kind"], each["input"]) for each in found] == [
        ("edit", {"fields": ["title"]}), ("delist", {}), ("relist", {}), ("change_price", {"price": "48.00"}),
    ]  # fmt: skip
    assert left == []


def test_what_cannot_be_taken_back_is_named() -> None:
    found, left = undoing([row("delist")], lambda marketplace, kind: kind is not OperationKind.RELIST)
    assert [each["kind"] for each in found] == ["post"], "where the very listing cannot be put back, a new one is made"
    found, left = undoing([row("change_price"), row("post", "live")], lambda marketplace, kind: False)
    assert found == [] and len(left) == 2


def candidate(posting: str, state: str, age: float, *, renewing: bool = False) -> RepostCandidate:
    return {"posting_id": posting, "listing_id": posting, "state": state, "renewing": renewing, "age_days": age}


def test_reposts_keep_to_the_days_number_and_put_back_what_they_took_down() -> None:
    found = [
        candidate("old", "live", 90), candidate("older", "live", 120), candidate("young", "live", 3),
        candidate("ended", "delisted", 5), candidate("mine", "delisted", 1, renewing=True),
    ]  # fmt: skip
    rule = RepostRule(ended=True, older_than_days=60, per_day=2)
    chosen = [(each["posting_id"], kind) for each, kind in choose(rule, found, 0, can_relist=True)]
    assert chosen == [("mine", "relist"), ("ended", "relist"), ("older", "delist")]
    assert [each["posting_id"] for each, _ in choose(rule, found, 2, can_relist=True)] == ["mine"]
    posted = [(each["posting_id"], kind) for each, kind in choose(rule, found, 0, can_relist=False)]
    assert posted == [("mine", "post"), ("ended", "post")], "nothing is taken down that cannot be put back"
    assert choose(RepostRule(), [candidate("ended", "delisted", 5)], 0, can_relist=True) == []
