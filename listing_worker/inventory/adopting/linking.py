"""From what was found to links and questions. Linked without asking is only what the threshold proves; everything else
that looks alike is a question to the seller. Safe to repeat: what was answered, linked or unlinked stays so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from listing_worker.inventory.matching.compare import Item
from listing_worker.inventory.matching.pairing import Match, find_matches
from listing_worker.inventory.matching.pictures import Shot
from listing_worker.models import Proof, ProofKind
from listing_worker.storage import rows
from listing_worker.storage.adopting_calls import FoundRow
from listing_worker.storage.errors import StoreRefused
from listing_worker.storage.finding import FoundListing
from listing_worker.storage.photos import PhotoMissing, PhotoStore
from listing_worker.storage.store import Store
from listing_worker.utils.clock import utc_now

log = structlog.get_logger(__name__)

LISTINGS = 1000  # of a seller that are compared, the newest first
PHOTOS = 3  # of ours that are compared
_OPEN = {"failed", "cancelled", "delisted"}


@dataclass(frozen=True)
class Linked:
    linked: int
    questions: int


def link_what_is_sure(store: Store, photos: PhotoStore, user_id: str) -> Linked:
    """Links what the seller named by hand and what is above the threshold, and stores the questions that remain.
    Raises StoreUnavailable."""
    found = {found_key(row["id"]): row for row in store.list_found(user_id, "open")}
    linked = 0
    for key, row in list(found.items()):
        if row["wanted_listing_id"] and row["seen_at"] and adopt(store, row, row["wanted_listing_id"]):
            linked += 1
            del found[key]
    if not found:
        store.put_match_questions(user_id, [])
        return Linked(linked, 0)
    ours = _our_listings(store, user_id)
    answers = store.list_match_answers(user_id)
    same = [frozenset({row["one"], row["other"]}) for row in answers if row["same"]]
    different = [frozenset({row["one"], row["other"]}) for row in answers if not row["same"]]
    items = [_found_item(key, row) for key, row in found.items() if row["details"] is not None]
    items += [_our_item(row, photos) for row in ours]
    matches = find_matches(items, same=same, different=different)
    for match in matches:
        if match.sure and store.answer_match(user_id, match.one, match.other, same=True, said_by="threshold"):
            same.append(frozenset({match.one, match.other}))
    linked += adopt_groups(store, same, found)
    questions = [_question(match) for match in matches if not match.sure]
    return Linked(linked, store.put_match_questions(user_id, questions))


def adopt_groups(store: Store, same: Iterable[frozenset[str]], found: Mapping[str, FoundRow]) -> int:
    """Links every found listing that belongs, over any number of pairs, to exactly one listing of ours."""
    count = 0
    for group in groups_of(same):
        owners = {key.removeprefix("listing:") for key in group if key.startswith("listing:")}
        if len(owners) == 1:
            [owner] = owners
            count += sum(adopt(store, found[key], owner) for key in sorted(group) if key in found)
    return count


def groups_of(pairs: Iterable[frozenset[str]]) -> list[set[str]]:
    """Keys joined over any number of pairs."""
    groups: list[set[str]] = []
    for pair in pairs:
        touching = [group for group in groups if group & pair]
        groups = [group for group in groups if not group & pair]
        groups.append(set(pair).union(*touching))
    return groups


def adopt(store: Store, row: FoundRow, listing_id: str) -> bool:
    """Makes it a posting of the listing. False where that cannot be: it stays a question for the seller."""
    try:
        store.adopt_found(row["user_id"], row["id"], listing_id, proof_of(row))
    except StoreRefused as refused:
        log.info(f"Not linked: {refused.message}", action="adopt", found=row["id"], listing=listing_id)
        return False
    return True


def proof_of(row: FoundRow) -> dict[str, Any]:
    """It was seen in the seller's own list."""
    proof = Proof(kind=ProofKind.ADOPTED, external_id=row["external_id"], url=row["url"], at=utc_now())
    return proof.model_dump(mode="json")


def found_key(found_id: str) -> str:
    return f"found:{found_id}"


def listing_key(listing_id: str) -> str:
    return f"listing:{listing_id}"


def _question(match: Match) -> dict[str, Any]:
    return {"one": match.one, "other": match.other, "score": match.score, "why": list(match.why)}


def _our_listings(store: Store, user_id: str) -> list[FoundListing]:
    listings: list[FoundListing] = []
    before = before_id = None
    while len(listings) < LISTINGS:
        page = store.find_listings(user_id, limit=200, before=before, before_id=before_id)
        listings += page
        if len(page) < 200:
            break
        before, before_id = page[-1]["created_at"], page[-1]["id"]
    return listings


def _found_item(key: str, row: FoundRow) -> Item:
    details = row["details"] or {}
    return Item(
        key=key,
        places=frozenset({row["marketplace"]}),
        title=row["title"],
        price_cents=row["price_cents"],
        sku=row["sku"] or None,
        size=str(details.get("size") or ""),
        shots=tuple(Shot.read(text) for text in details.get("prints") or ()),
    )


def _our_item(row: FoundListing, photos: PhotoStore) -> Item:
    body = row["body"]
    return Item(
        key=listing_key(row["id"]),
        places=frozenset(posting["marketplace"] for posting in row["postings"] if posting["state"] not in _OPEN),
        title=str(body.get("title") or ""),
        price_cents=(body.get("price") or {}).get("cents"),
        sku=body.get("sku") or None,
        size=str(body.get("size") or ""),
        shots=tuple(_shots(row, photos)),
        of=row["id"],
    )


def _shots(row: rows.ListingRow, photos: PhotoStore) -> list[Shot]:
    found = []
    for photo in row["photos"][:PHOTOS]:
        try:
            found.append(Shot.of(photos.open(str(photo["key"]))))
        except (PhotoMissing, OSError, ValueError) as error:
            log.warning(f"A photo could not be compared: {error}", action="match", photo=photo["id"])
    return found
