"""What request bodies have in common, and the kinds of text that they are made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from listing_worker.api.listing_input import clean_text

SEALED_LIMIT = 4_000_000  # characters of one sealed session; the largest seen hold 0.4 million


class Asked(BaseModel):
    """Base of request bodies: unknown fields are ignored where a seed's client may send more."""

    model_config = ConfigDict(extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _clean(cls, value: object) -> object:
        return clean_text(value)


Name = Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_-]+$")]
Sealed = Annotated[str, StringConstraints(min_length=64, max_length=SEALED_LIMIT, pattern=r"^[A-Za-z0-9_-]+$")]
