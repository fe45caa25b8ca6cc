"""Fields that are not to be seen yet: in a dialog behind a button, in a closed section, on a later step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from listing_worker.agents.form.anypage.hand import FINISHES, FORBIDDEN
from listing_worker.agents.form.compare import loose
from listing_worker.agents.form.inventory import Control, Inventory
from listing_worker.agents.form.waiting import Deadline, raise_if_gone, until
from listing_worker.agents.heal.words import likeness

if TYPE_CHECKING:
    from listing_worker.agents.form.anypage.fill import _Run

NAMED_LIKE = 0.85  # likeness of a button's words to a field's name from which it is pressed to look behind it
STEPS = 8
NEXT = re.compile(
    r"^(next|continue|next step|go on|weiter|suivant|continuer|siguiente|continuar|avanti|continua|volgende|próximo)"
    r"\W*$",
    re.IGNORECASE,
)
# what closes a dialog in which nothing was changed
LEAVES = re.compile(r"^(done|fertig|terminé|listo|fatto|klaar|concluir)\W*$", re.IGNORECASE)


async def dialogs(run: _Run) -> None:
    """Presses the one button that is named like a pending field, fills what opens, and finishes it."""
    tried: set[tuple[str, ...]] = set()
    for intent in list(run.pending):
        if intent.name in run.tasks:
            continue
        inventory = await run.hand.look()
        buttons = [one for one in inventory.controls if one.kind in {"button", "opener", "section"} and harmless(one)]
        fitting = [
            one
            for one in buttons
            if (*one.key, one.content) not in tried
            and max(
                likeness(name, text)
                for name in (intent.name, *intent.synonyms)
                for text in (one.content, one.name, "-")
                if text
            )
            >= NAMED_LIKE
        ]
        if len(fitting) != 1:
            continue
        tried.add((*fitting[0].key, fitting[0].content))
        await _open_and_fill(run, inventory, fitting[0])


async def _open_and_fill(run: _Run, inventory: Inventory, button: Control) -> None:
    before = part_keys(inventory)
    element = await inventory.element(button)
    try:
        await element.click(timeout=3_000)
    except PlaywrightError as error:
        raise_if_gone(error)
        return

    async def more() -> list[Control] | None:
        now = await run.hand.look()
        return [one for one in now.controls if _fillable(one) and part_key(one) not in before] or None

    if not await until(more, Deadline(2_000)):
        await run.hand.page.keyboard.press("Escape")
        return
    await fill_what_opened(run, before)


async def fill_what_opened(run: _Run, before: set[tuple[object, ...]]) -> None:
    """Fills what is to be seen now, and finishes the part that was not there `before`."""
    done = len(run.tasks)
    await run.on_the_page()
    await finish(run, before, filled=len(run.tasks) > done)


async def open_and_fill(run: _Run, before: Inventory, button: Control) -> None:
    """Looks into what `button` leads to, whether or not that is still open since it was pressed."""
    run.opened.add(part_key(button))
    inventory = await run.hand.look()
    former = part_keys(before)
    if any(_fillable(one) and part_key(one) not in former for one in inventory.controls):
        await fill_what_opened(run, former)
    elif (again := inventory.again(button)) is not None and harmless(again):
        await _open_and_fill(run, inventory, again)


async def finish(run: _Run, before: set[tuple[object, ...]], *, filled: bool, layers: bool = False) -> bool:
    """Presses Done in what opened, if it has such a button; Escape where nothing could be filled, and Done if that
    leaves it open. `layers`: only in what covers the page. Says whether Done was pressed."""
    inventory = await run.hand.look()
    layer = any(one.behind for one in inventory.controls)
    new = [one for one in inventory.controls if one.kind == "button" and part_key(one) not in before and not one.behind]
    done = [one for one in new if FINISHES.match(one.content) and not FORBIDDEN.search(one.content) and not one.link]
    if filled and len(done) > 1:
        done = [one for one in done if len(one.content.split()) == 1][:1]
    press = done[0] if len(done) == 1 and filled and (layer or not layers) else None
    if layer and not filled:
        await run.hand.page.keyboard.press("Escape")
        inventory = await run.hand.look()
        press = inventory.again(done[0]) if len(done) == 1 and LEAVES.match(done[0].content) else None
    if press is not None:
        await (await inventory.element(press)).click(timeout=3_000)
    await run.hand.look()
    return press is not None


async def sections(run: _Run) -> None:
    """Opens closed sections and tabs one after the other, as long as something is missing."""
    tried: set[tuple[object, ...]] = set()
    for _ in range(24):
        if not run.pending or run.search.passed:
            return
        inventory = await run.hand.look()
        closed = [one for one in closed_parts(inventory) if part_key(one) not in tried]
        if not closed:
            return
        tried.add(part_key(closed[0]))
        run.opened.add(part_key(closed[0]))
        try:
            await (await inventory.element(closed[0])).click(timeout=2_000)
        except PlaywrightError as error:
            raise_if_gone(error)
            continue
        await run.on_the_page()


def closed_parts(inventory: Inventory) -> list[Control]:
    """What may hide a field. What bears the name of a field that is there tells about that field and hides nothing."""
    fields = [one for one in inventory.controls if _fillable(one)]
    named = {loose(text) for one in fields for text in _names(one) if text}
    return [one for one in inventory.controls if _is_closed(one) and loose(one.content) not in named]


def _names(one: Control) -> tuple[str, ...]:
    """What a field is called: by its label, or only by the last part of its name attribute."""
    return one.label, one.name, one.attributes.get("name", "").rpartition(".")[2]


def _is_closed(one: Control) -> bool:
    if not harmless(one) or one.behind:
        return False
    if one.kind == "section":
        return one.expanded != "true"
    return one.kind == "button" and one.expanded == "false"


async def steps(run: _Run) -> None:
    """Goes to the next step of a form that shows one part at a time; never by a button that sends the form."""
    for _ in range(STEPS):
        inventory = await run.hand.look()
        further = [
            one for one in inventory.controls if one.kind == "button" and NEXT.match(one.content) and harmless(one)
        ]
        if not run.pending or len(further) != 1 or not run.tasks or run.search.passed:
            return
        before = part_keys(inventory)
        try:
            await (await inventory.element(further[0])).click(timeout=2_000)
        except PlaywrightError as error:
            raise_if_gone(error)
            return

        async def moved(former: set[tuple[object, ...]] = before) -> bool:
            return part_keys(await run.hand.look()) != former

        if not await until(moved, Deadline(1_500)):
            return
        await run.on_the_page()
        await dialogs(run)
        await sections(run)


def harmless(one: Control) -> bool:
    """A button that may be pressed to look behind it: it sends nothing, leads nowhere, removes nothing."""
    said = one.content or one.name
    harmless = not one.submits and not one.link and not one.aside
    return one.enabled and harmless and bool(said) and not FORBIDDEN.search(said)


def _fillable(one: Control) -> bool:
    return one.kind not in {"button", "section", "frame"}


def part_key(one: Control) -> tuple[object, ...]:
    """What a button or a part of the page is known by from one look to the next."""
    return (
        *one.key,
        one.kind,
        one.content if one.kind in {"button", "section"} else "",
        one.start if not one.key[2] else 0,
    )


def part_keys(inventory: Inventory) -> set[tuple[object, ...]]:
    """What all of them are known by."""
    return {part_key(one) for one in inventory.controls}
