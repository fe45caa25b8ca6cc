"""What preflight tells: findings about one listing on one marketplace, and whether it can be posted there."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from listing_worker.models import Frozen

PICTURE = 400  # characters of a text that a finding shows


class Severity(StrEnum):
    """How much a finding matters to the seller, worst first."""

    BLOCKER = "blocker"  # cannot be posted there until the seller edits the listing
    CHANGE = "change"  # the listing's own content is altered or partly lost; done only where auto-fit is on
    NOTE = "note"  # said in the marketplace's words, added by us, or not asked for by its form


class Finding(Frozen):
    """One thing about one field. `before` is the listing's, `after` what the marketplace gets (None: nothing)."""

    field: str
    before: str | None
    after: str | None
    reason: str
    severity: Severity


class Override(Frozen):
    """A field that the listing sets for this marketplace alone."""

    field: str
    master: str | None
    here: str | None


class FormValue(Frozen):
    """One value as the form will get it."""

    field: str
    value: str
    meaning: str = ""


class Preflight(Frozen):
    """The whole answer for one marketplace.

    `ready`: it can be posted as it stands, with auto-fit as the listing has it. `ready_with_auto_fit`: no blocker is
    left once every `change` is accepted. `form`: what the form gets, in page order: as it stands where it is ready,
    else with the changes; empty with blockers.
    `fingerprint`: of exactly that, photos included; posting may name it and is refused if it is not the same any more.
    """

    marketplace: str
    display_name: str
    ready: bool
    ready_with_auto_fit: bool
    findings: tuple[Finding, ...]
    overrides: tuple[Override, ...] = ()
    form: tuple[FormValue, ...] = ()
    fingerprint: str | None = Field(default=None, description="None while there are blockers")

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is severity)


def picture(text: str) -> str:
    """A text as a finding shows it: whole if short, else its beginning and its length."""
    return text if len(text) <= PICTURE else f"{text[:PICTURE]}… ({len(text)} characters)"
