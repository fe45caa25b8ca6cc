"""The one place that removes secrets from what is logged.

Three nets, each enough for most cases, together for all we know of:
1. by the name of a field: whatever stands under `cookie`, `token`, `password`, `authorization`, … is dropped whole;
2. by shape, inside any text: JWTs, `whsec_` and `lwd_` tokens, `Bearer …`, cookie headers, sealed texts, passwords in
   URLs, tokens in queries and fragments, PEM blocks;
3. by value: `hide(values)` names secrets of this process (the cookie values of the open session), which then vanish
   from any text, wherever they turn up. A worker's process ends with its attempt, and the list with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote

REMOVED: Final = "[removed]"
_DEPTH: Final = 12

# A field counts as secret if its name, split into words, ends with one of these (cookie, set_cookie, apiToken, …).
_SECRET_WORDS: Final = frozenset(
    {"authorization", "bearer", "ciphertext", "cookie", "cookies", "credential", "credentials", "csrf", "dsn", "jwt",
     "localstorage", "otp", "passphrase", "passwd", "password", "plaintext", "sealed", "secret", "secrets",
     "sessionstorage", "signature", "token", "tokens", "xsrf"}
)  # fmt: skip
_COUNTED: Final = frozenset({"model", "prompt", "completion", "total", "input", "output"})  # … tokens: a model's
_SECRET_PAIRS: Final = frozenset(
    {"api_key", "private_key", "encryption_key", "role_key", "signing_key", "service_key", "secret_key", "open_key",
     "local_storage", "session_storage", "access_key", "pairing_code", "storage_state"}
)  # fmt: skip
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_QUERY_NAMES: Final = (
    r"(?:access_|refresh_|id_|auth_|device_|user_|api_)?token|code|api_?key|key|secret|password|passwd|pwd|sig|"
    r"signature|jwt|sealed|session|sessionid|sid|ticket|otp|csrf|_csrf|x-amz-[a-z-]+"
)
_SHAPES: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    # -----BEGIN PRIVATE KEY----- … -----END PRIVATE KEY----- (or cut off before its end)
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S), REMOVED),
    # a JWT, also one with its signature cut off
    (re.compile(r"\beyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){1,4}"), REMOVED),
    (re.compile(r"whsec_[A-Za-z0-9+/=_-]+"), "whsec_" + REMOVED),
    (re.compile(r"lwd_[A-Za-z0-9_-]+"), "lwd_" + REMOVED),
    (re.compile(r"\b(?:sk|sb|rk|pk)[-_](?:[A-Za-z0-9]+[-_])*[A-Za-z0-9]{20,}"), REMOVED),  # model and Supabase keys
    # headers, as they appear in texts: Authorization: …, Cookie: a=b; c=d, Set-Cookie: …
    (
        re.compile(
            r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie2?|x-[a-z-]*token|x-api-key|apikey)"
            r"([\"']?\s*[:=]\s*)(?!\[removed\])[^\r\n]+"
        ),
        rf"\1\2{REMOVED}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+(?!\[removed\])[A-Za-z0-9._~+/=-]{6,}"), rf"\1 {REMOVED}"),
    # scheme://user:password@host
    (re.compile(r"\b([a-zA-Z][a-zA-Z0-9+.-]*://)[^\s/@?#\"'<>]+@"), rf"\1{REMOVED}@"),
    # ?token=…, &code=…, #access_token=…, ;sid=…
    (re.compile(rf"(?i)([?&#;](?:{_QUERY_NAMES})=)(?!\[removed\])[^\s&#;\"'<>\\)]+"), rf"\1{REMOVED}"),
    # password=…, "token": "…", secret: …
    (
        re.compile(
            r"(?i)\b([a-z0-9_-]*(?:password|passwd|passphrase|secret|token|encryption_key|api_?key|sealed|jwt))"
            r"([\"']?\s*[:=]\s*)(?!\[removed\])(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s,;&\"'}\])]+)"
        ),
        rf"\1\2{REMOVED}",
    ),
    # sealed texts and other long runs of base64: an encoded picture is no use in a log either
    (re.compile(r"[A-Za-z0-9_+=-]{88,}|[A-Za-z0-9/_+=-]{160,}"), REMOVED),
)

# Plain words, paths and ids, the most of what is logged, fit none of the shapes, and one look tells: no shape but those
# that are named here does without a colon, an equals sign, an @ or one of ?&#;.
_HARMLESS: Final = re.compile(r"(?!.*(?:eyJ|whsec_|lwd_|[srp][kb][-_]|-----|(?i:bearer|basic)))[A-Za-z0-9/._ -]{0,87}")

_HARMLESS_AT_ONCE: Final = re.compile(r"[0-9a-f]{1,32}(?:-[0-9a-f]{1,12}){0,4}|[A-Z]{1,9}")  # ids, methods
_HARMLESS_KINDS: Final = (bool, int, float)
_LONGEST_HIDDEN: Final = 4096
_PARTS: Final = re.compile(r"[^A-Za-z0-9_-]+")
_hidden: dict[str, None] = {}  # longest first


def hide(values: Iterable[str]) -> None:
    """From now on removes these values from every text of this process.

    Only what can be a secret is taken: 12 to 4096 characters, with a letter and a digit. Of compound values
    ("abc.def|ghi", percent-encoded, JSON) the parts are taken as well.
    """
    found = set(_hidden)
    for value in values:
        if len(value) > _LONGEST_HIDDEN:
            continue
        plain = unquote(value)
        for text in (value, plain, *_PARTS.split(value), *_PARTS.split(plain)):
            if len(text) >= 12 and any(c.isalpha() for c in text) and any(c.isdigit() for c in text):
                found.add(text)
    _hidden.clear()
    _hidden.update(dict.fromkeys(sorted(found, key=len, reverse=True)))


def forget_hidden() -> None:
    """Empties the list of `hide`, for tests and for a process that outlives its attempt."""
    _hidden.clear()


@lru_cache(maxsize=2048)
def secret_name(name: str) -> bool:
    """Whether a field of this name holds a secret: `password`, `set-cookie`, `deviceToken`, `encryption_key`."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words:
        return False
    # "token_count", "cookie_names", "model_tokens": the last word says what the field is
    if words[-1] in _SECRET_WORDS:
        return not (
            words[-1] == "tokens" and len(words) > 1 and words[-2] in {"model", "prompt", "completion", "total"}
        )
    return "_".join(words[-2:]) in _SECRET_PAIRS or "".join(words) in _SECRET_WORDS


