"""`s=editimage`: two uploaders, removing, ordering, "done with images"; and the image host (fact: craigslist §5).

The drag-and-drop uploader sends its files side by side, and each takes a time of its own: they land in any order. The
plain form takes one file at a time.
"""

from __future__ import annotations

import asyncio
import random
import re
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from listing_worker.sandbox.craigslist.chain import Chain, letters
from listing_worker.sandbox.site import ReceivedPhoto, not_found

if TYPE_CHECKING:
    from listing_worker.sandbox.craigslist.pages import Page
    from listing_worker.sandbox.craigslist.site import CraigslistSite

LIMIT = 24
UNEVEN_SECONDS = 0.15  # an upload takes up to this much longer than another
SIZES = {"50x50c": 50, "300x300": 300, "600x450": 600, "1200x900": 1200}


def image_url(photo: ReceivedPhoto, size: str = "600x450") -> str:
    return f"https://images.craigslist.org/{photo.id}_{size}.jpg"


async def _take(site: CraigslistSite, chain: Chain, file: UploadFile) -> str:
    """Keeps an uploaded file in the chain; a sentence when it cannot, else ""."""
    data = await file.read()
    if site.faults.photo_slow:
        await asyncio.sleep(site.faults.photo_slow)
    if site.faults.take("photo_error"):
        return "there was an error uploading your image"
    if len(chain.photos) >= LIMIT:
        return f"you may only upload {LIMIT} images"
    try:
        with Image.open(BytesIO(data)) as image:
            kind = image.format
        if kind != "JPEG":  # the one format that is known to be taken
            return "this type of file is not supported"
        photo = site.keep_photo(data, "image/jpeg", f"00{letters(1)}0{letters(1)}_{letters(11)}_0CI0t2")
    except (UnidentifiedImageError, OSError):
        return "this type of file is not supported"
    chain.photos.append(photo)
    return ""


def upload(site: CraigslistSite) -> Page:
    """One file of the drag-and-drop uploader: JSON with the picture, or with a sentence."""

    async def take(request: Request) -> Response:
        chain = site.chains.get(request.path_params["token"])
        if chain is None or not chain.may_open("editimage", site.variant):
            return JSONResponse({"error": "this posting is no longer open"}, 403)
        async with request.form() as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                return JSONResponse({"error": "no file"}, 400)
            await asyncio.sleep(random.uniform(0, UNEVEN_SECONDS))  # noqa: S311
            problem = await _take(site, chain, file)
        site.note(chain)
        if problem:
            return JSONResponse({"error": problem}, 500 if "error" in problem else 400)
        if "stuck_upload" in site.variant:
            await asyncio.sleep(600)
        photo = chain.photos[-1]
        return JSONResponse({"id": photo.id, "url": image_url(photo, "300x300"), "count": len(chain.photos)})

    return take


async def receive(site: CraigslistSite, request: Request, chain: Chain) -> tuple[str, str] | None:
    """Does what one of the page's forms asks: its action (add, delete, order, fin) and a sentence if that went wrong.

    None for a page that is not good any more.
    """
    async with request.form() as form:
        texts = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        fresh = chain.use_token(texts.get("cryptedStepCheck", ""), "editimage")
        if not fresh or not chain.may_open("editimage", site.variant):
            return None
        action, file = texts.get("a", ""), form.get("file")
        if action == "add":
            if not isinstance(file, UploadFile) or not file.filename:
                return action, "please choose a file"
            return action, await _take(site, chain, file)
    if action == "delete":
        chain.photos = [photo for photo in chain.photos if photo.id != texts.get("image")]
    elif action == "order":
        wanted = texts.get("order", "").split(",")
        chain.photos.sort(key=lambda photo: wanted.index(photo.id) if photo.id in wanted else len(wanted))
    return action, ""


def cdn_routes(site: CraigslistSite) -> list[BaseRoute]:
    async def picture(request: Request) -> Response:
        found = re.fullmatch(r"(\w+)_(\d+x\d+c?)\.jpg", request.path_params["name"])
        photo = site.photos.get(found[1]) if found else None
        if found is None or photo is None or found[2] not in SIZES:
            return not_found()
        side = SIZES[found[2]]
        image = Image.open(BytesIO(photo.data)).convert("RGB")
        image.thumbnail((side, side))
        out = BytesIO()
        image.save(out, "JPEG", quality=85)
        return Response(out.getvalue(), media_type="image/jpeg", headers={"Cache-Control": "max-age=86400"})

    return [Route("/{name}", picture)]
