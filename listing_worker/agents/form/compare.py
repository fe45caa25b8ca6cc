"""When what the form says is what was meant. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from listing_worker.agents.form.steps import Compare, Planned, Read, Value
from listing_worker.agents.form.targets import fill_template

_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " "})
JOIN = ", "


def words_of(planned: Planned | None, value: Value | None = None) -> dict[str, str]:
    """What templates may use of a planned field: {value}, {leaf}, {path}, {0}, {1}…, {search}, its own words."""
    wanted = planned.value if value is None and planned is not None else value
    if isinstance(wanted, bool):
        words = {"value": "true" if wanted else "false"}
    elif isinstance(wanted, str):
        words = {"value": wanted, "leaf": wanted, "path": wanted}
    elif isinstance(wanted, Mapping) or wanted is None:
        words = {}
    else:
        parts = [part for part in wanted if part]
        leaf = parts[-1] if parts else ""
        words = {"value": JOIN.join(parts), "leaf": leaf, "path": " > ".join(parts)}
        words |= {str(position): part for position, part in enumerate(parts)}
    words |= planned.words if planned else {}
    words["search"] = (planned.search if planned else "") or words.get("leaf", "")
    return words


def meant_text(planned: Planned, read: Read) -> str:
    """What the form should say for a planned value."""
    words = words_of(planned)
    if read.expect:
        expected = fill_template(read.expect, words)
        return re.sub(r"\s*\{\d\}", "", expected).strip()
    return words["value"]


def same(meant: str | Sequence[str], on_form: str | Sequence[str], read: Read) -> bool:
    """Whether the two are equal in the sense of `read.compare`."""
    if read.compare in {Compare.SET, Compare.LIST}:
        ours, theirs = _as_list(meant, JOIN.strip()), _as_list(on_form, read.split)
        return sorted(ours) == sorted(theirs) if read.compare is Compare.SET else ours == theirs
    left = meant if isinstance(meant, str) else JOIN.join(meant)
    right = on_form if isinstance(on_form, str) else JOIN.join(on_form)
    match read.compare:
        case Compare.TEXT:
            return text_lines(left) == text_lines(right)
        case Compare.WORDS:
            return left.split() == right.split()
        case Compare.LOOSE:
            return loose(left) == loose(right)
        case Compare.MONEY:
            return cents(left) is not None and cents(left) == cents(right)
        case Compare.NUMBER:
            return number(left) is not None and number(left) == number(right)
        case Compare.PREFIX:
            return re.match(rf"{re.escape(loose(left))}(?![\w/]|[.,]\d)", loose(right)) is not None
        case Compare.CONTAINS:
            return re.search(rf"(?<!\w){re.escape(loose(left))}(?!\w)", loose(right)) is not None
        case Compare.NOT_EMPTY:
            return bool(right.strip())


def clean(on_form: str, read: Read) -> str:
    """The form's text without what `read.drop` names."""
    return re.sub(read.drop, "", on_form).strip() if read.drop else on_form


def text_lines(text: str) -> str:
    """Line ends as \\n, no trailing spaces on lines, none around the whole; no-break spaces are spaces."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def loose(text: str) -> str:
    """Lower case, straight quotes, single spaces."""
    return " ".join(text.translate(_QUOTES).casefold().split())


def cents(text: str) -> int | None:
    """An amount in whole cents: "$1,048.00" → 104800; None if it is none."""
    found = re.fullmatch(r"\s*(?:US)?\s*\$?\s*(\d[\d,]*)(?:\.(\d{1,2}))?\s*(?:USD)?\s*", text)
    if not found:
        return None
    return int(found.group(1).replace(",", "")) * 100 + int((found.group(2) or "").ljust(2, "0"))


def number(text: str) -> Decimal | None:
    try:
        return Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        return None


def _as_list(value: str | Sequence[str], separator: str) -> list[str]:
    parts = (value.split(separator) if separator else [value]) if isinstance(value, str) else list(value)
    return [loose(part) for part in parts if part.strip()]
