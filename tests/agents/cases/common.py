"""What cases are made of: listings from drafts, photos as files, and the shape of a case."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from listing_worker.models import Listing, ListingDraft, Photo

DEMO: dict[str, Any] = {
    "title": 'Free People Floral Wrap Midi Dress 🌸 "Dolce"',
    "description": (
        'Soft floral wrap dress, worn twice.\nTrue to size; "Dolce" print, fully lined.\n\nNo stains, no smoke.'
    ),
    "price": {"cents": 4800},
    "original_price": {"cents": 12800},
    "condition": "good",
    "category": ["Women", "Dresses", "Midi"],
    "brand": "Free People",
    "size": "M",
    "colors": ["Blue", "White"],
    "sku": "LW-DEMO-1",
    "shipping": {"payer": "buyer", "weight_oz": 14, "length_in": 12, "width_in": 9, "height_in": 3},
    "zip_code": "95112",
    "attributes": {
        "Department": "Women",
        "Type": "Dress",
        "Size Type": "Regular",
        "Style": "Wrap Dress",
        "Dress Length": "Midi",
        "Material": "Rayon",
    },
}
UGLY = 'O\'Brien & Söhne <script>alert("x")</script> 👗🏽 {value} \\ % 日本'


@dataclass(frozen=True)
class Case:
    """`changes` to the demo listing, number of photos, and the fields of the received record (exact values).

    `sent`: what the record's raw `fields` must hold, for what has no place of its own (a promotion that is off).
    `variant`: words for the replica's switch of that name: the form's known variants.
    """

    name: str
    expected: dict[str, Any]
    changes: dict[str, Any] = field(default_factory=dict)
    photos: int = 2
    sent: dict[str, Any] = field(default_factory=dict)
    variant: str = ""

    def __str__(self) -> str:
        return self.name


def make_photos(folder: Path, count: int) -> list[Path]:
    """Clearly different JPEG files of 800×800, in order."""
    files = []
    for number in range(count):
        random_ = random.Random(number)
        image = Image.new("RGB", (800, 800), tuple(random_.randrange(256) for _ in range(3)))
        draw = ImageDraw.Draw(image)
        for _ in range(12):
            x, y = random_.randrange(700), random_.randrange(700)
            box = [x, y, x + random_.randrange(60, 400), y + random_.randrange(60, 400)]
            draw.rectangle(box, fill=tuple(random_.randrange(256) for _ in range(3)))
        data = BytesIO()
        image.save(data, "JPEG", quality=85)
        file = folder / f"{number:02}.jpg"
        file.write_bytes(data.getvalue())
        files.append(file)
    return files


def draft(changes: dict[str, Any] | None = None) -> ListingDraft:
    """The demo listing with changes; a change of None drops the field."""
    merged = {**DEMO, **(changes or {})}
    return ListingDraft.model_validate({name: value for name, value in merged.items() if value is not None})


def listing(changes: dict[str, Any] | None = None, *, photos: int = 2, files: list[Path] | None = None) -> Listing:
    """A stored listing as an attempt sees it; without files its photos exist on paper only."""
    if files is None:
        kept = tuple(
            Photo(id=str(n), sha256="0" * 64, width=1200, height=1600, byte_count=200_000, key=f"{n}.jpg")
            for n in range(photos)
        )
    else:
        kept = tuple(
            Photo(
                id=file.stem,
                sha256=sha256(file.read_bytes()).hexdigest(),
                width=800,
                height=800,
                byte_count=file.stat().st_size,
                key=file.name,
            )
            for file in files
        )
    data = draft(changes).model_dump(exclude={"overrides"})
    return Listing.model_validate({**data, "id": "listing-1", "user_id": "user-1", "photos": kept})
