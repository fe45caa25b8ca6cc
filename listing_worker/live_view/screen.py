"""The page as pictures, and the seller's hands on it: CDP's screencast and `Input.*`, no more.

Nothing of this is logged or kept: a picture lives until the next one, a key stroke until it is sent on.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, Literal

from playwright.async_api import CDPSession, Page
from playwright.async_api import Error as PlaywrightError
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from listing_worker.live_view.line import Frame

FRAMES_A_SECOND: Final = 10.0
QUALITY: Final = 55  # JPEG; about 30 kB a frame
INPUT_WITHIN: Final = 3.0  # seconds for the browser to take one event


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Fraction = Annotated[float, Field(ge=0, le=1)]


class Mouse(_Event):
    """`x` and `y` are parts of the page's width and height; `dx` and `dy` CSS pixels."""

    t: Literal["mouse"]
    e: Literal["mousePressed", "mouseReleased", "mouseMoved", "mouseWheel"]
    x: Fraction
    y: Fraction
    button: Literal["none", "left", "middle", "right"] = "none"
    buttons: int = Field(default=0, ge=0, le=31)
    clicks: int = Field(default=0, ge=0, le=3)
    mods: int = Field(default=0, ge=0, le=15)
    dx: float = Field(default=0, ge=-5000, le=5000)
    dy: float = Field(default=0, ge=-5000, le=5000)


class Point(_Event):
    x: Fraction
    y: Fraction
    id: int = Field(ge=0, le=2**31 - 1)


class Touch(_Event):
    """`points` are the fingers that are on the page after the event."""

    t: Literal["touch"]
    e: Literal["touchStart", "touchMove", "touchEnd", "touchCancel"]
    points: tuple[Point, ...] = Field(max_length=5)


class Key(_Event):
    """One key of a keyboard. `text`: what it writes, if anything."""

    t: Literal["key"]
    e: Literal["keyDown", "keyUp"]
    key: str = Field(max_length=32, repr=False)
    code: str = Field(default="", max_length=32, repr=False)
    number: int = Field(default=0, ge=0, le=255, repr=False)  # the Windows key code, as the browser tells it
    text: str = Field(default="", max_length=8, repr=False)
    mods: int = Field(default=0, ge=0, le=15)


class Text(_Event):
    """What was pasted, or written by a phone's keyboard."""

    t: Literal["text"]
    text: str = Field(min_length=1, max_length=2000, repr=False)


Hands = Mouse | Touch | Key | Text
_HANDS: TypeAdapter[Hands] = TypeAdapter(Hands)


def hands(message: dict[str, Any]) -> Hands | None:
    """The message as something that may be done to the page; None for anything else."""
    try:
        return _HANDS.validate_python(message)
    except ValidationError:
        return None


class Screen:
    """One page, shown and touched. `last` is the newest picture."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._cdp: CDPSession | None = None
        self._fresh = asyncio.Event()
        self._acks: set[asyncio.Task[Any]] = set()
        self.last: Frame | None = None

    @contextlib.asynccontextmanager
    async def shown(self) -> AsyncIterator[Screen]:
        """On for the length of the block."""
        self._cdp = await self._page.context.new_cdp_session(self._page)
        self._cdp.on("Page.screencastFrame", self._on_frame)
        await self._cdp.send(
            "Page.startScreencast",
            {"format": "jpeg", "quality": QUALITY, "maxWidth": 1280, "maxHeight": 1280, "everyNthFrame": 1},
        )
        try:
            yield self
        finally:
            for task in self._acks:
                task.cancel()
            with contextlib.suppress(PlaywrightError):
                await self._cdp.send("Page.stopScreencast")
                await self._cdp.detach()

    def _on_frame(self, told: dict[str, Any]) -> None:
        about = told["metadata"]
        self.last = Frame(
            min(int(about["deviceWidth"]), 0xFFFF), min(int(about["deviceHeight"]), 0xFFFF),
            base64.b64decode(told["data"]),
        )  # fmt: skip
        self._fresh.set()
        task = asyncio.ensure_future(self._ack(told["sessionId"]))
        self._acks.add(task)
        task.add_done_callback(self._acks.discard)

    async def _ack(self, number: int) -> None:
        """Chromium sends the next frame only then: this is what keeps it to our pace."""
        await asyncio.sleep(1 / FRAMES_A_SECOND)
        if self._cdp is not None:
            with contextlib.suppress(PlaywrightError):
                await self._cdp.send("Page.screencastFrameAck", {"sessionId": number})

    async def frames(self) -> AsyncIterator[Frame]:
        """The newest picture whenever there is a newer one; those in between are gone."""
        while True:
            await self._fresh.wait()
            self._fresh.clear()
            began = time.monotonic()
            if self.last is not None:
                yield self.last
            await asyncio.sleep(max(0.0, 1 / FRAMES_A_SECOND - (time.monotonic() - began)))

    def show_again(self) -> None:
        """The newest picture counts as new: somebody came who has not seen it."""
        if self.last is not None:
            self._fresh.set()

    async def act(self, event: Hands) -> None:
        """Passes one event on. A page that is just being replaced loses it, as it would lose a real one."""
        if self._cdp is None:
            return
        method, parameters = self._as_cdp(event)
        with contextlib.suppress(PlaywrightError, TimeoutError):
            await asyncio.wait_for(self._cdp.send(method, parameters), INPUT_WITHIN)

    def _as_cdp(self, event: Hands) -> tuple[str, dict[str, Any]]:
        width, height = (self.last.width, self.last.height) if self.last is not None else (0, 0)
        match event:
            case Mouse():
                parameters: dict[str, Any] = {
                    "type": event.e, "x": event.x * width, "y": event.y * height, "button": event.button,
                    "buttons": event.buttons, "clickCount": event.clicks, "modifiers": event.mods,
                }  # fmt: skip
                if event.e == "mouseWheel":
                    parameters |= {"deltaX": event.dx, "deltaY": event.dy}
                return "Input.dispatchMouseEvent", parameters
            case Touch():
                points = [{"x": p.x * width, "y": p.y * height, "id": p.id} for p in event.points]
                return "Input.dispatchTouchEvent", {"type": event.e, "touchPoints": points}
            case Key():
                kind = event.e if event.e == "keyUp" or event.text else "rawKeyDown"
                parameters = {
                    "type": kind, "key": event.key, "code": event.code, "modifiers": event.mods,
                    "windowsVirtualKeyCode": event.number,
                }  # fmt: skip
                if kind == "keyDown":
                    parameters |= {"text": event.text, "unmodifiedText": event.text}
                return "Input.dispatchKeyEvent", parameters
            case Text():
                return "Input.insertText", {"text": event.text}
