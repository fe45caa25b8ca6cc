"""What sellers send becomes a plain upright JPEG, or a sentence; never metadata, never a crash."""

from __future__ import annotations

import contextlib
import io
import random
import warnings
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from listing_worker.utils import images
from listing_worker.utils.images import PhotoRefused, describe_photo, prepare_photo

HEIC = Path(__file__).parent.parent / "api" / "data" / "phone.heic"
ORIENTATION, MAKER, GPS = 0x0112, 0x010F, 0x8825


def two_halves(size: tuple[int, int] = (80, 40)) -> Image.Image:
    """Left half blue, right half red."""
    picture = Image.new("RGB", size, (220, 20, 20))
    picture.paste((20, 20, 220), (0, 0, size[0] // 2, size[1]))
    return picture


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def near(pixel: object, wanted: tuple[int, int, int], by: int = 24) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) <= by for a, b in zip(pixel, wanted, strict=True))


@pytest.mark.parametrize(
    "data",
    [
        encoded(two_halves(), "JPEG", quality=95),
        encoded(two_halves(), "JPEG", progressive=True),
        encoded(two_halves().convert("CMYK"), "JPEG"),
        encoded(two_halves(), "PNG"),
        encoded(two_halves().convert("P"), "PNG"),
        encoded(two_halves(), "WEBP", lossless=True),
        HEIC.read_bytes(),
    ],
    ids=["jpeg", "progressive", "cmyk", "png", "palette", "webp", "heic"],
)
def test_every_kind_becomes_a_plain_jpeg_of_the_same_picture(data: bytes) -> None:
    prepared = prepare_photo(data)
    image = opened(prepared.data)
    assert image.format == "JPEG" and image.mode == "RGB"
    assert image.size == (prepared.photo.width, prepared.photo.height)
    assert prepared.photo.byte_count == len(prepared.data)
    left = image.getpixel((image.width // 4, image.height // 2))
    right = image.getpixel((image.width * 3 // 4, image.height // 2))
    assert near(left, (20, 20, 220), 60) and near(right, (220, 20, 20), 60)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_camera_place_and_comments_are_gone(kind: str) -> None:
    exif = Image.Exif()
    exif[MAKER] = "Secret Camera Maker"
    exif.get_ifd(GPS)[1] = "N"
    data = encoded(two_halves(), kind, exif=exif.tobytes())
    assert b"Secret Camera" in data
    prepared = prepare_photo(data)
    assert b"Secret" not in prepared.data and b"Exif" not in prepared.data
    assert not opened(prepared.data).getexif()


def test_a_phone_s_heic_loses_its_metadata() -> None:
    assert b"Secret Camera" in HEIC.read_bytes()
    assert b"Secret" not in prepare_photo(HEIC.read_bytes()).data


def test_a_photo_on_its_side_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # turn right by a quarter to see it upright
    image = opened(prepare_photo(encoded(two_halves((80, 40)), "JPEG", exif=exif.tobytes())).data)
    assert image.size == (40, 80)
    assert near(image.getpixel((20, 10)), (20, 20, 220)) and near(image.getpixel((20, 70)), (220, 20, 20))


def test_transparency_becomes_white() -> None:
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    assert near(opened(prepare_photo(encoded(clear, "PNG")).data).getpixel((10, 10)), (255, 255, 255), 2)


def test_sixteen_bit_greys_keep_their_brightness() -> None:
    grey = Image.new("I;16", (10, 10), 65535 // 2)
    assert near(opened(prepare_photo(encoded(grey, "PNG")).data).getpixel((5, 5)), (127, 127, 127), 2)


def test_a_colour_profile_is_applied_and_dropped() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for icc in (profile, srgb, b"no profile at all"):
        image = opened(prepare_photo(encoded(two_halves(), "JPEG", quality=95, icc_profile=icc)).data)
        assert "icc_profile" not in image.info
        assert near(image.getpixel((20, 20)), (20, 20, 220))


def test_the_longer_side_is_at_most_three_thousand_pixels() -> None:
    prepared = prepare_photo(encoded(two_halves((4000, 1000)), "JPEG"))
    assert (prepared.photo.width, prepared.photo.height) == (3000, 750)
    small = prepare_photo(encoded(two_halves((80, 40)), "JPEG"))
    assert (small.photo.width, small.photo.height) == (80, 40)


def test_an_animation_gives_its_first_picture() -> None:
    first, second = two_halves(), Image.new("RGB", (80, 40), "green")
    data = encoded(first, "WEBP", save_all=True, append_images=[second], lossless=True)
    assert near(opened(prepare_photo(data).data).getpixel((20, 20)), (20, 20, 220))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"this is no photo", "no photo"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "no photo"),
        (encoded(two_halves(), "GIF"), "no photo"),
        (encoded(two_halves(), "BMP"), "no photo"),
        (encoded(two_halves(), "TIFF"), "no photo"),
        (encoded(two_halves((400, 400)), "JPEG")[:900], "damaged"),
        (encoded(two_halves(), "PNG")[:100], "damaged"),
    ],
    ids=["empty", "text", "svg", "gif", "bmp", "tiff", "cut jpeg", "cut png"],
)
def test_what_is_no_photo_gets_a_sentence(data: bytes, says: str) -> None:
    with pytest.raises(PhotoRefused, match=says) as refused:
        prepare_photo(data)
    assert refused.value.field == "photos" and not refused.value.too_large


def test_too_many_bytes_are_refused_before_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "BYTE_LIMIT", 1000)
    with pytest.raises(PhotoRefused, match="at most") as refused:
        prepare_photo(bytes(1001))
    assert refused.value.too_large


@pytest.mark.parametrize("side", [8_100, 9_900, 20_000], ids=["over ours", "over Pillow's warning", "over Pillow's"])
def test_a_pixel_bomb_is_refused_before_decoding(side: int) -> None:
    bomb = encoded(Image.new("1", (side, side)), "PNG")
    assert len(bomb) < 100_000
    with pytest.raises(PhotoRefused, match="million pixels") as refused:
        prepare_photo(bomb)
    assert refused.value.too_large


def test_damage_never_ends_in_another_error() -> None:
    """A thousand mutated photos: each is read or refused."""
    dice = random.Random(7)
    small = two_halves((48, 32))
    samples = [encoded(small, kind) for kind in ("JPEG", "PNG", "WEBP")] + [HEIC.read_bytes()]
    for _ in range(1000):
        data = bytearray(dice.choice(samples))
        for _ in range(dice.randint(1, 8)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        if dice.random() < 0.3:
            del data[dice.randrange(len(data)) :]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a mutated size field: Pillow warns, we refuse
            with contextlib.suppress(PhotoRefused):
                prepare_photo(bytes(data))


def test_the_same_photo_gives_the_same_bytes_under_a_new_id() -> None:
    data = encoded(two_halves(), "PNG")
    one, two = prepare_photo(data), prepare_photo(data)
    assert one.photo.sha256 == two.photo.sha256 and one.photo.id != two.photo.id
    again = describe_photo(one.data)
    assert again.photo.sha256 == one.photo.sha256 and again.data == one.data
    with pytest.raises(PhotoRefused):
        describe_photo(b"no photo")
