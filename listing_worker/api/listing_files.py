"""Listings as files: CSV with a header line, or JSON; every row is checked, every wrong one is named by its number."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from listing_worker.api.errors import explain, invalid
from listing_worker.api.listing_input import ListingIn
from listing_worker.models import ListingDraft

MOST_ROWS = 2000
PLAIN = (
    "title", "description", "price", "original_price", "condition", "brand", "size", "quantity", "sku", "zip_code",
)  # fmt: skip
SIDES = ("weight_oz", "length_in", "width_in", "height_in")
COLUMNS = (
    *PLAIN, "category", "colors", "tags", "attributes", "shipping_payer", "shipping_cost",
    "shipping_pickup", *SIDES, "overrides",
)  # fmt: skip


@dataclass(frozen=True)
class RowProblem:
    """`row` counts from 1, without the header line."""

    row: int
    field: str
    message: str


@dataclass
class ReadFile:
    """The rows that are good, and what is wrong with the others."""

    listings: list[ListingIn] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)


def read_listings(data: bytes, *, as_json: bool) -> ReadFile:
    """Reads a whole file. Raises ApiError 422 for one that is no CSV or JSON of ours at all."""
    rows = _json_rows(data) if as_json else _csv_rows(data)
    if not rows:
        raise invalid("There is no listing in this file.", "file")
    if len(rows) > MOST_ROWS:
        raise invalid(f"A file may have at most {MOST_ROWS} listings; this one has {len(rows)}.", "file")
    read = ReadFile()
    for number, row in enumerate(rows, start=1):
        try:
            read.listings.append(ListingIn.model_validate(row))
        except ValidationError as error:
            named: set[str] = set()
            for each in error.errors():
                name, message = explain(each)
                if name not in named:
                    named.add(name)
                    read.problems.append(RowProblem(number, name, message))
    return read


def as_csv(bodies: Sequence[Mapping[str, Any]]) -> str:
    """Stored listings in the same columns that are read."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for body in bodies:
        draft = ListingDraft.model_validate(body)
        row: dict[str, Any] = {name: _cell(getattr(draft, name)) for name in PLAIN}
        row |= {
            "category": " > ".join(draft.category),
            "colors": ", ".join(draft.colors),
            "tags": ", ".join(draft.tags),
            "attributes": json.dumps(draft.attributes) if draft.attributes else "",
            "overrides": json.dumps(body["overrides"]) if body.get("overrides") else "",
            "shipping_payer": draft.shipping.payer.value,
            "shipping_cost": _cell(draft.shipping.cost),
            "shipping_pickup": _cell(draft.shipping.pickup),
            **{name: _cell(getattr(draft.shipping, name)) for name in SIDES},
        }
        writer.writerow({name: harmless(str(value)) for name, value in row.items()})
    return out.getvalue()


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def harmless(text: str) -> str:
    """A spreadsheet would run a cell that begins like a formula; an apostrophe keeps it a text, and is taken off again
    on import."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "'"} else text


def _json_rows(data: bytes) -> list[Any]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise invalid("This is not valid JSON.", "file", "not_json") from error
    rows = document.get("listings") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        raise invalid('Send a list of listings, or {"listings": [...]}.', "file")
    return [_without_ours(row) if isinstance(row, dict) else row for row in rows]


def _without_ours(row: dict[str, Any]) -> dict[str, Any]:
    """An exported listing without what only we can give."""
    return {k: v for k, v in row.items() if k not in {"id", "photos", "created_at", "updated_at"}}


def _csv_rows(data: bytes) -> list[dict[str, Any]]:
    try:
        text = data.decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text), strict=True)
        header = [name.strip().lower() for name in reader.fieldnames or []]
        unknown = [name for name in header if name not in COLUMNS]
        if unknown or "title" not in header:
            raise invalid(f"The first line must name columns of: {', '.join(COLUMNS)}.", "file", "unknown_column")
        reader.fieldnames = header
        return [_from_cells(row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise invalid("This is no CSV in UTF-8 that we can read.", "file", "not_csv") from error


def _from_cells(cells: Mapping[str, Any]) -> dict[str, Any]:
    filled = {
        name: value.removeprefix("'").strip()
        for name, value in cells.items()
        if isinstance(name, str) and isinstance(value, str) and value.strip()
    }
    row: dict[str, Any] = {name: filled[name] for name in PLAIN if name in filled}
    row["category"] = [part.strip() for part in filled.get("category", "").split(">") if part.strip()]
    for name in ("colors", "tags"):
        row[name] = [part.strip() for part in filled.get(name, "").split(",") if part.strip()]
    for name in ("attributes", "overrides"):
        if name in filled:
            row[name] = _object(filled[name])
    shipping: dict[str, Any] = {name: filled[name] for name in SIDES if name in filled}
    if "shipping_payer" in filled:
        shipping["payer"] = filled["shipping_payer"]
    if "shipping_pickup" in filled:
        shipping["pickup"] = filled["shipping_pickup"]
    if "shipping_cost" in filled:
        shipping["cost"] = filled["shipping_cost"]
    row["shipping"] = shipping
    return row


def _object(text: str) -> Any:
    """JSON, or "Material: Wool; Lining: Silk"."""
    if text.startswith("{"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text  # the rule for it says what is wrong
    pairs = [part.partition(":") for part in text.split(";") if part.strip()]
    return {name.strip(): value.strip() for name, _, value in pairs}
