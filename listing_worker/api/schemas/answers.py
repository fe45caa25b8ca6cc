"""What any route may answer."""

from __future__ import annotations

from pydantic import BaseModel


class Accepted(BaseModel):
    success: bool
    message: str


class ErrorBody(BaseModel):
    code: str
    message: str
    field: str | None = None
    details: list[dict[str, str]] | None = None


class ErrorOut(BaseModel):
    error: ErrorBody
