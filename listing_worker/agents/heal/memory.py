"""Learned locators: what healed a field once finds it at once the next time, on every worker, without a model.

A locator is kept per marketplace, form version (the recipe's) and field, with several candidates and `{value}` where a
seller's word stood. It is written only after the whole form was read back (`Memory.confirm`), counted each time it is
used, demoted after failures, and a person can refuse it (`listing-worker heal refuse`).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, Final, Protocol

import structlog
from pydantic import ValidationError

from listing_worker.agents.form.targets import CONTROL, By, Candidate, Target
from listing_worker.errors import ListingWorkerError
from listing_worker.storage import rows

log = structlog.get_logger(__name__)

FRESH: Final = 60.0  # seconds a worker believes what it has read


class LocatorStore(Protocol):
    """The part of storage/store.py that memory needs."""

    def active_locators(self, marketplace: str, form_version: str) -> list[rows.LocatorRow]: ...

    def learn_locator(
        self,
        marketplace: str,
        form_version: str,
        field: str,
        *,
        intent: str,
        target: Mapping[str, Any],
        value_template: str,
        tier: str,
        evidence: Mapping[str, Any],
    ) -> rows.LocatorRow: ...

    def judge_locator(self, locator_id: str, worked: bool) -> rows.LocatorRow | None: ...


@dataclass(frozen=True)
class Learned:
    """One locator that worked before, and the way to it."""

    id: str
    field: str
    target: Target
    value_template: str = "{value}"
    tier: str = ""
    successes: int = 0
    failures: int = 0
    means: dict[str, str] = dataclass_field(default_factory=dict)  # our word → what the form calls it now
    way: tuple[Target, ...] = ()  # what is pressed first


@dataclass(frozen=True)
class Lesson:
    """What one heal found, waiting for the proof of the whole form."""

    field: str
    intent: str
    target: Target
    tier: str
    value_template: str = "{value}"
    evidence: dict[str, Any] = dataclass_field(default_factory=dict)
    way: tuple[Target, ...] = ()


class Memory:
    """The learned locators of one marketplace's form during one attempt. Store trouble costs lessons, no posting."""

    def __init__(self, store: LocatorStore | None, marketplace: str, form_version: str) -> None:
        self._store, self.marketplace, self.form_version = store, marketplace, form_version
        self._known: dict[str, list[Learned]] | None = None
        self._used: dict[str, Learned] = {}
        self._lessons: dict[str, Lesson] = {}

    async def of(self, field: str) -> Sequence[Learned]:
        """The locators in use for a field, the most successful first."""
        if self._known is None:
            self._known = await self._load()
        return self._known.get(field, ())

    def used(self, learned: Learned) -> None:
        """A learned locator filled its field; it counts as a success if the form reads back."""
        self._used[learned.field] = learned

    async def failed(self, learned: Learned) -> None:
        """A learned locator found nothing, or what it found did not take the value."""
        self._used.pop(learned.field, None)
        if self._store is not None:
            await self._quietly(self._store.judge_locator, learned.id, False)

    def note(self, lesson: Lesson) -> None:
        """A heal that reads back; kept only once the whole form does."""
        self._lessons[lesson.field] = lesson

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        return tuple(self._lessons.values())

    async def confirm(self, same: Iterable[str]) -> None:
        """The whole form was read back; `same` are the fields that hold what was meant. Writes what was learned."""
        held = set(same)
        store, lessons, used = self._store, self._lessons, self._used
        self._lessons, self._used = {}, {}
        if store is None:
            return
        for learned in used.values():
            await self._quietly(store.judge_locator, learned.id, learned.field in held)
        for lesson in lessons.values():
            if lesson.field in held:
                await self._quietly(self._learn, store, lesson)
        if lessons:
            forget(self.marketplace)

    def _learn(self, store: LocatorStore, lesson: Lesson) -> None:
        store.learn_locator(
            self.marketplace,
            self.form_version,
            lesson.field,
            intent=lesson.intent,
            target=lesson.target.model_dump(mode="json", exclude_defaults=True),
            value_template=lesson.value_template,
            tier=lesson.tier,
            evidence={**lesson.evidence, **_way(lesson)},
        )

    async def _load(self) -> dict[str, list[Learned]]:
        if self._store is None:
            return {}
        key = (self.marketplace, self.form_version)
        at, kept = _cache.get(key, (0.0, {}))
        if at and time.monotonic() - at < FRESH:
            return kept
        found = await self._quietly(self._store.active_locators, *key)
        known: dict[str, list[Learned]] = {}
        for row in found or ():
            learned = learned_of(row)
            if learned is not None:
                known.setdefault(learned.field, []).append(learned)
        if found is not None:
            _cache[key] = (time.monotonic(), known)
        return known

    async def _quietly(self, call: Any, *arguments: Any) -> Any:
        try:
            return await asyncio.to_thread(call, *arguments)
        except ListingWorkerError as error:
            log.warning("Learned locators are not to be had now.", action="memory", error=error.message)
            return None


