"""A marketplace's form against its recipe: every field is filled with an example and read back; nothing is submitted.

What moved is looked for by the tiers without a model, and told with the locators that find it now, ready for the
recipe. Publish requests are held back in the browser, the last button is only looked for, and a draft that the site
made is discarded, as in a dry run.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from listing_worker.agents.base import Attempt, MarketplaceAgent
from listing_worker.agents.dry_run import discard, publish_guard
from listing_worker.agents.form.by_recipe import leaves
from listing_worker.agents.form.compare import words_of
from listing_worker.agents.form.locate import any_visible, find
from listing_worker.agents.form.observe import own_target
from listing_worker.agents.form.steps import Planned, Step
from listing_worker.agents.form.targets import Target
from listing_worker.agents.form.waiting import raise_if_gone
from listing_worker.agents.heal.healer import TieredHealer
from listing_worker.agents.heal.memory import source_of
from listing_worker.agents.recipe import Recipe
from listing_worker.errors import ConfigurationError, FormChanged, ListingWorkerError, SignInRequired
from listing_worker.models import FieldReport, Listing, Photo
from listing_worker.recordings.timeline import tier_of

Tell = Callable[[str], None]
PHOTOS: Final = 2
PUBLISH: Final = "publish button"


class Found(StrEnum):
    """How a field of the recipe stands on the real form."""

    FOUND = "found"  # by the first locator that the recipe names
    ANOTHER = "other locator"  # by a later one: the first should be renewed
    MOVED = "moved"  # by none of the recipe's; found nevertheless, `healed` says where
    MISSING = "missing"  # not found at all
    DIFFERS = "differs"  # found and filled, but it does not say what was put in
    ABSENT = "absent"  # not on this form, and need not be

    @property
    def fine(self) -> bool:
        return self in {Found.FOUND, Found.ANOTHER, Found.ABSENT}


@dataclass(frozen=True)
class FieldFinding:
    """One field. `by`: the locator that found it; `dead`: the recipe's locators that match nothing on the form any
    more; `healed`: what finds it now, as a line for the recipe."""

    field: str
    found: Found
    by: str = ""
    tier: str = ""
    dead: tuple[str, ...] = ()
    healed: str = ""
    says: str = ""


@dataclass
class FormFindings:
    """The whole form. `problem`: why it could not be looked at to its end."""

    marketplace: str
    recipe_version: str
    fields: list[FieldFinding] = field(default_factory=list)
    problem: str = ""
    left_behind: str = ""
    held_back: int = 0

    @property
    def ok(self) -> bool:
        return not self.problem and all(one.found.fine for one in self.fields)

    def as_json(self) -> dict[str, Any]:
        return {"ok": self.ok, **asdict(self)}


async def examine(
    page: Page, agent: MarketplaceAgent, body: dict[str, Any], tell: Tell = lambda _: None
) -> FormFindings:
    """Opens the form on this page, which is signed in, and looks at every field. Raises SignInRequired, and whatever
    keeps the form from being opened; what is wrong with the form itself is in the answer."""
    recipe_of(agent)
    findings = FormFindings(agent.name, agent.recipe_version)
    healer = TieredHealer()
    with tempfile.TemporaryDirectory(prefix="lw-doctor-") as folder:
        listing, files = _example(body, Path(folder))

        async def progress(step: str, fields: dict[str, Any]) -> None:
            tell(step)

        attempt = Attempt(listing, files, progress, _Nothing(), healer=healer)
        tell("sign in")
        if not (await agent.sign_in_state(page)).signed_in:
            raise SignInRequired.to(agent.display_name)
        async with publish_guard(page.context, agent) as guard:
            tell("open the form")
            await agent.open_form(page, attempt)
            draft = await agent.form_draft(page)
            try:
                reports = await _filled(page, agent, attempt, findings)
                await _look(page, agent, listing, healer, reports, findings)
            finally:
                tell("leave the form")
                findings.left_behind = await _leave(page, agent, draft)
                findings.held_back = guard.stopped
    return findings


def recipe_of(agent: MarketplaceAgent) -> Recipe:
    """The recipe that this agent drives its form by. Raises ConfigurationError if it has none."""
    recipe = getattr(agent, "recipe", None)
    if not isinstance(recipe, Recipe):
        raise ConfigurationError(f"{agent.display_name} has no recipe to compare its form with.")
    return recipe


async def _filled(page: Page, agent: MarketplaceAgent, attempt: Attempt, findings: FormFindings) -> list[FieldReport]:
    try:
        return await agent.fill(page, attempt)
    except FormChanged:
        return agent.filled_so_far(page)  # which fields it was is told field by field
    except ListingWorkerError as error:
        findings.problem = error.message
        return agent.filled_so_far(page)


async def _look(
    page: Page,
    agent: MarketplaceAgent,
    listing: Listing,
    healer: TieredHealer,
    reports: list[FieldReport],
    findings: FormFindings,
) -> None:
    recipe = recipe_of(agent)
    planned = {one.field: one for one in agent.plan(listing)}
    said = {report.field.partition(".")[0]: report for report in reports if report.same} | {
        report.field.partition(".")[0]: report for report in reports if not report.same
    }
    healed = {lesson.field: source_of(lesson.target) for lesson in healer.memory.lessons}
    for name, step in leaves(recipe.steps).items():
        if name in planned or name == "photos":
            findings.fields.append(await _one(page, step, planned.get(name), said.get(name), healed.get(name, "")))
    publication = recipe.publication
    buttons = (*publication.lead_up[:1], publication.button)
    shown = await any_visible(page, buttons)
    findings.fields.append(FieldFinding(PUBLISH, Found.FOUND if shown else Found.MISSING, by=str(buttons[0])))


async def _one(
    page: Page, step: Step, planned: Planned | None, report: FieldReport | None, healed: str
) -> FieldFinding:
    if report is None:
        return FieldFinding(step.field, Found.MISSING if step.required else Found.ABSENT, dead=_told(own_target(step)))
    tier, by = tier_of(report.found_by)
    if not tier:
        return FieldFinding(step.field, Found.ABSENT)
    if not report.same:
        return FieldFinding(step.field, Found.DIFFERS, by, tier, says=report.on_form[:200])
    if tier != "T0":
        return FieldFinding(step.field, Found.MOVED, by, tier, _told(own_target(step)), healed)
    target = own_target(step)
    dead = await _dead(page, target, planned) if target is not None and target.within is None else ()
    another = target is not None and len(target.candidates) > 1 and str(target.candidates[0]) in dead
    return FieldFinding(step.field, Found.ANOTHER if another else Found.FOUND, by, tier, dead)


async def _dead(page: Page, target: Target, planned: Planned | None) -> tuple[str, ...]:
    """The recipe's locators for this field that find nothing; none if the field is not to be seen any more."""
    words = words_of(planned) if planned is not None else {}
    if await find(page, target, words) is None:
        return ()
    dead = []
    for one in target.candidates:
        if await find(page, target.model_copy(update={"candidates": (one,)}), words) is None:
            dead.append(str(one))
    return tuple(dead)


