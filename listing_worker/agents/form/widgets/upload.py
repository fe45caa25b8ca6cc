"""Photos into a file input, counted on the page, in order."""

from __future__ import annotations

from pathlib import Path

from listing_worker.agents.form.form import Form
from listing_worker.agents.form.locate import is_visible
from listing_worker.agents.form.readback import count_uploaded
from listing_worker.agents.form.steps import Dialog, Upload
from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.errors import FormChanged, PageTimeout


async def upload(form: Form, step: Upload) -> str:
    """Uploads all photos. Those that are there already (a reopened draft) are counted, never sent again.

    Raises FormChanged if there are more photos than ours, PageTimeout if the uploads do not end.
    """
    files = form.photos
    there, _ = await count_uploaded(form, step)
    if there > len(files):
        raise FormChanged(f"The form already holds {there} photos, ours are {len(files)}.", field=step.field)
    found = await form.locate(step.at, timeout=step.timeout, field=step.field)
    deadline = Deadline(step.timeout)
    for _ in range(step.tries):
        if there == len(files):
            break
        batches = [[file] for file in files[there:]] if step.one_by_one else [list(files[there:])]
        for batch in batches:
            await found.locator.set_input_files(batch, timeout=max(deadline.left, 1_000))
            before, there = there, await _settled(form, step, there + len(batch), deadline, batch)
            if there != before + len(batch):
                break  # an upload failed: count again, send the missing ones
    if there != len(files):
        raise PageTimeout(f"Only {there} of {len(files)} photos were uploaded.")
    return found.candidate


async def _settled(form: Form, step: Upload, wanted: int, deadline: Deadline, batch: list[Path]) -> int:
    """Waits until `wanted` photos are there and nothing is in the way, or an upload failed; settles dialogs meanwhile.

    Returns how many photos there are. A dialog that is `expected` is awaited too.
    """
    awaited = {dialog.name for dialog in step.dialogs if dialog.expected}
    count = 0
    failed = False

    async def check() -> bool:
        nonlocal count, failed
        for dialog in step.dialogs:
            if await is_visible(form.page, dialog.sign):
                await _settle(form, dialog, deadline)
                awaited.discard(dialog.name)
        count, _ = await count_uploaded(form, step)
        if step.failed is not None and count < wanted and await is_visible(form.page, step.failed):
            failed = True
            return True
        if step.busy is not None and await is_visible(form.page, step.busy):
            return False
        return count >= wanted and not awaited

    if not await until(check, deadline):
        raise PageTimeout(f"{count} of {wanted} photos were uploaded within {step.timeout / 1000:.0f} s.")
    if failed and step.failed is not None:
        await form.interruptions.clear()
        await form.wait_gone(step.failed, timeout=min(deadline.left, 10_000))
    if count > wanted:
        raise FormChanged(f"The form holds {count} photos after {wanted} were sent.", field=step.field)
    return count


async def _settle(form: Form, dialog: Dialog, deadline: Deadline) -> None:
    await form.press(dialog.press, timeout=max(min(deadline.left, 10_000), 500), field=dialog.name)
    if not await form.wait_gone(dialog.sign, timeout=max(min(deadline.left, 10_000), 500)):
        raise FormChanged(f"The dialog '{dialog.name}' does not close.")
