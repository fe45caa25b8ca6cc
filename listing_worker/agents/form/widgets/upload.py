"""Photos into a file input, counted on the page, in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Page, Request, Response

from listing_worker.agents.form.form import Form
from listing_worker.agents.form.locate import Found, any_visible, change, choices, is_visible, visible_matches
from listing_worker.agents.form.observe import count_uploaded
from listing_worker.agents.form.steps import Dialog, Upload
from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.errors import FormChanged, PageTimeout

QUIET = 0.4  # seconds without change or traffic after which a failed batch counts as over
SURELY_OVER = 15.0  # seconds without change or traffic after which what is missing does not come, told or not
UNNOTICED = 2.0  # seconds without any reaction after which files count as set before the page was listening


@dataclass
class Traffic:
    """What the page sends while photos are uploaded: requests under way, and whether one failed."""

    under_way: set[Request] = field(default_factory=set)
    failed: bool = False
    noticed: bool = False
    began: float = field(default_factory=time.monotonic)
    changed: float = field(default_factory=time.monotonic)

    def watch(self, page: Page) -> None:
        for event, listener in self._listeners().items():
            page.on(event, listener)  # type: ignore[call-overload]

    def leave(self, page: Page) -> None:
        for event, listener in self._listeners().items():
            page.remove_listener(event, listener)

    @contextmanager
    def watched(self, page: Page) -> Iterator[None]:
        self.watch(page)
        try:
            yield
        finally:
            self.leave(page)

    def _listeners(self) -> dict[str, Callable[[Any], None]]:
        return {
            "request": self._began,
            "requestfinished": self._ended,
            "requestfailed": self._broke,
            "response": self._answered,
        }

    def still(self, seconds: float) -> bool:
        """Nothing is under way, and nothing changed for so long."""
        return not self.under_way and time.monotonic() - self.changed >= seconds

    @property
    def unnoticed(self) -> bool:
        """Nothing came of it for so long that the page may not have been listening yet."""
        return not self.noticed and time.monotonic() - self.began >= UNNOTICED

    def _began(self, request: Request) -> None:
        if request.method in {"POST", "PUT"}:
            self.under_way.add(request)
            self.noticed = True
            self.changed = time.monotonic()

    def _ended(self, request: Request) -> None:
        if request in self.under_way:
            self.under_way.discard(request)
            self.changed = time.monotonic()

    def _broke(self, request: Request) -> None:
        self.failed |= request in self.under_way
        self._ended(request)

    def _answered(self, response: Response) -> None:
        self.failed |= response.request in self.under_way and response.status >= 400


async def upload(form: Form, step: Upload) -> str:
    """Uploads all photos in order. Those that a reopened draft holds already are not sent again.

    Raises FormChanged if there are more photos than ours; PageTimeout if uploads fail or do not end. A photo is sent
    again only where it is certain which one is missing: all of them, or the next of those sent one by one.
    """
    files = form.photos
    there, _ = await count_uploaded(form, step)
    if there > len(files):
        raise FormChanged(f"The form already holds {there} photos, ours are {len(files)}.", field=step.field)
    found = await form.locate(step.at, timeout=step.timeout, field=step.field)
    deadline = Deadline(step.timeout)
    one_by_one = step.one_by_one
    for _ in range(step.tries):
        if there == len(files):
            return found.candidate
        if there and not one_by_one:
            await _clear(form, step, there, len(files), deadline)
            there, one_by_one = 0, True
        there = await _send(form, step, found, files[there:], there, deadline, one_by_one=one_by_one)
    if there != len(files):
        raise PageTimeout(f"Only {there} of {len(files)} photos were uploaded.")
    return found.candidate


@dataclass
class Travelling:
    """A background upload: `sent` of our photos have been set, each batch counted before the next is."""

    into: Found
    sent: int
    before: int = 0  # photos that were there when the last batch was set
    traffic: Traffic = field(default_factory=Traffic)


async def begin(form: Form, step: Upload) -> str:
    """Sets the files of a background upload, the first of those that go one by one, and settles the dialogs that surely
    come; `go_on` sets the next, `end` counts them."""
    there, _ = await count_uploaded(form, step)
    if there:
        return await upload(form, step)
    found = await form.locate(step.at, timeout=step.timeout, field=step.field)
    deadline = Deadline(step.timeout)
    under_way = Travelling(found, sent=1 if step.one_by_one else len(form.photos))
    under_way.traffic.watch(form.page)
    form.under_way[step.field] = under_way
    await _set(found, form.photos[: under_way.sent], deadline)
    for dialog in (dialog for dialog in step.dialogs if dialog.expected):
        if not await form.wait_shown(dialog.sign, timeout=deadline.left):
            raise PageTimeout(f"The dialog '{dialog.name}' did not come within {step.timeout / 1000:.0f} s.")
        under_way.traffic.noticed = True
        await _settle(form, dialog, deadline)
    return found.candidate


async def go_on(form: Form, step: Upload) -> None:
    """Sets the next photo if the last one is there by now; waits for nothing."""
    under_way = form.under_way.get(step.field)
    if not isinstance(under_way, Travelling) or under_way.sent == len(form.photos) or under_way.traffic.failed:
        return
    there, _ = await count_uploaded(form, step)
    if there != under_way.sent or (step.busy is not None and await is_visible(form.page, step.busy)):
        return
    under_way.before, under_way.sent = there, there + 1
    await _set(under_way.into, form.photos[there : there + 1], Deadline(step.timeout))


async def end(form: Form, step: Upload) -> None:
    """Waits until the photos of a background upload are there, and sends those that are left. Errors as in `upload`."""
    under_way = form.under_way.pop(step.field, None)
    if not isinstance(under_way, Travelling):
        return
    try:
        found = await form.locate(step.at, timeout=step.timeout, field=step.field)
        quietly = step.model_copy(update={"dialogs": tuple(d for d in step.dialogs if not d.expected)})
        sent = Sent(found, under_way.before, under_way.sent, last=under_way.sent == len(form.photos))
        count = await _settled(form, quietly, sent, Deadline(step.timeout), under_way.traffic)
    finally:
        under_way.traffic.leave(form.page)
    if count != len(form.photos):
        await upload(form, step)


async def _send(
    form: Form, step: Upload, found: Found, files: Sequence[Path], there: int, deadline: Deadline, *, one_by_one: bool
) -> int:
    """Sends the files, one by one or at once, until one fails; how many photos the form holds then.

    Files set before the page was listening come to nothing: they still lie in the input and nothing was sent, so they
    are set again.
    """
    for batch in [[file] for file in files] if one_by_one else [list(files)]:
        wanted, traffic = there + len(batch), Traffic()
        while not (traffic.noticed or deadline.passed):
            traffic = Traffic()
            with traffic.watched(form.page):
                await _set(found, batch, deadline)
                sent = Sent(found, there, wanted, last=batch[-1] == files[-1])
                count = await _settled(form, step, sent, deadline, traffic)
        there = count
        if there != wanted:
            break
    return there


async def _set(found: Found, files: Sequence[Path], deadline: Deadline) -> None:
    """Sets the files; takes out what lies there first, because setting the same file again would be no change."""
    left = max(deadline.left, 1_000)
    if await _holds_files(found):
        await found.locator.set_input_files([], timeout=left)
    await found.locator.set_input_files(list(files), timeout=left)


async def _holds_files(found: Found) -> bool:
    return bool(await found.locator.evaluate_all("all => all.some(e => e.files.length > 0)"))


@dataclass(frozen=True)
class Sent:
    """Files that were set: into which input, how many photos were there before, how many shall be."""

    into: Found
    before: int
    wanted: int
    last: bool


async def _settled(form: Form, step: Upload, sent: Sent, deadline: Deadline, traffic: Traffic) -> int:
    """Waits until all that was sent is there and nothing is in the way, or an upload failed and the rest is over, or
    the files were not noticed (`traffic.noticed` is False). Returns how many photos there are.

    Settles dialogs meanwhile; an `expected` one is awaited after the last photo.
    """
    awaited = {dialog.name for dialog in step.dialogs if dialog.expected and sent.last}
    count, failed = sent.before, False

    signs = [dialog.sign for dialog in step.dialogs] + [sign for sign in (step.failed, step.busy) if sign is not None]

    enough = [locator.nth(sent.wanted - 1) for _, locator in choices(form.page, step.uploaded)]

    async def check() -> bool:
        nonlocal count, failed
        in_the_way = bool(signs) and await any_visible(form.page, signs)
        for dialog in step.dialogs if in_the_way else ():
            if await is_visible(form.page, dialog.sign):
                traffic.noticed = True
                await _settle(form, dialog, deadline)
                awaited.discard(dialog.name)
        before, (count, _) = count, await count_uploaded(form, step)
        if count != before:
            traffic.changed = time.monotonic()
            traffic.noticed = True
        if count >= sent.wanted:
            return not awaited and (step.busy is None or not await is_visible(form.page, step.busy))
        broken = in_the_way and step.failed is not None and await is_visible(form.page, step.failed)
        failed = failed or traffic.failed or broken
        traffic.noticed |= failed
        if traffic.unnoticed and await _holds_files(sent.into):
            return True
        if failed:
            return traffic.still(QUIET)
        if not (traffic.noticed and traffic.still(SURELY_OVER)):
            return False
        return step.busy is None or not await is_visible(form.page, step.busy)

    async def moves(left: float) -> None:
        await change(form.page, signs, also=enough, timeout=left)

    if not await until(check, deadline, moves):
        raise PageTimeout(f"{count} of {sent.wanted} photos were uploaded within {step.timeout / 1000:.0f} s.")
    if count > sent.wanted:
        raise FormChanged(f"The form holds {count} photos after {sent.wanted} were sent.", field=step.field)
    if failed and step.failed is not None:
        await form.interruptions.clear()
        await form.wait_gone(step.failed, timeout=min(deadline.left, 10_000))
    return count


async def _clear(form: Form, step: Upload, there: int, ours: int, deadline: Deadline) -> None:
    """Takes all photos out of the form. Raises PageTimeout where the recipe does not say how."""
    if step.remove is None:
        raise PageTimeout(f"{there} of {ours} photos were uploaded, and it is not known which one is missing.")
    for left in range(there, 0, -1):
        matches = await visible_matches(form.page, step.remove)
        if matches is None:
            break
        await matches.first.click(timeout=max(min(deadline.left, 5_000), 500))

        async def fewer(before: int = left) -> bool:
            return (await count_uploaded(form, step))[0] < before

        if not await until(fewer, Deadline(min(deadline.left, 5_000))):
            raise FormChanged("A photo does not go away.", field=step.field)


async def _settle(form: Form, dialog: Dialog, deadline: Deadline) -> None:
    await form.press(dialog.press, timeout=max(min(deadline.left, 10_000), 500), field=dialog.name)
    if not await form.wait_gone(dialog.sign, timeout=max(min(deadline.left, 10_000), 500)):
        raise FormChanged(f"The dialog '{dialog.name}' does not close.")
