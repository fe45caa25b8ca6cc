"""How the system and the marketplaces' forms are."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class PartOut(BaseModel):
    ok: bool
    milliseconds: int


class HealthOut(BaseModel):
    status: Literal["healthy", "degraded", "unhealthy"]
    service: str
    workers: str
    parts: dict[str, PartOut]
    version: str


class FormOut(BaseModel):
    """One marketplace's form: whether its recipe works, seen from live listings."""

    marketplace: str
    last_proven_seconds: int | None
    success_ratio: float | None = Field(description="posted of all that ended in the window")
    ended: int
    message: str


class FormsOut(BaseModel):
    window_seconds: int
    forms: list[FormOut]
