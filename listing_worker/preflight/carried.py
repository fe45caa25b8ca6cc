"""What a marketplace's form makes of a listing's words: said in its own words, added, or not asked for at all.

Nothing of this alters the listing; it is told so that nothing is different without having been shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from listing_worker.agents.recipe import Planned
from listing_worker.agents.vocabulary import Vocabulary, path_text, planned_text
from listing_worker.models import Listing, Money
from listing_worker.preflight.findings import Finding, FormValue, Severity, picture

FIELDS = (
    "title", "description", "price", "original_price", "condition", "category", "brand", "size", "colors", "quantity",
    "sku", "shipping", "zip_code", "tags", "attributes",
)  # fmt: skip
_SHARED = {"shipping", "attributes"}  # one field of ours, several of theirs


def notes(listing: Listing, planned: Sequence[Planned], vocabulary: Vocabulary) -> Iterator[Finding]:
    """A note for every field whose words on the form are not the listing's own."""
    carried = vocabulary.carried(listing, planned)
    for field in FIELDS:
        ours = shown(listing, field)
        theirs = carried.get(field)
        if field in _SHARED:
            yield from _shared(field, ours, theirs, vocabulary.display_name)
        elif ours is None and theirs is not None:
            yield Finding(field=field, before=None, after=theirs, reason=_added(field), severity=Severity.NOTE)
        elif ours is not None and theirs is None and not (field == "quantity" and listing.quantity == 1):
            yield Finding(
                field=field,
                before=picture(ours),
                after=None,
                reason=f"{vocabulary.display_name}'s form does not ask for it.",
                severity=Severity.NOTE,
            )
        elif ours is not None and theirs is not None and not _same(field, ours, theirs):
            fewer = field in {"colors", "tags"} and theirs.count(",") < ours.count(",")
            yield Finding(
                field=field,
                before=picture(ours),
                after=picture(theirs),
                reason=f"{vocabulary.display_name} does not take more than this."
                if fewer
                else f"The word for it on {vocabulary.display_name}.",
                severity=Severity.NOTE,
            )


def form_values(planned: Sequence[Planned]) -> tuple[FormValue, ...]:
    """The plan as people and fingerprints read it."""
    return tuple(FormValue(field=one.field, value=planned_text(one.value), meaning=one.meaning) for one in planned)


def shown(listing: Listing, field: str) -> str | None:
    """A field of the listing in one line; None where the seller said nothing."""
    value = getattr(listing, field)
    if value is None or value == () or value == {}:
        return None
    if field == "category":
        return path_text(listing.category)
    if isinstance(value, Money):
        return str(value)
    if field == "condition":
        return str(listing.condition.value)
    if field == "shipping":
        shipping = listing.shipping
        told = [f"{shipping.payer.value} pays"]
        if shipping.pickup is not None:
            told.append(f"local pickup: {shipping.pickup.value}")
        if shipping.cost is not None:
            told.append(f"${shipping.cost}")
        if shipping.weight_oz is not None:
            told.append(f"{shipping.weight_oz} oz")
        sides = (shipping.length_in, shipping.width_in, shipping.height_in)
        if any(sides):
            told.append(" × ".join(str(side) if side else "?" for side in sides) + " in")
        return ", ".join(told)
    if field == "attributes":
        return "; ".join(f"{name}: {text}" for name, text in listing.attributes.items())
    return planned_text(value) if not isinstance(value, int) else str(value)


def _same(field: str, ours: str, theirs: str) -> bool:
    if field in {"price", "original_price"}:
        return ours.removesuffix(".00") == theirs.removesuffix(".00")
    if field in {"colors", "tags"}:
        return ours.casefold() == theirs.casefold()
    return ours == theirs


def _shared(field: str, ours: str | None, theirs: str | None, display_name: str) -> Iterator[Finding]:
    if ours is None or ours == theirs:
        return
    reason = f"How {display_name}'s form says it." if theirs else f"{display_name}'s form does not ask for it."
    yield Finding(field=field, before=picture(ours), after=theirs and picture(theirs), reason=reason,
                  severity=Severity.NOTE)  # fmt: skip


def _added(field: str) -> str:
    if field == "sku":
        return "Our own item number, so that the listing can be found again."
    return "The form needs an answer, and the listing has none."
