"""Whether a field that a form need not have is truly absent, or has moved and is not recognised.

"Absent" leaves the site's own default standing, so it is believed only where nothing on the form could be the field: no
control that nobody else owns resembles it or stands in its place, and nothing is closed behind which it may be.
"""

from __future__ import annotations

from collections.abc import Iterable

from listing_worker.agents.form.anypage.behind import NEXT, closed_parts, harmless, part_key
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.inventory import Control
from listing_worker.agents.form.observe import own_target
from listing_worker.agents.form.steps import Step
from listing_worker.agents.form.targets import Target
from listing_worker.agents.heal.match import CHOICES, OPENERS, fits, score
from listing_worker.agents.heal.one_field import OneField, control_of, controls_of
from listing_worker.agents.heal.words import concepts_of, likeness

RESEMBLES = 0.25  # score from which a control may be the field, though nothing says so clearly
SPEAKS_OF = 0.5  # likeness of any of its texts
IS_NAMED = 0.9  # likeness to the name of another field of the recipe
ABLE = 0.4  # how well it must take the sort of value
_NO_FIELD = frozenset({"button", "section", "frame", "file"})


async def doubt(form: Form, run: OneField, step: Step, others: Iterable[Target]) -> str | None:
    """Why the field of this step may be on the form after all; None if its absence can be believed.

    `others`: what the marketplace is known to have besides fields (the buttons that publish, for one).
    """
    if run.matched is not None:  # it is there and could not be filled; a list may just not have the word
        now = (await run.hand.look()).again(run.matched)
        if now is None or _shows(now) != _shows(run.untouched or run.matched):
            return f"{run.matched} was changed and does not say what was meant"
        chosen_from = run.matched.kind in CHOICES or run.matched.kind in OPENERS
        return None if chosen_from else f"{run.matched} may be it"
    owned = await _owned(form, run, step)
    known = [*owned.values(), *run.pinned.values()]
    for target in others:
        known += await controls_of(form.page, run.hand.inventory, target)
    free = [one for one in run.hand.inventory.controls if not one.aside and not any(one.overlaps(k) for k in known)]
    closed = {part_key(one) for one in closed_parts(run.hand.inventory)}
    for one in free:
        if one.kind == "button" and NEXT.match(one.content) and harmless(one):
            return f"it may be on the next step, behind {one}"
        if part_key(one) in closed - run.opened or (one.kind == "button" and harmless(one) and _speaks_of(run, one)):
            return f"it may be behind {one}"
    able = [one for one in free if one.kind not in _NO_FIELD and one.enabled and fits(run.one, one) >= ABLE]
    for one in able:
        if _resembles(run, one):
            return f"{one} may be it"
    before, after = _neighbours(form, step, owned)
    for one in able:
        if _between(one, before, after) and not _speaks_of_another(form, run, step, one):
            return f"{one} stands where it should be"
    return None


def _shows(one: Control) -> tuple[str, str, tuple[bool, ...]]:
    return one.value, one.content, tuple(option.chosen for option in one.options)


async def _owned(form: Form, run: OneField, step: Step) -> dict[str, Control]:
    """The controls of all fields that the recipe knows and finds, whether or not they are planned."""
    found = {name.replace(" ", "_"): control for name, control in run.pinned.items()}  # the planned ones
    for other in form.leaves.values():
        target = own_target(other)
        if target is None or other.field == step.field or form.planned(other.field) is not None:
            continue
        if any("{" in f"{one.value}{one.name}" for one in target.candidates):
            continue
        control = await control_of(form.page, run.hand.inventory, target)
        if control is not None:
            found[other.field] = control
    return found


def _neighbours(form: Form, step: Step, owned: dict[str, Control]) -> tuple[Control | None, Control | None]:
    """The controls of the nearest fields before and after this one in the recipe, which goes in the page's order."""
    order = list(form.leaves)
    at = order.index(step.field) if step.field in order else len(order)
    before = next((owned[name] for name in reversed(order[:at]) if name in owned), None)
    after = next((owned[name] for name in order[at + 1 :] if name in owned), None)
    return before, after


def _between(one: Control, before: Control | None, after: Control | None) -> bool:
    if before is None and after is None:
        return False
    if before is not None and (before.frame != one.frame or one.start < before.start):
        return False
    return after is None or (after.frame == one.frame and one.start < after.start)


def _speaks_of(run: OneField, one: Control) -> bool:
    names = (run.one.name, *run.one.synonyms)
    near = () if one.kind == "button" else one.beside[:1]  # a button says itself what it is for
    texts = (one.label, one.name, *one.own, *near, one.placeholder, one.content)
    return any(likeness(name, text, run.weights) >= SPEAKS_OF for name in names for text in texts if text)


def _resembles(run: OneField, one: Control) -> bool:
    return _speaks_of(run, one) or score(run.one, one, run.among, run.weights).score >= RESEMBLES


def _speaks_of_another(form: Form, run: OneField, step: Step, one: Control) -> bool:
    """Whether what it says to a person is the known name of something else, or of another field of the recipe."""
    said = one.label or one.name or next(iter((*one.own, *one.beside)), "") or one.placeholder
    others = (name.replace("_", " ") for name in form.leaves if name != step.field)
    if any(likeness(name, said, run.weights) >= IS_NAMED for name in others if said):
        return True
    theirs = concepts_of(said)
    mine = frozenset().union(*(concepts_of(name) for name in (run.one.name, *run.one.synonyms)))
    return bool(theirs) and not theirs & mine
