"""API keys: for the seller's own programs, each with its scopes. Only the hash is kept; a key is shown once."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from listing_worker.api.auth import KEY_PREFIX, User, token_hash
from listing_worker.api.errors import not_found
from listing_worker.api.idempotency import IdempotentRoute
from listing_worker.api.params import known_id
from listing_worker.api.ports import Wired
from listing_worker.api.schemas import Asked
from listing_worker.api.scopes import Scope
from listing_worker.storage.access_calls import ApiKeyRow

router = APIRouter(prefix="/api/keys", tags=["keys"], route_class=IdempotentRoute)
MOST = 50
HINT = 9  # characters of a key that are shown afterwards: its prefix and five more


class ApiKeyIn(Asked):
    name: Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)] = Field(
        description="what it is for", examples=["Inventory sync"]
    )
    scopes: list[Scope] = Field(min_length=1, max_length=20, examples=[["listings:read", "jobs:write"]])


class ApiKeyOut(BaseModel):
    id: str
    name: str
    hint: str = Field(description="how the key begins")
    scopes: list[str]
    created_at: str
    last_used_at: str | None


class ApiKeyCreated(ApiKeyOut):
    key: str | None = Field(description="shown this once; null when an Idempotency-Key repeats the request")


class ApiKeysOut(BaseModel):
    keys: list[ApiKeyOut]


@router.post("", status_code=201)
def create_key(asked: ApiKeyIn, caller: User, wired: Wired) -> ApiKeyCreated:
    """A new key. Needs a person's sign-in: keys cannot make keys."""
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    scopes = [scope.value for scope in dict.fromkeys(asked.scopes)]
    row = wired.store.create_api_key(caller.user_id, asked.name, token_hash(key), key[:HINT], scopes, MOST)
    return ApiKeyCreated(**_shown(row).model_dump(), key=key)


@router.get("")
def list_keys(caller: User, wired: Wired) -> ApiKeysOut:
    """Newest first."""
    return ApiKeysOut(keys=[_shown(row) for row in wired.store.list_api_keys(caller.user_id)])


@router.delete("/{key_id}", status_code=204)
def revoke_key(key_id: str, caller: User, wired: Wired) -> None:
    """The key stops working at once."""
    if not wired.store.revoke_api_key(caller.user_id, known_id(key_id, "key")):
        raise not_found("key")


def _shown(row: ApiKeyRow) -> ApiKeyOut:
    return ApiKeyOut.model_validate({name: row[name] for name in ApiKeyOut.model_fields})  # type: ignore[literal-required]
