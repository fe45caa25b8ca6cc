"""The Poshmark replica."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from listing_worker.sandbox.site import Site


class PoshmarkSite(Site):
    """poshmark.com and its image host."""

    name = "poshmark"
    display_name = "Poshmark"
    hosts = ("poshmark.com", "www.poshmark.com", "di2ponv0v5otw.cloudfront.net")
    home = "https://poshmark.com/"

    def routes(self) -> list[BaseRoute]:
        return [Route("/login", self.login)]

    async def login(self, _: Request) -> Response:
        return HTMLResponse("<h1>Log in</h1>")
