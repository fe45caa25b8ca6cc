"""The calls about adopting what a seller already has live (migrations/*_adopting.sql)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict, cast

from listing_worker.storage import rows
from listing_worker.storage.inventory_calls import WatchKey, text_array

Json = Any


class ImportRow(TypedDict):
    marketplace: str
    wanted_at: str
    next_at: str | None  # null once it is done
    outcome: dict[str, Json]
    finished_at: str | None


class ImportClaim(TypedDict):
    claimed: bool
    why: NotRequired[str]  # settled | account_busy
    fence: NotRequired[int]
    attempts: NotRequired[int]


class FoundRow(TypedDict):
    id: str
    user_id: str
    marketplace: str
    external_id: str
    url: str
    title: str
    price_cents: int | None
    sku: str | None
    details: dict[str, Json] | None  # what its own page showed; None = not read yet
    ignored: bool
    wanted_listing_id: str | None
    posting_id: str | None
    listing_id: str | None  # of the posting
    first_seen_at: str | None
    seen_at: str | None
    gone_at: str | None


class Unread(TypedDict):
    id: str
    external_id: str
    url: str


class PutFound(TypedDict):
    new: int
    unread: list[Unread]  # those whose own page has not been read yet


class AnswerRow(TypedDict):
    one: str  # "found:<id>" or "listing:<id>"
    other: str
    same: bool
    said_by: str  # seller | threshold


class QuestionRow(TypedDict):
    one: str
    other: str
    score: float
    why: list[str]


class AdoptingCalls:
    """Part of `Store`."""

    def _call(self, function: str, **parameters: Json) -> Json:
        raise NotImplementedError

    # ---- reading the seller's lists ----

    def request_import(self, user_id: str, marketplaces: Sequence[str]) -> list[str]:
        """Asks for the seller's own lists to be read; what is under way already is not asked twice."""
        return cast("list[str]", self._call("request_import", user_id=user_id, marketplaces=text_array(marketplaces)))

    def list_imports(self, user_id: str) -> list[ImportRow]:
        return cast("list[ImportRow]", self._call("list_imports", user_id=user_id))

    def due_imports(self, limit: int = 50) -> list[WatchKey]:
        return cast("list[WatchKey]", self._call("due_imports", max_rows=limit))

    def claim_import(self, user_id: str, marketplace: str, owner: str, lease_seconds: float) -> ImportClaim:
        """As `claim_watch`: the account to itself."""
        return cast(
            "ImportClaim",
            self._call(
                "claim_import", user_id=user_id, marketplace=marketplace, owner=owner, lease_seconds=lease_seconds
            ),
        )

    def finish_import(
        self, user_id: str, marketplace: str, fence: int, outcome: Mapping[str, Json], again_in: float | None
    ) -> bool:
        """`again_in` None: done. False if the account is somebody else's by now."""
        return cast(
            "bool",
            self._call(
                "finish_import",
                user_id=user_id,
                marketplace=marketplace,
                fence=fence,
                outcome=dict(outcome),
                again_in=again_in,
            ),
        )

    def put_found(
        self, user_id: str, marketplace: str, fence: int, found: Sequence[Mapping[str, Json]], *, complete: bool
    ) -> PutFound:
        """What the account's list showed: {external_id, url, title, price_cents, sku}. Raises StoreRefused."""
        return cast(
            "PutFound",
            self._call(
                "put_found",
                user_id=user_id,
                marketplace=marketplace,
                fence=fence,
                rows=[dict(row) for row in found],
                complete=complete,
            ),
        )

    def note_found(self, user_id: str, found_id: str, details: Mapping[str, Json]) -> bool:
        return bool(self._call("note_found", user_id=user_id, found_id=found_id, details=dict(details)))

    # ---- what was found ----

    def list_found(self, user_id: str, which: str = "open", limit: int = 1000) -> list[FoundRow]:
        """`which`: open (neither linked nor ignored nor gone), linked, ignored, gone, all."""
        return cast("list[FoundRow]", self._call("list_found", user_id=user_id, which=which, max_rows=limit))

    def get_found(self, user_id: str, found_id: str) -> FoundRow | None:
        return cast("FoundRow | None", self._call("get_found", user_id=user_id, found_id=found_id))

    def ignore_found(self, user_id: str, found_id: str, *, ignored: bool) -> bool:
        return bool(self._call("ignore_found", user_id=user_id, found_id=found_id, ignored=ignored))

    def want_found(self, user_id: str, listing_id: str, marketplace: str, external_id: str, url: str) -> FoundRow:
        """The seller names an address by hand: linked once the seller's own list shows it. Raises StoreRefused."""
        return cast(
            "FoundRow",
            self._call(
                "want_found",
                user_id=user_id,
                listing_id=listing_id,
                marketplace=marketplace,
                external_id=external_id,
                url=url,
            ),
        )

    def adopt_found(self, user_id: str, found_id: str, listing_id: str, proof: Mapping[str, Json]) -> rows.PostingRow:
        """Makes it a live posting of the listing; the same posting when asked again. Raises StoreRefused: not_found,
        not_seen, already_posted (another one is open there), linked_elsewhere."""
        return cast(
            "rows.PostingRow",
            self._call("adopt_found", user_id=user_id, found_id=found_id, listing_id=listing_id, proof=dict(proof)),
        )

    def unlink_posting(self, user_id: str, posting_id: str) -> rows.PostingRow | None:
        """Undoes `adopt_found`. Raises StoreRefused: not_possible (posted from here), operation_open."""
        return cast("rows.PostingRow | None", self._call("unlink_posting", user_id=user_id, posting_id=posting_id))

    # ---- pairs ----

    def answer_match(self, user_id: str, one: str, other: str, *, same: bool, said_by: str) -> bool:
        """False where the seller has said otherwise and the threshold says it now."""
        return bool(self._call("answer_match", user_id=user_id, one=one, other=other, same=same, said_by=said_by))

    def list_match_answers(self, user_id: str) -> list[AnswerRow]:
        return cast("list[AnswerRow]", self._call("list_match_answers", user_id=user_id))

    def put_match_questions(self, user_id: str, questions: Sequence[Mapping[str, Json]]) -> int:
        """Replaces all open questions of the seller."""
        return int(self._call("put_match_questions", user_id=user_id, rows=[dict(row) for row in questions]))

    def list_match_questions(self, user_id: str) -> list[QuestionRow]:
        """Unanswered ones, the likeliest first."""
        return cast("list[QuestionRow]", self._call("list_match_questions", user_id=user_id))
