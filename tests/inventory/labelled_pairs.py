"""Labelled pairs of listings: sellers whose items are on several marketplaces, as those marketplaces show them.

An item is written down twice by hand, the second time reworded; a site cuts its title, rounds its price, scales,
re-encodes and cuts its photos. Beside the items stand those that are hard to tell from them: the same in another size
(with the same photos), the same in another colour, a second identical one, one that was photographed anew, more of the
same brand. Drawn from a seed, so that every run sees the same. The two halves share no item.
"""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

from listing_worker.inventory.matching.compare import Item
from listing_worker.inventory.matching.pictures import Shot

SITES = ("eee", "ppp", "mmm")  # shows all; cuts at a word, whole dollars, square cover; cuts anywhere, crops
HALVES = ("calibrate", "show")
_ITEMS = Path(__file__).with_name("labelled_items.csv")

_PAINT = {
    "Blue": "#2f5fb3", "Green": "#2f7d4a", "Dark": "#1d2a44", "Light": "#9db7d5", "Charcoal": "#3c4046",
    "Navy": "#1b2850", "White": "#ececec", "Black": "#1a1a1c", "Tan": "#b98a56", "Olive": "#6c6b32",
    "Burgundy": "#66172c", "Pink": "#e58aa8", "Ivory": "#f1ead2", "Brown": "#6b452b", "Red": "#b3262b",
    "Cream": "#efe3c4", "Taupe": "#8b7b6b", "Purple": "#693a8f", "Teal": "#12747b", "Orange": "#e0662a",
    "Gold": "#c59a3a", "Coral": "#ef7a64", "Turquoise": "#3fb9b5", "Lavender": "#a899d1", "Grey": "#8b8f94",
    "Sage": "#9fb095", "Indigo": "#2a2f6b", "Yellow": "#ecc832", "Camel": "#b0834c", "Maroon": "#571822",
    "Mustard": "#c7962b", "Silver": "#bfc3c7", "Blush": "#e7b8b2", "Rust": "#9c4a23",
}  # fmt: skip


@dataclass(frozen=True)
class Thing:
    """A physical item. `shape` and `view` draw its photos; `reused`: they are those of another item."""

    name: str
    title: str
    reworded: str
    colour: str
    dollars: float
    shape: int
    view: int = 0
    sites: tuple[str, ...] = SITES


@dataclass
class Closets:
    """What a seller has on all sites. `pairs`: labelled pairs of keys → (same item?, of which kind)."""

    items: list[Item] = field(default_factory=list)
    pairs: dict[frozenset[str], tuple[bool, str]] = field(default_factory=dict)

    def same(self, pair: frozenset[str]) -> bool:
        """By the items' names, also for pairs that nobody listed."""
        one, other = (key.rpartition("@")[0] for key in pair)
        return one == other


def closets(half: str, *, every: int = 1) -> Closets:
    """One half of the labelled set; `every` third, say, of its items for a sample."""
    found = Closets()
    with _ITEMS.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["half"] == half]
    for number, row in enumerate(rows):
        if number % every:
            continue
        things, kinds = _family(half, number, row)
        shown = {thing.name: [_shown(thing, site) for site in thing.sites] for thing in things}
        for items in shown.values():
            found.items += items
            for one, other in combinations(items, 2):
                found.pairs[frozenset({one.key, other.key})] = (True, "same item")
        for (one_name, other_name), kind in kinds.items():
            for one in shown[one_name]:
                for other in shown[other_name]:
                    if one.places != other.places:
                        found.pairs[frozenset({one.key, other.key})] = (False, kind)
    return found


def _family(half: str, number: int, row: dict[str, str]) -> tuple[list[Thing], dict[tuple[str, str], str]]:
    """The item, and by turns what is hard to tell from it."""
    title, reworded, colour, other_colour = row["title"], row["reworded"], row["colour"], row["another colour"]
    size, other_size, dollars = row["size"], row["another size"], float(row["dollars"])
    first = Thing(f"{half}{number}", title, reworded, colour, dollars, shape=_seed(half, number))
    twin = Thing(f"{first.name}b", title, reworded, colour, dollars, first.shape)
    kinds = {(first.name, twin.name): ""}
    match number % 5:
        case 0 if size:  # the same photos, the same text but for the size; on all sites, or each where the other is not
            twin = _but(twin, size, other_size)
            if number % 10:
                first, twin = _on(first, "eee"), _on(twin, "ppp", "mmm")
            kinds[first.name, twin.name] = "another size, the same photos"
        case 1:
            twin = _but(twin, colour, other_colour, colour=other_colour)
            kinds[first.name, twin.name] = "another colour"
        case 2:
            kinds[first.name, twin.name] = "a second identical one, the same photos"
        case 3:
            twin = Thing(twin.name, title, reworded, colour, dollars, first.shape, view=7, sites=("ppp",))
            first = _on(first, "eee", "mmm")
            kinds[first.name, twin.name] = "a second identical one, other photos"
        case _:
            few = " ".join(title.split()[:-2])
            twin = Thing(twin.name, f"Lot of 3 {few}", f"{few}, 3 pieces", colour, dollars * 1.2, first.shape)
            kinds[first.name, twin.name] = "several of the same, the same photos"
    return [first, twin], kinds


