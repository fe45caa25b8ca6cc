"""The threshold between a re-encoding and a change, measured on generated photos; order and count of a whole page."""

from __future__ import annotations

import io
import random
from functools import cache
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFilter

from listing_worker.utils.likeness import SAME_UP_TO, alike, compare_photos, difference, print_of, sentence


@cache
def scene(seed: int, size: tuple[int, int] = (900, 1200)) -> Image.Image:
    """A soft picture of some shapes on a light ground, different for each seed."""
    dice = random.Random(seed)
    width, height = size
    image = Image.new("RGB", size, tuple(dice.randrange(150, 250) for _ in range(3)))
    pen = ImageDraw.Draw(image)
    for _ in range(dice.randrange(4, 14)):
        x, y = dice.randrange(width), dice.randrange(height)
        a, b = dice.randrange(60, width // 2), dice.randrange(60, height // 2)
        shape = pen.ellipse if dice.random() < 0.5 else pen.rectangle
        shape([x - a, y - b, x + a, y + b], fill=tuple(dice.randrange(256) for _ in range(3)))
    return image.filter(ImageFilter.GaussianBlur(dice.choice([2, 8, 16])))


def encoded(image: Image.Image, quality: int = 90, kind: str = "JPEG") -> bytes:
    data = io.BytesIO()
    image.save(data, kind, quality=quality)
    return data.getvalue()


def smaller(image: Image.Image, side: int) -> Image.Image:
    copy = image.copy()
    copy.thumbnail((side, side))
    return copy


def cut(image: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    width, height = image.size
    return image.crop((int(width * left), int(height * top), int(width * right), int(height * bottom)))


@pytest.mark.parametrize("scenes", [range(3), pytest.param(range(3, 30), marks=pytest.mark.slow)], ids=len)
def test_the_threshold_lies_between_re_encodings_and_changes(scenes: range) -> None:
    same: list[float] = []
    changed: list[float] = []
    for seed in scenes:
        image = scene(seed)
        ours = print_of(encoded(image))
        for side, quality in ((900, 85), (720, 80), (500, 60), (320, 60)):
            version = print_of(encoded(smaller(image, side), quality))
            assert alike(ours, version), (seed, side, quality)
            same.append(difference(ours, version))
        same.append(difference(ours, print_of(encoded(image, 80, "WEBP"))))
        for box in ((0.05, 0.05, 0.95, 0.95), (0.08, 0, 1, 1), (0, 0.08, 1, 1), (0.15, 0.15, 0.85, 0.85)):
            part = print_of(encoded(cut(image, *box)))
            assert not alike(ours, part), (seed, box)
            changed.append(difference(ours, part))
        for other in (image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), scene(seed + 1000)):
            assert not alike(ours, print_of(encoded(other))), seed
    print(f"same: at most {max(same):.3f}; changed: at least {min(changed):.3f}; threshold {SAME_UP_TO}")
    assert max(same) < SAME_UP_TO < min(changed)


@pytest.fixture(scope="module")
def ours() -> list[bytes]:
    return [encoded(scene(seed)) for seed in range(4)]


@pytest.fixture(scope="module")
def theirs() -> list[bytes]:
    """The same photos as a marketplace would serve them."""
    return [encoded(smaller(scene(seed), 600), 70) for seed in range(4)]


def verdicts(check: dict[str, Any]) -> list[str]:
    return [photo["verdict"] for photo in check["photos"]]


def test_all_there_in_order(ours: list[bytes], theirs: list[bytes]) -> None:
    check = compare_photos(ours, theirs)
    assert check["same"]
    assert verdicts(check) == ["same"] * 4
    assert sentence(check) == ""


def test_two_swapped(ours: list[bytes], theirs: list[bytes]) -> None:
    check = compare_photos(ours, [theirs[0], theirs[2], theirs[1], theirs[3]])
    assert not check["same"]
    assert verdicts(check) == ["same", "moved", "moved", "same"]
    assert [photo.get("shown_at") for photo in check["photos"]] == [None, 3, 2, None]
    assert sentence(check) == "Photos differ from yours: in another place: 2, 3."


def test_the_last_missing(ours: list[bytes], theirs: list[bytes]) -> None:
    check = compare_photos(ours, theirs[:3])
    assert verdicts(check) == ["same", "same", "same", "missing"]
    assert "3 of 4 photos are shown" in sentence(check)


def test_one_more_than_ours(ours: list[bytes], theirs: list[bytes]) -> None:
    check = compare_photos(ours[:3], theirs)
    assert not check["same"]
    assert check["extra"] == 1


def test_one_cut_and_one_replaced(ours: list[bytes], theirs: list[bytes]) -> None:
    part, stranger = encoded(cut(scene(1), 0.1, 0.1, 0.9, 0.9)), encoded(scene(2000))
    check = compare_photos(ours, [theirs[0], part, theirs[2], stranger])
    assert verdicts(check) == ["same", "altered", "same", "altered"]


def test_a_cover_that_the_site_cuts_to_its_own_shape_is_no_difference() -> None:
    wide = scene(3, (1200, 900))
    cover = cut(wide, (1 - 0.5625) / 2, 0, (1 + 0.5625) / 2, 1)  # 3:4 out of 4:3, around the middle
    assert compare_photos([encoded(wide)], [encoded(cover)], cover_cut=3 / 4)["same"]
    assert compare_photos([encoded(wide)], [encoded(wide)], cover_cut=3 / 4)["same"], "nor if it does not"
    assert not compare_photos([encoded(wide)], [encoded(cover)])["same"]
    off = cut(wide, 0, 0, 0.5625, 1)
    assert not compare_photos([encoded(wide)], [encoded(off)], cover_cut=3 / 4)["same"], "but a cut elsewhere is"


def test_two_nearly_alike_photos_of_ours_are_not_confused_into_a_difference() -> None:
    """Two shots of the same thing: each fits the other's place nearly as well."""
    first = scene(5)
    second = first.copy()
    ImageDraw.Draw(second).rectangle([400, 500, 470, 570], fill=(250, 250, 250))
    photos = [encoded(first), encoded(second)]
    assert compare_photos(photos, [encoded(smaller(first, 500), 70), encoded(smaller(second, 500), 70)])["same"]


def test_no_photos_at_all(ours: list[bytes]) -> None:
    check = compare_photos(ours, [])
    assert verdicts(check) == ["missing"] * 4
    assert not check["same"]


def test_what_is_no_image_is_refused() -> None:
    with pytest.raises(OSError, match="cannot identify"):
        print_of(b"not an image")
