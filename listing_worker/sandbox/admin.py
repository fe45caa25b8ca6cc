"""The admin port: what the sites received, their accounts and switches. JSON in and out; `/` is a page for people.

    GET  /                             the same as a page, with a switch board
    GET  /health                       {"ok": true, "sites": [...]}
    GET  /sites                        name, home, hosts, accounts (with passwords: they are fake), switches, variants
    GET  /received?site=NAME           what the site received (sandbox/site.py); without site: all, keyed by name
    GET  /photos/{site}/{photo_id}     the bytes of an uploaded photo
    GET  /faults/{site}    PUT /faults/{site}  {"switch": value, …}
    PUT  /accounts/{site}  {"username", "password", "handle"}
    PUT  /listings/{site}/{listing_id}  {"status"}: a published listing becomes sold, deleted … (`Site.statuses`)
    POST /reset[?site=NAME]            forgets what was received, every session and every switch
    GET  /scenario                     switches that are on and accounts that were added (`scenario.py`)
    POST /scenarios/{name}             plays a ready-made one
    PUT  /scenario                     plays a scenario: replaces all switches, adds its accounts
    GET  /canary                       the value hidden in every session cookie

Errors are {"error": {"code", "message"}}: 404 not_found, 400 bad_request.
"""

from __future__ import annotations

import inspect
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from listing_worker.sandbox.scenario import Scenario, as_document, ready_made
from listing_worker.sandbox.site import Account, Site

PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(default=True),
)
PAGES.filters["clock"] = lambda at: datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S") if at else ""
PAGES.filters["dollars"] = lambda cents: f"${cents / 100:,.2f}" if cents is not None else ""


def refuse(message: str, status: int = 404) -> JSONResponse:
    code = "bad_request" if status == 400 else "not_found"
    return JSONResponse({"error": {"code": code, "message": message}}, status)


def describe(site: Site) -> dict[str, Any]:
    return {
        "name": site.name,
        "display_name": site.display_name,
        "home": site.home,
        "hosts": list(site.hosts),
        "accounts": [vars(account) for account in site.accounts.values()],
        "faults": site.faults.as_json(),
        "variants": dict(site.variant_words),
    }


def told_of(site: Site) -> str:
    """What the replica's own module says about it, and its variants."""
    width = max((len(word) for word in site.variant_words), default=0)
    variants = [f"    {word:<{width}}  {what}" for word, what in site.variant_words.items()]
    return "\n".join([inspect.getdoc(sys.modules[type(site).__module__]) or "", "", *variants]).strip()


def admin_application(sites: dict[str, Site], canary: str, browse: list[str]) -> Starlette:
    """The admin port's application; `browse` is the Chromium command that the page shows."""

    def site_of(request: Request) -> Site | None:
        return sites.get(request.path_params.get("site") or request.query_params.get("site") or "")

    async def index(_: Request) -> Response:
        page = PAGES.get_template("index.html")
        return HTMLResponse(
            page.render(sites=list(sites.values()), browse=browse, scenarios=ready_made(), told=told_of)
        )

    async def health(_: Request) -> Response:
        return JSONResponse({"ok": True, "sites": list(sites)})

    async def list_sites(_: Request) -> Response:
        return JSONResponse([describe(site) for site in sites.values()])

    async def received(request: Request) -> Response:
        if "site" not in request.query_params:
            return JSONResponse({name: site.received() for name, site in sites.items()})
        site = site_of(request)
        return JSONResponse(site.received()) if site else refuse("no such site")

    async def photo(request: Request) -> Response:
        site = site_of(request)
        found = site.photos.get(request.path_params["photo_id"]) if site else None
        return Response(found.data, media_type=found.content_type) if found else refuse("no such photo")

    async def faults(request: Request) -> Response:
        site = site_of(request)
        if site is None:
            return refuse("no such site")
        if request.method == "PUT":
            try:
                site.faults.update(await request.json())
            except (ValueError, AttributeError) as error:
                return refuse(str(error), 400)
        return JSONResponse(site.faults.as_json())

    async def account(request: Request) -> Response:
        site = site_of(request)
        if site is None:
            return refuse("no such site")
        try:
            body = await request.json()
            made: Account | None = Account(body["username"], body["password"], body["handle"], id=secrets.token_hex(12))
        except (ValueError, KeyError, TypeError):
            made = None
        if made is None or not all(isinstance(value, str) and value for value in vars(made).values()):
            return refuse("username, password and handle are needed, as text", 400)
        site.accounts[made.username] = made
        return JSONResponse(vars(made))

    async def listing(request: Request) -> Response:
        site = site_of(request)
        found = site.listings.get(request.path_params["listing_id"]) if site else None
        if found is None or found.published_at is None:
            return refuse("no such published listing")
        try:
            status = (await request.json())["status"]
        except (ValueError, KeyError, TypeError):
            status = None
        if site is None or status not in site.statuses:
            return refuse(f"status is one of {', '.join(site.statuses if site else ())}", 400)
        found.status = status
        return JSONResponse(found.as_json())

    async def reset(request: Request) -> Response:
        chosen = site_of(request)
        if "site" in request.query_params and chosen is None:
            return refuse("no such site")
        for site in [chosen] if chosen else sites.values():
            site.reset()
        return JSONResponse({"ok": True})

    async def scenario(request: Request) -> Response:
        if request.method == "PUT":
            try:
                Scenario.of(await request.json()).play(sites)
            except ValueError as error:  # BadScenario, or no JSON at all
                return refuse(str(error), 400)
        return JSONResponse(as_document(sites))

    async def play_ready_made(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in ready_made():
            return refuse("no such scenario")
        Scenario.read(name).play(sites)
        return JSONResponse(as_document(sites))

    async def tell_canary(_: Request) -> Response:
        return JSONResponse({"canary": canary})

    return Starlette(
        routes=[
            Route("/", index),
            Route("/health", health),
            Route("/sites", list_sites),
            Route("/received", received),
            Route("/scenarios/{name}", play_ready_made, methods=["POST"]),
            Route("/photos/{site}/{photo_id}", photo),
            Route("/faults/{site}", faults, methods=["GET", "PUT"]),
            Route("/accounts/{site}", account, methods=["PUT"]),
            Route("/listings/{site}/{listing_id}", listing, methods=["PUT"]),
            Route("/reset", reset, methods=["POST"]),
            Route("/scenario", scenario, methods=["GET", "PUT"]),
            Route("/canary", tell_canary),
        ]
    )
