"""Uploads decoded in a process of their own: what it refuses, what it survives, and what it cannot reach."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from listing_worker.utils.decoder import Decoder
from listing_worker.utils.images import PhotoRefused, prepare_photo


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    made = Decoder(processes=1)
    yield made
    made.close()


def jpeg(size: tuple[int, int] = (64, 48)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (40, 90, 200)).save(buffer, "JPEG")
    return buffer.getvalue()


def process_of(decoder: Decoder) -> int:
    [process] = decoder._idle
    return process._process.pid


def test_a_photo_comes_back_as_it_would_without_the_process_and_the_process_is_kept(decoder: Decoder) -> None:
    made, straight = decoder.prepare(jpeg()), prepare_photo(jpeg())
    assert made.data == straight.data and made.photo.sha256 == straight.photo.sha256
    first = process_of(decoder)
    decoder.prepare(io.BytesIO(jpeg((20, 20))))
    assert process_of(decoder) == first


def test_what_is_refused_keeps_its_sentence(decoder: Decoder) -> None:
    bomb = io.BytesIO()
    Image.new("1", (9_900, 9_900)).save(bomb, "PNG")
    with pytest.raises(PhotoRefused, match="million pixels") as refused:
        decoder.prepare(bomb)
    assert refused.value.too_large
    with pytest.raises(PhotoRefused, match="no photo"):
        decoder.prepare(b"<svg/>")
    assert decoder.prepare(jpeg()).photo.width == 64


def test_a_file_that_is_two_things_leaves_only_the_picture(decoder: Decoder) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as inside:
        inside.writestr("payload.html", "<script>alert(1)</script>")
    data = decoder.prepare(jpeg() + archive.getvalue()).data
    assert b"payload" not in data and not zipfile.is_zipfile(io.BytesIO(data))


def test_a_decoder_that_dies_or_hangs_costs_that_photo_only(decoder: Decoder) -> None:
    decoder.prepare(jpeg())
    os.kill(process_of(decoder), signal.SIGKILL)
    with pytest.raises(PhotoRefused, match="cannot be decoded"):
        decoder.prepare(jpeg())
    decoder.prepare(jpeg())
    os.kill(process_of(decoder), signal.SIGSTOP)
    decoder._seconds = 0.2
    with pytest.raises(PhotoRefused, match="cannot be decoded"):
        decoder.prepare(jpeg())
    decoder._seconds = 20
    assert decoder.prepare(jpeg()).photo.width == 64


def test_an_ordinary_user_can_send_a_phones_photo() -> None:
    """Limits that root does not feel: HEVC is decoded in a thread."""
    phone = (Path(__file__).parents[1] / "api/data/phone.heic").read_bytes()
    as_one = "import os, sys; from listing_worker.utils import decoder_process as d; " + (
        "os.setresuid(65534, 65534, 65534); " if os.geteuid() == 0 else ""
    )
    answer = subprocess.run(
        [sys.executable, "-I", "-c", as_one + "d.limit(); d.serve(sys.stdin.buffer, sys.stdout.buffer)"],
        input=len(phone).to_bytes(8) + phone, capture_output=True, timeout=60,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr.decode()
    told = json.loads(answer.stdout[8 : 8 + int.from_bytes(answer.stdout[:8])])
    assert told["photo"]["width"] == 96


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="Linux says there what a process may do")
def test_a_decoder_has_little_memory_no_files_to_write_and_no_secrets(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SESSION_ENCRYPTION_KEY", "canary-of-the-environment")
    decoder.prepare(jpeg())
    folder = Path("/proc") / str(process_of(decoder))
    limits = folder.joinpath("limits").read_text()
    told = {line[:26].strip(): line[26:].split()[0] for line in limits.splitlines()}
    assert told["Max address space"] == str(2 * 1024**3)
    assert (told["Max file size"], told["Max core file size"]) == ("0", "0")
    assert b"canary" not in folder.joinpath("environ").read_bytes()
    assert "NoNewPrivs:\t1" in folder.joinpath("status").read_text()
