"""Photos over HTTP: streamed, limited, made safe, kept in order; a bad one loses nothing."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from listing_worker.api import middleware, uploads
from listing_worker.models import PHOTO_LIMIT
from tests.api.conftest import Api, error_of, photo

HEIC = Path(__file__).parent / "data" / "phone.heic"
MB = 1024 * 1024


def files(*contents: bytes) -> list[tuple[str, tuple[str, bytes, str]]]:
    return [("photos", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(contents)]


def test_four_photos_of_four_kinds_are_kept_in_order(api: Api) -> None:
    listing = api.listing(photos=0)
    sent = [photo(1), photo(2, kind="PNG"), photo(3, kind="WEBP"), HEIC.read_bytes()]
    answer = api.client.post(f"/api/listings/{listing['id']}/photos", files=files(*sent))
    assert answer.status_code == 201
    photos = answer.json()["photos"]
    assert [entry["width"] for entry in photos] == [64, 64, 64, 96]
    for entry, colour in zip(photos[:3], (40, 80, 120), strict=True):
        got = api.client.get(entry["url"])
        assert got.headers["content-type"] == "image/jpeg" and len(got.content) == entry["byte_count"]
        pixel = Image.open(io.BytesIO(got.content)).getpixel((5, 5))
        assert isinstance(pixel, tuple) and abs(pixel[0] - colour) < 12
    assert b"Secret" not in api.client.get(photos[3]["url"]).content


def test_more_photos_are_appended(api: Api) -> None:
    listing = api.listing(photos=2)
    answer = api.client.post(f"/api/listings/{listing['id']}/photos", files=files(photo(5)))
    assert [entry["id"] for entry in answer.json()["photos"]][:2] == [entry["id"] for entry in listing["photos"]]
    assert len(answer.json()["photos"]) == 3


def test_a_browser_may_keep_a_photo_and_ask_whether_it_changed(api: Api) -> None:
    entry = api.listing()["photos"][0]
    got = api.client.get(entry["url"])
    assert got.headers["etag"] == f'"{entry["sha256"]}"' and "private" in got.headers["cache-control"]
    again = api.client.get(entry["url"], headers={"If-None-Match": got.headers["etag"]})
    assert again.status_code == 304 and again.content == b""


def test_the_order_changes_only_as_a_whole(api: Api) -> None:
    listing = api.listing(photos=3)
    ids = [entry["id"] for entry in listing["photos"]]
    address = f"/api/listings/{listing['id']}/photos"
    moved = api.client.put(address, json={"order": ids[::-1]})
    assert [entry["id"] for entry in moved.json()["photos"]] == ids[::-1]
    for wrong in (ids[:2], [*ids, ids[0]], [*ids[:2], "another"], []):
        error_of(api.client.put(address, json={"order": wrong}), 422, "invalid", "order")
    assert [e["id"] for e in api.client.get(f"/api/listings/{listing['id']}").json()["photos"]] == ids[::-1]


def test_a_photo_can_be_taken_out(api: Api) -> None:
    listing = api.listing(photos=3)
    gone = listing["photos"][1]
    answer = api.client.delete(gone["url"])
    assert [e["id"] for e in answer.json()["photos"]] == [listing["photos"][0]["id"], listing["photos"][2]["id"]]
    assert len(list(api.photo_dir.rglob("*.jpg"))) == 2
    error_of(api.client.delete(gone["url"]), 404)
    error_of(api.client.get(gone["url"]), 404)


def test_what_is_no_photo_is_refused_and_the_others_of_the_request_are_not_stored(api: Api) -> None:
    listing = api.listing(photos=1)
    address = f"/api/listings/{listing['id']}/photos"
    for bad, says in [(b"no photo", "no photo that we can read"), (photo(2)[:200], "damaged"), (b"", "empty")]:
        error = error_of(api.client.post(address, files=files(photo(1), bad)), 422, "photo_refused", "photos[1]")
        assert says in error["message"]
    assert api.client.get(f"/api/listings/{listing['id']}").json()["photos"] == listing["photos"]
    assert len(list(api.photo_dir.rglob("*.jpg"))) == 1


def test_forty_megabytes_are_refused_with_a_sentence(api: Api) -> None:
    listing = api.listing(photos=1)
    big = photo(1) + bytes(40 * MB)
    error = error_of(
        api.client.post(f"/api/listings/{listing['id']}/photos", files=files(big)), 413, "photo_refused", "photos[0]"
    )
    assert "at most 25 MB" in error["message"]
    assert api.client.get(f"/api/listings/{listing['id']}").json()["photos"] == listing["photos"]


def test_a_pixel_bomb_is_refused(api: Api) -> None:
    buffer = io.BytesIO()
    Image.new("1", (9000, 9000)).save(buffer, "PNG")
    listing = api.listing(photos=0)
    answer = api.client.post(f"/api/listings/{listing['id']}/photos", files=files(buffer.getvalue()))
    assert "million pixels" in error_of(answer, 413, "photo_refused", "photos[0]")["message"]


def test_a_listing_holds_a_limited_number_of_photos(api: Api) -> None:
    listing = api.listing(photos=PHOTO_LIMIT - 1)
    address = f"/api/listings/{listing['id']}/photos"
    error_of(api.client.post(address, files=files(photo(1), photo(2))), 422, "photo_limit", "photos")
    assert api.client.post(address, files=files(photo(1))).status_code == 201
    error_of(api.client.post(address, files=files(photo(1))), 422, "photo_limit", "photos")
    assert len(list(api.photo_dir.rglob("*.jpg"))) == PHOTO_LIMIT


def test_another_kind_of_body_is_told_what_to_send(api: Api) -> None:
    address = f"/api/listings/{api.listing(photos=0)['id']}/photos"
    error_of(api.client.post(address, json={"photo": "x"}), 415, "unsupported_media_type", "photos")
    error_of(api.client.post(address, content=photo(), headers={"Content-Type": "image/jpeg"}), 415)
    error_of(api.client.post(address, content=b"x", headers={"Content-Type": "multipart/form-data"}), 415)
    error_of(api.client.post(address, data={"a": "b"}, files={"x": (None, b"y")}), 422, "no_photos", "photos")


def test_a_broken_or_cut_upload_is_told_so(api: Api) -> None:
    address = f"/api/listings/{api.listing(photos=0)['id']}/photos"
    head = {"Content-Type": "multipart/form-data; boundary=x"}
    part = b'--x\r\nContent-Disposition: form-data; name="p"; filename="a.jpg"\r\n\r\n' + photo()
    error_of(api.client.post(address, content=part, headers=head), 400, "bad_request", "photos")
    error_of(api.client.post(address, content=b"", headers=head), 400, "bad_request", "photos")
    error_of(api.client.post(address, content=b"nonsense", headers=head), 400, "bad_request", "photos")
    assert api.client.post(address, content=part + b"\r\n--x--\r\n", headers=head).status_code == 201
    long_header = b"--x\r\nX-Long: " + b"a" * 20_000 + b"\r\n\r\n"
    error_of(api.client.post(address, content=long_header, headers=head), 400)


def test_a_field_that_is_no_file_cannot_be_huge(api: Api) -> None:
    address = f"/api/listings/{api.listing(photos=0)['id']}/photos"
    answer = api.client.post(address, data={"note": "x" * (2 * MB)}, files=files(photo()))
    error_of(answer, 413, "too_large")


def test_too_many_files_in_one_request_are_refused(api: Api) -> None:
    address = f"/api/listings/{api.listing(photos=0)['id']}/photos"
    answer = api.client.post(address, files=files(*[photo(1)] * (PHOTO_LIMIT + 1)))
    error_of(answer, 422, "photo_limit", "photos")


def test_nobody_uploads_without_a_sign_in_or_a_listing(api: Api) -> None:
    address = f"/api/listings/{api.listing(photos=0)['id']}/photos"
    error_of(api.anonymous.post(address, files=files(photo())), 401)
    error_of(api.client.post("/api/listings/nonsense/photos", files=files(photo())), 404)


def test_other_bodies_are_limited_too(api: Api) -> None:
    big = b'{"title": "' + b"x" * (middleware.JSON_LIMIT + 1) + b'"}'
    error = error_of(
        api.client.post("/api/listings", content=big, headers={"Content-Type": "application/json"}), 413, "too_large"
    )
    assert "5 MB" in error["message"]
    form = {"Content-Type": "multipart/form-data; boundary=x"}  # the upload's own type opens no door elsewhere
    error_of(api.client.post("/api/listings", content=big, headers=form), 413, "too_large")


def test_memory_stays_small_while_a_large_file_arrives(monkeypatch: pytest.MonkeyPatch, api: Api) -> None:
    """Beyond a megabyte the file is on disk: what is kept in memory does not grow with the upload."""
    rolled: list[bool] = []
    original = uploads._Parts.end

    def noted(self: uploads._Parts) -> None:
        assert self._current is not None
        rolled.append(bool(self._current._rolled))  # type: ignore[attr-defined]
        original(self)

    monkeypatch.setattr(uploads._Parts, "end", noted)
    noise = Image.effect_noise((800, 800), 90).convert("RGB")
    buffer = io.BytesIO()
    noise.save(buffer, "PNG")
    assert len(buffer.getvalue()) > MB
    address = f"/api/listings/{api.listing(photos=0)['id']}/photos"
    assert api.client.post(address, files=files(photo(), buffer.getvalue())).status_code == 201
    assert rolled == [False, True]


class LinkingPhotos:
    """A store whose links say what they are for."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def link(self, key: str, seconds: int) -> str:
        return f"https://storage.example/{key}?for={seconds}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def test_a_link_is_given_where_the_storage_has_links(api: Api) -> None:
    listing = api.listing()
    entry = listing["photos"][0]
    assert api.client.get(f"{entry['url']}/link").json() == {"url": None, "expires_in": 3600}
    wired = api.app.state.resources
    api.app.state.resources = replace(wired, photos=LinkingPhotos(wired.photos))
    url = api.client.get(f"{entry['url']}/link").json()["url"]
    assert url.startswith("https://storage.example/") and url.endswith(f"{entry['id']}.jpg?for=3600")
    missing = api.client.get(f"/api/listings/{listing['id']}/photos/nothing/link")
    assert missing.status_code == 404