def _way(lesson: Lesson) -> dict[str, Any]:
    """What is pressed first, as it is stored."""
    marks = [mark.model_dump(mode="json", exclude_defaults=True) for mark in lesson.way]
    return {"way": marks} if marks else {}


_cache: dict[tuple[str, str], tuple[float, dict[str, list[Learned]]]] = {}


def forget(marketplace: str | None = None) -> None:
    """Reads anew the next time."""
    for key in [key for key in _cache if marketplace in {None, key[0]}]:
        del _cache[key]


def learned_of(row: rows.LocatorRow) -> Learned | None:
    """A row as a locator; None if it is of a version that this code does not understand."""
    try:
        target = Target.model_validate(row["target"])
        way = tuple(Target.model_validate(mark) for mark in row["evidence"].get("way", ()))
    except ValidationError:
        return None
    means = row["evidence"].get("means", {})
    return Learned(
        row["id"],
        row["field"],
        target,
        row["value_template"],
        row["tier"],
        row["successes"],
        row["failures"],
        means if isinstance(means, dict) else {},
        way,
    )


def templated(target: Target, value: str, name: str = "value") -> Target:
    """The target without anybody's word: where a candidate is exactly the value, {value} stands (or what `name` says);
    candidates that hold the value otherwise are left out. ValueError if none is left."""
    wanted = " ".join(value.split())
    if not wanted:
        return target
    kept = [made for candidate in target.candidates if (made := _without(candidate, wanted, name)) is not None]
    if not kept:
        raise ValueError("every candidate holds the value itself")
    return target.model_copy(update={"candidates": tuple(kept)})


def _without(candidate: Candidate, wanted: str, word: str) -> Candidate | None:
    changes: dict[str, str] = {}
    for name in ("value", "name", "has_text"):
        text = getattr(candidate, name)
        if not isinstance(text, str) or wanted.casefold() not in text.casefold():
            continue
        if candidate.by in {By.CSS, By.TEST_ID} and name == "value":
            # a word of a selector is the value only by its whole length
            if text != wanted:
                continue
            return None
        if " ".join(text.split()) != wanted:
            if len(wanted) < 4:
                continue
            return None
        changes[name] = "{" + word + "}"
    return candidate.model_copy(update=changes) if changes else candidate


def as_patch(found: Sequence[rows.LocatorRow]) -> str:
    """What was learned, as lines to put into the recipes: per field the candidates, the most successful first."""
    lines: list[str] = []
    for marketplace, version in dict.fromkeys((row["marketplace"], row["form_version"]) for row in found):
        lines += [f"# agents/{marketplace}/recipe.py, learned on version {version}", ""]
        for row in found:
            if (row["marketplace"], row["form_version"]) != (marketplace, version) or row["state"] != "active":
                continue
            learned = learned_of(row)
            if learned is None:
                continue
            lines += [
                f"# {row['field']}: {row['intent']} ({row['tier']}, {row['successes']} times right, "
                f"{row['failures']} times not, last {row['worked_at'][:10]})",
                *(f"# press first: {source_of(mark)}" for mark in learned.way),
                f"{row['field']} = {source_of(learned.target)}",
                "",
            ]
    return "\n".join(lines)


def source_of(target: Target) -> str:
    """A target as Python, in the recipe's own words."""
    parts = [_candidate_source(candidate) for candidate in target.candidates]
    if target.within is not None:
        parts.append(f"within={source_of(target.within)}")
    if target.frame:
        parts.append(f"frame={target.frame if len(target.frame) > 1 else target.frame[0]!r}")
    if target.hidden:
        parts.append("hidden=True")
    return f"at({', '.join(parts)})"


def _candidate_source(candidate: Candidate) -> str:
    name = {By.NEAR_TEXT: "near"}.get(candidate.by, candidate.by.value)
    words = [json.dumps(candidate.value, ensure_ascii=False)]
    if candidate.by is By.TEST_ID and candidate.attribute != "data-testid":
        words.append(json.dumps(candidate.attribute))
    if candidate.by is By.CSS and candidate.why:
        words.append(json.dumps(candidate.why, ensure_ascii=False))
    if candidate.by is By.NEAR_TEXT and candidate.control != CONTROL:
        words.append(json.dumps(candidate.control))
    if candidate.name is not None:
        words.append(json.dumps(candidate.name, ensure_ascii=False))
    if candidate.has_text is not None:
        words.append(f"has_text={json.dumps(candidate.has_text, ensure_ascii=False)}")
    return f"{name}({', '.join(words)})"
