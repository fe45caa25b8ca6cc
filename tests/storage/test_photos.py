"""Photos in a folder: whole or absent, and never outside."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from listing_worker.storage.photos import FolderPhotos, PhotoMissing

USER = "7f996581-0a44-4abf-9509-9f4264ce1a4e"


def test_photo_comes_back_by_its_key(tmp_path: Path) -> None:
    photos = FolderPhotos(tmp_path / "photos")
    key = photos.put(USER, "p1", b"jpeg")
    assert key == photos.key(USER, "p1") == f"{USER}/p1.jpg"
    assert photos.open(key) == b"jpeg"
    photos.put(USER, "p1", b"other")
    assert photos.open(key) == b"other"
    photos.delete(key)
    photos.delete(key)
    with pytest.raises(PhotoMissing):
        photos.open(key)


def test_photos_are_for_us_alone(tmp_path: Path) -> None:
    photos = FolderPhotos(tmp_path / "photos")
    file = tmp_path / "photos" / photos.put(USER, "p1", b"jpeg")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "key",
    ["", "p1", "p1.jpg", "../secret.jpg", f"{USER}/../../secret.jpg", f"/{USER}/p1.jpg", f"{USER}/p1", f"{USER}/.jpg",
     f"{USER}/p1.jpg/", f"{USER}//p1.jpg", f"{USER}/p1.jpg\0", f"{USER}/p1.jpg\n",
     "..\\secret.jpg", f"{USER}/p1.jpg.jpg"],
)  # fmt: skip
def test_no_key_leads_outside(tmp_path: Path, key: str) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    photos = FolderPhotos(tmp_path / "photos")
    photos.put(USER, "p1", b"jpeg")
    with pytest.raises(PhotoMissing):
        photos.open(key)
    with pytest.raises(PhotoMissing):
        photos.delete(key)
    assert (tmp_path / "secret.jpg").exists()


@pytest.mark.parametrize(("user", "name"), [("..", "p1"), (USER, "../p1"), (USER, ""), ("", "p1"), (USER, "a" * 65)])
def test_no_name_leads_outside(tmp_path: Path, user: str, name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        FolderPhotos(tmp_path).put(user, name, b"jpeg")
    assert list(tmp_path.iterdir()) == []


def test_links_are_not_followed(tmp_path: Path) -> None:
    photos = FolderPhotos(tmp_path / "photos")
    photos.put(USER, "p1", b"jpeg")
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (tmp_path / "photos" / USER / "p2.jpg").symlink_to(tmp_path / "secret.jpg")
    with pytest.raises(PhotoMissing):
        photos.open(f"{USER}/p2.jpg")


def test_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = FolderPhotos(tmp_path)
    photos.put(USER, "p1", b"old")

    def no_space(_: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("os.fsync", no_space)
    with pytest.raises(OSError, match="space"):
        photos.put(USER, "p1", b"new")
    assert photos.open(f"{USER}/p1.jpg") == b"old"
    assert [file.name for file in (tmp_path / USER).iterdir()] == ["p1.jpg"]