def _seed(half: str, number: int) -> int:
    return 1000 * HALVES.index(half) + number


def _on(thing: Thing, *sites: str) -> Thing:
    return Thing(**{**thing.__dict__, "sites": sites})


def _but(thing: Thing, word: str, instead: str, **changes: str) -> Thing:
    swapped = {"title": thing.title.replace(word, instead)}
    lower = thing.reworded.replace(word, instead).replace(word.lower(), instead.lower())
    return Thing(**{**thing.__dict__, **swapped, "reworded": lower, **changes})


def _shown(thing: Thing, site: str) -> Item:
    """As the site shows it. Every third item was written anew on the second site."""
    dice = random.Random(f"{thing.name}{site}")
    title = thing.reworded if site == "ppp" and thing.shape % 3 == 0 else thing.title
    price = round(thing.dollars * 100)
    photos = [_photo(thing, number) for number in range(2)]
    if site == "ppp":
        title, price = _cut_at_word(title, 80), round(price, -2)
        photos = [_square(photos[0]), *photos[1:]]
    if site == "mmm":
        if thing.shape % 3 == 1:
            title = title[:44].rstrip()
        photos = [_cropped(photo, dice) for photo in photos]
    shots = tuple(Shot.of(_encoded(photo, 60 if site == "mmm" else 82)) for photo in photos)
    return Item(f"{thing.name}@{site}", frozenset({site}), title, price, shots=shots)


def _cut_at_word(title: str, limit: int) -> str:
    return title if len(title) <= limit else title[: limit + 1].rpartition(" ")[0]


def _photo(thing: Thing, number: int) -> Image.Image:
    """The seller's own ground, and on it the thing: cut by `shape`, painted by colour. Another `view` moves it."""
    ground = random.Random(thing.shape // 1000)
    dice = random.Random(thing.shape * 10 + number)
    moved = random.Random(thing.shape * 10 + thing.view)
    width, height = 144, 192
    image = Image.new("RGB", (width, height), tuple(ground.randrange(170, 235) for _ in range(3)))
    pen = ImageDraw.Draw(image)
    pen.rectangle([0, height * 0.8, width, height], fill=tuple(ground.randrange(110, 170) for _ in range(3)))
    dx, dy = (moved.randrange(-16, 17), moved.randrange(-16, 17)) if thing.view else (0, 0)
    grown = 1.12 if thing.view else 1.0
    paint = _PAINT[thing.colour]
    for _ in range(dice.randrange(3, 6)):
        x, y = dice.randrange(40, 104) + dx, dice.randrange(50, 140) + dy
        a, b = dice.randrange(14, 44) * grown, dice.randrange(18, 56) * grown
        shape = pen.ellipse if dice.random() < 0.5 else pen.rectangle
        shape([x - a, y - b, x + a, y + b], fill=paint)
    for _ in range(4):
        x, y = dice.randrange(30, 114) + dx, dice.randrange(40, 150) + dy
        pen.ellipse([x - 5, y - 5, x + 5, y + 5], fill=tuple(dice.randrange(256) for _ in range(3)))
    return image.filter(ImageFilter.GaussianBlur(1))


def _square(image: Image.Image) -> Image.Image:
    width, height = image.size
    return image.crop((0, (height - width) // 2, width, (height + width) // 2))


def _cropped(image: Image.Image, dice: random.Random) -> Image.Image:
    """Up to a tenth off each side, as sellers and sites do."""
    width, height = image.size
    left, top, right, bottom = (dice.choice([0, 0, 0.04, 0.08]) for _ in range(4))
    return image.crop((int(width * left), int(height * top), int(width * (1 - right)), int(height * (1 - bottom))))


def _encoded(image: Image.Image, quality: int) -> bytes:
    data = io.BytesIO()
    image.save(data, "JPEG", quality=quality)
    return data.getvalue()
