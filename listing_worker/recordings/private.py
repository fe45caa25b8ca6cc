"""What must not stand in a recording, and its removal from text: cookies, tokens, e-mail, postal and other addresses.

On top of `utils/redact.py` (secrets by shape and by value). Web addresses keep host and path and lose the rest. What is
removed is told by `REMOVED`, so that a reader sees that something stood there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from listing_worker.utils.redact import REMOVED, redact_text

# fields that say where somebody is or how to reach them: their values are removed whole
_PRIVATE_FIELD: Final = re.compile(
    r"(?i)(?:^|[_ .-])(?:zip|postal|postcode|address|street|city|town|neighbou?rhood|location|phone|e-?mail|contact)"
    r"(?:$|[_ .-])"
)
_STREETS: Final = (
    r"(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|way|place|pl|terrace|ter|highway|hwy|"
    r"parkway|pkwy|circle|cir|square|sq|trail|trl)"
)
_SHAPES: Final[tuple[re.Pattern[str], ...]] = (
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    re.compile(r"(?<!\w)\+?\d{0,2}[ .-]?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?!\w)"),
    re.compile(
        rf"\b\d{{1,6}}[a-zA-Z]?\s+(?:[A-Za-z][\w'.-]*\s+){{1,4}}(?i:{_STREETS})\b\.?"
        r"(?:,?\s*(?:(?i:apt|apartment|suite|ste|unit)\.?|#)\s*[\w-]+)?"
    ),
    re.compile(r"(?i)\bp\.?\s?o\.?\s+box\s+\d+"),
    re.compile(r"\b(?:[A-Z][\w.'-]*\s?){1,4},\s*[A-Z]{2}(?:\s+\d{5}(?:-\d{4})?)?\b"),
    re.compile(r"\b[A-Z]{2}\s+\d{5}(?:-\d{4})?\b"),
    re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"),
    re.compile(r"(?i)(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{0,4}(?![\w:])"),
)
_QUERY: Final = re.compile(r"((?:https?|wss?)://[^\s?#\"'<>]+)[?#][^\s\"'<>]*")
# what no word of a listing looks like: long, of letters and digits without a break
_TOKEN: Final = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9_-]{24,}(?![\w-])")


def private_field(name: str) -> bool:
    """Whether a form's field of this name says where somebody is or how to reach them."""
    return _PRIVATE_FIELD.search(name) is not None


def without_private(text: str, words: Iterable[str] = ()) -> str:
    """The text without secrets and addresses; `words` are further texts to remove (a seller's own town)."""
    for word in words:
        if word:
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", REMOVED, text, flags=re.IGNORECASE)
    text = _QUERY.sub(r"\1", redact_text(text))
    for shape in _SHAPES:
        text = shape.sub(REMOVED, text)
    return _TOKEN.sub(REMOVED, text)


def cleaned(value: Any, words: Iterable[str] = ()) -> Any:
    """A copy of any JSON value with all its texts cleaned; values of private fields are removed whole."""
    words = tuple(words)
    if isinstance(value, str):
        return without_private(value, words)
    if isinstance(value, dict):
        return {
            key: REMOVED if isinstance(item, str) and item and private_field(key) else cleaned(item, words)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [cleaned(item, words) for item in value]
    return value
