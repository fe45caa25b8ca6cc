"""Auto-fit: the listing as a marketplace's limits let it be, with every change told.

Only what can be done without losing the meaning is done: texts are cut at a word and never inside a sign, a
description that is too short is filled up with the listing's own words, a price goes to the next allowed step, photos
that are too many or too small stay away. What would change the deal (a price outside the limits, several pieces of one
thing) is left to the seller.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from listing_worker.agents.recipe import Limits
from listing_worker.agents.sizes import us_size
from listing_worker.models import Listing, Money, Photo
from listing_worker.preflight.findings import Finding, Severity, picture
from listing_worker.utils.text import cut, utf16_length, word_count

_DANGLING = " \t\n-–—,;:&/|+(["  # what a title should not end on after a cut


@dataclass(frozen=True)
class Fitted:
    """The listing after auto-fit, and what was done to it (all of severity `change`)."""

    listing: Listing
    changes: tuple[Finding, ...]


@dataclass(frozen=True)
class _Change:
    values: dict[str, object]
    finding: Finding


_Rule = Callable[[Listing, Limits, str], "_Change | None"]


def fit(listing: Listing, limits: Limits, display_name: str) -> Fitted:
    """The listing within `limits`, as far as that is ours to do. Fitting what was fitted changes nothing."""
    changes: list[Finding] = []
    for rule in _RULES:
        change = rule(listing, limits, display_name)
        if change is not None:
            listing = listing.model_copy(update=change.values)
            changes.append(change.finding)
    return Fitted(listing, tuple(changes))


def _title(listing: Listing, limits: Limits, name: str) -> _Change | None:
    if utf16_length(listing.title) <= limits.title:
        return None
    short = cut(listing.title, limits.title, whole_words=True).rstrip(_DANGLING)
    if not short:  # a single sign longer than the limit
        return None
    return _text_change("title", listing.title, short, f"{name} takes a title of at most {limits.title} characters.")


def _description(listing: Listing, limits: Limits, name: str) -> _Change | None:
    text = listing.description
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    reasons = [] if lines == text else ["Line ends are written the way forms write them."]
    if utf16_length(lines) > limits.description and (short := cut(lines, limits.description, whole_words=True)):
        lines = short
        reasons.append(f"{name} takes a description of at most {limits.description} characters.")
    if (words := word_count(lines)) < limits.description_words:
        longer = _filled_up(lines, listing, limits.description_words)
        if longer is not None and utf16_length(longer) <= limits.description:
            lines = longer
            reasons.append(
                f"{name} wants at least {limits.description_words} words of description; this one has {words}."
            )
    return None if lines == text else _text_change("description", text, lines, " ".join(reasons))


def _filled_up(text: str, listing: Listing, least: int) -> str | None:
    """The description with facts of the listing added until it has enough words; None if they do not suffice."""
    facts = [
        listing.title,
        f"Condition: {listing.condition.replace('_', ' ')}",
        f"Brand: {listing.brand}" if listing.brand else "",
        f"Size: {listing.size}" if listing.size else "",
        f"Color: {', '.join(listing.colors)}" if listing.colors else "",
        f"Category: {', '.join(listing.category)}",
    ]
    for fact in facts:
        if word_count(text) >= least:
            break
        if fact and fact not in text:
            text = f"{text}\n{fact}"
    return text if word_count(text) >= least else None


def _price(listing: Listing, limits: Limits, name: str) -> _Change | None:
    return _stepped("price", listing.price, limits, name)


def _original_price(listing: Listing, limits: Limits, name: str) -> _Change | None:
    return _stepped("original_price", listing.original_price, limits, name)


def _stepped(field: str, price: Money | None, limits: Limits, name: str) -> _Change | None:
    if price is None or price.cents % limits.price_step == 0:
        return None
    step = limits.price_step
    nearest = max((price.cents + step // 2) // step, 1) * step
    if limits.price_max is not None and nearest > limits.price_max:
        nearest = limits.price_max // step * step
    stepped = Money(cents=nearest, currency=price.currency)
    how = "whole dollars only" if step == 100 else f"prices in steps of ${step / 100:.2f}"
    finding = Finding(
        field=field, before=str(price), after=str(stepped), reason=f"{name} takes {how}.", severity=Severity.CHANGE
    )
    return _Change({field: stepped}, finding)


def _size(listing: Listing, limits: Limits, name: str) -> _Change | None:
    converted = us_size(listing)
    if converted is None or listing.size is None:
        return None
    reason = f"{name} lists US sizes; by the common chart this is US {converted}. Makers differ by half a size."
    return _text_change("size", listing.size, converted, reason)


def _photos(listing: Listing, limits: Limits, name: str) -> _Change | None:
    usable = [photo for photo in listing.photos if photo_flaw(photo, limits) is None]
    kept = tuple(usable[: limits.photos])
    if not kept or len(kept) == len(listing.photos):
        return None
    reasons = []
    if flawed := [n for n, photo in enumerate(listing.photos, 1) if photo_flaw(photo, limits) is not None]:
        first = photo_flaw(listing.photos[flawed[0] - 1], limits)
        reasons.append(f"{name} wants photos {first}: {_numbers(flawed)} left out.")
    if len(usable) > limits.photos:
        reasons.append(f"{name} takes at most {limits.photos} photos: the last ones are left out.")
    finding = Finding(
        field="photos",
        before=_count(len(listing.photos)),
        after=_count(len(kept)),
        reason=" ".join(reasons),
        severity=Severity.CHANGE,
    )
    return _Change({"photos": kept}, finding)


def photo_flaw(photo: Photo, limits: Limits) -> str | None:
    """What a marketplace wants of photos that this one does not have, as the end of a sentence; None if it will do."""
    if limits.photo_side and max(photo.width, photo.height) < limits.photo_side:
        return f"of at least {limits.photo_side} pixels on the longer side"
    if limits.photo_bytes and photo.byte_count > limits.photo_bytes:
        return f"of at most {limits.photo_bytes // 1_000_000} MB"
    return None


def _numbers(numbers: list[int]) -> str:
    return ("photo " if len(numbers) == 1 else "photos ") + ", ".join(map(str, numbers))


def _count(count: int) -> str:
    return "1 photo" if count == 1 else f"{count} photos"


def _text_change(field: str, before: str, after: str, reason: str) -> _Change:
    finding = Finding(
        field=field, before=picture(before), after=picture(after), reason=reason, severity=Severity.CHANGE
    )
    return _Change({field: after}, finding)


_RULES: tuple[_Rule, ...] = (_title, _description, _price, _original_price, _size, _photos)