def redact_text(text: str) -> str:
    """The text without anything that is a secret by its shape or by `hide`."""
    return _without_shapes(_without_hidden(text))


def _redact_name(name: str) -> str:
    """The same for the name of a field: there are few, and each is looked at once."""
    return _known_name(_without_hidden(name))


def _without_hidden(text: str) -> str:
    for secret in _hidden:
        if secret in text:
            text = text.replace(secret, REMOVED)
    return text


def _without_shapes(text: str) -> str:
    if _HARMLESS.fullmatch(text):
        return text
    for pattern, replacement in _SHAPES:
        text = pattern.sub(replacement, text)
    return text


_known_name = lru_cache(maxsize=2048)(_without_shapes)


def harmless(fields: Mapping[str, object]) -> bool:
    """Whether `redact` would leave these fields as they are, as far as a few quick looks tell: short plain texts and
    numbers under plain names. They are ASCII without quotes, too."""
    if _hidden or not _plain_names(tuple(fields)):
        return False
    for value in fields.values():
        if isinstance(value, str):
            if not (_HARMLESS_AT_ONCE.fullmatch(value) or _HARMLESS.fullmatch(value)):
                return False
        elif not (value is None or isinstance(value, _HARMLESS_KINDS)):
            return False
    return True


@lru_cache(maxsize=2048)
def _plain_names(names: tuple[str, ...]) -> bool:
    """What is written often has the same names each time."""
    cookie = {"name", "value"} <= set(names)
    return not cookie and all(_HARMLESS.fullmatch(name) and not secret_name(name) for name in names)


def redact(value: Any, *, _depth: int = 0) -> Any:
    """A copy of any JSON-like value without secrets. Numbers, booleans, None and dates stay as they are; objects of
    other kinds become their redacted `str`. A mapping that looks like a cookie loses its value."""
    if isinstance(value, str):
        return redact_text(value)
    if value is None or isinstance(value, _HARMLESS_KINDS):
        return value
    if _depth >= _DEPTH:
        return REMOVED
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"[{len(value)} bytes]"
    if isinstance(value, (dict, Mapping)):  # the first is asked for much more quickly
        cookie = "value" in value and "name" in value and ({"domain", "path", "url", "httpOnly"} & value.keys())
        return {
            _redact_name(key) if isinstance(key, str) else key: (
                REMOVED
                if (isinstance(key, str) and secret_name(key) and item not in (None, "", (), 0, False))
                or (cookie and key == "value")
                else redact(item, _depth=_depth + 1)
            )
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        items = [redact(item, _depth=_depth + 1) for item in value]
        return items if isinstance(value, list) else tuple(items)
    return redact_text(str(value))
