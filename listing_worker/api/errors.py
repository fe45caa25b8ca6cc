"""Every error the API answers with: `{"error": {"code", "message", "field", "details"?}}`.

`message` is a sentence that a seller can follow, `code` is for programs and stays the same, `field` is the path of the
value that is wrong ("price", "overrides.title", "marketplaces"). What was sent is never repeated, except a name of
at most 40 plain characters, because it may hold a cookie or a token.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from listing_worker.errors import ListingInvalid, ListingWorkerError
from listing_worker.storage.errors import StoreRefused, StoreUnavailable
from listing_worker.utils import trouble
from listing_worker.utils.images import PhotoRefused

log = structlog.get_logger(__name__)

Detail = dict[str, str]


class ApiError(HTTPException):
    """An answer other than success. An HTTPException, so that FastAPI lets it through wherever it is raised."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        field: str | None = None,
        details: Sequence[Detail] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, dict(headers) if headers else None)
        self.code = code
        self.message = message
        self.field = field
        self.details = list(details)

    def response(self) -> JSONResponse:
        error: dict[str, Any] = {"code": self.code, "message": self.message, "field": self.field}
        if len(self.details) > 1:
            error["details"] = self.details
        return JSONResponse({"error": error}, self.status_code, headers=self.headers)


def not_found(what: str) -> ApiError:
    """404 for one of the seller's own things; the same for a stranger's, so that ids tell nothing."""
    return ApiError(404, "not_found", f"There is no such {what}.")


def invalid(message: str, field: str | None, code: str = "invalid") -> ApiError:
    """422: the request is understood and one value of it breaks a rule."""
    return ApiError(422, code, message, field=field, details=[{"field": field or "", "message": message}])


def plain(name: str) -> str:
    """A name for repeating in a message: up to 40 harmless characters, else a placeholder."""
    return name if re.fullmatch(r"[A-Za-z0-9 ._-]{1,40}", name) else "this name"


# ---- pydantic's errors in our words -------------------------------------------------------------------------------


def _field_of(error: Mapping[str, Any]) -> str:
    named = cast("dict[str, Any]", error.get("ctx") or {}).get("field")
    if named:
        return str(named)
    location = [part for part in error["loc"] if part not in {"body", "query", "path", "header"}]
    # the discriminating names of unions and of validators are not part of the path the sender knows
    return ".".join(str(p) for p in location if not (isinstance(p, str) and ("[" in p or "-" in p)))


def _sentence(error: Mapping[str, Any], field: str) -> str:
    name = field or "The request"
    context: dict[str, Any] = error.get("ctx") or {}
    kind: str = error["type"]
    given = error.get("input")
    sentences = {
        "missing": f"{name} is missing.",
        "extra_forbidden": f"{name} is not a field we know.",
        "string_too_short": f"{name} must not be empty.",
        "too_short": f"{name} needs at least {context.get('min_length')}.",
        "too_long": f"{name} may have at most {context.get('max_length')} entries.",
        "string_type": f"{name} must be text.",
        "int_type": f"{name} must be a whole number.",
        "int_parsing": f"{name} must be a whole number.",
        "int_from_float": f"{name} must be a whole number.",
        "bool_type": f"{name} must be true or false.",
        "list_type": f"{name} must be a list.",
        "tuple_type": f"{name} must be a list.",
        "dict_type": f"{name} must be an object.",
        "model_attributes_type": f"{name} must be a JSON object.",
        "greater_than": f"{name} must be more than {context.get('gt')}.",
        "greater_than_equal": f"{name} must be at least {context.get('ge')}.",
        "less_than_equal": f"{name} may be at most {context.get('le')}.",
        "enum": f"{name} must be one of {context.get('expected')}.",
        "literal_error": f"{name} must be one of {context.get('expected')}.",
        "string_pattern_mismatch": f"{name} is not written as it should be.",
        "json_invalid": "The body is not valid JSON.",
        "datetime_from_date_parsing": f"{name} must be a time like 2026-01-30T18:00:00Z.",
        "datetime_parsing": f"{name} must be a time like 2026-01-30T18:00:00Z.",
        "timezone_aware": f"{name} must be a time with its zone, like 2026-01-30T18:00:00Z.",
    }
    if kind == "string_too_long":
        has = f"; it has {len(given)}" if isinstance(given, str) else ""
        return f"{name} may have at most {context.get('max_length')} characters{has}."
    if kind == "string_too_short" and context.get("min_length", 1) > 1:
        return f"{name} needs at least {context['min_length']} characters."
    if kind in sentences:
        return sentences[kind]
    if kind == "value_error":
        return f"{name}: {context.get('error')}."
    message = str(error["msg"])
    return message if kind.startswith("lw_") else f"{name}: {message[:1].lower()}{message[1:]}."


