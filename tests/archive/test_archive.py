"""A whole account goes out and comes back the same; a file that was changed, or names what is not its own, does not."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from listing_worker.archive.pictures import NotAnArchive
from listing_worker.archive.read import AccountNotEmpty, read_archive
from listing_worker.archive.write import MAY_DIFFER, write_archive
from listing_worker.models import ChangeIntent, Intent, ListingStatus, OperationKind
from listing_worker.storage.errors import StoreRefused
from listing_worker.storage.photos import FolderPhotos, PhotoMissing
from listing_worker.storage.store import Store

SITES = ("ebay", "mercari", "poshmark")
Tables = dict[str, list[dict[str, Any]]]


def jpeg(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (24, 18), (shade, 90, 200)).save(buffer, "JPEG")
    return buffer.getvalue()


def live(store: Store, user: str, posting: str, external: str, screenshot: str) -> None:
    fence = store.claim_posting(posting, "w", 30)["posting"]["fence"]
    intent = Intent(fingerprint="f", title="Dress", price_cents=4800, photo_count=1)
    assert store.record_intent(posting, fence, intent)
    proof: Any = {
        "kind": "response", "external_id": external, "url": f"https://m.example/{external}", "at": "2026-11-22",
        "receipt": {"version": 1, "signature": "c2lnbmVk"},
    }  # fmt: skip
    outcome: Any = {"state": "live", "proof": proof, "report": {"screenshots": {"live": screenshot}}}
    assert store.finish_posting(posting, fence, outcome)["finished"]


def furnish(store: Store, photos: FolderPhotos, user: str) -> str:
    """An account with a bit of everything; the id of its listing."""
    listing = store.create_listing(user, {"title": "Dress “Dolce” 🌸", "quantity": 1, "price": {"cents": 4800}})["id"]
    kept = []
    for shade in (10, 60):
        name, data = uuid4().hex, jpeg(shade)
        key = photos.put(user, name, data)
        kept.append({"id": name, "sha256": sha256(data).hexdigest(), "width": 24, "height": 18, "key": key})
    store.set_photos(user, listing, kept)
    shot = photos.put(user, uuid4().hex, jpeg(120))
    job = store.create_job(
        user, listing, list(SITES), blocked={}, idempotency_key="k", request_hash="h", max_attempts=4
    )["job"]
    first, second, third = (row["id"] for row in job["postings"])
    live(store, user, first, "e1", shot)
    live(store, user, second, "m1", shot)
    store.claim_posting(third, "w", 30)  # still under way when the account is archived
    asked = store.request_operation(user, second, "delist", {"because": "sold elsewhere"}, 8)["operation"]
    fence = store.claim_operation(asked["id"], "w", 30)["operation"]["fence"]
    change = ChangeIntent(kind=OperationKind.DELIST, external_id="m1", before=ListingStatus.ACTIVE)
    assert store.record_operation_intent(asked["id"], fence, change)
    result = {"seen_at": "2026-11-22T10:42:00+00:00", "screenshots": {"seen": photos.put(user, uuid4().hex, jpeg(200))}}
    done: Any = {"state": "done", "posting": "delisted", "result": result}
    assert store.finish_operation(asked["id"], fence, done)["finished"]
    store.set_auto_delist(user, listing, ["ebay", "mercari"], True)
    store.record_signal(first, "told", certain=True, reference="order 1")
    store.mark_sold(first)
    store.record_mail(user, "<1@m.example>", "ebay", genuine=True, order="1", signals=[])
    store.remember_category(user, "ebay", "women > dresses", ["Art", "Paintings"])
    store.delete_listing(user, store.create_listing(user, {"title": "Gone"})["id"])
    return listing


def saved(store: Store, photos: FolderPhotos, user: str) -> bytes:
    file = io.BytesIO()
    write_archive(store, photos, user, file)
    return file.getvalue()


@pytest.fixture
def seller() -> str:
    return str(uuid4())


@pytest.fixture
def photos(tmp_path: Path) -> FolderPhotos:
    return FolderPhotos(tmp_path / "photos")


def test_an_account_restored_elsewhere_is_archived_to_the_same_bytes(
    store: Store, empty_store: Store, photos: FolderPhotos, tmp_path: Path, seller: str
) -> None:
    listing = furnish(store, photos, seller)
    before = saved(store, photos, seller)
    assert saved(store, photos, seller) == before, "the same account gives the same bytes"
    assert seller.encode() not in before, "an archive does not say whose it is"

    other, elsewhere = str(uuid4()), FolderPhotos(tmp_path / "other")
    rows = read_archive(empty_store, elsewhere, other, io.BytesIO(before))
    assert rows["listings"] == 2 and rows["listing_automation_results"] == 3
    after = saved(empty_store, elsewhere, other)
    assert MAY_DIFFER == {"ids": [], "times": []}
    assert after == before

    restored = empty_store.get_listing(other, listing)
    assert restored is not None
    assert [elsewhere.open(photo["key"])[:2] for photo in restored["photos"]] == [b"\xff\xd8"] * 2
    stock = empty_store.get_stock(listing)
    assert stock is not None
    assert stock["auto_delist"] == ["ebay", "mercari"] and len(stock["signals"]) == 1
    seen = stock["gone"][0]["result"]["screenshots"]["seen"]
    assert seen.startswith(f"{other}/") and elsewhere.open(seen)


def test_what_was_under_way_does_not_run_twice(
    store: Store, empty_store: Store, photos: FolderPhotos, tmp_path: Path, seller: str
) -> None:
    furnish(store, photos, seller)
    other = str(uuid4())
    read_archive(empty_store, FolderPhotos(tmp_path / "other"), other, io.BytesIO(saved(store, photos, seller)))
    assert empty_store.due_postings() == [] and empty_store.due_operations() == []
    [waiting] = [
        posting
        for job in empty_store.list_jobs(other)
        for posting in job["postings"]
        if posting["state"] == "action_required"
    ]
    assert waiting["reason"] is not None and waiting["reason"]["code"] == "archived"
    retried = empty_store.retry_posting(other, waiting["id"])
    assert retried is not None and retried["state"] == "queued", "nothing was pressed: it may be tried again"


def test_only_an_empty_account_is_restored_into(store: Store, photos: FolderPhotos, seller: str) -> None:
    furnish(store, photos, seller)
    archive = saved(store, photos, seller)
    names = sorted(path.name for path in Path(photos._path).rglob("*.jpg"))
    with pytest.raises(AccountNotEmpty):
        read_archive(store, photos, seller, io.BytesIO(archive))
    assert sorted(path.name for path in Path(photos._path).rglob("*.jpg")) == names
    stranger = str(uuid4())
    with pytest.raises(StoreRefused) as refused:  # the ids are taken here: nothing of it is stored
        read_archive(store, photos, stranger, io.BytesIO(archive))
    assert refused.value.code == "not_an_archive"
    assert store.list_listings(stranger) == [] and not list(Path(photos._path, stranger).glob("*.jpg"))


def changed(archive: bytes, change: Callable[[Tables], None], pictures: Callable[[bytes], bytes] = bytes) -> bytes:
    """The archive with its rows, and its pictures, changed."""
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        tables = {name: json.loads(old.read(name)) for name in old.namelist() if name.endswith(".json")}
        change({name.removesuffix(".json"): rows for name, rows in tables.items()})
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as new:
            for name in old.namelist():
                new.writestr(name, json.dumps(tables[name]) if name in tables else pictures(old.read(name)))
    return file.getvalue()


def test_an_archive_names_nobody_elses_picture_row_or_place(
    store: Store, empty_store: Store, photos: FolderPhotos, tmp_path: Path, seller: str
) -> None:
    furnish(store, photos, seller)
    archive = saved(store, photos, seller)
    victim, thief = str(uuid4()), str(uuid4())
    theirs = empty_store.create_listing(victim, {"title": "Theirs"})["id"]
    elsewhere = FolderPhotos(tmp_path / "other")

    def photo_of_victim(tables: Tables) -> None:
        tables["listings"][-1]["photos"] = [{"id": "x", "sha256": "y", "key": f"{victim}/x.jpg"}]

    def place_outside(tables: Tables) -> None:
        tables["posting_operations"][0]["result"]["screenshots"]["seen"] = "../../etc/passwd"

    def job_of_victim(tables: Tables) -> None:
        tables["jobs"][0]["listing_id"] = theirs

    def other_user(tables: Tables) -> None:
        tables["auto_delist"][0] |= {"user_id": victim, "listing_id": theirs}

    def moving(tables: Tables) -> None:
        tables["listing_automation_results"][0]["state"] = "queued"

    def no_listings(tables: Tables) -> None:
        tables["listings"].clear()

    def not_rows(tables: Tables) -> None:
        tables["listings"][0]["photos"] = [3]

    for change in (photo_of_victim, place_outside, job_of_victim, other_user, moving, no_listings, not_rows):
        with pytest.raises((NotAnArchive, StoreRefused)):
            read_archive(empty_store, elsewhere, thief, io.BytesIO(changed(archive, change)))
        assert empty_store.list_listings(thief) == [], change.__name__
        assert not list(tmp_path.glob(f"other/{thief}/*.jpg")), change.__name__
    assert [row["title"] for row in [empty_store.get_stock(theirs)] if row] == ["Theirs"]


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x05\x06" + bytes(18), b"nonsense" * 50],
    ids=["nothing", "an empty zip", "no zip"],
)
def test_what_is_no_archive_is_refused(store: Store, photos: FolderPhotos, seller: str, data: bytes) -> None:
    with pytest.raises(NotAnArchive):
        read_archive(store, photos, seller, io.BytesIO(data))


def test_pictures_are_what_their_rows_say(
    store: Store, empty_store: Store, photos: FolderPhotos, tmp_path: Path, seller: str
) -> None:
    furnish(store, photos, seller)
    archive = saved(store, photos, seller)
    for other in (jpeg(255), b"<svg/>"):
        bad = changed(archive, lambda tables: None, lambda _, other=other: other)  # type: ignore[misc]
        with pytest.raises(NotAnArchive):
            read_archive(empty_store, FolderPhotos(tmp_path / "other"), seller, io.BytesIO(bad))


def test_a_picture_that_is_lost_is_named(store: Store, photos: FolderPhotos, seller: str) -> None:
    listing = furnish(store, photos, seller)
    row = store.get_listing(seller, listing)
    assert row is not None
    photos.delete(row["photos"][0]["key"])
    with pytest.raises(PhotoMissing):
        photos.open(row["photos"][0]["key"])
    with zipfile.ZipFile(io.BytesIO(saved(store, photos, seller))) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["missing_pictures"] == [row["photos"][0]["id"]]
