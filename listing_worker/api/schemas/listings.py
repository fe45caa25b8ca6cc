"""Listings and their photos."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from listing_worker.api.schemas.asked import Asked, Identifier


class PhotoOrder(Asked):
    order: list[Identifier] = Field(description="all photo ids of the listing in the new order", max_length=100)


class PhotoOut(BaseModel):
    id: str
    url: str
    width: int
    height: int
    byte_count: int
    sha256: str


class ShippingOut(BaseModel):
    payer: str
    pickup: str | None = None
    weight_oz: int | None
    length_in: int | None
    width_in: int | None
    height_in: int | None
    cost: str | None


class ListingOut(BaseModel):
    id: str
    title: str
    description: str
    price: str
    original_price: str | None
    currency: str
    condition: str
    category: list[str]
    brand: str | None
    size: str | None
    colors: list[str]
    quantity: int
    sku: str | None
    shipping: ShippingOut
    zip_code: str | None
    tags: list[str]
    attributes: dict[str, str]
    auto_fit: bool = Field(default=False, description="may be fitted to a marketplace's limits, as preflight shows it")
    overrides: dict[str, dict[str, Any]]
    photos: list[PhotoOut]
    created_at: str
    updated_at: str


class ListingPage(BaseModel):
    listings: list[ListingOut]
    next_before: str | None = Field(description="the same by time, as ?before=; kept for older clients")
    next_cursor: str | None = Field(description="pass as ?cursor= for the next page; null at the end")


class LoosePhotoOut(BaseModel):
    id: str
    width: int
    height: int
    byte_count: int
    sha256: str


class LoosePhotosOut(BaseModel):
    photos: list[LoosePhotoOut]


UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"photos": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                    "required": ["photos"],
                }
            }
        },
    }
}
"""OpenAPI text of a request body that the route reads by itself."""


class PhotoLink(BaseModel):
    url: str | None = Field(description="good for `expires_in` seconds, for whoever has it")
    expires_in: int
