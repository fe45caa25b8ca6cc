"""Pairing of the extension, and the devices that are paired."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from listing_worker.api.schemas.asked import Asked
from listing_worker.api.schemas.sessions import SessionOut


class PairingOut(BaseModel):
    code: str
    expires_at: str


class PairingRedeemed(Asked):
    code: Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)] = Field(repr=False)
    device: Annotated[str, StringConstraints(max_length=80, strip_whitespace=True)] = "Chrome"


class DirectProject(BaseModel):
    url: str
    publishable_key: str


class DeviceToken(BaseModel):
    token: str
    user_id: str
    keys: dict[str, Any] = Field(description="the worker's signed key list")
    direct: DirectProject | None = Field(
        default=None, description="the Supabase project that takes sealed sessions while the API is away"
    )


class ExtensionStatus(BaseModel):
    user_id: str
    sessions: list[SessionOut]


class DeviceOut(BaseModel):
    id: str
    name: str
    created_at: str
    last_used_at: str


class DevicesOut(BaseModel):
    devices: list[DeviceOut]
