"""A measured figure, and what it was measured on."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One line of the table. `values` are the single measurements; `goal` is the largest (or, with a minus sign, the
    smallest) median that is good enough, None where there is no goal."""

    group: str
    name: str
    unit: str
    values: tuple[float, ...]
    goal: float | None = None
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.median >= -self.goal if self.goal < 0 else self.median <= self.goal

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "median": self.median, "met": self.met}


@dataclass
class Result:
    """All figures of a run."""

    figures: list[Figure] = field(default_factory=list)
    stages: dict[str, dict[str, float]] = field(default_factory=dict)  # marketplace → stage → seconds
    left_out: dict[str, str] = field(default_factory=dict)  # what could not be measured here, and why

    def add(
        self, group: str, name: str, unit: str, values: Iterable[float], goal: float | None = None, note: str = ""
    ) -> Figure:
        figure = Figure(group, name, unit, tuple(values), goal, note)
        self.figures.append(figure)
        return figure

    def values_of(self, group: str, name: str) -> tuple[float, ...]:
        """The measurements of a figure; none if it was not measured in this run."""
        return next((each.values for each in self.figures if (each.group, each.name) == (group, name)), ())

    def as_json(self) -> dict[str, Any]:
        return {
            "machine": machine(),
            "figures": [figure.as_json() for figure in self.figures],
            "stages": self.stages,
            "left_out": self.left_out,
        }


def machine() -> dict[str, Any]:
    """What it was measured on, and how busy that was with other things."""
    memory = next(
        int(line.split()[1]) for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal")
    )
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 1024**2, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": [round(each, 1) for each in os.getloadavg()],
    }
