"""Redaction: whatever shape a secret comes in, and wherever it hides, it is gone; ordinary words stay."""

from __future__ import annotations

import json
import string
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listing_worker.utils import redact as module
from listing_worker.utils.redact import REMOVED, forget_hidden, hide, redact, redact_text, secret_name

BASE64URL = string.ascii_letters + string.digits + "-_"
opaque = st.text(BASE64URL, min_size=24, max_size=60).filter(lambda t: t.isascii() and any(c.isdigit() for c in t))
words = st.text(string.ascii_lowercase + " ", max_size=30)

SHAPES = {
    "jwt": lambda s: f"eyJhbGciOiJFUzI1NiJ9.{s}.{s}",
    "cut jwt": lambda s: f"eyJhbGciOiJFUzI1NiJ9.{s}",
    "webhook secret": lambda s: f"whsec_{s}",
    "device token": lambda s: f"lwd_{s}",
    "bearer": lambda s: f"Bearer {s}",
    "authorization header": lambda s: f"Authorization: Basic {s}",
    "header in a dict's repr": lambda s: f"{{'authorization': '{s}', 'accept': '*/*'}}",
    "cookie header": lambda s: f"Cookie: a=1; jwt={s}; b=2",
    "set-cookie header": lambda s: f"set-cookie: jwt={s}; Path=/; HttpOnly",
    "url password": lambda s: f"postgresql://worker:{s}@db.example.com:5432/app",
    "url query": lambda s: f"https://example.com/connect?token={s}&next=/",
    "url fragment": lambda s: f"http://127.0.0.1:8003/connect#token={s}",
    "second query value": lambda s: f"https://example.com/a?b=c&api_key={s}",
    "assignment": lambda s: f"SESSION_ENCRYPTION_KEY={s}",
    "password in json": lambda s: json.dumps({"password": s}),
    "escaped json": lambda s: json.dumps({"x": 1, "device_token": s + '"' + s}),
    "sealed text": lambda s: (s * 5)[:120],
    "pem": lambda s: f"-----BEGIN PRIVATE KEY-----\n{s}\n-----END PRIVATE KEY-----",
    "cut pem": lambda s: f"-----BEGIN EC PRIVATE KEY-----\n{s}\n{s}",
}


@pytest.fixture(autouse=True)
def nothing_hidden() -> Iterator[None]:
    forget_hidden()
    yield
    forget_hidden()


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=30)
@given(secret=opaque, before=words, after=words)
def test_a_secret_goes_by_its_shape(shape: str, secret: str, before: str, after: str) -> None:
    text = redact_text(f"{before} {SHAPES[shape](secret)} {after}")
    assert secret not in text
    assert REMOVED in text


NAMES = ["password", "Cookie", "set-cookie", "token", "deviceToken", "access_token", "Authorization", "client_secret",
         "SESSION_ENCRYPTION_KEY", "supabase_service_role_key", "apiKey", "sealed", "cookies", "localStorage",
         "xsrf-token", "webhook_secret", "jwt", "storage_state", "x_csrf"]  # fmt: skip


@settings(max_examples=100)
@given(
    name=st.sampled_from(NAMES),
    secret=opaque,
    shell=st.sampled_from(["flat", "nested", "list", "tuple", "deep"]),
)
def test_a_secret_goes_by_its_name(name: str, secret: str, shell: str) -> None:
    inner: Any = {name: secret, "marketplace": "poshmark"}
    event = {
        "flat": inner,
        "nested": {"request": {"headers": inner}},
        "list": {"calls": [inner, inner]},
        "tuple": {"calls": (1, (inner,))},
        "deep": {"a": {"b": {"c": {"d": [inner]}}}},
    }[shell]
    clean = repr(redact(event))
    assert secret not in clean
    assert "poshmark" in clean


@settings(max_examples=60)
@given(secret=opaque, before=words, after=words)
def test_a_hidden_value_goes_from_any_text(secret: str, before: str, after: str) -> None:
    forget_hidden()
    hide([secret])
    if not any(c.isalpha() for c in secret):
        return
    event = {"event": f"{before}{secret}{after}", secret: 1, "n": [f"<{secret}>"], "error": ValueError(secret)}
    assert secret not in repr(redact(event))


def test_parts_of_a_compound_cookie_are_hidden_too() -> None:
    hide(["canary-0123456789abcdef%7Cuser.tail9", "true", "en-US", "https://poshmark.com/feed"])
    assert redact_text("saw canary-0123456789abcdef in the page") == f"saw {REMOVED} in the page"
    assert redact_text("https://poshmark.com/feed is true in en-US") == "https://poshmark.com/feed is true in en-US"


def test_a_cookie_keeps_its_name_and_loses_its_value() -> None:
    clean = redact({"refused": {"name": "jwt", "value": "s3cr3t", "domain": ".poshmark.com"}})
    assert clean == {"refused": {"name": "jwt", "value": REMOVED, "domain": ".poshmark.com"}}


INNOCENT: list[Any] = [
    "Filled the form in 1.8 s: 14 fields, 4 photos",
    'Free People Floral Wrap Midi Dress 🌸 "Dolce"',
    "https://poshmark.com/listing/Free-People-Floral-Wrap-Midi-Dress-0123456789abcdef01234567",
    "https://www.ebay.com/sl/prelist/suggest?sr=shListingsCTA&keyword=dress",
    "posting 7d444840-9dc0-11d1-b245-5ffdce74fad2, attempt 2, fence 3",
    "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "/home/seller/listing worker/.run/demo/poshmark-filled-form.png",
    "Sign in to eBay in your browser; the extension syncs by itself.",
    {"total_tokens": 1200, "model_tokens": 3, "token_count": 4, "cookie_names": ["jwt"], "key_id": "yJ4hHPqzcnLc"},
    {"photo": "key", "value": "Red", "name": "color", "none": None, "yes": True, "ratio": 0.5},
    {"password": None, "token": ""},
]


@pytest.mark.parametrize("value", INNOCENT, ids=lambda v: str(v)[:40])
def test_ordinary_words_stay(value: Any) -> None:
    assert redact(value) == value


@given(
    text=st.one_of(st.from_regex(module._HARMLESS, fullmatch=True), st.text("eyJwhslcdkbpraiBEGIN _-/.Z0", max_size=99))
)
def test_what_is_passed_as_harmless_fits_no_shape(text: str) -> None:
    if module._HARMLESS.fullmatch(text):
        assert all(pattern.search(text) is None for pattern, _ in module._SHAPES)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=60) | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=150)
@given(value=json_like)
def test_redacting_again_changes_nothing(value: Any) -> None:
    once = redact(value)
    assert redact(once) == once


def test_a_bottomless_value_ends() -> None:
    loop: dict[str, Any] = {}
    loop["self"] = loop
    assert REMOVED in repr(redact(loop))


@pytest.mark.parametrize("name", ["poshmark", "key", "key_id", "state", "cookie_count", "", "42", "session"])
def test_names_that_hold_no_secret(name: str) -> None:
    assert not secret_name(name)


def test_long_texts_are_quick() -> None:
    # shapes must not backtrack: a page's source may end up in an error
    text = "a-b_c " * 40_000 + "=" * 2000 + "x://" * 5000 + "eyJ" * 5000
    redact_text(text)
