"""Everything on a page that a person could fill: one evaluate per frame, open shadow roots included.

`take(page)` changes nothing on the page. Each `Control` is plain data about one logical field (a group of radio buttons
is one control); `Inventory.element(control)` is the live element behind it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from playwright.async_api import ElementHandle, Frame, JSHandle, Page
from playwright.async_api import Error as PlaywrightError

from listing_worker.agents.form.control import TEST_ATTRIBUTES, Control, Option, candidates
from listing_worker.agents.form.waiting import is_passing, raise_if_gone

__all__ = ["TEST_ATTRIBUTES", "Control", "Inventory", "Option", "candidates", "take"]


@dataclass
class Eye:
    """The script in one document of a frame: sent once, it looks as often as it is asked. `forget`: numbers of looks
    whose elements the page may let go of, told with the next look."""

    handle: JSHandle
    looks: int = 0
    forget: list[int] = field(default_factory=list)


@dataclass
class Seen:
    """One frame as it was looked at: the how manieth look of its eye."""

    frame: Frame
    eye: Eye
    look: int
    controls: list[Control]

    async def evaluate(self, script: str, argument: Any = None) -> Any:
        """`script`, a function of the look ({elements, members}) and the argument, in the page."""
        return await self.eye.handle.evaluate(_OF_LOOK % script, [self.look, argument])

    @property
    def reference(self) -> list[Any]:
        """What a script in this frame needs to know this look: the eye, and the look's number."""
        return [self.eye.handle, self.look]

    def control(self, index: int | None) -> Control | None:
        """The control with this number in this look."""
        return next((one for one in self.controls if one.index == index), None)

    async def evaluate_handle(self, script: str, argument: Any = None) -> JSHandle:
        return await self.eye.handle.evaluate_handle(_OF_LOOK % script, [self.look, argument])


_OF_LOOK = "(eye, [number, argument]) => (%s)(eye.looks.get(number), argument)"


class Inventory:
    """All controls of a page at one moment, in the order of the document; inner frames after outer ones."""

    def __init__(self, seen: Sequence[Seen]) -> None:
        self.seen = list(seen)
        self.controls = [control for one in seen for control in one.controls]

    def main_of(self, page: Page) -> Seen | None:
        """The look at the page's own frame."""
        return next((one for one in self.seen if one.frame == page.main_frame), None)

    def frame_of(self, control: Control) -> Frame:
        return self.seen[control.frame].frame

    async def element(self, control: Control, member: int | None = None) -> ElementHandle:
        """The live element, or one of its parts (`member`: position in `options`)."""
        pick = "(h, [i, j]) => j === null ? h.elements[i] : h.members[i][j]"
        found = (await self.seen[control.frame].evaluate_handle(pick, [control.index, member])).as_element()
        assert found is not None
        return found

    def again(self, control: Control) -> Control | None:
        """The control of an earlier inventory in this one; None if it is gone or not to be told from another."""
        same = [one for one in self.controls if one.key == control.key and one.kind == control.kind]
        same = same or [one for one in self.controls if one.key == control.key]
        same = same or [one for one in self.controls if one.spot == control.spot]
        same = same or [one for one in self.controls if one.drawn_anew == control.drawn_anew]
        if len(same) > 1:
            exact = [one for one in same if one.rect[:2] == control.rect[:2]]
            same = exact if len(exact) == 1 else [one for one in same if one.start == control.start]
        return same[0] if len(same) == 1 else None

    async def now(self, control: Control, element: ElementHandle) -> Control | None:
        """The control of an earlier inventory in this one: the same element as long as the page keeps it, else what
        is like it. None if it is not to be seen, or not to be told from another."""
        for one in self.seen:
            try:
                index = int(await one.evaluate(_INDEX, element))
            except PlaywrightError as error:
                raise_if_gone(error)
                continue  # another frame's element
            if index >= 0:
                return next(found for found in one.controls if found.index == index)
            if index == _HIDDEN:
                return None
        return self.again(control)

    async def release(self) -> None:
        """Lets the browser forget the elements, at its next look."""
        for one in self.seen:
            one.eye.forget.append(one.look)


