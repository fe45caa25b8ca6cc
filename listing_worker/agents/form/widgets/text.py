"""Text fields: plain, masked (money), rich text."""

from __future__ import annotations

from listing_worker.agents.form.compare import words_of
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.steps import Fill, FillMasked, FillRich, Planned

SELECT_ALL = "ControlOrMeta+a"


async def fill(form: Form, step: Fill, planned: Planned) -> str:
    """Sets the whole text by one real input event, or key by key where the field needs it."""
    value = words_of(planned)["value"]
    found = await form.locate(step.at, timeout=step.timeout, field=step.field)
    if step.keys:
        await found.locator.fill("", timeout=step.timeout)
        await found.locator.press_sequentially(value, timeout=step.timeout)
    else:
        await found.locator.fill(value, timeout=step.timeout)
    if step.blur:
        await found.locator.blur(timeout=step.timeout)
    return found.candidate


async def fill_masked(form: Form, step: FillMasked, planned: Planned) -> str:
    """Select all, delete, type, leave: a mask formats on keys, and settles when the field is left."""
    found = await form.locate(step.at, timeout=step.timeout, field=step.field)
    field = found.locator
    await field.focus(timeout=step.timeout)
    await field.press(SELECT_ALL, timeout=step.timeout)
    await field.press("Delete", timeout=step.timeout)
    await field.press_sequentially(words_of(planned)["value"], timeout=step.timeout)
    await field.blur(timeout=step.timeout)
    return found.candidate


async def fill_rich(form: Form, step: FillRich, planned: Planned) -> str:
    """Fills a contenteditable and leaves it, for editors that write what they send only when they lose the focus."""
    found = await form.locate(step.at, timeout=step.timeout, field=step.field)
    await found.locator.fill(words_of(planned)["value"], timeout=step.timeout)
    await found.locator.blur(timeout=step.timeout)
    return found.candidate
