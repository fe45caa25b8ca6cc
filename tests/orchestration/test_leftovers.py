"""The photos of a killed work-horse do not stay."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from listing_worker.orchestration.leftovers import photo_folder, remove_of, remove_older_than


def test_what_a_killed_work_horse_left_goes_and_what_another_uses_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead, used, old = tmp_path / "lw-photos-4711-a", tmp_path / "lw-photos-47-b", tmp_path / "lw-photos-1-c"
    for folder in (dead, used, old):
        folder.mkdir()
        (folder / "01.jpg").write_bytes(b"a photo")
    os.utime(old, (0, 0))
    with photo_folder() as mine:
        remove_of(4711)
        assert not dead.exists() and used.exists() and old.exists()
        remove_older_than(720)
        assert not old.exists() and used.exists() and Path(mine).exists()
    assert not Path(mine).exists()
