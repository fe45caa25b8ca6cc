"""Changing a live listing: its page, the fields, read back, the intent, one press. Whether it took effect is looked at
afterwards by whoever asked (`LiveListings.in_effect`); what a page says about its own success is not the last word."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise

from playwright.async_api import Page

from listing_worker.agents.after.data import Change
from listing_worker.agents.base import Deed
from listing_worker.agents.form.by_recipe import fields_of
from listing_worker.agents.form.by_recipe import fill as fill_form
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.locate import find
from listing_worker.agents.form.readback import read_back
from listing_worker.agents.form.steps import AnyStep, Planned
from listing_worker.agents.form.targets import Target
from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.agents.page_signs import classify, raise_unless_ok, visit
from listing_worker.agents.recipe import Recipe
from listing_worker.errors import FormChanged, ListingInvalid, PageTimeout, ReadBackDiffers
from listing_worker.models import FieldReport, OperationKind

LEAD_UP_TRIES = 4  # presses before the page's script has taken over are lost; what follows shows whether one counted
LEAD_UP_WAIT = 1_500  # milliseconds


def fields_to_set(plan: Sequence[Planned], deed: Deed, change: Change) -> list[Planned]:
    """What of the listing's plan this deed sets: what the change itself sets, and the fields asked for.

    Photos are not sent again, nor what the page of the change does not have. Raises ListingInvalid for a field that was
    asked for and cannot be set there.
    """
    own = [each.planned() for each in change.sets]
    if deed.kind in {OperationKind.DELIST, OperationKind.RELIST}:
        return own
    if change.steps:
        there = {field for step in change.steps for field in fields_of(step)}
        plan = [each for each in plan if each.field in there]
    wanted = {"price"} if deed.kind is OperationKind.CHANGE_PRICE else set(deed.fields)
    sources = {_source(each) for each in plan}
    if unknown := sorted(wanted - sources):
        raise ListingInvalid(
            f"This cannot be changed on the marketplace's form: {', '.join(unknown)}.", field=unknown[0]
        )
    chosen = [each for each in plan if _source(each) in (wanted or sources)]
    return [*own, *(each for each in chosen if _source(each) != "photos")]


def _source(planned: Planned) -> str:
    """The field of our listing that it comes from."""
    return (planned.source or planned.field).partition(".")[0]


async def open_change(
    page: Page,
    recipe: Recipe,
    change: Change,
    external_id: str,
    form: Form,
    bring_up: Callable[[], Awaitable[None]],
) -> None:
    """To the page, ready and filled with the listing's values; `bring_up` is called while it is not ready. Raises what
    the page's kind asks for, PageTimeout."""
    response = await visit(page, change.url.replace("{id}", external_id))
    deadline = Deadline(change.timeout)

    async def ready() -> bool:
        if await find(page, change.ready, {"id": external_id}) is not None:
            return True
        raise_unless_ok(await classify(page, recipe.signs, response), recipe)
        await form.interruptions.clear()
        await bring_up()
        return False

    if not await until(ready, deadline):
        raise PageTimeout(f"{recipe.display_name} did not show the page to change the listing on.")

    async def filled() -> bool:
        found = await find(page, change.filled) if change.filled is not None else None
        return found is not None and bool((await found.locator.input_value()).strip())

    if change.filled is not None and not await until(filled, deadline):
        raise PageTimeout(f"{recipe.display_name} did not show what the listing says now.")


Judge = Callable[[list[FieldReport]], Awaitable[list[FieldReport]]]


async def set_fields(form: Form, steps: Sequence[AnyStep], deed: Deed, judged: Judge) -> list[FieldReport]:
    """Fills what is planned and reads it back. Raises ReadBackDiffers, FormChanged, Cancelled."""

    async def before(step: AnyStep) -> None:
        fields = [f for f in dict.fromkeys(fields_of(step)) if f in form.plan]
        if fields:
            await deed.progress(f"fill {fields[0]}", {"fields": fields})

    await fill_form(form, steps, before=before)
    reports = await judged(await read_back(form, steps))
    if different := [report for report in reports if not report.same]:
        raise ReadBackDiffers(different)
    return reports


async def lead_up(form: Form, change: Change, external_id: str) -> None:
    """Presses what leads to the last button. Raises FormChanged if something does not follow."""
    words = {"id": external_id}
    for here, following in pairwise((*change.lead_up, change.press.button)):
        await _press_until(form, here, following, words)


async def _press_until(form: Form, here: Target, following: Target, words: dict[str, str]) -> None:
    for _ in range(LEAD_UP_TRIES):
        if await form.find(following, words) is not None and await _enabled(form, following, words):
            return
        await form.press(here, words, timeout=10_000, field="change")
        shown = await form.wait_shown(following, words, timeout=LEAD_UP_WAIT)
        if shown and await _enabled(form, following, words):
            return
    raise FormChanged(f"{here} was pressed, but {following} does not show. Nothing was changed.")


async def _enabled(form: Form, target: Target, words: dict[str, str]) -> bool:
    async def enabled() -> bool:
        found = await form.find(target, words)
        return found is not None and await found.locator.is_enabled()

    return bool(await until(enabled, Deadline(LEAD_UP_WAIT)))
