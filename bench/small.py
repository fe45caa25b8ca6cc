"""Sealing and opening a session, and preparing a photo."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from io import BytesIO

from PIL import Image

from bench.figures import Result
from listing_worker.utils.crypto import KeyRing
from listing_worker.utils.images import prepare_photo
from tests.e2e.seller import SECRET

RUNS = 15
SESSION_BYTES = 400_000  # as large as the largest seen
PHOTO = (4032, 3024)  # pixels of a telephone's camera
USER = "7f996581-0a44-4abf-9509-9f4264ce1a4e"


def measure_small(result: Result) -> None:
    ring, plain = KeyRing(SECRET), os.urandom(SESSION_BYTES)
    key_id, sealed = ring.seal(plain, user_id=USER, marketplace="mercari")
    result.add("parts", "sealing a session of 0.4 MB", "ms", _times(
        lambda: ring.seal(plain, user_id=USER, marketplace="mercari")))  # fmt: skip
    result.add("parts", "opening it", "ms", _times(
        lambda: ring.open(user_id=USER, marketplace="mercari", key_id=key_id, sealed=sealed)))  # fmt: skip
    result.add("parts", "the keys from the secret, once per worker", "ms", _times(lambda: KeyRing(SECRET), 5))
    photo = BytesIO()
    Image.effect_noise(PHOTO, 40).convert("RGB").save(photo, "JPEG", quality=88)
    data = photo.getvalue()
    result.add("parts", "preparing a photo of 12 million pixels", "ms", _times(lambda: prepare_photo(data), 5))


def _times(act: Callable[[], object], runs: int = RUNS) -> list[float]:
    """Milliseconds of each run after a first one that is not counted."""
    found = []
    for number in range(runs + 1):
        began = time.perf_counter()
        act()
        if number:
            found.append((time.perf_counter() - began) * 1000)
    return found
