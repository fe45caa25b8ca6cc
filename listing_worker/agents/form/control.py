"""One field of a form as a page shows it: plain data, and the ways to find it again."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from listing_worker.agents.form.targets import Candidate, Match, near, placeholder, role, test_id
from listing_worker.agents.form.targets import css as by_css
from listing_worker.agents.form.targets import label as by_label

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
        if self.kind == "opener" and self.content:  # a name that goes on with what is chosen
            said = said.removesuffix(self.content).rstrip() or said
        if not said and self.kind in {"button", "section"}:
            said = self.content
        said = said or next((one for one in (*self.own, *self.beside) if not _VALUE.fullmatch(one)), "")
        return (str(self.frame), self.tag, said, *(self.attributes.get(one, "") for one in stable))

    @property
    def drawn_anew(self) -> tuple[str, ...]:
        """What stays the same when a page draws it again under a new id, which it then makes up for each drawing."""
        frame, tag, said, name, _, *tests = self.key
        return (self.kind, frame, tag, said, name, *tests) if said or name or any(tests) else (str(id(self)),)

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
        # what is beside a button is about something else
        says_it = self.content if self.kind in {"button", "section"} else ""
        said = self.label or self.name or says_it or " ".join((*self.own, *self.beside)[:1]) or self.content
        return f"{self.kind} {(said or self.placeholder or self.attributes.get('name', ''))[:60]!r}"


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
        found.append(near(text) if native or not (kind := _what_it_is(control)) else near(text, kind))
    if attributes.get("id") and not any(letter.isdigit() or letter == ":" for letter in attributes["id"]):
        found.append(by_css(f'[id="{_quoted(attributes["id"])}"]', why="an id that looks chosen by hand"))
    if control.content and control.kind in {"opener", "button", "switch"}:
        found.append(role("button", control.content, Match.EXACT))
    return tuple(dict.fromkeys(found))


def _what_it_is(control: Control) -> str:
    """CSS of its kind of element, where that says something: a button, or by role."""
    if control.role:
        return f'{control.tag}[role="{control.role}"]'
    return control.tag if control.tag == "button" else ""


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
