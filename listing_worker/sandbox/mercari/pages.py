"""What the server itself renders: the bare shell of the app, and the challenge that stands before everything."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from listing_worker.sandbox.mercari.site import MercariSite

STATIC = Path(__file__).parent / "static"
VENDOR = Path(__file__).parent.parent / "vendor"
MODULES = sorted(path.relative_to(STATIC).as_posix() for path in STATIC.glob("app/**/*.js"))
BUILD = sha256(b"".join((STATIC / name).read_bytes() for name in [*MODULES, "app.css"])).hexdigest()[:16]

PATHS = (
    *("/", "/login/", "/signup/", "/search/", "/sell/", "/sell/draft/{item_id}/", "/sell/edit/{item_id}/"),
    *("/mypage/", "/mypage/listings/{status}/"),
)
_SECONDS = {"kando": 0.6, "kando_late": 3.0, "mount": 0.4, "mount_slow": 4.0}

_SHELL = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mercari: Your Marketplace</title>
<meta name="description" content="The selling app. Shop and sell almost anything.">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{base}/app.css">
<script defer src="{base}/vendor/react.production.min.js"></script>
<script defer src="{base}/vendor/react-dom.production.min.js"></script>
<script defer src="{base}/vendor/htm.umd.js"></script>
<script type="module" src="{base}/app/boot.js"></script>
</head>
<body>
<div id="__next"><div class="Shell__Spinner-sc-1f0b7e-0" aria-busy="true"></div></div>
{badge}
<script id="__NEXT_DATA__" type="application/json">{data}</script>
<script>window.next={{version:"13.5.6",router:{{pathname:location.pathname,query:{{}}}}}};</script>
</body>
</html>
"""

# The badge is harmless and always there on the sell form, and its frame is what keeps the page from ever being loaded.
_BADGE = """<div class="grecaptcha-badge" style="width:256px;height:60px;position:fixed;bottom:14px;right:-186px">
<iframe title="reCAPTCHA" width="256" height="60" src="/v1/recaptcha/anchor" style="border:0"></iframe>
<textarea id="g-recaptcha-response" name="g-recaptcha-response" style="display:none"></textarea></div>"""

_CHALLENGE = """<!DOCTYPE html>
<html lang="en-US"><head><title>Just a moment...</title><meta name="robots" content="noindex,nofollow">
<style>body{font-family:system-ui,sans-serif;margin:8rem auto;max-width:40rem;color:#313131}
.box{border:1px solid #d9d9d9;background:#fafafa;padding:1rem 1.2rem;width:18rem;margin-top:2rem}</style></head>
<body><h1>www.mercari.com</h1><h2>Verify you are human by completing the action below.</h2>
<div class="box"><label><input type="checkbox"> Verify you are human</label></div>
<p>www.mercari.com needs to review the security of your connection before proceeding.</p>
<p><small>Performance &amp; security verification</small></p>
<script>document.querySelector("input").addEventListener("change", async () => {
  await fetch("/cdn-cgi/challenge-platform/verified", {method: "POST"});
  location.reload();
});</script></body></html>
"""


class Assets(StaticFiles):
    """The files of one build, whose address changes with them."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def shell(site: MercariSite, request: Request, status: int = 200) -> Response:
    """The first document, about 2.5 KB: it holds nothing of the page but what `static/app/boot.js` needs to begin."""
    variants, base = site.variants, f"/_next/static/{BUILD}"
    session = site.session(request)
    settings = {
        "mountMs": 1000 * _SECONDS["mount_slow" if "slow_mount" in variants else "mount"],
        "kandoMs": 1000 * _SECONDS["kando_late" if "late_kando" in variants else "kando"],
        "variants": sorted(variants),
        "modal": site.faults.modal,
        "cookieBanner": site.faults.cookie_banner,
        "found": status != 404,
    }
    data = {
        "props": {"pageProps": {}, "user": {"nickname": session.account.handle} if session else None},
        "page": request.url.path,
        "buildId": BUILD,
        "runtimeConfig": settings,
    }
    return HTMLResponse(
        _SHELL.format(
            base=base,
            badge=_BADGE if request.url.path.startswith("/sell/") else "",
            data=json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),
        ),
        status,
        {"Cache-Control": "no-store", "Link": ", ".join(f"<{base}/{name}>; rel=modulepreload" for name in MODULES)},
    )


# What a real reCAPTCHA shows over the form: a frame higher than the badge (fact: mercari §7); its inside is not known.
_CAPTCHA = """<!DOCTYPE html>
<html lang="en-US"><head><title>reCAPTCHA</title>
<style>body{font-family:system-ui,sans-serif;margin:1rem;background:#fff} label{font-size:1.2rem}</style></head>
<body><p>Confirm that you are not a robot.</p><label><input type="checkbox"> I'm not a robot</label>
<script>document.querySelector("input").addEventListener("change", () => parent.postMessage("solved", "*"));</script>
</body></html>
"""


def captcha() -> Response:
    return HTMLResponse(_CAPTCHA, headers={"Cache-Control": "no-store"})


def challenge() -> Response:
    return HTMLResponse(_CHALLENGE, 403, {"Cache-Control": "no-store", "cf-mitigated": "challenge"})
