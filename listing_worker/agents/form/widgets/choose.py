"""One of several: native select, radio group, menu; and the cascade that drills down level by level."""

from __future__ import annotations

from playwright.async_api import Locator
from playwright.async_api import TimeoutError as PlaywrightTimeout

from listing_worker.agents.form.compare import words_of
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.locate import Found, Words, any_visible, pattern, visible_matches
from listing_worker.agents.form.steps import Cascade, Choose, Level, Planned
from listing_worker.agents.form.targets import Target
from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.errors import FieldNotFound, FormChanged, OptionNotFound

OPENS_WITHIN = 800  # milliseconds for a menu that opens by itself to do so
REOPEN_AFTER = 700  # milliseconds without the option or the menu before the opener is pressed again
PRESS_FOR = 3_000  # milliseconds for one press of an opener, before it is looked whether the menu is open


async def choose(form: Form, step: Choose, planned: Planned) -> str:
    words = words_of(planned)
    if step.option is None:
        return await _select(form, step, words)
    deadline = Deadline(step.timeout)
    if step.at is not None:
        shown = step.search or step.option
        if not (step.opens_itself and await form.wait_shown(shown, words, timeout=OPENS_WITHIN)):
            try:
                await open_until(form, step.at, shown, words, deadline, step.field, menu=step.menu)
            except OptionNotFound:
                await _leave(form, step.at, words)
                raise
    if step.search is not None:
        box = await form.locate(step.search, words, timeout=deadline.left, field=step.field)
        await box.locator.fill(words["search"], timeout=max(deadline.left, 100))
    found = await pick(form, step.option, words, deadline, step.field, same_options=step.same_options)
    if step.done is not None and await form.find(step.done) is not None:
        await form.press(step.done, timeout=max(deadline.left, 1_000), field=step.field)
    return found.candidate


async def _leave(form: Form, opener: Target, words: Words) -> None:
    """Closes a menu that says of itself that it is open: it may cover what other fields need."""
    found = await form.find(opener, words)
    if found is not None and await found.locator.get_attribute("aria-expanded") == "true":
        await form.press(opener, words, timeout=1_500)


async def _select(form: Form, step: Choose, words: Words) -> str:
    """A native select, by the option's text."""
    if step.at is None:
        raise FormChanged(f"{step.field}: the recipe names neither a select nor an option.", field=step.field)
    found = await form.locate(step.at, timeout=step.timeout, field=step.field)
    deadline = Deadline(step.timeout)

    wanted = pattern(words["value"], step.match)

    async def option() -> str | None:
        texts: list[str] = await found.locator.evaluate("e => [...e.options].map(o => o.label.trim())")
        fitting = [text for text in texts if wanted.search(text)]
        return fitting[0] if len(fitting) == 1 else None

    label = await until(option, deadline)
    if label is None:
        raise OptionNotFound(f"{step.field}: there is no option {words['value']!r}.", field=step.field)
    await found.locator.select_option(label=label, timeout=max(deadline.left, 500))
    return found.candidate


async def open_until(
    form: Form, opener: Target, shown: Target, words: Words, deadline: Deadline, field: str, menu: Target | None = None
) -> None:
    """Presses `opener` until `shown` (or `menu`) is visible; not at all if it is already.

    A menu that opens by itself may do so just as we press, and our press then closes it: so the press is repeated, but
    only after nothing has shown for a while. On a slow page a press may arrive late, and its menu then covers the
    opener: so a press that failed is forgotten where the menu is open.
    """

    signs = (shown,) if menu is None else (menu, shown)
    if await any_visible(form.page, signs, words):
        return
    while True:
        try:
            await form.press(opener, words, timeout=max(min(deadline.left, PRESS_FOR), 500), field=field)
        except FormChanged:
            if await any_visible(form.page, signs, words):
                return
            if deadline.passed:
                raise
            continue
        if await form.wait_any(signs, words, timeout=min(REOPEN_AFTER, max(deadline.left, 100))):
            return
        if deadline.passed:
            wanted = words.get("value", "")
            raise OptionNotFound(f"{field}: opened, but nothing shows for {wanted!r} ({shown}).", field=field)


async def pick(
    form: Form, option: Target, words: Words, deadline: Deadline, field: str, *, same_options: bool = False
) -> Found:
    """Presses the one option; with `same_options` the first of several whose texts are all equal.

    Raises OptionNotFound with the wanted word.
    """
    wanted = words.get("value", "")
    if same_options and (
        several := await until(lambda: _equal_ones(form, option, words), Deadline(min(2_000, deadline.left)))
    ):
        matches, count = several
        try:
            await matches.first.click(timeout=max(min(deadline.left, 2_000), 100))
            return Found(matches.first, f"{option} ({count} equal)", 0)
        except PlaywrightTimeout:
            pass  # covered: the ordinary press knows what to do about that
    try:
        return await form.press(option, words, timeout=deadline.left)
    except FieldNotFound as error:
        raise OptionNotFound(f"{field}: no option {wanted!r}. {error.message}", field=field) from error


async def _equal_ones(form: Form, option: Target, words: Words) -> tuple[Locator, int] | None:
    """The visible matches, if there is at least one and all say the same."""
    matches = await visible_matches(form.page, option, words)
    texts = [" ".join(text.split()) for text in await matches.all_inner_texts()] if matches is not None else []
    return (matches, len(texts)) if matches is not None and len(set(texts)) == 1 else None


async def cascade(form: Form, step: Cascade, planned: Planned) -> str:
    """Drills down one level per planned word."""
    path = planned.value
    if not isinstance(path, tuple) or len(path) > len(step.levels):
        raise FormChanged(f"{step.field}: {path!r} does not fit {len(step.levels)} levels.", field=step.field)
    deadline = Deadline(step.timeout)
    every = words_of(planned)
    found_by = ""
    for depth, (word, level) in enumerate(zip(path, step.levels, strict=False)):
        if not word:
            break
        words = {**every, "value": word}
        await _show_level(form, step, level, words, deadline, first=depth == 0)
        if level.search is not None:
            box = await form.locate(level.search, words, timeout=deadline.left, field=step.field)
            await box.locator.fill(words["search"], timeout=max(deadline.left, 100))
        found_by = (await pick(form, level.option, words, deadline, step.field)).candidate
    if step.done is not None and await form.find(step.done) is not None:
        await form.press(step.done, timeout=max(deadline.left, 1_000), field=step.field)
    if step.closed is not None and not await form.wait_gone(step.closed, timeout=max(deadline.left, 500)):
        await form.page.keyboard.press("Escape")
        if not await form.wait_gone(step.closed, timeout=1_000):
            raise FormChanged(f"{step.field}: the list stays open.", field=step.field)
    return found_by


async def _show_level(
    form: Form, step: Cascade, level: Level, words: Words, deadline: Deadline, *, first: bool
) -> None:
    """Makes a level's options visible: by themselves, by `reset`, or by their opener."""
    shown = level.search or level.option
    if await form.shows(shown, words):
        return
    if first and step.at is not None:
        await open_until(form, step.at, shown, words, deadline, step.field, menu=step.reset)
        if step.reset is not None and not await form.shows(shown, words) and await form.shows(step.reset, words):
            await form.press(step.reset, words, timeout=deadline.left, field=step.field)
    elif level.opener is not None:
        await open_until(form, level.opener, shown, words, deadline, step.field)
