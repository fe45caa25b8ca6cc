"""Picture upload as the form's uploader does it, and i.ebayimg.com (fact: ebay §5)."""

from __future__ import annotations

import asyncio
import re
import secrets
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from listing_worker.sandbox.ebay.pages import seller_api
from listing_worker.sandbox.site import BrowserSession, ReceivedPhoto, not_found

if TYPE_CHECKING:
    from listing_worker.sandbox.ebay.site import EbaySite

MAX_BYTES = 12_000_000
MIN_LONGEST_SIDE = 500
MAX_SIDES = 12_000


def image_url(photo: ReceivedPhoto, side: int = 500) -> str:
    return f"https://i.ebayimg.com/images/g/{photo.id}/s-l{side}.jpg"


def upload_routes(site: EbaySite) -> list[BaseRoute]:
    async def upload(request: Request, session: BrowserSession) -> Response:
        """One file; the answer is text that starts with VERSION: and ends with the picture's address, or ERROR:."""
        async with request.form() as form:
            file = next((value for value in form.values() if isinstance(value, UploadFile)), None)
            data = await file.read() if file else b""
            kind = (file.content_type if file else None) or "image/jpeg"
        if site.faults.photo_slow:
            await asyncio.sleep(site.faults.photo_slow)
        if site.faults.take("photo_error"):
            return PlainTextResponse("ERROR:0;Internal error to the application.", 500)
        if len(data) > MAX_BYTES:
            return PlainTextResponse("ERROR:21916587;Photos must be 12 MB or smaller.", 400)
        try:
            photo = site.keep_photo(data, kind, f"{secrets.token_urlsafe(8)}AAOSw{secrets.token_urlsafe(5)}")
        except (UnidentifiedImageError, OSError):
            return PlainTextResponse("ERROR:21916884;This file type isn't supported.", 400)
        if max(photo.width, photo.height) < MIN_LONGEST_SIDE or photo.width + photo.height > MAX_SIDES:
            del site.photos[photo.id]
            return PlainTextResponse("ERROR:21916888;Photos must be at least 500 pixels on the longest side.", 400)
        return PlainTextResponse(
            f"VERSION:2;https://i.ebayimg.com/00/s/{secrets.token_urlsafe(6)}/z/{photo.id}/$_1.JPG?set_id=8800005007"
        )

    return [Route("/image/upload/eBayISAPI.dll", seller_api(site, upload), methods=["POST"])]


def cdn_routes(site: EbaySite) -> list[BaseRoute]:
    async def picture(request: Request) -> Response:
        photo = site.photos.get(request.path_params["photo"])
        if photo is None:
            return not_found()
        wanted = re.search(r"s-l(\d+)", request.path_params["name"])
        side = min(int(wanted[1]), 1600) if wanted else 1600
        image = Image.open(BytesIO(photo.data)).convert("RGB")
        image.thumbnail((side, side))
        out = BytesIO()
        image.save(out, "JPEG", quality=85)
        return Response(out.getvalue(), media_type="image/jpeg", headers={"Cache-Control": "max-age=86400"})

    return [
        Route("/images/g/{photo}/{name}", picture),
        Route("/00/s/{set}/z/{photo}/{name}", picture),
    ]
