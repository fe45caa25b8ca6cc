"""Learned locators on the Activity page: where fields of changed forms are found now; one click refuses one.

They are shared by all sellers of an installation, so only its owner may refuse them; where there is no owner (Supabase
signs in), they are shown, and `listing-worker heal refuse` is the operator's.
"""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from listing_worker.agents.heal.memory import forget, learned_of
from listing_worker.api.auth import Caller
from listing_worker.api.errors import ApiError, not_found
from listing_worker.api.params import known_id
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.web.forms import Posted
from listing_worker.api.web.signin import Seller

router = APIRouter(include_in_schema=False)
MOST = 50


@dataclass(frozen=True)
class Healed:
    """One learned locator, as the page shows it."""

    id: str
    marketplace: str
    field: str
    found_by: str
    tier: str
    state: str
    successes: int
    failures: int
    worked_at: str


def healed_fields(wired: Resources) -> list[Healed]:
    """What was learned, the latest first."""
    found = []
    for row in wired.store.list_locators(limit=MOST):
        learned = learned_of(row)
        by = str(learned.target) if learned is not None else ""
        found.append(
            Healed(
                row["id"], row["marketplace"], row["field"].replace("_", " "), by, row["tier"], row["state"],
                row["successes"], row["failures"], row["worked_at"],
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: one.worked_at, reverse=True)


def may_refuse(wired: Resources, caller: Caller) -> bool:
    """Whether this is the owner of the installation."""
    return wired.owner is not None and wired.owner.user_id == caller.user_id


@router.post("/locators/{locator_id}/{verb}")
def refuse(locator_id: str, verb: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    """`refuse`: never used or learned again. `allow`: used again."""
    if verb not in {"refuse", "allow"}:
        raise not_found("page")
    if not may_refuse(wired, caller):
        raise ApiError(403, "owner_only", "Only the owner of this installation may do this.")
    row = wired.store.refuse_locator(known_id(locator_id, "locator"), verb == "refuse")
    if row is None:
        raise not_found("locator")
    forget(row["marketplace"])
    return RedirectResponse("/activity#healed", status_code=303)
