"""What the server itself renders: the shell of the app and its style, with class names hashed anew at each start."""

from __future__ import annotations

import json
import re
import secrets
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from listing_worker.sandbox.facebook import catalogue

if TYPE_CHECKING:
    from listing_worker.sandbox.facebook.site import FacebookSite

STATIC = Path(__file__).parent / "static"
VENDOR = Path(__file__).parent.parent / "vendor"
MODULES = sorted(path.relative_to(STATIC).as_posix() for path in STATIC.glob("app/**/*.js"))
BUILD = sha256(b"".join((STATIC / name).read_bytes() for name in [*MODULES, "app.css"])).hexdigest()[:12]
YEAR_SECONDS = 365 * 24 * 3600
_MOUNT_MS = {"quick": 300, "slow": 4000}

_SHELL = """<!DOCTYPE html>
<html lang="{language}" id="facebook" class="{root}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Facebook</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{base}/app.css?{salt}">
<script defer src="/rsrc.php/vendor/react.production.min.js"></script>
<script defer src="/rsrc.php/vendor/react-dom.production.min.js"></script>
<script defer src="/rsrc.php/vendor/htm.umd.js"></script>
<script type="module" src="{base}/app/boot.js"></script>
</head>
<body class="{root}">
<div id="mount_0_0_{mount}"></div>
<script type="application/json" data-sjs data-content-len="{length}">{data}</script>
</body>
</html>
"""


class Look:
    """Class names: `card` in app.css and in the scripts becomes `x` and letters that mean nothing, other ones after
    each start of the sandbox, as after each deploy of the real site."""

    def __init__(self) -> None:
        self.salt = secrets.token_hex(4)

    def name(self, word: str) -> str:
        """The same sum as `cx` in static/app/ui.js."""
        number = 5381
        for character in f"{self.salt}:{word}":
            number = (number * 33 + ord(character)) & 0xFFFFFFFF
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"
        text = ""
        while number:
            number, rest = divmod(number, 36)
            text = digits[rest] + text
        return f"x{text}"

    def stylesheet(self) -> Response:
        text = re.sub(r"\.([a-z][A-Za-z]*)(?=[\s,.:{\[>+])", lambda found: f".{self.name(found[1])}", _style_text())
        return Response(text, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})


@cache
def _style_text() -> str:
    return (STATIC / "app.css").read_text()


class Assets(StaticFiles):
    """The files of one build, whose address changes with them."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def know_browser(request: Request, response: Response) -> None:
    """Gives the browser its ids `datr` and `sb`, once."""
    for name in ("datr", "sb"):
        if name not in request.cookies:
            value = secrets.token_urlsafe(18)
            set_cookie(response, name, value, hidden=True)


def set_cookie(response: Response, name: str, value: str, *, hidden: bool) -> None:
    response.set_cookie(
        name, value, max_age=YEAR_SECONDS, domain="facebook.com", secure=True, httponly=hidden, samesite="none"
    )


def shell(site: FacebookSite, request: Request) -> Response:
    """The first document holds nothing of the page but what `static/app/boot.js` needs to begin."""
    session, variants = site.session(request), site.variants
    settings: dict[str, Any] = {
        "salt": site.look.salt,
        "mountMs": _MOUNT_MS["slow" if "slow_mount" in variants else "quick"],
        "variants": sorted(variants),
        "modal": site.faults.modal,
        "cookieBanner": site.faults.cookie_banner,
        "suspended": site.faults.suspended,
        **catalogue.for_the_page(),
    }
    data = {
        "require": [
            ["CurrentUserInitialData", [], _user(site, request), 270],
            ["DTSGInitialData", [], {"token": session.values["dtsg"]} if session else {}, 258],
            ["MarketplaceSettings", [], settings, 1],
        ]
    }
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    return HTMLResponse(
        _SHELL.format(
            language="es" if "es" in variants else "en-GB" if "en_gb" in variants else "en",
            root=site.look.name("root"),
            base=f"/rsrc.php/v3/{BUILD}",
            salt=site.look.salt,
            mount=secrets.token_hex(1),
            length=len(text),
            data=text,
        ),
        headers={"Cache-Control": "no-store"},
    )


def _user(site: FacebookSite, request: Request) -> dict[str, str]:
    session = site.session(request)
    if session is None:
        return {"ACCOUNT_ID": "0", "USER_ID": "0", "NAME": ""}
    number = request.cookies["c_user"]
    return {"ACCOUNT_ID": number, "USER_ID": number, "NAME": session.account.handle}
