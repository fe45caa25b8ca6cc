"""The two doors behind the page: /api/graphql/ and the photo upload of upload.facebook.com.

Names of operations are the real ones where the fact sheet has them (facebook §6); the others are the replica's own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

from PIL import UnidentifiedImageError
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from listing_worker.sandbox.facebook import records
from listing_worker.sandbox.facebook.operations import READS, WRITES, Call, refusal
from listing_worker.sandbox.facebook.publish import create_listing

if TYPE_CHECKING:
    from listing_worker.sandbox.facebook.site import FacebookSite

GUARD = "for (;;);"  # stands before answers that are no GraphQL, so that no foreign page can run them as a script
NOT_LOGGED_IN, STALE_PAGE = 1357001, 1357004
WWW = "https://www.facebook.com"
_HANGS_SECONDS = 60.0


def guarded(document: dict[str, Any], status: int = 200) -> Response:
    return Response(GUARD + json.dumps(document), status, media_type="application/x-javascript")


def failure(code: int, summary: str) -> Response:
    return guarded({"error": code, "errorSummary": summary, "errorDescription": "Please try again later."})


class Api:
    def __init__(self, site: FacebookSite) -> None:
        self.site = site

    async def graphql(self, request: Request) -> Response:
        """A form with fb_api_req_friendly_name, variables (JSON), doc_id and the anti-forgery token fb_dtsg."""
        async with request.form() as form:
            sent = {name: value for name, value in form.items() if isinstance(value, str)}
        operation = sent.get("fb_api_req_friendly_name", "")
        try:
            variables = json.loads(sent.get("variables", "{}"))
        except ValueError:
            return refusal("A server error missing_required_variable_value occured.", 1675012)
        session = self.site.session(request)
        call = Call(self.site, session, variables if isinstance(variables, dict) else {})
        refused = None
        if session is None:
            refused = failure(NOT_LOGGED_IN, "Not Logged In")
        elif sent.get("fb_dtsg") != session.values["dtsg"]:
            refused = failure(STALE_PAGE, "Sorry, something went wrong")
        if operation == "useCometMarketplaceListingCreateMutation":
            return await create_listing(call, refused)
        if operation == "MarketplaceProductDetailsQuery" and session is None:
            refused = None  # item pages are public
        if refused is not None:
            return refused
        work = READS.get(operation) or WRITES.get(operation)
        if work is None or not sent.get("doc_id"):
            return refusal(f"The GraphQL document with ID {sent.get('doc_id')} was not found.", 1675030)
        answer = work(call)
        return (
            answer if isinstance(answer, Response) else Response(json.dumps({"data": answer}), media_type="text/html")
        )

    async def upload_photo(self, request: Request) -> Response:
        if request.method == "OPTIONS":  # the browser asks first, because the page watches the progress
            return self._shared(Response(status_code=204, headers={"Access-Control-Allow-Methods": "POST"}))
        faults = self.site.faults
        session = self.site.session(request)
        if session is None:
            return self._shared(failure(NOT_LOGGED_IN, "Not Logged In"))
        if faults.photo_slow:
            await asyncio.sleep(faults.photo_slow)
        if faults.take("photo_error"):
            return self._shared(failure(1366046, "Can't Read Files"))
        async with request.form() as form:
            upload = form.get("farr")
            data = await upload.read() if isinstance(upload, UploadFile) else b""
            kind = (upload.content_type if isinstance(upload, UploadFile) else "") or ""
        try:
            photo = self.site.keep_photo(data, kind, records.new_id(15))
        except (UnidentifiedImageError, OSError):
            return self._shared(failure(1366046, "Can't Read Files"))
        return self._shared(guarded({"payload": {"photoID": photo.id, "width": photo.width, "height": photo.height}}))

    def _shared(self, answer: Response) -> Response:
        """Readable for the page, which is of another host."""
        answer.headers["Access-Control-Allow-Origin"] = WWW
        answer.headers["Access-Control-Allow-Credentials"] = "true"
        return answer

    async def never_answer(self, request: Request) -> Response:
        """Hangs until the browser gives up: the real page keeps connections open for chat and presence."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_HANGS_SECONDS):
                while (await request.receive())["type"] != "http.disconnect":
                    pass
        return Response(status_code=204)
