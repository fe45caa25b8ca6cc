"""What a message may say, and the order that is read out of it.

Both seeds' shapes are taken from any queue: a whole listing (`listing_spec`), or the id of one that is stored here
(`listingId`). Whatever is wrong with a message is a BadMessage: trying it again would not help.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AliasChoices, Field, StringConstraints, ValidationError

from listing_worker.api.errors import ApiError, explain
from listing_worker.api.owner import Owner
from listing_worker.api.params import known_marketplaces
from listing_worker.api.ports import Resources
from listing_worker.api.schemas import Asked, Identifier, ListingSpec, Name
from listing_worker.errors import ListingWorkerError

_USER = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")

Reference = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


class BadMessage(ListingWorkerError):
    """This message can never become a job. `message` says why, and repeats nothing that was sent."""

    code = "bad_message"
    default_action = "Correct the message and send it again"

    def __init__(self, message: str, *, code: str = "bad_message", field: str | None = None) -> None:
        super().__init__(message, field=field)
        self.code = code


class SpecMessage(Asked):
    """The second seed's: one message per marketplace, or one for all. `job_id` is the sender's own, the same in all
    messages about one listing: they share the listing then."""

    listing_spec: ListingSpec
    marketplace: Name | None = None
    user_id: Reference | None = None
    job_id: Reference | None = None


class StoredMessage(Asked):
    """The first seed's: a listing that is stored here, and where it shall go (nowhere named: everywhere)."""

    listing_id: Identifier = Field(validation_alias=AliasChoices("listingId", "listing_id"))
    marketplaces: list[Name] | None = Field(default=None, min_length=1, max_length=50)
    marketplace: Name | None = None
    user_id: Reference | None = Field(default=None, validation_alias=AliasChoices("userId", "user_id"))


@dataclass(frozen=True)
class Order:
    """What a message asks for. `key` tells this message from every other, `reference` says which belong together."""

    key: str
    reference: str
    user_id: str
    marketplaces: tuple[str, ...]
    listing: ListingSpec | str  # a new one, or the id of a stored one


def parsed(body: str | bytes) -> Any:
    """The JSON of a message. Raises BadMessage."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadMessage("The message is no JSON.") from error


def read_order(
    wired: Resources, document: object, *, key: str, owner: Owner | None, marketplace: str | None = None
) -> Order:
    """The order in a message. `marketplace`: whose queue it came from; `owner`: the only user there is, where there is
    no Supabase. Raises BadMessage."""
    if not isinstance(document, Mapping):
        raise BadMessage("The message must be a JSON object.")
    shape = SpecMessage if "listing_spec" in document else StoredMessage
    if shape is StoredMessage and not {"listingId", "listing_id"} & document.keys():
        raise BadMessage("The message has neither listing_spec nor listingId.")
    try:
        message: SpecMessage | StoredMessage = shape.model_validate(document)
    except ValidationError as error:
        field, sentence = explain(error.errors()[0])
        raise BadMessage(sentence, code="invalid", field=field or None) from error
    return Order(
        key=key,
        reference=(message.job_id if isinstance(message, SpecMessage) else None) or key,
        user_id=_user(message.user_id, owner),
        marketplaces=_marketplaces(wired, message, marketplace),
        listing=message.listing_spec if isinstance(message, SpecMessage) else message.listing_id,
    )


def _marketplaces(wired: Resources, message: SpecMessage | StoredMessage, queue: str | None) -> tuple[str, ...]:
    if isinstance(message, SpecMessage):
        named: list[str] | None = message.listing_spec.target_marketplaces
    else:
        named = message.marketplaces
    single = message.marketplace or queue
    if queue is not None and single != queue:
        raise BadMessage("The message is for another marketplace than its queue.", field="marketplace")
    if single is not None and named is not None and single not in named:
        raise BadMessage("The listing is not meant for the marketplace of this message.", field="marketplace")
    try:
        return tuple(known_marketplaces(wired, [single] if single else named or list(wired.marketplaces.names())))
    except ApiError as error:
        raise BadMessage(error.message, code=error.code, field=error.field) from error


def _user(given: str | None, owner: Owner | None) -> str:
    if owner is not None:
        if given in {None, owner.user_id}:
            return owner.user_id
        raise BadMessage("user_id is not the owner of this installation. Leave it out.", field="user_id")
    if given is None or not _USER.fullmatch(given):
        raise BadMessage("user_id must be the seller's id in Supabase Auth.", field="user_id")
    return given.lower()
