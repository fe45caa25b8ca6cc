"""Where a live listing says something else than ours: from the last comparison to differences, and from a difference to
what settles it. Pure.

A comparison is a `check` that also reads the fields of the listing's own edit form and the photos of its public page;
it presses nothing. What is read is in the marketplace's words; only text and prices can be taken over into ours without
guessing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from listing_worker.agents.form.compare import cents
from listing_worker.models import Listing, OperationKind
from listing_worker.storage import rows

KEPT = ("title", "description", "price", "brand", "sku")  # what can be taken over as it is read
PHOTOS = "photos"
COMPARE = {"compare": True}  # the input of a check that compares


@dataclass(frozen=True)
class Difference:
    """`ours` and `theirs` in the marketplace's words. `ignored`: the seller wants it left alone."""

    field: str
    ours: str
    theirs: str
    can_keep: bool
    ignored: bool = False


@dataclass(frozen=True)
class Drift:
    """`seen_at`: when it was compared, None = never. `differences` that are not settled since."""

    seen_at: str | None = None
    differences: tuple[Difference, ...] = ()


def drift_of(operations: Sequence[rows.OperationRow], listing: Listing, ignored: Mapping[str, str]) -> Drift:
    """`operations` of one posting, newest first; `listing` with the marketplace's overrides. A field that was pushed
    since, or that ours says in the same way by now, is settled."""
    pushed: set[str] = set()
    everything = False
    for row in operations:
        if row["kind"] == OperationKind.CHECK and row["input"].get("compare") and row["state"] == "done":
            if "fields" not in row["result"]:
                continue
            found = _differences(row["result"], listing, ignored)
            left = tuple(
                each for each in found if each.field not in pushed and not (everything and each.field != PHOTOS)
            )
            return Drift(str(row["result"].get("seen_at") or row["finished_at"]), left)
        if row["state"] == "done" and row["kind"] == OperationKind.EDIT:
            fields = row["input"].get("fields")
            everything = everything or not fields
            pushed |= set(fields or ())
        elif row["state"] == "done" and row["kind"] == OperationKind.CHANGE_PRICE:
            pushed.add("price")
    return Drift()


def _differences(result: Mapping[str, Any], listing: Listing, ignored: Mapping[str, str]) -> list[Difference]:
    found: dict[str, Difference] = {}
    for report in result.get("fields") or ():
        field = str(report.get("source") or report["field"]).partition(".")[0]  # our own name of it
        theirs = str(report["on_form"])
        if report["same"] or field in found or same_now(listing, field, theirs):
            continue
        left = field in ignored and ignored[field] == theirs[:2000]
        found[field] = Difference(field, str(report["meant"]), theirs, field in KEPT, left)
    photos = result.get("photos") or {}
    if photos.get("same") is False:
        said = str(photos.get("message") or "The photos differ.")
        left = ignored.get(PHOTOS) == said[:2000]
        found[PHOTOS] = Difference(PHOTOS, f"{photos.get('ours', '')} photos", said, can_keep=False, ignored=left)
    return list(found.values())


def same_now(listing: Listing, field: str, theirs: str) -> bool:
    """Whether ours says the same by now (it was edited, or theirs was kept)."""
    if field not in KEPT:
        return False
    if field == "price":
        return cents(theirs) == listing.price.cents
    return " ".join(str(getattr(listing, field) or "").split()) == " ".join(theirs.split())


def kept_value(difference: Difference) -> Any:
    """Theirs, as an override of ours. Raises ValueError where that would be a guess."""
    if not difference.can_keep:
        raise ValueError("What the marketplace says there cannot be put into our words. Edit it, or push ours.")
    if difference.field == "price":
        amount = cents(difference.theirs)
        if not amount:
            raise ValueError(f"{difference.theirs!r} is no price.")
        return {"cents": amount}
    return difference.theirs
