"""Whether two photos show the same shot, also where a site scaled, re-encoded or cut one of them.

Built on `utils/likeness.py`'s print (24 × 24 cells in colour, and the shape). A cut is looked for by cutting the print
itself to the other's shape: a window of some sizes is laid at some places, and the best is moved and resized for as
long as that brings the two nearer.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import mul

from PIL import Image, ImageChops

from listing_worker.utils.likeness import CELLS, LEAST_CONTRAST, Print, print_of

SAME_SHOT = 0.12  # distance up to which two photos are the same shot (tests/inventory/labelled_pairs.py)
UNRELATED = 1.0
_VALUES = [*range(256)] * 3  # what a histogram of three bands counts
_MOST = 4  # photos of a listing that are compared
_SHAPES_APART = 1.6  # of two photos: more is no cut of the other
_ZOOMS = (1.0, 0.92, 0.84)
_SMALLEST = 0.78
_STEPS = (0.03, 0.015)  # by which a window is moved and resized, as parts of the whole
_WORTH_MOVING = 0.7  # what is further apart than this at first is another photo


@dataclass(frozen=True)
class Window:
    """A part of a photo in the shape of another: `zoom` of the largest there can be; corner at `x`, `y` (0 to 1)."""

    zoom: float
    x: float
    y: float


@dataclass(frozen=True)
class Shot:
    """A photo's print with what comparing needs of it, worked out once."""

    print: Print

    @classmethod
    def of(cls, data: bytes) -> Shot:
        """Raises OSError or ValueError for something that is no image."""
        return cls(print_of(data))

    @classmethod
    def read(cls, text: str) -> Shot:
        """The inverse of `text`. Raises ValueError."""
        ratio, contrast, cells = text.split(":")
        raw = base64.b64decode(cells, validate=True)
        if len(raw) != CELLS * CELLS * 3:
            raise ValueError("not a photo's print")
        return cls(Print(float(ratio), raw, float(contrast)))

    @property
    def text(self) -> str:
        """About 2.3 kB of plain text, to be stored."""
        cells = base64.b64encode(self.print.cells).decode()
        return f"{self.print.ratio:.4f}:{self.print.contrast:.3f}:{cells}"

    @cached_property
    def image(self) -> Image.Image:
        return Image.frombytes("RGB", (CELLS, CELLS), self.print.cells)

    def under(self, window: Window, ratio: float) -> Image.Image | None:
        """The cells of the window of this shape; None where it does not fit in."""
        wide = min(1.0, ratio / self.print.ratio) * window.zoom
        high = min(1.0, self.print.ratio / ratio) * window.zoom
        right, bottom = window.x + wide, window.y + high
        if window.x < 0 or window.y < 0 or right > 1.0001 or bottom > 1.0001:
            return None
        box = (window.x * CELLS, window.y * CELLS, min(right, 1) * CELLS, min(bottom, 1) * CELLS)
        return self.image.resize((CELLS, CELLS), Image.Resampling.BICUBIC, box=box)


def distance(one: Shot, other: Shot) -> float:
    """0 for the same photo, up to SAME_SHOT for a cut or re-encoded one, about 1 for unrelated ones."""
    return min(_within(one, other), _within(other, one))


def _within(part: Shot, whole: Shot) -> float:
    """How near `part` comes to the nearest window of `whole`."""
    ratio = part.print.ratio
    if max(ratio / whole.print.ratio, whole.print.ratio / ratio) > _SHAPES_APART:
        return UNRELATED
    contrast = max(part.print.contrast, whole.print.contrast, LEAST_CONTRAST)

    def apart(window: Window) -> float:
        cells = whole.under(window, ratio)
        return UNRELATED if cells is None else _apart(part.image, cells) / contrast

    best, window = min(((apart(each), each) for each in _starts(whole.print.ratio, ratio)), key=lambda found: found[0])
    if best > _WORTH_MOVING or best < SAME_SHOT / 4:
        return min(best, UNRELATED)
    for step in _STEPS:
        moved = True
        while moved:
            nearest, nearer = min(((apart(each), each) for each in _moved(window, step)), key=lambda found: found[0])
            moved = nearest < best
            if moved:
                best, window = nearest, nearer
    return best


def _starts(whole: float, ratio: float) -> list[Window]:
    found = set()
    for zoom in _ZOOMS:
        wide, high = min(1.0, ratio / whole) * zoom, min(1.0, whole / ratio) * zoom
        found |= {Window(zoom, (1 - wide) * x, (1 - high) * y) for x in (0, 0.5, 1) for y in (0, 0.5, 1)}
    return sorted(found, key=lambda each: (-each.zoom, each.x, each.y))


def _moved(window: Window, step: float) -> list[Window]:
    """Shifted, or resized around its middle or a corner."""
    zoom, x, y = window.zoom, window.x, window.y
    shifted = [Window(zoom, x + dx, y + dy) for dx, dy in ((step, 0), (-step, 0), (0, step), (0, -step))]
    resized = [
        Window(zoom + change, max(0.0, x - change * fx), max(0.0, y - change * fy))
        for change in (step, -step)
        for fx, fy in ((0.5, 0.5), (0, 0), (1, 1), (0, 1), (1, 0))
        if _SMALLEST <= zoom + change <= 1
    ]
    return shifted + resized


def _apart(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of the cells' values, 0 to 255."""
    counted: list[int] = ImageChops.difference(one, other).histogram()
    return float(sum(map(mul, counted, _VALUES)) / (CELLS * CELLS * 3))


def compare_sets(ones: Sequence[Shot], others: Sequence[Shot]) -> float | None:
    """How far the smaller set of photos has its shots in the other: 1 for all, 0 for none; None where one has none."""
    if not ones or not others:
        return None
    few, many = sorted((ones[:_MOST], others[:_MOST]), key=len)
    return sum(_nearness(min(distance(shot, other) for other in many)) for shot in few) / len(few)


def _nearness(apart: float) -> float:
    """1 up to what re-encoding makes, 0 from where two shots of the same thing begin."""
    return min(1.0, max(0.0, 1 - (apart - SAME_SHOT / 2) / SAME_SHOT))
