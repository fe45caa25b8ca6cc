"""Preflight of one listing on one marketplace, and the listing exactly as it will be posted there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256

from pydantic import ValidationError

from listing_worker.agents.base import MarketplaceAgent
from listing_worker.agents.recipe import Planned
from listing_worker.agents.vocabulary import Vocabulary
from listing_worker.errors import ListingInvalid
from listing_worker.models import Listing
from listing_worker.preflight.carried import FIELDS, form_values, notes, shown
from listing_worker.preflight.findings import Finding, FormValue, Override, Preflight, Severity, picture
from listing_worker.preflight.fit import fit


def as_posted(master: Listing, agent: MarketplaceAgent) -> Listing:
    """The listing as one marketplace gets it: its overrides applied, a custom label given, and fitted to its limits
    where the seller has switched auto-fit on. Preflight and the worker both use this and nothing else.

    Raises ValidationError if the overrides do not fit the listing.
    """
    listing = with_label(master.for_marketplace(agent.name))
    if not listing.auto_fit:
        return listing
    return fit(listing, agent.vocabulary.limits, agent.display_name).listing


def with_label(listing: Listing) -> Listing:
    """Every posting carries a custom label, so that it can be found again where the site keeps one."""
    if listing.sku:
        return listing
    return listing.model_copy(update={"sku": f"LW-{listing.id.replace('-', '')[:12]}"})


def preflight(master: Listing, agent: MarketplaceAgent) -> Preflight:
    """All findings at once, worst first. Never raises for what a listing says."""
    try:
        own = master.for_marketplace(agent.name)
    except ValidationError as error:
        return _without_plan(agent, [_bad_override(agent.name, error)])
    listing = with_label(own)
    vocabulary = agent.vocabulary
    fitted = fit(listing, vocabulary.limits, agent.display_name)
    blockers = [_blocker(problem, fitted.listing) for problem in vocabulary.problems(fitted.listing)]
    overrides = tuple(_overrides(master, own))
    if blockers:
        return _without_plan(agent, [*blockers, *fitted.changes], overrides)
    ready = listing.auto_fit or not vocabulary.problems(listing)
    posted = fitted.listing if listing.auto_fit or not ready else listing
    planned = agent.plan(posted)
    told = [*notes(posted, planned, vocabulary)]
    if own.sku is None:
        told = [finding for finding in told if finding.field != "sku"] + _label_note(listing, planned, vocabulary)
    form = form_values(planned)
    return Preflight(
        marketplace=agent.name,
        display_name=agent.display_name,
        ready=ready,
        ready_with_auto_fit=True,
        findings=(*fitted.changes, *told),
        overrides=overrides,
        form=form,
        fingerprint=fingerprint(posted, form, agent.recipe_version),
    )


def fingerprint(listing: Listing, form: tuple[FormValue, ...], recipe_version: str) -> str:
    """Of everything that reaches the form: the values, the photos in order, and the recipe that fills them."""
    told = [recipe_version, [[one.field, one.value] for one in form], [photo.sha256 for photo in listing.photos]]
    return sha256(json.dumps(told, ensure_ascii=True).encode()).hexdigest()[:32]


def why_not(master: Listing, agent: MarketplaceAgent) -> ListingInvalid | None:
    """Why this listing cannot be posted there as it stands (auto-fit applied only where it is on), or None."""
    return agent.vocabulary.first_problem(as_posted(master, agent))


def _without_plan(agent: MarketplaceAgent, findings: list[Finding], overrides: tuple[Override, ...] = ()) -> Preflight:
    return Preflight(
        marketplace=agent.name,
        display_name=agent.display_name,
        ready=False,
        ready_with_auto_fit=False,
        findings=tuple(findings),
        overrides=overrides,
    )


def _blocker(problem: ListingInvalid, listing: Listing) -> Finding:
    field = problem.field or "listing"
    top = field.partition(".")[0]
    before = f"{len(listing.photos)} photos" if top == "photos" else shown(listing, top) if top in FIELDS else None
    if field.startswith("attributes."):
        before = listing.attributes.get(field.removeprefix("attributes."))
    return Finding(
        field=field,
        before=picture(before) if before else None,
        after=None,
        reason=problem.message,
        severity=Severity.BLOCKER,
    )


def _bad_override(marketplace: str, error: ValidationError) -> Finding:
    first = error.errors()[0]
    field = ".".join(str(part) for part in ("overrides", marketplace, *first["loc"]))
    return Finding(field=field, before=None, after=None, reason=first["msg"], severity=Severity.BLOCKER)


def _overrides(master: Listing, own: Listing) -> Iterator[Override]:
    for field in FIELDS:
        before, here = shown(master, field), shown(own, field)
        if before != here:
            yield Override(field=field, master=before and picture(before), here=here and picture(here))


def _label_note(listing: Listing, planned: list[Planned], vocabulary: Vocabulary) -> list[Finding]:
    carried = vocabulary.carried(listing, planned).get("sku")
    if carried is None:
        return []
    reason = "Our own item number, so that the listing can be found again."
    return [Finding(field="sku", before=None, after=carried, reason=reason, severity=Severity.NOTE)]
