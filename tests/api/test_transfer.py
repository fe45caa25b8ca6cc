"""Import and export: all rows or none, each problem by its row; what goes out comes back in."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from listing_worker.api.listing_files import as_csv, read_listings
from tests.api.conftest import DRESS, Api, error_of
from tests.api.web.test_signin import csrf_of, signed_in

GOOD = """title,description,price,condition,category,colors,attributes,weight_oz,shipping_payer
Coat,"Warm, wool",80,good,Women > Jackets & Coats,"Grey, Black",Material: Wool; Lining: Silk,40,seller
Hat,Red,12.50,like_new,Women > Accessories,,,,
"""
BAD = GOOD + "Scarf,Long,abc,worn,,,,,\n"


def send(api: Api, data: str, kind: str = "text/csv", query: str = "") -> Any:
    return api.client.post(f"/api/listings/import{query}", content=data.encode(), headers={"Content-Type": kind})


def test_a_csv_becomes_listings(api: Api) -> None:
    done = send(api, GOOD).json()
    assert done["good"] == 2 and len(done["created"]) == 2 and done["problems"] == []
    coat = api.client.get(f"/api/listings/{done['created'][0]}").json()
    assert coat["colors"] == ["Grey", "Black"] and coat["attributes"] == {"Material": "Wool", "Lining": "Silk"}
    assert coat["shipping"]["payer"] == "seller" and coat["shipping"]["weight_oz"] == 40


def test_one_wrong_row_stores_nothing_and_is_named(api: Api) -> None:
    done = send(api, BAD).json()
    assert done["created"] == [] and {p["row"] for p in done["problems"]} == {3}
    assert {p["field"] for p in done["problems"]} >= {"price", "condition", "category"}
    assert api.client.get("/api/listings").json()["listings"] == []


def test_a_dry_run_stores_nothing(api: Api) -> None:
    done = send(api, GOOD, query="?dry_run=true").json()
    assert done["dry_run"] and done["good"] == 2 and done["created"] == []
    assert api.client.get("/api/listings").json()["listings"] == []


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("", "text/csv"),
        ("nonsense,columns\n1,2\n", "text/csv"),
        ("title\n", "text/csv"),
        ("{", "application/json"),
        ("[]", "application/json"),
        ("3", "application/json"),
    ],
)
def test_what_is_no_file_of_listings_is_refused(api: Api, data: str, kind: str) -> None:
    error_of(send(api, data, kind), 422)


def test_rows_of_any_shape_are_problems_and_never_crashes(api: Api) -> None:
    rows = [3, None, [], {}, {"title": {}}, {**DRESS, "category": 3}, {**DRESS, "overrides": "x"}]
    done = send(api, json.dumps(rows), "application/json").json()
    assert {p["row"] for p in done["problems"]} == set(range(1, 8))
    error_of(api.client.post("/api/listings/import", content=b"x", headers={"Content-Type": "text/plain"}), 415)


def test_everything_is_exported_and_comes_back_the_same(api: Api) -> None:
    listing = api.listing(2, overrides={"ebay": {"title": "For eBay", "price": "50"}})
    api.listing(0, title='=HYPERLINK("http://evil.example")')
    archive = zipfile.ZipFile(io.BytesIO(api.client.get("/api/listings/export").content))
    names = set(archive.namelist())
    assert {f"photos/{listing['id']}/01.jpg", f"photos/{listing['id']}/02.jpg"} <= names
    assert archive.read(f"photos/{listing['id']}/01.jpg")[:2] == b"\xff\xd8"
    assert "\n=HYPERLINK" not in archive.read("listings.csv").decode()
    for name, kind in (("listings.csv", "text/csv"), ("listings.json", "application/json")):
        stranger = api.stranger()
        done = stranger.post("/api/listings/import", content=archive.read(name), headers={"Content-Type": kind})
        assert done.json()["problems"] == [], name
        ids = done.json()["created"]
        copies = [stranger.get(f"/api/listings/{each}").json() for each in ids]
        copy = next(each for each in copies if each["title"] == listing["title"])
        own = {"id", "photos", "created_at", "updated_at"}
        assert {k: v for k, v in copy.items() if k not in own} == {k: v for k, v in listing.items() if k not in own}
        assert any(each["title"].startswith("=HYPERLINK") for each in copies)


def test_csv_and_reading_are_inverse() -> None:
    body = read_listings(GOOD.encode(), as_json=False).listings[0].draft().model_dump(mode="json")
    again = read_listings(as_csv([body]).encode(), as_json=False).listings[0].draft().model_dump(mode="json")
    assert again == body


def test_the_page_checks_first_and_then_imports(api: Api) -> None:
    client = signed_in(api)
    data = {"csrf": csrf_of(client), "dry": "1"}
    bad = client.post("/listings/import", data=data, files={"file": ("a.csv", BAD.encode(), "text/csv")})
    assert bad.status_code == 422 and "1 rows are wrong" in bad.text
    checked = client.post("/listings/import", data=data, files={"file": ("a.csv", GOOD.encode(), "text/csv")})
    assert "2 rows are good" in checked.text
    done = client.post(
        "/listings/import", data={"csrf": data["csrf"]}, files={"file": ("a.csv", GOOD.encode(), "text/csv")}
    )
    assert "2 listings were imported" in done.text
    assert len(api.client.get("/api/listings").json()["listings"]) == 2
