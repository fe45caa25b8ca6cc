"""Rules per marketplace: how a listing's price becomes the price there, and what is put back or renewed by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from listing_worker.api.auth import Caller
from listing_worker.api.batches import put_price_rule, put_repost_rule
from listing_worker.api.errors import ApiError, from_validation, invalid
from listing_worker.api.params import known_marketplace
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.web.forms import Form, Posted
from listing_worker.api.web.overview import display_names
from listing_worker.api.web.render import page
from listing_worker.api.web.signin import Seller
from listing_worker.inventory.pricing.fees import FeeTable, fees_on
from listing_worker.inventory.pricing.rules import PriceRule
from listing_worker.inventory.reposting import RepostRule
from listing_worker.models import OperationKind

router = APIRouter(include_in_schema=False)
WAYS = ("same", "ratio", "keep", "amount")  # of making a price


@dataclass(frozen=True)
class Place:
    """One marketplace with the seller's rules for it. `renews`: whether the very listing can be put back there."""

    name: str
    price: PriceRule
    repost: RepostRule
    fees: FeeTable | None
    renews: bool

    @property
    def way(self) -> str:
        if self.price.ratio is not None:
            return "ratio"
        return "keep" if self.price.keep_listing_price else "amount" if self.price.keep_cents else "same"


@router.get("/rules")
def rules(request: Request, caller: Seller, wired: Wired, said: str = "") -> HTMLResponse:
    return _page(request, wired, caller, said=said)


@router.post("/rules/{marketplace}/price")
def save_price(request: Request, marketplace: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    name = known_marketplace(wired, marketplace)
    try:
        put_price_rule(name, _price_rule(form), caller, wired)
    except ApiError as error:
        return _page(request, wired, caller, error=error, at=name, form=form)
    return RedirectResponse(f"/rules?said={name}#{name}", status_code=303)


@router.post("/rules/{marketplace}/repost")
def save_repost(request: Request, marketplace: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    name = known_marketplace(wired, marketplace)
    given: dict[str, Any] = {"ended": form.get("ended") == "1"}
    given |= {field: form.get(field) for field in ("older_than_days", "per_day") if form.get(field)}
    try:
        try:
            rule = RepostRule.model_validate(given)
        except ValidationError as error:
            raise from_validation(error.errors()) from error
        put_repost_rule(name, rule, caller, wired)
    except ApiError as error:
        return _page(request, wired, caller, error=error, at=name, form=form)
    return RedirectResponse(f"/rules?said={name}#{name}", status_code=303)


def _price_rule(form: Form) -> PriceRule:
    """Raises ApiError 422 naming the field."""
    way = form.get("way")
    given: dict[str, Any] = {}
    if way == "ratio":
        if not form.get("ratio"):
            raise invalid("Say by how much the price is multiplied, like 1.1.", "ratio")
        given["ratio"] = form.get("ratio")
    elif way == "keep":
        given["keep_listing_price"] = True
    elif way == "amount":
        given["keep_cents"] = _cents(form, "amount")
        if given["keep_cents"] is None:
            raise invalid("Say how much is to be left.", "amount")
    if form.get("ending"):
        given["ending"] = form.get("ending").lstrip(".")
    if (floor := _cents(form, "floor")) is not None:
        given["floor_cents"] = floor
    try:
        return PriceRule.model_validate(given)
    except ValidationError as error:
        raise from_validation(error.errors()) from error


def _cents(form: Form, name: str) -> int | None:
    if not form.get(name):
        return None
    try:
        amount = Decimal(form.get(name).lstrip("$"))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 < amount <= 1_000_000:
        raise invalid("An amount is a number like 48 or 48.50.", name)
    return int(amount * 100)


def _page(
    request: Request,
    wired: Resources,
    caller: Caller,
    *,
    said: str = "",
    error: ApiError | None = None,
    at: str = "",
    form: Form | None = None,
) -> HTMLResponse:
    prices = wired.store.list_price_rules(caller.user_id)
    reposts = wired.store.list_repost_rules(caller.user_id)
    today = datetime.now(UTC).date()
    names = display_names(wired)
    return page(
        request,
        wired,
        caller,
        "rules.html",
        status=error.status_code if error else 200,
        places=[
            Place(
                name,
                PriceRule.model_validate(prices.get(name, {})),
                RepostRule.model_validate(reposts.get(name, {})),
                fees_on(name, today),
                wired.marketplaces.can(name, OperationKind.RELIST),
            )
            for name in names
        ],
        ways=WAYS,
        names=names,
        said=said if said in names else "",
        error=error,
        at=at,
        typed={name: form.get(name) for name in form.names()} if form else {},
    )
