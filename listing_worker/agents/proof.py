"""The one press, and the proof of what came of it.

Listeners are armed before the press. Proof is the page's own publish request answered with the listing's id, an
address that holds the id, or the success view. No proof is either a refusal (the form shows errors and no publish
request ever left the browser) or uncertain: then nothing is pressed again, somebody looks.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import reduce
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Frame, Page, Request, Response
from playwright.async_api import TimeoutError as PlaywrightTimeout

from listing_worker.agents.form.form import blocked_by
from listing_worker.agents.form.interruptions import Interruptions
from listing_worker.agents.form.locate import choices, counted, find, is_visible, visible_matches
from listing_worker.agents.form.waiting import Deadline, is_passing
from listing_worker.agents.page_signs import PageKind, challenge_of, classify
from listing_worker.agents.recipe import Publication, PublishRequest, Recipe
from listing_worker.errors import ChallengeShown, FormChanged, PublishRefused, PublishUncertain, RetryLater
from listing_worker.models import Proof, ProofKind

BUTTON_WITHIN = 15_000  # milliseconds for the last button to become pressable
AFTER_FAILURE = 4_000  # milliseconds to go on looking for another proof once the request was lost or answered badly
READING = 0.5  # seconds for an answer that has come to be read
REVIEW_WAIT = 1_500  # milliseconds for the success view to say "under review", where a site has that
LOOK_EVERY = 0.08  # seconds between looks for the success view; answers and addresses wake us at once
CLASSIFY_EVERY = 0.4  # seconds between looks at what kind of page this is, while its address stays


AskPerson = Callable[[Page, ChallengeShown], Awaitable[None]]


@dataclass
class ProofWatch:
    """What was seen since the watch began. `sent` counts publish requests that left the browser."""

    page: Page
    publication: Publication
    known_id: str = ""  # of the listing that is being changed; a new listing's id has to be told by the site
    sent: int = 0
    ids: dict[ProofKind, str] = field(default_factory=dict)
    refusal: str = ""
    status_refuses: bool = False
    failure: str = ""
    answer: str = ""
    noticed: asyncio.Event = field(default_factory=asyncio.Event)
    _reading: set[asyncio.Task[None]] = field(default_factory=set)

    def on_request(self, request: Request) -> None:
        if request.is_navigation_request() and request.frame == self.page.main_frame:
            self._note_address(request.url)
        if self._is_publish(request):
            self.sent += 1
            self.noticed.set()

    def on_response(self, response: Response) -> None:
        if self._is_publish(response.request):
            task = asyncio.ensure_future(self._read(response))
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)

    def on_failed(self, request: Request) -> None:
        if self._is_publish(request):
            self.failure = f"the answer to the publish request was lost ({request.failure or 'no reason given'})"
            self.noticed.set()

    def on_navigated(self, frame: Frame) -> None:
        if frame == self.page.main_frame:
            self._note_address(frame.url)

    def _note_address(self, url: str) -> None:
        pattern = self.publication.address
        if pattern and (found := re.search(pattern, url)):
            self.ids[ProofKind.ADDRESS] = found.group(1) if found.re.groups else self.known_id
        self.noticed.set()

    def _is_publish(self, request: Request) -> bool:
        wanted = self.publication.request
        if wanted is None or request.method != wanted.method or not re.search(wanted.url, request.url):
            return False
        if not wanted.body:
            return True
        with contextlib.suppress(PlaywrightError, UnicodeDecodeError):
            return wanted.body in (request.post_data or "")
        return False

    async def _read(self, response: Response) -> None:
        wanted = self.publication.request
        assert wanted is not None
        body: Any = None
        text = ""
        with contextlib.suppress(PlaywrightError):
            text = await response.text()
        with contextlib.suppress(ValueError):
            body = json.loads(text)
        self.answer = text[:20_000]
        error = value_at(body, wanted.error_path) if wanted.error_path else None
        if error and response.status < 500:
            self.refusal = message_of(error)
        elif response.ok:
            if found := id_in(wanted, response.url, body) or self.known_id:
                self.ids[ProofKind.RESPONSE] = found
        else:
            self.failure = f"the site answered the publish request with status {response.status}"
            self.status_refuses = response.status in wanted.refused_statuses
        self.noticed.set()

    async def answers_read(self) -> None:
        """Waits for answers that are there and being read, so that what they say counts too."""
        if self._reading:
            await asyncio.wait(set(self._reading), timeout=READING)

    @asynccontextmanager
    async def armed(self) -> AsyncIterator[None]:
        """Listens for the length of the block."""
        listeners: list[tuple[Any, Callable[[Any], None]]] = [
            ("request", self.on_request),
            ("response", self.on_response),
            ("requestfailed", self.on_failed),
            ("framenavigated", self.on_navigated),
        ]
        for event, listener in listeners:
            self.page.on(event, listener)
        try:
            yield
        finally:
            for event, listener in listeners:
                self.page.remove_listener(event, listener)
            for task in self._reading:
                task.cancel()


def value_at(document: Any, path: str) -> Any:
    """The value at "data.item.id" in a JSON document (numbers index lists), or None."""
    for part in path.split("."):
        if isinstance(document, dict):
            document = document.get(part)
        elif isinstance(document, list) and part.isdigit() and int(part) < len(document):
            document = document[int(part)]
        else:
            return None
    return document


def id_in(wanted: PublishRequest, url: str, body: Any) -> str:
    """The listing's id in the answer, or in the request's own address where the site puts it there; "" if neither."""
    if wanted.id_path:
        value = value_at(body, wanted.id_path)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value):
            return str(value)
    if wanted.id_in_url and (found := re.search(wanted.id_in_url, url)):
        return found.group(1)
    return ""


def message_of(error: Any) -> str:
    """A sentence out of the error object of an answer."""
    if isinstance(error, list) and error:
        error = error[0]
    if isinstance(error, dict):
        for key in ("userMessage", "message", "errorMessage", "text", "errorType", "code"):
            if isinstance(error.get(key), str) and error[key]:
                return str(error[key])[:300]
    return str(error)[:300]


async def press_and_prove(
    page: Page,
    recipe: Recipe,
    may_press: Callable[[], None],
    interruptions: Interruptions,
    *,
    known_id: str = "",
    person: AskPerson | None = None,
) -> Proof:
    """Presses the last button exactly once and waits for proof. `known_id`: the press changes this listing, and what
    the site answers need not name it. `person`: who may answer a challenge that comes before the press or after it; the
    press is not repeated, and what the page does once it is answered is waited for.

    Before the press: FormChanged or RetryLater if the button cannot be pressed; whatever `may_press` raises. After it:
    PublishRefused (the form refused, or the site's own answer said that nothing was listed), PublishUncertain.
    """
    publication = recipe.publication
    button = await _button_or_person(page, recipe, interruptions, person)
    watch = ProofWatch(page, publication, known_id)
    async with watch.armed():
        may_press()
        pressed = time.monotonic()
        try:
            try:
                await button.click(timeout=3_000)
            except PlaywrightTimeout as error:  # most likely never pressed, but only a look can tell
                watch.failure = f"the press may not have arrived: {blocked_by(error)}"
            return await _wait_for_proof(page, recipe, watch, pressed, person)
        except (PlaywrightError, RetryLater) as error:
            text = error.message if isinstance(error, PlaywrightError) else str(error)
            raise PublishUncertain(f"Pressed, and then: {text.splitlines()[0][:200]}") from error


async def _button_or_person(page: Page, recipe: Recipe, interruptions: Interruptions, person: AskPerson | None) -> Any:
    """As `_ready_button`; where a challenge covers it, once somebody has answered that."""
    while True:
        try:
            return await _ready_button(page, recipe.publication, interruptions)
        except FormChanged:
            state = await classify(page, recipe.signs)
            if person is None or state.kind is not PageKind.CHALLENGE:
                raise
            await person(page, challenge_of(state, recipe))


async def _ready_button(page: Page, publication: Publication, interruptions: Interruptions) -> Any:
    """The last button, visible, enabled, uncovered: tried without pressing."""
    deadline = Deadline(BUTTON_WITHIN)
    problem = ""
    while not deadline.passed:
        await interruptions.clear()
        found = await find(page, publication.button)
        if found is None:
            problem = f"no such button: {publication.button}"
            await asyncio.sleep(0.05)
            continue
        try:
            await found.locator.click(trial=True, timeout=1_000)
            return found.locator
        except PlaywrightTimeout as error:
            problem = blocked_by(error)
            if not await interruptions.clear():
                await interruptions.clear_unknown()
        except PlaywrightError as error:
            if not is_passing(error) and "strict mode" not in error.message:
                raise
    raise FormChanged(f"The publish button cannot be pressed: {problem}. Nothing was published.")


async def _wait_for_proof(
    page: Page, recipe: Recipe, watch: ProofWatch, pressed: float, person: AskPerson | None = None
) -> Proof:
    publication = recipe.publication
    deadline = Deadline(publication.proof_timeout)
    failed: Deadline | None = None
    confirmed: set[str] = set()
    address, classified = page.url, pressed
    while True:
        watch.noticed.clear()
        if watch.ids or await _success_id(page, watch):
            return await _proof(page, recipe, watch)
        if watch.refusal:
            raise PublishRefused(f"{recipe.display_name} refused the listing: {watch.refusal}", sent=True)
        if watch.status_refuses and (told := await _errors_shown(page, publication)):
            restricted = (await classify(page, recipe.signs)).kind is PageKind.SUSPENDED
            action = _do_what_it_asks(recipe) if restricted else None
            raise PublishRefused(f"{recipe.display_name} refused the listing: {told}", sent=True, action=action)
        if watch.failure and failed is None:
            failed = Deadline(min(AFTER_FAILURE, deadline.left))
        try:
            await _confirm(page, publication, confirmed)
            if page.url != address or time.monotonic() - classified >= CLASSIFY_EVERY:
                if await _stopped_and_answered(page, recipe, watch, pressed, person):
                    deadline, failed, watch.failure = Deadline(publication.proof_timeout), None, ""
                address, classified = page.url, time.monotonic()
        except PlaywrightError as error:
            if not is_passing(error):  # a page that is being replaced is what success looks like on some sites
                raise
        if (failed is not None and failed.passed) or deadline.passed:
            what = watch.failure or (
                "the request left, and nothing came back" if watch.sent else "no publish request was seen"
            )
            raise PublishUncertain(f"Pressed, but there is no proof: {what}.")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(watch.noticed.wait(), LOOK_EVERY)


async def _success_id(page: Page, watch: ProofWatch) -> str:
    """The id in the success view, if it shows."""
    publication = watch.publication
    if publication.success is not None and not publication.success_id and watch.known_id:
        if await is_visible(page, publication.success):
            watch.ids[ProofKind.SUCCESS_VIEW] = watch.known_id
        return watch.ids.get(ProofKind.SUCCESS_VIEW, "")
    if publication.success is None or not publication.success_id:
        return ""
    try:
        matches = await visible_matches(page, publication.success)
        texts: list[str] = (
            await matches.evaluate_all(
                "all => all.flatMap(e => [...[e, ...e.querySelectorAll('a[href]')]"
                ".filter(n => n.href).map(n => n.href), e.innerText])"
            )
            if matches
            else []
        )
    except PlaywrightError as error:
        if is_passing(error):
            return ""
        raise
    for text in texts:
        if found := re.search(publication.success_id, text):
            watch.ids[ProofKind.SUCCESS_VIEW] = found.group(1)
            return found.group(1)
    return ""


async def _confirm(page: Page, publication: Publication, confirmed: set[str]) -> None:
    """Answers a dialog that the site puts between press and publication; each at most once."""
    signs = [locator for dialog in publication.confirm for _, locator in choices(page, dialog.sign)]
    if not signs or not await counted(reduce(lambda one, other: one.or_(other), signs).visible):
        return
    for dialog in publication.confirm:
        if dialog.name in confirmed or not await is_visible(page, dialog.sign):
            continue
        button = await find(page, dialog.press)
        if button is not None:
            confirmed.add(dialog.name)
            await button.locator.click(timeout=15_000)  # may be inert for a while


async def _stopped_and_answered(
    page: Page, recipe: Recipe, watch: ProofWatch, pressed: float, person: AskPerson | None
) -> bool:
    """A sign-in or challenge page after the press is uncertain. Errors, or a demand upon the account, without any
    request are a refusal. What restricts the account may be said before the answer itself is read.

    True if there was a challenge and the seller has answered it.
    """
    publication = recipe.publication
    quiet = (time.monotonic() - pressed) * 1000 >= publication.refusal_quiet
    unsent = publication.request is not None and not watch.sent and not watch.failure
    state = await classify(page, recipe.signs)
    if state.kind is PageKind.SUSPENDED and not quiet:
        return False
    if state.kind is PageKind.CHALLENGE and person is not None and not watch.ids:
        with contextlib.suppress(ChallengeShown):  # nobody came: it is told below what stands there
            await person(page, challenge_of(state, recipe))
            return True
    if state.kind is PageKind.SUSPENDED and unsent:
        raise PublishRefused(
            f"{recipe.display_name} asks for something before it lists ({state.detail}).",
            action=_do_what_it_asks(recipe),
        )
    if state.kind is not PageKind.OK and not watch.ids:
        words = {
            PageKind.SIGNED_OUT: "asked to sign in again",
            PageKind.CHALLENGE: "asked to verify that you are you",
            PageKind.SUSPENDED: "said that the account is restricted",
        }
        what = words.get(state.kind, "answered with an error page")
        raise PublishUncertain(f"After the press {recipe.display_name} {what} ({state.detail}).")
    if unsent and quiet:
        told = await _errors_shown(page, publication)
        if told and not watch.sent:
            raise PublishRefused(f"{recipe.display_name} did not accept the form: {told}")
    return False


def _do_what_it_asks(recipe: Recipe) -> str:
    return f"Open {recipe.display_name} in your browser and do what it asks."


async def _errors_shown(page: Page, publication: Publication) -> str:
    """What the form refuses, in its own words; "" if it shows no error."""
    errors = await visible_matches(page, publication.errors) if publication.errors is not None else None
    if errors is None:
        return ""
    texts = [" ".join(text.split()) for text in await errors.all_inner_texts()]
    return "; ".join(dict.fromkeys(t for t in texts if t))[:300] or "it shows an error"


async def _proof(page: Page, recipe: Recipe, watch: ProofWatch) -> Proof:
    """The best proof there is. If two disagree about the id, none of them is one."""
    await watch.answers_read()
    if len(set(watch.ids.values())) > 1:
        raise PublishUncertain(f"The site gave different listing ids: {sorted(set(watch.ids.values()))}.")
    kind = next(kind for kind in (ProofKind.RESPONSE, ProofKind.ADDRESS, ProofKind.SUCCESS_VIEW) if kind in watch.ids)
    external_id = watch.ids[kind]
    return Proof(
        kind=kind,
        external_id=external_id,
        url=recipe.publication.listing_url.replace("{id}", external_id),
        at=datetime.now(UTC),
        pending_review=await _under_review(page, recipe.publication, watch),
    )


async def _under_review(page: Page, publication: Publication, watch: ProofWatch) -> bool:
    """Whether the answer or the success view says that the listing is under review."""
    if not publication.review:
        return False
    if re.search(publication.review, watch.answer, re.IGNORECASE):
        return True
    if publication.success is None:
        return False
    deadline = Deadline(REVIEW_WAIT)
    with contextlib.suppress(PlaywrightError):
        while not deadline.passed:
            matches = await visible_matches(page, publication.success)
            if matches is not None:
                texts = " ".join(await matches.all_inner_texts())
                return re.search(publication.review, texts, re.IGNORECASE) is not None
            await asyncio.sleep(0.05)
    return False