def explain(error: Mapping[str, Any], prefix: str = "") -> tuple[str, str]:
    """The field and the sentence of one of pydantic's errors; `prefix` is where the checked value itself sits."""
    field = ".".join(part for part in (prefix, _field_of(error)) if part)
    return field, _sentence(error, field)


def from_validation(errors: Sequence[Any]) -> ApiError:
    """422 naming the first wrong field, with all of them in `details`."""
    details: list[Detail] = []
    for error in errors:
        field, message = explain(error)
        detail = {"field": field, "message": message}
        if all(known["field"] != field for known in details):
            details.append(detail)
    if any(error["type"] == "json_invalid" for error in errors):
        return ApiError(400, "not_json", "The body is not valid JSON.")
    first = details[0]
    return ApiError(422, "invalid", first["message"], field=first["field"] or None, details=details)


# ---- the rest -----------------------------------------------------------------------------------------------------

_REFUSALS = {  # StoreRefused.code → status, sentence; the codes are the SQL functions' own
    "not_found": (404, "There is no such thing of yours."),
    "idempotency_conflict": (
        409,
        "This Idempotency-Key was already used for another request. Use a new key for a new request.",
    ),
    "not_retryable": (409, "Only a posting that failed, was cancelled or needs you can be tried again."),
    "photo_limit": (422, "This listing already has as many photos as a listing can have."),
    "stale_session": (409, "A newer session is already stored. Capture the session again."),
    "changed_meanwhile": (412, "It was changed meanwhile. Fetch it again and repeat your change."),
    "already_posted": (409, "This listing is already posted, or being posted, there."),
}


def _from_store(refused: StoreRefused) -> ApiError:
    status, message = _REFUSALS.get(refused.code, (409, refused.message))
    field = "photos" if refused.code == "photo_limit" else None
    return ApiError(status, refused.code, message, field=field)


def _from_http(error: HTTPException) -> ApiError:
    if isinstance(error, ApiError):
        return error
    known = {
        400: ("bad_request", "The body could not be read: is it complete, and valid JSON?"),
        404: ("not_found", "There is nothing at this address."),
        405: ("method_not_allowed", "This address does not take that method; the Allow header names those it takes."),
        413: ("too_large", "The request is too large."),
        415: ("unsupported_media_type", "Send this as application/json."),
    }
    code, message = known.get(error.status_code, ("error", str(error.detail)))
    return ApiError(error.status_code, code, message, headers=error.headers)


def _from_ours(error: ListingWorkerError) -> ApiError:
    match error:
        case PhotoRefused():
            return ApiError(413 if error.too_large else 422, error.code, error.message, field=error.field)
        case ListingInvalid():
            return invalid(error.message, error.field, error.code)
        case StoreRefused():
            return _from_store(error)
        case StoreUnavailable():
            log.warning("the database does not answer", error=error.message)
            return ApiError(
                503, "unavailable", "We cannot reach our database just now. Nothing was lost; try again shortly.",
                headers={"Retry-After": "5"},
            )  # fmt: skip
    return unexpected(error)


def unexpected(error: Exception) -> ApiError:
    """500. The log has the trace, the answer has nothing but the request's id (added by the request log)."""
    log.error("a request failed", exc_info=error)
    trouble.report(error)
    return ApiError(500, "internal", "Something went wrong on our side. It is logged; try again shortly.")


def _answer(request: Request, error: ApiError) -> Response:
    """JSON, except for a person who opened a page: `app.state.error_page` makes one of it."""
    page: Callable[[Request, ApiError], Response] | None = getattr(request.app.state, "error_page", None)
    wants_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
    if page is None or not wants_page or request.headers.get("hx-request"):
        return error.response()
    return page(request, error)


def answer(request: Request, error: ApiError | ListingWorkerError) -> Response:
    """The answer to an error of ours, for what does not pass the handlers below."""
    return _answer(request, error if isinstance(error, ApiError) else _from_ours(error))


def install(app: FastAPI) -> None:
    """Makes every error of `app` one of ours."""

    def api(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return _answer(request, _from_http(error))

    def request(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return _answer(request, from_validation(error.errors()))

    def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, ListingWorkerError)
        return _answer(request, _from_ours(error))

    app.add_exception_handler(HTTPException, api)
    app.add_exception_handler(RequestValidationError, request)
    app.add_exception_handler(ListingWorkerError, ours)
