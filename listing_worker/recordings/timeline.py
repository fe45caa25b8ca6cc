"""The timeline of one attempt: steps, fields, costs and pictures, as it is noted while the attempt runs.

`Recorder` notes; it never touches the page and costs microseconds. `Recording` is what is kept: everything in it went
through `private.py`, so that it can be shown to whoever helps. Times are milliseconds since the attempt began.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from listing_worker.models import FieldReport, Frozen, Listing
from listing_worker.recordings.pictures import Taken
from listing_worker.recordings.private import cleaned, private_field, without_private
from listing_worker.utils.clock import utc_now
from listing_worker.utils.redact import REMOVED

VERSION: Final = 1
_TIERS: Final = ("T1", "T2", "T3", "learned")
_TEXT: Final = 1_000  # characters of a value that are kept


class Cost(Frozen):
    """What the model cost. `dollars` counts only what the provider stated."""

    calls: int = 0
    tokens: int = 0
    dollars: float = 0.0

    def since(self, before: Cost) -> Cost:
        return Cost(
            calls=self.calls - before.calls,
            tokens=self.tokens - before.tokens,
            dollars=round(self.dollars - before.dollars, 6),
        )


class Moment(Frozen):
    """One step: when it began and how long it took, what it was about, what it cost, and its picture's name."""

    step: str
    at: int
    milliseconds: int = 0
    fields: tuple[str, ...] = ()
    cost: Cost = Cost()
    picture: str = ""


class FieldLine(Frozen):
    """One field: by which tier and candidate it was found, what was meant and what the form said last."""

    field: str
    tier: str  # T0 (the recipe), learned, T1, T2, T3; "" = the form does not have it
    candidate: str
    meant: str
    found: str
    same: bool
    milliseconds: int = 0


class Recording(Frozen):
    """One attempt, as it is kept and shown. `pictures`: name → key in the photo store, or the picture itself as a data
    URI once it is exported. `listing`: what was to be posted, without what is private; replaying needs it."""

    version: int = VERSION
    marketplace: str
    recipe_version: str
    posting_id: str
    attempt: int
    started: datetime
    milliseconds: int = 0
    outcome: str = "interrupted"
    reason: dict[str, Any] | None = None
    cost: Cost = Cost()
    moments: tuple[Moment, ...] = ()
    fields: tuple[FieldLine, ...] = ()
    form_snapshot: str = ""
    listing: dict[str, Any] = Field(default_factory=dict)
    photo_count: int = 0
    pictures: dict[str, str] = Field(default_factory=dict)


def tier_of(found_by: str) -> tuple[str, str]:
    """Tier and candidate, as a report's `found_by` tells them."""
    tier, colon, candidate = found_by.partition(": ")
    if colon and tier in _TIERS:
        return tier, candidate
    return ("", "") if found_by == "absent" else ("T0", found_by)


class Recorder:
    """Notes one attempt. `spent` tells what the model has cost so far."""

    def __init__(
        self,
        *,
        marketplace: str,
        recipe_version: str,
        posting_id: str,
        attempt: int,
        listing: Listing,
        spent: Callable[[], Cost] = Cost,
    ) -> None:
        self.marketplace, self.recipe_version = marketplace, recipe_version
        self.posting_id, self.attempt = posting_id, attempt
        self._listing, self._spent = listing, spent
        self._began, self._started = time.monotonic(), utc_now()
        self._moments: list[dict[str, Any]] = []
        self._before = Cost()
        self._fields: dict[str, FieldReport] = {}
        self.taken: dict[str, Taken] = {}
        self._outcome = "interrupted"
        self._reason: dict[str, Any] | None = None
        self.form_snapshot = ""

    @property
    def private_words(self) -> list[str]:
        """Texts of this listing that say where its seller is."""
        listing = self._listing
        said = [value for name, value in listing.attributes.items() if private_field(name)]
        return [word for word in (listing.zip_code or "", *said) if len(word) >= 3]

    def step(self, name: str, fields: Iterable[str] = ()) -> None:
        """A step begins; the one before it has ended."""
        self._close()
        self._moments.append({"step": name, "at": self._now(), "fields": tuple(fields)})

    def filled(self, reports: Iterable[FieldReport]) -> None:
        """How fields were filled: tier, candidate and duration come from here."""
        self._fields.update({report.field: report for report in reports})

    def read(self, reports: Iterable[FieldReport]) -> None:
        """What the form says in the end: the values come from here."""
        for report in reports:
            before = self._fields.get(report.field)
            kept = {"found_by": before.found_by, "milliseconds": before.milliseconds} if before else {}
            self._fields[report.field] = report.model_copy(update=kept)

    def picture(self, name: str, taken: Taken) -> None:
        """A picture of the page as it is now, belonging to the step that is under way."""
        self.taken[name] = taken
        if self._moments:
            self._moments[-1]["picture"] = name

    def ended(self, outcome: str, reason: Mapping[str, Any] | None) -> None:
        """How the attempt ended, once that is decided."""
        self._outcome, self._reason = outcome, dict(reason) if reason else None

    def recording(self, pictures: Mapping[str, str]) -> Recording:
        """What is kept. `pictures`: where those that were stored are."""
        self._close()
        words = self.private_words
        body = self._listing.model_dump(mode="json", exclude={"id", "user_id", "photos", "overrides"})
        return Recording(
            marketplace=self.marketplace,
            recipe_version=self.recipe_version,
            posting_id=self.posting_id,
            attempt=self.attempt,
            started=self._started,
            milliseconds=self._now(),
            outcome=self._outcome,
            reason=cleaned(self._reason, words),
            cost=self._spent(),
            moments=tuple(Moment(**moment) for moment in self._moments),
            fields=tuple(_line(report, words) for report in self._fields.values()),
            form_snapshot=without_private(self.form_snapshot, words),
            listing=cleaned(body, words),
            photo_count=len(self._listing.photos),
            pictures=dict(pictures),
        )

    def _now(self) -> int:
        return round((time.monotonic() - self._began) * 1000)

    def _close(self) -> None:
        spent = self._spent()
        if self._moments and "milliseconds" not in self._moments[-1]:
            last = self._moments[-1]
            last["milliseconds"] = self._now() - last["at"]
            last["cost"] = spent.since(self._before)
        self._before = spent


def _line(report: FieldReport, words: list[str]) -> FieldLine:
    tier, candidate = tier_of(report.found_by)
    hidden = private_field(report.field)
    meant, found = (
        REMOVED if hidden and text else without_private(text[:_TEXT], words) for text in (report.meant, report.on_form)
    )
    return FieldLine(
        field=report.field,
        tier=tier,
        candidate=without_private(candidate, words),
        meant=meant,
        found=found,
        same=report.same,
        milliseconds=report.milliseconds,
    )