_HIDDEN = -2  # still in the document, and no control any more
_INDEX = "(h, e) => { const i = h.elements.indexOf(e); return i < 0 && e.isConnected ? -2 : i; }"


@cache
def _script() -> str:
    look = Path(__file__).with_name("inventory.js").read_text(encoding="utf-8")
    return _EYE % look


# rows travel as text: a tenth of what it costs to hand them over value by value
_EYE = """() => {
  const look = %s;
  const looks = new Map();
  return {looks, look(number, forget) {
    for (const one of forget) looks.delete(one);
    const {rows, elements, members} = look();
    looks.set(number, {elements, members});
    return JSON.stringify(rows);
  }};
}"""
_eyes: WeakKeyDictionary[Frame, Eye] = WeakKeyDictionary()


async def _look(frame: Frame) -> tuple[Eye, int, list[dict[str, Any]]]:
    """One look at a frame's document: one call, and one more the first time."""
    for known in (_eyes.get(frame), None):
        eye = known or Eye(await frame.evaluate_handle(_script()))
        eye.looks += 1
        forget, eye.forget = eye.forget, []
        try:
            rows = await eye.handle.evaluate("(eye, [number, forget]) => eye.look(number, forget)", [eye.looks, forget])
        except PlaywrightError as error:
            raise_if_gone(error)
            if known is None:
                raise
            continue  # another document stands there by now
        _eyes[frame] = eye
        return eye, eye.looks, json.loads(rows)
    raise AssertionError("unreachable")


async def take(page: Page) -> Inventory:
    """Looks at every frame of the page once. Raises BrowserCrashed."""
    seen: list[Seen] = []
    for frame in page.frames:
        if not frame.url and frame.parent_frame is not None:
            continue  # has loaded nothing yet: a script in it would wait until it has
        outer = await _outer(frame, seen) if frame.parent_frame is not None else None
        if frame.parent_frame is not None and outer is None:
            continue  # its own frame element is not visible, or the frame is gone
        try:
            eye, number, rows = await _look(frame)
        except PlaywrightError as error:
            raise_if_gone(error)
            if not is_passing(error):
                raise
            continue
        seen.append(Seen(frame, eye, number, [_control(row, len(seen)) for row in rows]))
        if outer is not None:
            seen[-1].controls = [_named_by_frame(one, outer) for one in seen[-1].controls]
    return Inventory(seen)


async def _outer(frame: Frame, seen: Sequence[Seen]) -> Control | None:
    """The frame's own element in its parent, as a control; None if it is not to be seen."""
    parent = next((one for one in seen if one.frame == frame.parent_frame), None)
    if parent is None or not any(one.kind == "frame" for one in parent.controls):
        return None
    try:
        element = await frame.frame_element()
        index = await parent.evaluate("(h, e) => h.elements.indexOf(e)", element)
    except PlaywrightError as error:
        raise_if_gone(error)
        return None
    return next((one for one in parent.controls if one.index == index), None)


def _named_by_frame(control: Control, outer: Control) -> Control:
    """A document that is one big text field is named by what names its frame (rich text editors)."""
    if control.kind != "rich" or control.tag != "body":
        return replace(control, behind=control.behind or outer.behind)
    return replace(
        control,
        name=control.name or outer.name,
        label=outer.label,
        own=(*control.own, *outer.own),
        beside=outer.beside,
        description=outer.description,
        attributes={**outer.attributes, **control.attributes},
        group=outer.group,
        heading=outer.heading,
        behind=outer.behind,
    )


def _control(row: dict[str, Any], frame: int) -> Control:
    options = tuple(Option(*one) for one in row.pop("options"))
    row |= {key: tuple(row[key]) for key in ("own", "beside", "rect")}
    return Control(frame=frame, options=options, **row)
