"""What shall be filled, in the caller's words: a name and a value, with synonyms and hints where they help."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

Given = str | bool | int | float | Decimal | dt.date | Path | Sequence[object] | None


class Sort(StrEnum):
    """What sort of value it is; decides which controls can take it."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    FLAG = "flag"  # yes or no
    FILES = "files"
    PATH = "path"  # one way down a tree of choices: [["Women", "Dresses", "Midi"]]
    MANY = "many"  # several values, or one way down: the control decides


@dataclass(frozen=True)
class Intent:
    """One field that shall be filled.

    `name`: what a person would call it ("Original price"). `value`: text, number, bool, date (or ISO text), a list
    (several values, or the levels of a category, whichever the control takes), a list in a list (always levels), or
    files as paths. `synonyms`: further names. `sort`: says what the value is, where it could be mistaken (an ISO date
    that is a title). `section`: the part of the form it belongs to, where a name occurs twice. `free`: a field with
    suggestions may be given a word that it does not suggest.
    """

    name: str
    value: Given
    synonyms: tuple[str, ...] = ()
    sort: Sort | None = None
    section: str = ""
    free: bool = False

    @property
    def kind(self) -> Sort:
        return self.sort or sort_of(self.value)

    @property
    def text(self) -> str:
        """The value as one text, as a person would type it."""
        value = self.value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, dt.datetime):
            return value.isoformat(timespec="minutes")
        if isinstance(value, dt.date):
            return value.isoformat()
        if isinstance(value, Path):
            return value.name
        if isinstance(value, Sequence) and not isinstance(value, str):
            joiner = " > " if self.kind is Sort.PATH else ", "
            return joiner.join(self.words)
        return "" if value is None else str(value)

    @property
    def words(self) -> tuple[str, ...]:
        """The values one by one: the levels of a path, the members of a list."""
        value = self.value
        if isinstance(value, Sequence) and not isinstance(value, str):
            if self.kind is Sort.PATH and len(value) == 1 and _is_list(value[0]):
                value = value[0]  # type: ignore[assignment]
            assert isinstance(value, Sequence)
            if self.kind is Sort.FILES:
                return tuple(path.name for path in self.files)
            return tuple(str(one) for one in value if one is not None)
        return (self.text,)

    @property
    def files(self) -> tuple[Path, ...]:
        value = self.value
        every = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        return tuple(Path(str(one)) for one in every)

    @property
    def date(self) -> dt.date | None:
        """The value as a date, if it is one."""
        if isinstance(self.value, dt.datetime):
            return self.value.date()
        if isinstance(self.value, dt.date):
            return self.value
        found = _ISO.match(self.text)
        try:
            return dt.date.fromisoformat(found.group(0)) if found else None
        except ValueError:
            return None


_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?=$|[T ])")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_FILE = re.compile(r"\.(jpe?g|png|webp|heic|heif|gif|avif|bmp|tiff?|pdf|mp4|mov|txt|csv)$", re.IGNORECASE)


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def sort_of(value: Given) -> Sort:
    """What sort a plain value is. Text that names existing files is files; ISO text is a date."""
    if isinstance(value, bool):
        return Sort.FLAG
    if isinstance(value, int | float | Decimal):
        return Sort.NUMBER
    if isinstance(value, dt.date):
        return Sort.DATE
    if isinstance(value, Path):
        return Sort.FILES
    if value is None:
        return Sort.TEXT
    if isinstance(value, str):
        if _ISO.fullmatch(value):
            return Sort.DATE
        if _FILE.search(value) and "\n" not in value and Path(value).is_file():
            return Sort.FILES
        return Sort.NUMBER if _NUMBER.fullmatch(value.strip()) else Sort.TEXT
    if len(value) == 1 and _is_list(value[0]):
        return Sort.PATH
    if value and all(isinstance(one, Path) or (isinstance(one, str) and _FILE.search(one)) for one in value):
        return Sort.FILES
    return Sort.MANY


def intents(fields: Mapping[str, Given | Intent]) -> list[Intent]:
    """The mapping as intents. A value of None means: not to be filled, and is left out.

    Raises ValueError for a name that is empty, and for a file that is not there.
    """
    found = [one if isinstance(one, Intent) else Intent(name, one) for name, one in fields.items() if one is not None]
    for one in found:
        if not one.name.strip():
            raise ValueError("A field without a name cannot be looked for.")
        if one.kind is Sort.FILES:
            for path in one.files:
                if not path.is_file():
                    raise ValueError(f"{one.name}: there is no file {path}.")
    return found
