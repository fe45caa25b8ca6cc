"""The server-rendered pages: `/` and `/connect`. They hold no data; their scripts fetch it with the seller's token.

The token comes in the address's fragment, which no server sees, and stays in the tab (`static/session.js`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, select_autoescape

from listing_worker import __version__
from listing_worker.api.extension_id import EXTENSION_ID
from listing_worker.api.ports import Wired

router = APIRouter(include_in_schema=False)

_HERE = Path(__file__).parent
_templates = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=select_autoescape(["html"]))
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@router.get("/")
def index(wired: Wired) -> HTMLResponse:
    """What is connected, and how the last jobs went."""
    return _page("index.html", marketplaces=_marketplaces(wired))


@router.get("/connect")
def connect(request: Request, wired: Wired) -> HTMLResponse:
    """Pairs the browser extension with the seller who opened this page."""
    more = [name.strip() for name in wired.settings.extension_ids.split(",") if name.strip()]
    return _page(
        "connect.html",
        extension_ids=" ".join(dict.fromkeys([EXTENSION_ID, *more])),
        marketplaces=_marketplaces(wired),
        origin=str(request.base_url).rstrip("/"),
    )


def mount_static(app: FastAPI) -> None:
    """Scripts and styles of the pages."""
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")


def _page(template: str, **values: Any) -> HTMLResponse:
    html = _templates.get_template(template).render(version=__version__, **values)
    return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY})


def _marketplaces(wired: Wired) -> list[dict[str, str]]:
    return [
        {
            "name": name,
            "display_name": wired.marketplaces.display_name(name),
            "home_url": wired.marketplaces.home_url(name),
        }
        for name in wired.marketplaces.names()
    ]
