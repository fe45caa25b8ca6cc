"""A search for what must not be in a recording: known secrets by their value, and anything of their shape."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

SHAPES = {
    "e-mail": re.compile(r"[\w.+-]+@[\w-]+\.[a-z]{2,}", re.IGNORECASE),
    "JWT": re.compile(r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}"),
    "telephone": re.compile(r"\(?\b\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b"),
    "street": re.compile(r"\b\d{1,5} [A-Z][a-z]+ (Street|St|Avenue|Ave|Road|Rd|Lane|Drive|Blvd)\b"),
    "state and ZIP": re.compile(r"\b[A-Z]{2} \d{5}\b"),
    "IP address": re.compile(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b"),
    "query of an address": re.compile(r"https?://[^\s\"'<>]+\?[^\s\"'<>]+"),
}
_PICTURE = re.compile(r"data:image/jpeg;base64,[A-Za-z0-9+/=]+")


def leaks(text: str, secrets: Iterable[str] = ()) -> set[str]:
    """What was found: names of shapes, and the secrets themselves. Pictures are left out: they are looked at."""
    plain = html.unescape(_PICTURE.sub("", text)).replace("\\u003c", "<")
    found = {name for name, shape in SHAPES.items() if shape.search(plain)}
    return found | {secret for secret in secrets if secret and secret in plain}
