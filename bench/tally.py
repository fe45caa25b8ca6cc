"""Counting outcomes: right, refused, wrong. A refusal is a field left alone; wrong is what must never be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Tally:
    name: str
    right: int = 0
    refused: int = 0
    wrong: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)

    def add(self, outcome: str, note: str = "", seconds: float = 0.0) -> None:
        setattr(self, outcome, getattr(self, outcome) + 1)
        self.seconds += seconds
        if note:
            self.notes.append(f"{outcome}: {note}")

    @property
    def total(self) -> int:
        return self.right + self.refused + self.wrong

    def line(self) -> str:
        first = self.notes[0][:110] if self.notes else ""
        return (
            f"  {self.name:<28}{self.right:>4}/{self.total:<4} refused {self.refused:<3} wrong {self.wrong:<3} {first}"
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "total": self.total,
            "right": self.right,
            "refused": self.refused,
            "wrong": self.wrong,
            "seconds": round(self.seconds, 1),
            "notes": self.notes,
        }


def totals(tallies: Sequence[Tally]) -> dict[str, int]:
    return {key: sum(getattr(one, key) for one in tallies) for key in ("total", "right", "refused", "wrong")}


def table_of(tallies: Sequence[Tally]) -> str:
    summed = totals(tallies)
    share = 100 * summed["right"] / summed["total"] if summed["total"] else 0.0
    return (
        f"  {'all':<28}{summed['right']:>4}/{summed['total']:<4} refused {summed['refused']:<3}"
        f" wrong {summed['wrong']:<3} = {share:.1f} % right"
    )