def _told(target: Target | None) -> tuple[str, ...]:
    return tuple(str(one) for one in target.candidates) if target is not None else ()


async def _leave(page: Page, agent: MarketplaceAgent, draft: str | None) -> str:
    try:
        return await discard(agent, page, draft, form_open=True)
    except PlaywrightError as error:
        raise_if_gone(error)
        return f"The form could not be left cleanly: look for a draft on {agent.display_name}."
    except ListingWorkerError as error:
        return f"The form could not be left cleanly ({error.message}): look for a draft on {agent.display_name}."


def _example(body: dict[str, Any], folder: Path) -> tuple[Listing, tuple[Path, ...]]:
    """The example listing with a few photos."""
    from listing_worker.demo.photos import demo_photos

    files = []
    for position, picture in enumerate(demo_photos()[:PHOTOS], start=1):
        file = folder / f"{position:02d}.jpg"
        file.write_bytes(picture)
        files.append(file)
    photos = [
        Photo(id=file.stem, sha256="0" * 64, width=1200, height=1600, byte_count=file.stat().st_size, key=file.name)
        for file in files
    ]
    return Listing.model_validate({**body, "id": "doctor", "user_id": "doctor", "photos": photos}), tuple(files)


class _Nothing:
    """Checkpoints of a run that nobody resumes."""

    async def load(self, step: str) -> dict[str, Any] | None:
        return None

    async def save(self, step: str, data: dict[str, Any]) -> None:
        return None
