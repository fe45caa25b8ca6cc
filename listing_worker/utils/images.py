"""Photos as sellers send them, made safe: decoded, turned upright, stripped of metadata, re-encoded as JPEG.

Nothing of the uploaded bytes is kept: what a marketplace receives is pixels that we encoded, in sRGB, without EXIF,
GPS or colour profile. A photo that no decoder can read, or that would need too much memory, is refused by
`PhotoRefused` with a sentence for the seller.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import BinaryIO
from uuid import uuid4

from pi_heif.as_plugin import register_heif_opener
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from listing_worker.errors import ListingInvalid
from listing_worker.models import Photo

BYTE_LIMIT = 25 * 1024 * 1024  # of one photo as sent
PIXEL_LIMIT = 64_000_000  # of one photo as decoded: 192 MB in memory at most; the largest phones send 50 million
SIDE_LIMIT = 3000  # of the longer side as kept, pixels
JPEG_QUALITY = 90
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")

register_heif_opener()

# What decoders raise on damaged files besides OSError; found by feeding them mutated photos.
_DAMAGED = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    RuntimeError,
    MemoryError,
    ZeroDivisionError,
    struct.error,
)
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class PhotoRefused(ListingInvalid):
    """The photo cannot be used. `too_large` tells that its size is the reason."""

    code = "photo_refused"
    default_action = "Send another photo"

    def __init__(self, message: str, *, too_large: bool = False) -> None:
        super().__init__(message, field="photos")
        self.too_large = too_large


@dataclass(frozen=True)
class PreparedPhoto:
    """A photo ready to be stored: its description and its JPEG bytes."""

    photo: Photo
    data: bytes

    def stored_at(self, key: str) -> PreparedPhoto:
        """The same photo, kept under `key`."""
        return replace(self, photo=self.photo.model_copy(update={"key": key}))


def prepare_photo(source: BinaryIO | bytes) -> PreparedPhoto:
    """Decodes a JPEG, PNG, WebP or HEIC of at most `BYTE_LIMIT` bytes and re-encodes it.

    Animations and bursts give their first picture; transparency becomes white. Raises PhotoRefused. The photo has a
    new id, which is its `key` too until it is stored (`stored_at`).
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    _check_bytes(stream)
    try:
        with Image.open(stream, formats=FORMATS) as opened:
            _check_pixels(opened.size)
            # libjpeg can decode at a half, quarter or eighth: large photos cost a fraction of the memory
            opened.draft(None, (SIDE_LIMIT, SIDE_LIMIT))
            opened.load()
            upright = ImageOps.exif_transpose(opened)
            picture = _flat(_to_srgb(upright))
    except UnidentifiedImageError as error:
        raise PhotoRefused("This file is no photo that we can read. Send a JPEG, PNG, WebP or HEIC.") from error
    except _BOMB as error:
        raise _too_many_pixels() from error
    except _DAMAGED as error:
        raise PhotoRefused("This photo is damaged: it cannot be read to its end. Send it again.") from error
    picture.thumbnail((SIDE_LIMIT, SIDE_LIMIT), Image.Resampling.LANCZOS)
    return _describe(_encode(picture), picture.size)


def describe_photo(data: bytes) -> PreparedPhoto:
    """A new photo from bytes that `prepare_photo` made earlier, not encoded again. Raises PhotoRefused."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
            size = image.size
    except _DAMAGED as error:
        raise PhotoRefused("This photo is damaged. Send it again.") from error
    return _describe(data, size)


def _describe(data: bytes, size: tuple[int, int]) -> PreparedPhoto:
    photo_id = str(uuid4())
    photo = Photo(
        id=photo_id,
        sha256=sha256(data).hexdigest(),
        width=size[0],
        height=size[1],
        byte_count=len(data),
        key=photo_id,
    )
    return PreparedPhoto(photo, data)


def too_many_bytes() -> PhotoRefused:
    """The refusal for a file above `BYTE_LIMIT`."""
    return PhotoRefused(
        f"A photo may have at most {BYTE_LIMIT // (1024 * 1024)} MB; this one is larger. Send a smaller one.",
        too_large=True,
    )


def _too_many_pixels() -> PhotoRefused:
    return PhotoRefused(
        f"A photo may have at most {PIXEL_LIMIT // 1_000_000} million pixels; this one has more. Send a smaller one.",
        too_large=True,
    )


def _check_bytes(stream: BinaryIO) -> None:
    stream.seek(0, io.SEEK_END)
    size = stream.tell()
    stream.seek(0)
    if size > BYTE_LIMIT:
        raise too_many_bytes()
    if size == 0:
        raise PhotoRefused("This file is empty. Send a JPEG, PNG, WebP or HEIC.")


def _check_pixels(size: tuple[int, int]) -> None:
    if size[0] * size[1] > PIXEL_LIMIT:
        raise _too_many_pixels()


def _to_srgb(image: Image.Image) -> Image.Image:
    """The picture in sRGB. A profile that does not fit the picture is ignored, as browsers do."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "RGBA", "CMYK", "L"}:
        return image
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    base = image.convert("RGB") if alpha is not None else image
    try:
        converted = ImageCms.profileToProfile(
            base, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    if converted is None:
        return image
    if alpha is not None:
        converted.putalpha(alpha)
    return converted


def _flat(image: Image.Image) -> Image.Image:
    """RGB with 8 bits; transparent parts become white."""
    if image.mode.startswith("I") or image.mode == "F":
        # 16-bit greys: Pillow clips them at 255 instead of scaling
        image = image.convert("F").point(lambda level: level / 257).convert("L")
    if "transparency" in image.info or image.mode in {"RGBA", "LA", "PA", "La", "RGBa"}:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image)
        image = white
    return image.convert("RGB")


def _encode(picture: Image.Image) -> bytes:
    clean = Image.new("RGB", picture.size)
    clean.paste(picture)  # pixels only: `info` with its metadata stays behind
    buffer = io.BytesIO()
    clean.save(buffer, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return buffer.getvalue()
