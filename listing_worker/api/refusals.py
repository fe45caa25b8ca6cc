"""What every route may answer when it refuses.

Described by reference and not as response models: FastAPI builds a validator for each model of each route, which took
half a second for every app, and a refusal is never validated (api/errors.py writes it).
"""

from __future__ import annotations

from typing import Any

from listing_worker.api.schemas import ErrorOut

REFERENCE = "#/components/schemas/ErrorOut"
_WHY = {
    400: "the request cannot be read",
    401: "not signed in",
    403: "signed in, and not allowed to do this",
    404: "not there, or not yours",
    409: "not as things stand now; `code` says why",
    412: "If-Match names another version: changed meanwhile",
    413: "too large",
    415: "another kind of body is taken here",
    422: "a value breaks a rule; `field` names it",
    429: "too many requests; Retry-After says how long to wait",
    503: "a part is away; nothing was lost, try again",
}


def refusals() -> dict[int | str, dict[str, Any]]:
    """For `FastAPI(responses=…)`."""
    return {
        status: {"description": why, "content": {"application/json": {"schema": {"$ref": REFERENCE}}}}
        for status, why in _WHY.items()
    }


def define(document: dict[str, Any]) -> None:
    """Adds what the references name to an OpenAPI document."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    own = ErrorOut.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(own.pop("$defs", {}))
    schemas["ErrorOut"] = own
