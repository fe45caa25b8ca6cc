"""The process that decodes what strangers upload: no secrets in its environment, little memory, no files.

It reads photos from standard input and writes what became of them to standard output, one after the other, until the
input ends. Lengths are 8 bytes, big-endian:

    in:   length, the file as it was sent
    out:  length, JSON {"photo": …} or {"refused": sentence, "too_large": bool}; then length, the JPEG (0 if refused)

`decoder.py` is the other side.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import resource
import sys
from typing import BinaryIO

from listing_worker.utils.images import PhotoRefused, prepare_photo

MEMORY_BYTES = 2 * 1024**3  # of address space; the largest photo that is allowed needs less than half of it
CPU_SECONDS = 1200  # of the whole process, which is replaced long before
OPEN_FILES = 16
PR_SET_NO_NEW_PRIVS = 38  # fact: prctl(2)


def limit() -> None:
    """Once everything is imported: what a decoder that was taken over could still do becomes little.

    RLIMIT_NPROC stays as it is: it counts threads too, and HEVC is always decoded in a thread of its own.
    """
    wanted = {
        resource.RLIMIT_AS: MEMORY_BYTES,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in wanted.items():
        with contextlib.suppress(ValueError, OSError):  # a system that has no such limit, or a lower one already
            resource.setrlimit(kind, (most, most))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def serve(source: BinaryIO, answers: BinaryIO) -> None:
    """Until `source` ends."""
    while len(head := source.read(8)) == 8:
        size = int.from_bytes(head)
        data = source.read(size)
        if len(data) < size:
            return
        told: dict[str, object]
        try:
            prepared = prepare_photo(data)
            told, jpeg = {"photo": prepared.photo.model_dump(mode="json")}, prepared.data
        except PhotoRefused as error:
            told, jpeg = {"refused": error.message, "too_large": error.too_large}, b""
        for part in (json.dumps(told).encode(), jpeg):
            answers.write(len(part).to_bytes(8))
            answers.write(part)
        answers.flush()


if __name__ == "__main__":
    limit()
    serve(sys.stdin.buffer, sys.stdout.buffer)
