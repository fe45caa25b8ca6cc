"""How a page is made: templates, the words, icons, times, money, and the headers every page carries."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from listing_worker import __version__
from listing_worker.api.auth import Caller, csrf_token, session_cookie
from listing_worker.api.ports import Resources
from listing_worker.api.web.states import LOOKS, NEEDS_SELLER
from listing_worker.models import Money, PostingState

HERE = Path(__file__).parent
STATIC = HERE / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",  # with no-referrer, forms would say `Origin: null`, which we refuse
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=()",
}


class Words:
    """A table of sentences: `words.home.title`, or `words["home"]`. A name that is not there is an error."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._table = {name: Words(each) if isinstance(each, dict) else each for name, each in table.items()}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._table:
            raise AttributeError(name)
        return self._table[name]

    def __getitem__(self, name: str) -> Any:
        return self._table[name]

    def __contains__(self, name: str) -> bool:
        return name in self._table


@cache
def words() -> Words:
    """Every sentence of the pages (`words.en.toml`)."""
    return Words(tomllib.loads((HERE / "words.en.toml").read_text()))


@cache
def _icons() -> dict[str, str]:
    return dict(json.loads((HERE / "icons.json").read_text()))


def icon(name: str, label: str | None = None) -> Markup:
    """A Lucide icon, inline. Decorative unless it has a label."""
    role = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="icon" viewBox="0 0 24 24" {}>{}</svg>').format(role, Markup(_icons()[name]))  # noqa: S704


def ago(moment: str | None, now: datetime | None = None) -> Markup:
    """ "3 min ago", exact on hover; for a time to come "in 3 min". The script keeps it fresh."""
    if not moment:
        return Markup("")
    at = datetime.fromisoformat(moment)
    seconds = ((now or datetime.now(UTC)) - at).total_seconds()
    return Markup('<time class="ago" datetime="{}" title="{}">{}</time>').format(
        moment, at.strftime("%Y-%m-%d %H:%M:%S UTC"), span(seconds)
    )


def span(seconds: float) -> str:
    """Rounded to the largest unit; negative for what is to come."""
    size = abs(seconds)
    for unit, name in ((86_400, "d"), (3600, "h"), (60, "min")):
        if size >= unit:
            text = f"{int(size // unit)} {name}"
            return f"{text} ago" if seconds > 0 else f"in {text}"
    return "just now" if seconds > -5 else f"in {int(size)} s"


def took(start: str | None, end: str | None) -> str:
    """ "0:07", "12:31", "1:02:05"."""
    if not start or not end:
        return ""
    seconds = max(0, int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()))
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def money(value: dict[str, Any] | Money | str) -> str:
    """ "$48.00"."""
    if isinstance(value, str):
        amount = Decimal(value)
    else:
        amount = (Money.model_validate(value) if isinstance(value, dict) else value).dollars
    return f"${amount:,.2f}"


def look(state: str) -> Any:
    return LOOKS[PostingState(state)]


def static_version() -> str:
    """Changes with any of our static files, so that browsers may keep them for long."""
    digest = sha256(__version__.encode())
    for file in sorted(STATIC.rglob("*")):
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()[:10]


@cache
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        t=words(), icon=icon, ago=ago, took=took, money=money, look=look, version=__version__, static=static_version()
    )
    return made


def render(template: str, **values: Any) -> str:
    """A fragment, without headers."""
    return environment().get_template(template).render(**values)


def page(
    request: Request, wired: Resources, caller: Caller | None, template: str, *, status: int = 200, **values: Any
) -> HTMLResponse:
    """A whole page for `caller` (None: nobody is signed in)."""
    session = session_cookie(request) if caller else None
    needing = 0
    if caller is not None:
        counts = wired.store.count_postings(caller.user_id)
        needing = sum(row["count"] for row in counts if row["state"] in NEEDS_SELLER[:1])
        needing += len(values.setdefault("views", wired.store.list_live_views(caller.user_id)))
        values.setdefault("counts", counts)
    html = render(
        template,
        signed_in=caller is not None,
        csrf=csrf_token(session) if session else "",
        here=request.url.path,
        needing=needing,
        **values,
    )
    return HTMLResponse(html, status_code=status, headers=HEADERS)
