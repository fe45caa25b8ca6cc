"""Fields that suggest while one types, and token inputs."""

from __future__ import annotations

from listing_worker.agents.form.compare import loose, words_of
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.locate import Found, Words, change, find, visible_matches
from listing_worker.agents.form.steps import Planned, Tokens, Typeahead
from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.errors import OptionNotFound


async def typeahead(form: Form, step: Typeahead, planned: Planned) -> str:
    """Types, waits for the suggestion that matches exactly, picks it; else does what `otherwise` says.

    All but the last character is put in at once, the last one by its key: that is an input event and key events, which
    is what suggestions are made on, at a tenth of the time.
    """
    words = words_of(planned)
    found = await form.locate(step.at, timeout=step.timeout, field=step.field)
    field = found.locator
    typed = words["search"] or words["value"]
    await field.fill(typed[:-1], timeout=step.timeout)
    await field.press_sequentially(typed[-1:], timeout=step.timeout)
    if await _suggested(form, step, words) is not None:
        picked = await form.press(step.suggestion, words, timeout=step.timeout, field=step.field)
        return picked.candidate
    if step.otherwise == "free_text":
        if words["search"] not in {"", words["value"]}:
            await field.fill(words["value"], timeout=step.timeout)
        if step.commit:
            await field.press(step.commit, timeout=step.timeout)
        else:
            await field.blur(timeout=step.timeout)
        return f"{found.candidate} (own text)"
    if step.otherwise == "none" and step.none is not None:
        await form.press(step.none, words, timeout=step.timeout, field=step.field)
        return f"{step.none} (no match)"
    raise OptionNotFound(f"{step.field}: nothing suggested is exactly {words['value']!r}.", field=step.field)


async def _suggested(form: Form, step: Typeahead, words: Words) -> Found | None:
    """The exact suggestion, or None once `no_match` shows or the time is up."""
    ended = False

    async def check() -> Found | bool | None:
        nonlocal ended
        suggestion = await find(form.page, step.suggestion, words)
        if suggestion is not None:
            return suggestion
        ended = step.no_match is not None and await form.shows(step.no_match, words)
        return ended or None

    signs = (step.suggestion,) if step.no_match is None else (step.suggestion, step.no_match)

    async def appears(left: float) -> None:
        await change(form.page, signs, words, timeout=left)

    answer = await until(check, Deadline(step.suggestion_timeout), appears)
    return answer if isinstance(answer, Found) else None


async def tokens(form: Form, step: Tokens, planned: Planned) -> str:
    """Types each value and commits it; values that are there already are left alone."""
    values = planned.value if isinstance(planned.value, tuple) else (words_of(planned)["value"],)
    found = await form.locate(step.at, timeout=step.timeout, field=step.field)
    there = step.read.at and await visible_matches(form.page, step.read.at)
    present = {loose(text) for text in await there.all_inner_texts()} if there else set()
    for value in values:
        if loose(value) in present:
            continue
        await found.locator.press_sequentially(value, timeout=step.timeout)
        if step.suggestion is not None and await form.find(step.suggestion, {"value": value}) is not None:
            await form.press(step.suggestion, {"value": value}, timeout=step.timeout, field=step.field)
        else:
            await found.locator.press(step.commit, timeout=step.timeout)
    return found.candidate
