"""What came of filling a page: one row per field, and never a value that differs without saying so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from listing_worker.models import FieldReport


class Outcome(StrEnum):
    FILLED = "filled"  # the form holds what was meant, read back
    REFUSED = "refused"  # nothing was put in, or what was put in was taken out again; `reason` says why
    WRONG = "wrong"  # the form holds something else than was meant, and could not be set back


class Row(FieldReport):
    """One field: what was meant, what is on the form, whether it is the same, how it was found.

    `found_by`: the evidence ("label 'Title'"); `tier`: T1, or the name of what found it; `candidate`: the first locator
    that would find it again; `score` and `rival`: of the match, from 0 to 1; `code`: field_not_found, ambiguous,
    option_not_found, not_filled, read_back_differs.
    """

    outcome: Outcome = Outcome.FILLED
    tier: str = ""
    widget: str = ""
    candidate: str = ""
    score: float = 0.0
    rival: float = 0.0
    code: str = ""
    reason: str = ""


class Filled(Sequence[Row]):
    """The table, in the order of the wanted fields; `table["Title"]` is one row."""

    def __init__(self, rows: Sequence[Row], *, milliseconds: int = 0, matching: Sequence[int] = ()) -> None:
        self.rows = list(rows)
        self.milliseconds = milliseconds
        self.matching = list(matching)  # milliseconds of each inventory with match

    def __getitem__(self, which: int | str | slice) -> Row:  # type: ignore[override]
        if isinstance(which, str):
            return next(row for row in self.rows if row.field == which)
        return self.rows[which]  # type: ignore[return-value]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    @property
    def ok(self) -> bool:
        """Whether every wanted field is on the form as meant."""
        return all(row.same for row in self.rows)

    @property
    def refused(self) -> list[Row]:
        return [row for row in self.rows if row.outcome is Outcome.REFUSED]

    @property
    def wrong(self) -> list[Row]:
        return [row for row in self.rows if row.outcome is Outcome.WRONG]
