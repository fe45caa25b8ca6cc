"""Uploads are decoded in a process of their own (`decoder_process.py`), which is kept, so that a photo costs no start.

A file that makes the decoder crash, take all its memory or never end costs that process and is refused; the API goes
on. Processes are started when they are needed and end with ours: their input ends then.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import IO, Any

import structlog

from listing_worker.models import Photo
from listing_worker.utils.images import BYTE_LIMIT, PhotoRefused, PreparedPhoto, too_many_bytes

log = structlog.get_logger(__name__)

PROCESSES = 2
PHOTO_SECONDS = 20.0  # the largest photo takes two or three on a slow core
PHOTOS_EACH = 200  # then a process is replaced, whatever it has gathered
COMMAND = (sys.executable, "-I", "-m", "listing_worker.utils.decoder_process")


class _Process:
    """One decoder. Used by one thread at a time."""

    def __init__(self) -> None:
        self.photos = 0
        self._process = subprocess.Popen(
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={"LANG": "C.UTF-8"}, cwd="/", close_fds=True, start_new_session=True,
        )  # fmt: skip

    def prepare(self, data: bytes, seconds: float) -> PreparedPhoto:
        """Raises PhotoRefused, EOFError when the process died of it."""
        self.photos += 1
        source, answers = self._process.stdin, self._process.stdout
        assert source is not None and answers is not None
        watch = threading.Timer(seconds, self._process.kill)
        watch.daemon = True
        watch.start()
        try:
            source.write(len(data).to_bytes(8))
            source.write(data)
            source.flush()
            told: dict[str, Any] = json.loads(_part(answers))
            jpeg = _part(answers)
        except (BrokenPipeError, ValueError) as error:
            raise EOFError from error
        finally:
            watch.cancel()
        if "refused" in told:
            raise PhotoRefused(told["refused"], too_large=told["too_large"])
        return PreparedPhoto(Photo.model_validate(told["photo"]), jpeg)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


class Decoder:
    """A few decoding processes, shared by all threads."""

    def __init__(self, processes: int = PROCESSES, seconds: float = PHOTO_SECONDS) -> None:
        self._seconds = seconds
        self._places = threading.BoundedSemaphore(processes)
        self._lock = threading.Lock()
        self._idle: list[_Process] = []

    def prepare(self, source: IO[bytes] | bytes) -> PreparedPhoto:
        """As `images.prepare_photo`, out of harm's way. Waits for a process that is free. Raises PhotoRefused."""
        data = source if isinstance(source, bytes) else _all_of(source)
        if len(data) > BYTE_LIMIT:
            raise too_many_bytes()
        with self._one() as process:
            try:
                return process.prepare(data, self._seconds)
            except EOFError as error:
                log.warning("A photo was too much for the decoder; its process is replaced.", bytes=len(data))
                raise PhotoRefused("This photo cannot be decoded. Save it again as a JPEG and send that.") from error

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.stop()

    @contextlib.contextmanager
    def _one(self) -> Iterator[_Process]:
        with self._places:
            with self._lock:
                process = self._idle.pop() if self._idle else None
            process = process or _Process()
            kept = False
            try:
                yield process
                kept = True
            except PhotoRefused as refused:
                kept = not isinstance(refused.__cause__, EOFError)
                raise
            finally:
                if kept and process.photos < PHOTOS_EACH:
                    with self._lock:
                        self._idle.append(process)
                else:
                    process.stop()


def _all_of(source: IO[bytes]) -> bytes:
    source.seek(0)
    return source.read(BYTE_LIMIT + 1)


def _part(answers: IO[bytes]) -> bytes:
    head = answers.read(8)
    size = int.from_bytes(head)
    data = answers.read(size)
    if len(head) < 8 or len(data) < size:
        raise EOFError
    return data


decoder = Decoder()
atexit.register(decoder.close)
