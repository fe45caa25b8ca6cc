"""The page as a model may see it: Playwright's accessibility snapshot, trimmed, budgeted, without anybody's data.

A snapshot is lines such as `- textbox "Title" [ref=e12]`, indented by depth; frames are included. What people typed
into text fields is taken out (a model needs to know where a field is, never what a seller wrote there), as are e-mail
addresses, telephone numbers and whatever `utils/redact.py` knows as a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from playwright.async_api import Page

from listing_worker.utils.redact import redact_text

BUDGET: Final = 16_000  # characters, about 4,000 tokens
_NAME_LENGTH: Final = 100
_OPTIONS: Final = 8  # of one list are enough to know what it is
_TIMEOUT: Final = 10_000  # milliseconds

CONTROLS: Final = frozenset(
    {"button", "checkbox", "combobox", "iframe", "listbox", "menuitem", "menuitemcheckbox", "menuitemradio", "option",
     "radio", "searchbox", "slider", "spinbutton", "switch", "tab", "textbox", "treeitem"}
)  # fmt: skip
_TYPED: Final = frozenset({"textbox", "searchbox", "spinbutton"})
_ASIDE: Final = frozenset({"banner", "contentinfo", "navigation", "img"})
_LINE: Final = re.compile(r"^(?P<indent> *)- (?P<role>[\w/]+)(?P<rest>.*)$")
_REF: Final = re.compile(r"\[ref=(\w+)\]")
_WRAPPED: Final = re.compile(r"^(?P<indent> *)- '(?P<line>(?:[^']|'')*)'(?P<rest>.*)$")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_PRIVATE: Final = (
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"),
    re.compile(r"(?<!\w)\+?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?!\w)"),
)


@dataclass(frozen=True)
class Line:
    """One line: its depth in spaces, role, whole text, and the reference it offers ("" = none)."""

    depth: int
    role: str
    text: str
    ref: str

    @property
    def is_control(self) -> bool:
        return self.role in CONTROLS or "[cursor=pointer]" in self.text


@dataclass(frozen=True)
class Snapshot:
    """What the model sees, the references in it (no other may be used), and how many lines were left out."""

    lines: tuple[Line, ...]
    left_out: int = 0

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @property
    def refs(self) -> frozenset[str]:
        return frozenset(line.ref for line in self.lines if line.ref)

    def line_of(self, ref: str) -> Line | None:
        return next((line for line in self.lines if line.ref == ref), None)


async def take_snapshot(page: Page, *, words: Iterable[str] = (), budget: int = BUDGET) -> Snapshot:
    """The open page, trimmed to `budget` characters; lines with any of `words` are kept longest."""
    return trim(await page.aria_snapshot(mode="ai", timeout=_TIMEOUT), words=words, budget=budget)


def trim(text: str, *, words: Iterable[str] = (), budget: int = BUDGET) -> Snapshot:
    """A snapshot's text within the budget: first without navigation, pictures and long lists of options; then, until it
    fits, without text that stands near no control, without links, without what shares no word with `words`."""
    everything = [line for raw in text.splitlines() if (line := _parse(raw)) is not None]
    lines = _shortened_lists(_without_asides(everything))
    wanted = {word.casefold() for phrase in words for word in re.findall(r"\w{3,}", phrase)}
    for reduce in (_near_controls, _without_links, lambda left: _telling(left, wanted)):
        if _size(lines) <= budget:
            break
        lines = reduce(lines)
    while lines and _size(lines) > budget:
        lines = lines[: max(1, len(lines) * budget // _size(lines) - 1)] if len(lines) > 1 else []
    return Snapshot(tuple(lines), left_out=len(everything) - len(lines))


def _parse(raw: str) -> Line | None:
    found = _LINE.match(_unwrapped(raw))
    if found is None:
        return None
    role, rest = found["role"], found["rest"]
    if role == "/url":
        return None
    ref = _REF.search(rest)
    head, colon, value = rest.partition(": ") if '"' not in rest else _split_value(rest)
    if role in _TYPED and colon:
        rest = f"{head}: (filled)"
    for pattern in _PRIVATE:
        rest = pattern.sub("[private]", rest)
    rest = _QUOTED.sub(lambda quoted: _cut(quoted.group(), '"'), redact_text(rest))
    if colon and len(value) > _NAME_LENGTH:
        rest = rest[: len(head) + 2 + _NAME_LENGTH] + "…"
    return Line(len(found["indent"]), role, f"{found['indent']}- {role}{rest}", ref.group(1) if ref else "")


def _unwrapped(raw: str) -> str:
    """A line as it would stand without YAML's own quotes, which it gets where a name holds a colon or the like."""
    found = _WRAPPED.match(raw)
    return f"{found['indent']}- {found['line'].replace(chr(39) * 2, chr(39))}{found['rest']}" if found else raw


def _split_value(rest: str) -> tuple[str, str, str]:
    """The part before the value, ": ", and the value: a colon inside the quoted name does not count."""
    end = quoted.end() if (quoted := _QUOTED.search(rest)) else 0
    head, colon, value = rest[end:].partition(": ")
    return rest[:end] + head, colon, value


def _cut(quoted: str, end: str) -> str:
    return quoted if len(quoted) <= _NAME_LENGTH + 2 else quoted[: _NAME_LENGTH + 1] + "…" + end


def _without_asides(lines: Sequence[Line]) -> list[Line]:
    kept: list[Line] = []
    inside: int | None = None
    for line in lines:
        if inside is not None and line.depth > inside:
            continue
        inside = line.depth if line.role in _ASIDE else None
        if inside is None:
            kept.append(line)
    return kept


def _shortened_lists(lines: Sequence[Line]) -> list[Line]:
    kept: list[Line] = []
    seen: dict[int, int] = {}
    for line in lines:
        for depth in [depth for depth in seen if depth > line.depth]:
            del seen[depth]
        if line.role != "option":
            seen.pop(line.depth, None)
            kept.append(line)
            continue
        seen[line.depth] = seen.get(line.depth, 0) + 1
        if seen[line.depth] <= _OPTIONS or "[selected]" in line.text:
            kept.append(line)
        elif seen[line.depth] == _OPTIONS + 1:
            kept.append(Line(line.depth, "text", " " * line.depth + "- text: … more options", ""))
    return kept


def _near_controls(lines: Sequence[Line]) -> list[Line]:
    """Controls, and what stands at most three lines before or after one."""
    controls = [i for i, line in enumerate(lines) if line.is_control]
    near = {i + step for i in controls for step in range(-3, 4)}
    return [line for i, line in enumerate(lines) if i in near]


def _without_links(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.role != "link"]


def _telling(lines: Sequence[Line], wanted: set[str]) -> list[Line]:
    """Fields to type or choose in, and what shares a word with the wanted, with two neighbours on each side."""

    def tells(line: Line) -> bool:
        mine = {word.casefold() for word in re.findall(r"\w{3,}", line.text)}
        return bool(mine & wanted) or line.role in CONTROLS - {"button", "option", "menuitem", "treeitem"}

    chosen = {i + step for i, line in enumerate(lines) if tells(line) for step in range(-2, 3)}
    return [line for i, line in enumerate(lines) if i in chosen]


def _size(lines: Sequence[Line]) -> int:
    return sum(len(line.text) + 1 for line in lines)
