"""What takes a batch back, as rows of a new one. Pure. Only what went through is undone, and only what can be: a
price, a text, a delisting, a posting (taken down, never deleted)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from listing_worker.models import OperationKind
from listing_worker.storage.batch_calls import BatchRow

Can = Callable[[str, OperationKind], bool]


def undoing(rows: Iterable[BatchRow], can: Can) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows of the batch that undoes these, the last first; and what cannot be undone, with the reason."""
    found: list[dict[str, Any]] = []
    left: list[str] = []
    for row in sorted(rows, key=lambda each: -each["position"]):
        if row["state"] not in {"done", "live", "pending_review"} or row["kind"] in {"by_hand", "check"}:
            continue
        back = _back(row)
        if back is None or row["posting_id"] is None:
            left.append(f"{row['title']} ({row['marketplace']}): how it stood before is not known.")
        elif back[0] is OperationKind.RELIST and not can(row["marketplace"], OperationKind.RELIST):
            found.append({**_same(row), "posting_id": None, "kind": "post", "input": {}})
        elif not can(row["marketplace"], back[0]):
            left.append(f"{row['title']} ({row['marketplace']}): do it there by hand.")
        else:
            found.append({**_same(row), "kind": back[0].value, "input": back[1]})
    return found, left


def _back(row: BatchRow) -> tuple[OperationKind, dict[str, Any]] | None:
    match row["kind"]:
        case "post" | "relist":
            return OperationKind.DELIST, {}
        case "delist":
            return OperationKind.RELIST, {}
        case "change_price" if row["before"].get("price"):
            return OperationKind.CHANGE_PRICE, {"price": row["before"]["price"]}
        case "edit":
            return OperationKind.EDIT, dict(row["input"])
    return None


def _same(row: BatchRow) -> dict[str, Any]:
    return {"listing_id": row["listing_id"], "posting_id": row["posting_id"], "marketplace": row["marketplace"]}
