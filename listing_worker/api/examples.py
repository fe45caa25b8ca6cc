"""Examples for the description of the API, made where none was written: from the schemas themselves, so that they fit.

A field's own example comes first, then one by its name (`_BY_NAME`), then a plain value of its kind.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from listing_worker.agents.registry import names
from listing_worker.api.refusals import REFERENCE, define

_DEPTH = 8
_MOMENT = "2026-11-21T10:00:00.000000Z"
_ID = "2f1d5b9a-3c44-4f0e-9d6b-5a8f0f6f2c11"
_BY_NAME: dict[str, Any] = {
    "marketplace": names()[0],
    "marketplaces": list(names()[:2]),
    "message": "Listing job queued successfully",
    "status": "processing",
    "state": "queued",
    "title": "Floral wrap midi dress",
    "account": "anna",
    "confirmation_link": "https://marketplace.example/item/1234",
    "external_id": "1234",
    "url": "https://example.org/webhooks",
}
_FORMS = {  # texts with a form of their own
    "^[A-Za-z0-9_-]+$": _ID,
    "^(found|listing):[0-9a-fA-F-]{36}$": f"listing:{_ID}",
}
_REFUSALS: dict[str, tuple[str, str, str | None]] = {
    "400": ("bad_request", "The body could not be read: is it complete, and valid JSON?", None),
    "401": ("sign_in_needed", "Sign in first: send your token as 'Authorization: Bearer …'.", None),
    "403": ("scope_missing", "This API key lacks the scope jobs:write.", None),
    "404": ("not_found", "There is no such listing.", None),
    "409": ("idempotency_conflict", "This Idempotency-Key was used for another request.", None),
    "412": ("changed_meanwhile", "The listing was changed meanwhile. Load it again.", None),
    "413": ("too_large", "The request may have at most 5 MB.", None),
    "415": ("unsupported_media_type", "Send this as application/json.", None),
    "422": ("invalid", "The price must be more than zero.", "price"),
    "429": ("rate_limited", "Too many requests: at most 1200 per 60 seconds. Try again in 7 s.", None),
    "503": ("unavailable", "We cannot reach our database just now. Nothing was lost; try again shortly.", None),
}


def add_examples(app: FastAPI) -> None:
    """Every JSON body that is asked for or answered has an example from now on."""
    described = app.openapi

    def with_examples() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(described())
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = with_examples  # type: ignore[method-assign]


def _complete(document: dict[str, Any]) -> None:
    define(document)
    schemas: dict[str, Any] = document.get("components", {}).get("schemas", {})
    for operations in document["paths"].values():
        for operation in operations.values():
            bodies = {"": operation.get("requestBody", {}), **operation.get("responses", {})}
            for status, body in bodies.items():
                content = body.get("content", {}).get("application/json")
                if content and content.get("schema") and not {"example", "examples"} & content.keys():
                    refused = _REFUSALS.get(status) if content["schema"].get("$ref") == REFERENCE else None
                    content["example"] = (
                        {"error": {"code": refused[0], "message": refused[1], "field": refused[2]}}
                        if refused
                        else example_of(content["schema"], schemas)
                    )


def example_of(schema: dict[str, Any], schemas: dict[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value that the schema allows."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, name, depth + 1)
    for given in ("example", "const", "default"):
        if schema.get(given) is not None:
            return schema[given]
    for several in ("examples", "enum"):
        if schema.get(several):
            return schema[several][0]
    choices = [each for kind in ("anyOf", "oneOf", "allOf") for each in schema.get(kind, [])]
    if any(c.get("type") == "null" for c in choices) and any("pattern" in c or "minLength" in c for c in choices):
        return None  # a text with a form of its own, and one that may be left out
    if choices:
        return example_of(next((c for c in choices if c.get("type") != "null"), choices[0]), schemas, name, depth + 1)
    match schema.get("type"):
        case "object":
            return _object(schema, schemas, depth)
        case "array":
            few = depth < _DEPTH and isinstance(schema.get("items"), dict)
            if isinstance(_BY_NAME.get(name), list) and schema.get("items", {}).get("type") == "string":
                return _BY_NAME[name]
            return [example_of(schema["items"], schemas, name, depth + 1)] if few else []
        case "integer" | "number":
            return max(1, int(schema.get("minimum", 1)))
        case "boolean":
            return True
        case "string":
            return _text(schema, name)
        case _:
            return None


def _object(schema: dict[str, Any], schemas: dict[str, Any], depth: int) -> dict[str, Any]:
    properties: dict[str, Any] = schema.get("properties", {})
    required = set(schema.get("required", properties))
    shown = properties if depth < _DEPTH else {n: s for n, s in properties.items() if n in required}
    return {n: example_of(each, schemas, n, depth + 1) for n, each in shown.items()}


def _text(schema: dict[str, Any], name: str) -> str:
    if isinstance(_BY_NAME.get(name), str) and "pattern" not in schema:
        return str(_BY_NAME[name])
    if schema.get("pattern") in _FORMS:
        return _FORMS[schema["pattern"]].ljust(schema.get("minLength", 0), "A")
    if schema.get("format") == "date-time" or name.endswith("_at") or name in {"timestamp", "not_before", "expiresAt"}:
        return _MOMENT
    if schema.get("format") == "uuid" or name == "id" or name.endswith("_id"):
        return _ID
    return (
        "…" if schema.get("minLength", 0) <= 1 else "a text of its own kind, long enough"[: schema.get("maxLength", 40)]
    )
