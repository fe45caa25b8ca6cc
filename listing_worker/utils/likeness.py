"""Whether two photos show the same, whatever was done to their bytes: scaled, re-encoded, slightly re-coloured.

A crop, a turn, a mirror image or another photo is not the same. A photo's print is its picture at 24 × 24 cells in
colour, and its shape. The difference of two prints is their mean distance in units of the first photo's own contrast:
at most 0.045 for re-encodings, 0.06 and more for 5 % cut off (tests/utils/test_likeness.py measures it on generated
photos). Nearly empty photos cannot be told apart so well, and less than 3 % cut off goes unnoticed.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageOps

CELLS = 24
SAME_UP_TO = 0.055  # difference of prints
SHAPE_UP_TO = 0.03  # relative difference of width / height: what rounding to whole pixels does, and little more
LEAST_CONTRAST = 6.0  # of 255: a white wall has less, and its noise must not count as content


@dataclass(frozen=True)
class Print:
    """`ratio` is width / height; `cells` are CELLS × CELLS RGB bytes; `contrast` the mean distance from their mean."""

    ratio: float
    cells: bytes
    contrast: float


def print_of(data: bytes, *, cut_to: float | None = None) -> Print:
    """The print of an encoded image, turned upright. `cut_to`: as if it were cut to this width / height around its
    middle first. Raises OSError or ValueError for something that is no image."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    if cut_to is not None:
        image = _cut(image, cut_to)
    width, height = image.size
    cells = image.resize((CELLS, CELLS), Image.Resampling.LANCZOS).tobytes()
    means = [sum(cells[channel::3]) / CELLS**2 for channel in range(3)]
    contrast = sum(abs(value - means[index % 3]) for index, value in enumerate(cells)) / len(cells)
    return Print(width / height, cells, contrast)


def _cut(image: Image.Image, ratio: float) -> Image.Image:
    width, height = image.size
    new_width, new_height = min(width, height * ratio), min(height, width / ratio)
    left, top = (width - new_width) / 2, (height - new_height) / 2
    return image.crop((round(left), round(top), round(left + new_width), round(top + new_height)))


def difference(one: Print, other: Print) -> float:
    """0 for the same picture; about 1 for unrelated ones."""
    distance = sum(abs(a - b) for a, b in zip(one.cells, other.cells, strict=True)) / len(one.cells)
    return distance / max(one.contrast, LEAST_CONTRAST)


def alike(one: Print, other: Print) -> bool:
    shape = abs(one.ratio / other.ratio - 1)
    return shape <= SHAPE_UP_TO and difference(one, other) <= SAME_UP_TO


def compare_photos(ours: Sequence[bytes], theirs: Sequence[bytes], *, cover_cut: float | None = None) -> dict[str, Any]:
    """Count, order and likeness of the photos on a public page against ours, as JSON.

    `cover_cut`: the site cuts the first photo so by itself; that is no difference. Each of ours is `same`, `moved` (it
    is there, elsewhere: `shown_at`), `altered` (something else, or a part, is in its place) or `missing`; what is
    shown beyond them is counted as `extra`.
    """
    mine = [print_of(data, cut_to=cover_cut if place == 0 else None) for place, data in enumerate(ours)]
    uncut = [print_of(data) for data in ours[:1]] if cover_cut else mine[:1]
    shown = [print_of(data) for data in theirs]
    photos: list[dict[str, Any]] = []
    for place, print_ in enumerate(mine):
        here = difference(print_, shown[place]) if place < len(shown) else None
        versions = [print_, *(uncut if place == 0 else ())]
        fits = [at for at, other in enumerate(shown) if any(alike(version, other) for version in versions)]
        best = min(fits, key=lambda at: min(difference(version, shown[at]) for version in versions), default=None)
        if place in fits and (best == place or not _clearly_elsewhere(print_, shown, place, best, mine)):
            verdict = "same"
        elif best is not None:
            verdict = "moved"
        else:
            verdict = "altered" if place < len(shown) else "missing"
        photo: dict[str, Any] = {"position": place + 1, "verdict": verdict}
        if verdict == "moved" and best is not None:
            photo["shown_at"] = best + 1
        if here is not None:
            photo["difference"] = round(here, 3)
        photos.append(photo)
    extra = max(0, len(shown) - len(mine))
    return {
        "same": len(shown) == len(mine) and all(photo["verdict"] == "same" for photo in photos),
        "ours": len(mine),
        "shown": len(shown),
        "extra": extra,
        "photos": photos,
    }


def _clearly_elsewhere(
    print_: Print, shown: Sequence[Print], place: int, best: int | None, mine: Sequence[Print]
) -> bool:
    """Two photos of ours may be nearly alike: one counts as moved only if it fits another place far better, and what is
    shown in its own place fits another of ours far better, too."""
    if best is None or best == place:
        return False
    here, there = difference(print_, shown[place]), difference(print_, shown[best])
    others = [difference(other, shown[place]) for at, other in enumerate(mine) if at != place]
    return there < here / 3 and min(others, default=here) < here / 3


def sentence(check: dict[str, Any]) -> str:
    """What differs, for the seller; empty if nothing does."""
    if check.get("same") is not False:
        return ""
    parts = []
    if check["shown"] != check["ours"]:
        parts.append(f"{check['shown']} of {check['ours']} photos are shown")
    for verdict, words in (("moved", "in another place"), ("altered", "altered or cut"), ("missing", "missing")):
        places = [str(photo["position"]) for photo in check["photos"] if photo["verdict"] == verdict]
        if places:
            parts.append(f"{words}: {', '.join(places)}")
    return "Photos differ from yours: " + "; ".join(parts) + "."
