"""The price on one marketplace, from the listing's own price and the seller's rule for that marketplace. Pure.

In this order: the ratio, or the price that leaves what the seller wants to keep after fees; the ending; the floor; the
marketplace's own steps and limits. Each step that changed something is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from pydantic import Field, model_validator

from listing_worker.inventory.pricing.fees import FeeTable
from listing_worker.models import Frozen


class PriceRule(Frozen):
    """A seller's rule for one marketplace. `ratio` multiplies; `keep`: "same" leaves after fees what the listing's own
    price is, `keep_cents` an amount; `ending` are the cents a price ends in (99 = the next ….99); `floor_cents`: never
    below. All amounts in cents."""

    ratio: float | None = Field(default=None, gt=0.1, lt=10)
    keep_listing_price: bool = False
    keep_cents: int | None = Field(default=None, gt=0, le=100_000_000)
    ending: int | None = Field(default=None, ge=0, le=99)
    floor_cents: int | None = Field(default=None, gt=0, le=100_000_000)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum((self.ratio is not None, self.keep_listing_price, self.keep_cents is not None)) > 1:
            raise ValueError("choose one of ratio, keep_listing_price and keep_cents")
        return self


@dataclass(frozen=True)
class Priced:
    """`net_cents` is what is left after fees, where these are known. `steps`: what was done, for the seller."""

    cents: int
    net_cents: int | None
    steps: tuple[str, ...] = ()


def price_on(
    base_cents: int,
    rule: PriceRule | None,
    fees: FeeTable | None,
    *,
    step: int = 1,
    least: int | None = None,
    most: int | None = None,
) -> Priced:
    """`step`, `least`, `most`: the marketplace's own, in cents. Raises ValueError with a sentence where the rule
    cannot be kept: fees unknown, or a price above what the marketplace takes."""
    rule = rule or PriceRule()
    cents, steps = base_cents, []
    if rule.ratio is not None:
        cents = max(1, round(base_cents * rule.ratio))
        steps.append(f"× {rule.ratio:g}")
    keep = base_cents if rule.keep_listing_price else rule.keep_cents
    if keep is not None:
        wanted = fees.price_for(keep) if fees is not None else None
        if wanted is None:
            raise ValueError("The fees there are not known, so that no price can be found that keeps an amount.")
        cents = wanted
        steps.append(f"keeps ${keep / 100:.2f} after fees")
    if rule.ending is not None and cents % 100 != rule.ending:
        cents += (rule.ending - cents) % 100
        steps.append(f"ends in .{rule.ending:02d}")
    if rule.floor_cents is not None and cents < rule.floor_cents:
        cents = rule.floor_cents
        steps.append(f"not below ${rule.floor_cents / 100:.2f}")
    if cents % step:
        cents += step - cents % step
        steps.append("whole dollars" if step == 100 else f"steps of {step} cents")
    if least is not None and cents < least:
        cents = least
        steps.append(f"at least ${least / 100:.2f} there")
    if keep is not None and fees is not None:  # a higher price may fall under a higher fee
        stride = step if rule.ending is None else max(step, 100)
        while fees.net(cents) < keep and cents <= (most or cents):
            cents += stride
    if most is not None and cents > most:
        raise ValueError(f"${cents / 100:.2f} is more than the ${most / 100:.2f} that can be asked there.")
    return Priced(cents, fees.net(cents) if fees else None, tuple(steps))
