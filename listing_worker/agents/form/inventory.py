"""Everything on a page that a person could fill: one evaluate per frame, open shadow roots included.

`take(page)` changes nothing on the page. Each `Control` is plain data about one logical field (a group of radio buttons
is one control); `Inventory.element(control)` is the live element behind it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from playwright.async_api import ElementHandle, Frame, JSHandle, Page
from playwright.async_api import Error as PlaywrightError

from listing_worker.agents.form.targets import Candidate, Match, near, placeholder, role, test_id
from listing_worker.agents.form.targets import css as by_css
from listing_worker.agents.form.targets import label as by_label
from listing_worker.agents.form.waiting import is_passing, raise_if_gone

TEST_ATTRIBUTES = ("data-testid", "data-test-id", "data-test", "data-qa", "data-cy", "data-et-name")


_VALUE = re.compile(r"[\s\d.,:%$€£/-]*")  # a text that is nothing but a number says what is held, not what it is


@dataclass(frozen=True)
class Option:
    """One choice of a control whose choices are on the page: what it says, what it is sent as, whether it is chosen."""

    text: str
    value: str = ""
    chosen: bool = False
    disabled: bool = False


@dataclass(frozen=True)
class Control:
    """One field of a form as the page shows it.

    `kind`: text, number, rich (contenteditable), combobox, select, radio, checks (several check boxes), checkbox,
    switch, slider, spin, date, color, listbox, tiles (buttons that stand together), opener (opens a popup), section
    (opens a part of the page), button, file, frame.
    `label`: its bound label; `name`: the rest of its accessible name; `own`: texts in the box that holds nothing but
    it; `beside`: the nearest texts above or left of it that belong to no other; `content`: what a button says;
    `behind`: outside the open dialog; `aside`: in the page's
    navigation, header or footer; `start`, `end`: its place in the document, for what is inside what.
    """

    frame: int
    index: int
    kind: str
    tag: str = ""
    type: str = ""
    role: str = ""
    name: str = ""
    label: str = ""
    content: str = ""
    own: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    description: str = ""
    placeholder: str = ""
    attributes: dict[str, str] = field(default_factory=dict, hash=False)
    options: tuple[Option, ...] = ()
    value: str = ""
    group: str = ""
    heading: str = ""
    required: bool = False
    enabled: bool = True
    readonly: bool = False
    multiple: bool = False
    visible: bool = True
    behind: bool = False
    popup: str = ""
    expanded: str = ""
    mode: str = ""
    pattern: str = ""
    accept: str = ""
    min: str = ""
    max: str = ""
    step: str = ""
    longest: int = 0
    aside: bool = False
    submits: bool = False
    link: bool = False
    rect: tuple[int, int, int, int] = (0, 0, 0, 0)
    start: int = 0
    end: int = 0

    @property
    def key(self) -> tuple[str, ...]:
        """What stays the same while the control is filled: enough to find it again after the page redrew it."""
        stable = ("name", "id", *TEST_ATTRIBUTES)
        said = self.label or self.name
        if not said and self.kind in {"button", "section"}:
            said = self.content
        said = said or next((one for one in (*self.own, *self.beside) if not _VALUE.fullmatch(one)), "")
        return (str(self.frame), self.tag, said, *(self.attributes.get(one, "") for one in stable))

    @property
    def spot(self) -> tuple[object, ...]:
        """Where it stands and what it is, whatever is written around it."""
        return (self.frame, self.kind, self.tag, self.rect[:2], self.attributes.get("id", ""))

    def overlaps(self, other: Control) -> bool:
        """Whether one of the two stands inside the other: two descriptions of the same spot."""
        return self.frame == other.frame and (
            (self.start <= other.start < self.end) or (other.start <= self.start < other.end)
        )

    def __str__(self) -> str:
        said = self.label or self.name or " ".join(self.own[:1]) or " ".join(self.beside[:1]) or self.content
        return f"{self.kind} {(said or self.placeholder or self.attributes.get('name', ''))[:60]!r}"


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

    async def evaluate_handle(self, script: str, argument: Any = None) -> JSHandle:
        return await self.eye.handle.evaluate_handle(_OF_LOOK % script, [self.look, argument])


_OF_LOOK = "(eye, [number, argument]) => (%s)(eye.looks.get(number), argument)"


class Inventory:
    """All controls of a page at one moment, in the order of the document; inner frames after outer ones."""

    def __init__(self, seen: Sequence[Seen]) -> None:
        self.seen = list(seen)
        self.controls = [control for one in seen for control in one.controls]

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


def candidates(control: Control) -> tuple[Candidate, ...]:
    """Ways to find this control again, best first, as a recipe would write them. Not yet tried on the page."""
    found: list[Candidate] = []
    attributes = control.attributes
    found += [test_id(attributes[one], one) for one in TEST_ATTRIBUTES if attributes.get(one)]
    native = control.tag in {"input", "textarea", "select"}
    if native and attributes.get("name"):
        found.append(by_css(f'{control.tag}[name="{_quoted(attributes["name"])}"]', why="the name it is sent under"))
    if control.label and control.kind not in {"radio", "checks", "tiles"}:
        found.append(by_label(control.label))
    said = control.label or control.name
    spoken = control.role or _IMPLIED.get(control.kind, "")
    if said and spoken:
        found.append(role(spoken, said))
    if control.placeholder and native:
        found.append(placeholder(control.placeholder))
    for text in (*control.own[:1], *control.beside[:1]):
        found.append(near(text))
    if attributes.get("id") and not any(letter.isdigit() or letter == ":" for letter in attributes["id"]):
        found.append(by_css(f'[id="{_quoted(attributes["id"])}"]', why="an id that looks chosen by hand"))
    if control.content and control.kind in {"opener", "button", "switch"}:
        found.append(role("button", control.content, Match.EXACT))
    return tuple(dict.fromkeys(found))


_IMPLIED = {
    "text": "textbox",
    "rich": "textbox",
    "number": "spinbutton",
    "select": "combobox",
    "combobox": "combobox",
    "checkbox": "checkbox",
    "switch": "switch",
    "slider": "slider",
    "radio": "radiogroup",
}


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
