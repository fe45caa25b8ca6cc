"""A tiny site over TLS, served as https://poshmark.com, that sets every awkward kind of cookie and echoes what it gets.

Kinds as measured in extension-stack §2 and §4: host-only, `__Host-`, `__Secure-`, partitioned (CHIPS) by the site
itself, unset sameSite, no Secure, other paths and sub-domains, nameless, quoted, UTF-8, nearly 4 KB, the same name on
several domains and paths. Pages: `/sign-in` sets them, `/echo` answers with the Cookie header as it came.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from listing_worker.sandbox.certificate import make_certificate

HOSTS = ("poshmark.com", "www.poshmark.com", "api.poshmark.com")
YEAR = "Max-Age=31536000"
CANARY = "canary-7d1f09c2b35e4a68"

COOKIES = [
    f"jwt={CANARY}; Domain=.poshmark.com; Path=/; Secure; HttpOnly; SameSite=Lax; {YEAR}",
    f"ui=%7B%22dh%22%3A%22sam%22%7D; Domain=poshmark.com; Path=/; {YEAR}",  # no Secure, no sameSite
    "_csrf=plain-session; Path=/",  # session, host-only, no Secure, no sameSite
    f"hostonly=only-here; Path=/; Secure; {YEAR}",
    f"__Host-id=host-prefixed; Path=/; Secure; HttpOnly; SameSite=Strict; {YEAR}",
    f"__Secure-id=secure-prefixed; Domain=poshmark.com; Path=/; Secure; {YEAR}",
    f"__Host-chips=own-partition; Path=/; Secure; HttpOnly; SameSite=None; Partitioned; {YEAR}",
    f"chips=domain-partition; Domain=poshmark.com; Path=/; Secure; SameSite=None; Partitioned; {YEAR}",
    f"none=cross-site; Domain=poshmark.com; Path=/; Secure; SameSite=None; {YEAR}",
    f"sellpath=below-sell; Path=/sell; Secure; {YEAR}",
    f"empty=; Domain=poshmark.com; Path=/; {YEAR}",
    f"nameless-value; Domain=poshmark.com; Path=/; {YEAR}",
    f'quoted="a=b, c"; Domain=poshmark.com; Path=/; {YEAR}',
    f"utf8=é漢🌸; Domain=poshmark.com; Path=/; {YEAR}",
    f"long={'x' * 3900}; Domain=poshmark.com; Path=/; {YEAR}",
    f"same=on-domain; Domain=poshmark.com; Path=/; {YEAR}",
    f"same=on-host; Path=/; {YEAR}",
    f"same=on-path; Path=/sell; {YEAR}",
]
WWW_COOKIES = [
    f"www_only=host; Path=/; Secure; HttpOnly; {YEAR}",
    f"www_domain=sub; Domain=www.poshmark.com; Path=/; {YEAR}",
]


class QuietServer(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


@contextlib.contextmanager
def running(app: ASGIApp, **options: Any) -> Iterator[int]:
    """Serves an application on a free loopback port from a thread; yields the port."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    config = uvicorn.Config(
        app, log_level="error", access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1, **options
    )
    server = QuietServer(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def _with_cookies(response: Response, cookies: list[str]) -> Response:
    for cookie in cookies:
        response.raw_headers.append((b"set-cookie", cookie.encode()))
    return response


class AwkwardSite:
    """The site; `jwt` can be changed to see what a refresh by the site does."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def sign_in(self, request: Request) -> Response:
        cookies = WWW_COOKIES if request.url.hostname == "www.poshmark.com" else COOKIES
        script = "localStorage.flag = 'kept in localStorage'; sessionStorage.tab = 'kept in the tab'"
        page = f"<!doctype html><title>Signed in</title><script>{script}</script>"
        return _with_cookies(HTMLResponse(page), cookies)

    async def echo(self, request: Request) -> Response:
        self.seen.append(request.url.path)
        return PlainTextResponse(request.headers.get("cookie", ""))

    async def refresh(self, request: Request) -> Response:
        cookie = f"jwt=refreshed-by-the-site-1; Domain=.poshmark.com; Path=/; Secure; HttpOnly; SameSite=Lax; {YEAR}"
        page = "<!doctype html><title>Refreshed</title><script>localStorage.flag = 'refreshed'</script>"
        return _with_cookies(HTMLResponse(page), [cookie])

    async def set_cookie(self, request: Request) -> Response:
        return _with_cookies(PlainTextResponse("set"), [request.query_params["cookie"]])

    async def sign_out(self, request: Request) -> Response:
        gone = "jwt=; Domain=.poshmark.com; Path=/; Max-Age=0"
        return _with_cookies(PlainTextResponse("signed out"), [gone])

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/sign-in", self.sign_in),
                Route("/refresh", self.refresh),
                Route("/sign-out", self.sign_out),
                Route("/set", self.set_cookie),
                Route("/{path:path}", self.echo),
            ]
        )


@contextlib.contextmanager
def awkward_site(folder: Path) -> Iterator[tuple[AwkwardSite, list[str]]]:
    """The running site, and the Chromium arguments that make it https://poshmark.com."""
    certificate, key, spki = make_certificate(folder, list(HOSTS))
    site = AwkwardSite()
    with running(site.app(), ssl_certfile=certificate, ssl_keyfile=key) as port:
        rules = [f"MAP {host}:443 127.0.0.1:{port}" for host in HOSTS]
        rules += ["EXCLUDE 127.0.0.1", "EXCLUDE localhost", "MAP * ~NOTFOUND"]
        yield (
            site,
            [f"--host-resolver-rules={', '.join(rules)}", f"--ignore-certificate-errors-spki-list={spki}"],
        )
