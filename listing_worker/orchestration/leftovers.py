"""Photos that a killed work-horse could not remove: they are a seller's, and go as soon as somebody can tell."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

PREFIX = "lw-photos-"  # then the process that they belong to


def photo_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for one attempt's photos, removed when the attempt ends."""
    return tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-")


def remove_of(pid: int) -> None:
    """What a work-horse that has ended left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}{pid}-*"):
        shutil.rmtree(folder, ignore_errors=True)


def remove_older_than(seconds: float) -> None:
    """What no attempt can be using any more, of whatever process: its worker was killed too."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            age = time.time() - folder.stat().st_mtime
        except OSError:
            continue  # another worker was quicker
        if age > seconds:
            shutil.rmtree(folder, ignore_errors=True)
