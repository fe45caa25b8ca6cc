"""What a check has found: fine, worth knowing, or wrong, and then what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from listing_worker.errors import ListingWorkerError


class Mark(StrEnum):
    FINE = "fine"
    ADVICE = "advice"  # works; something could be better or is not set up
    WRONG = "wrong"  # does not work, or not safely
    SKIPPED = "skipped"  # cannot be looked at here


@dataclass(frozen=True)
class Finding:
    """One line of the report. `fix` is the one thing to do, for everything that is not fine."""

    part: str
    mark: Mark
    found: str
    fix: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "mark": self.mark.value}


def fine(part: str, found: str) -> Finding:
    return Finding(part, Mark.FINE, found)


def advice(part: str, found: str, fix: str) -> Finding:
    return Finding(part, Mark.ADVICE, found, fix)


def wrong(part: str, found: str, fix: str) -> Finding:
    return Finding(part, Mark.WRONG, found, fix)


def skipped(part: str, found: str, fix: str | None = None) -> Finding:
    return Finding(part, Mark.SKIPPED, found, fix)


def looked(part: str, check: Callable[[], Iterable[Finding]], *, fix: str) -> list[Finding]:
    """What `check` finds. One that breaks off is itself a finding: the others still run.

    `fix` is what to do where the error does not say it itself.
    """
    findings: list[Finding] = []
    try:
        findings.extend(check())
    except ListingWorkerError as error:
        findings.append(wrong(part, error.message, error.action or fix))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a part, the report goes on
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        findings.append(wrong(part, f"{type(error).__name__}: {first[:200]}", fix))
    return findings
