"""Adopting what a seller already has live: reading accounts, questions about what looks alike, linking, unlinking."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from listing_worker.api.auth import User
from listing_worker.api.errors import ApiError, invalid, not_found
from listing_worker.api.listings import own_listing
from listing_worker.api.operations import own_posting
from listing_worker.api.params import Limit, known_id, known_marketplaces
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.schemas import Accepted, Asked, PostingOut
from listing_worker.api.shapes import posting_out
from listing_worker.inventory.adopting.creating import Missing, draft_from
from listing_worker.inventory.adopting.linking import adopt_groups, found_key, groups_of, listing_key, proof_of
from listing_worker.storage.adopting_calls import FoundRow

router = APIRouter(prefix="/api", tags=["inventory"])
Key = Annotated[str, StringConstraints(pattern=r"^(found|listing):[0-9a-fA-F-]{36}$")]


class ImportIn(Asked):
    marketplaces: list[str] | None = Field(default=None, max_length=50, description="without: all that are signed in")


class ImportOut(BaseModel):
    marketplace: str
    done: bool
    seen: int | None = Field(description="active listings in the seller's own list")
    unread: int | None = Field(description="whose own page is still to be read")
    linked: int | None
    questions: int | None
    why: str | None = Field(description="why the last reading did not come through")
    finished_at: str | None


class ImportsOut(BaseModel):
    imports: list[ImportOut]


class FoundOut(BaseModel):
    id: str
    marketplace: str
    external_id: str
    url: str
    title: str
    price: str | None
    sku: str | None
    photos: int
    read: bool = Field(description="whether its own page was read: only then it is compared")
    ignored: bool
    listing_id: str | None
    posting_id: str | None
    seen_at: str | None
    gone_at: str | None


class FoundPage(BaseModel):
    found: list[FoundOut]


class SideOut(BaseModel):
    key: str
    title: str
    url: str | None
    price: str | None
    marketplace: str | None = Field(description="null for a listing of yours")


class QuestionOut(BaseModel):
    one: SideOut
    other: SideOut
    score: float
    why: list[str] = Field(description="why it was not linked without asking")


class QuestionsOut(BaseModel):
    questions: list[QuestionOut]


class AnswerIn(Asked):
    one: Key
    other: Key
    same: bool


class AdoptIn(Asked):
    listing_id: str | None = Field(default=None, description="a listing of yours; without: a new one is made of it")
    listing: dict[str, Any] = Field(
        default_factory=dict, description="fields of the new listing that its page did not tell"
    )


class AdoptedOut(BaseModel):
    listing_id: str
    postings: list[PostingOut]
    left_out: list[str] = Field(description="what belongs to it by your word and could not be linked, with the reason")


class LinkIn(Asked):
    url: Annotated[str, StringConstraints(min_length=4, max_length=2000, strip_whitespace=True)]


class LinkedOut(BaseModel):
    linked: bool = Field(description="false: it is linked once your own list there shows it; an import is under way")
    posting: PostingOut | None
    message: str


@router.post("/inventory/import", status_code=202)
def start_import(asked: ImportIn, caller: User, wired: Wired) -> ImportsOut:
    """Reads the seller's own lists of active items. Presses nothing. Run again, it goes on where things stand."""
    names = known_marketplaces(wired, asked.marketplaces) if asked.marketplaces else _signed_in(wired, caller.user_id)
    if not names:
        raise ApiError(409, "sign_in", "Sign in to a marketplace first.")
    wired.store.request_import(caller.user_id, names)
    return list_imports(caller, wired)


@router.get("/inventory/imports")
def list_imports(caller: User, wired: Wired) -> ImportsOut:
    """How the reading of each account stands."""
    return ImportsOut(
        imports=[
            ImportOut(
                marketplace=row["marketplace"],
                done=row["next_at"] is None,
                finished_at=row["finished_at"],
                **{name: row["outcome"].get(name) for name in ("seen", "unread", "linked", "questions", "why")},
            )
            for row in wired.store.list_imports(caller.user_id)
        ]
    )


@router.get("/inventory/found")
def list_found(
    caller: User, wired: Wired, which: Literal["open", "linked", "ignored", "gone", "all"] = "open", limit: Limit = 200
) -> FoundPage:
    """What was found; `open`: neither linked nor ignored nor gone."""
    return FoundPage(found=[_found_out(row) for row in wired.store.list_found(caller.user_id, which, limit)])


@router.get("/inventory/matches")
def list_questions(caller: User, wired: Wired) -> QuestionsOut:
    """Pairs that look like the same item and are not certain: the seller says."""
    found = {found_key(row["id"]): row for row in wired.store.list_found(caller.user_id, "open")}
    questions = []
    for row in wired.store.list_match_questions(caller.user_id):
        sides = [_side(wired, caller.user_id, key, found) for key in (row["one"], row["other"])]
        if sides[0] is not None and sides[1] is not None:
            questions.append(QuestionOut(one=sides[0], other=sides[1], score=row["score"], why=row["why"]))
    return QuestionsOut(questions=questions)


@router.post("/inventory/matches/answer")
def answer(asked: AnswerIn, caller: User, wired: Wired) -> Accepted:
    """The seller says whether two are the same item. What follows from it is linked at once."""
    found = {found_key(row["id"]): row for row in wired.store.list_found(caller.user_id, "open")}
    for name, key in (("one", asked.one), ("other", asked.other)):
        if _side(wired, caller.user_id, key, found) is None:
            raise invalid("There is no such item to be linked.", name, "not_found")
    if asked.one == asked.other:
        raise invalid("Name two.", "other")
    wired.store.answer_match(caller.user_id, asked.one, asked.other, same=asked.same, said_by="seller")
    if not asked.same:
        return Accepted(success=True, message="They stay two items.")
    linked = adopt_groups(wired.store, _same(wired, caller.user_id), found)
    return Accepted(success=True, message=f"Noted. {linked} linked.")


@router.post("/inventory/found/{found_id}/adopt")
def adopt(found_id: str, asked: AdoptIn, caller: User, wired: Wired) -> AdoptedOut:
    """Makes it a posting of a listing of yours, or of a new one made of it, with everything that is the same item by
    your word or the threshold. 422 names what its page did not tell and a listing needs: nothing is guessed."""
    row = _own_found(wired, caller.user_id, found_id)
    if asked.listing_id is not None:
        listing = own_listing(wired, caller.user_id, asked.listing_id)
    elif row["posting_id"] is not None:
        raise ApiError(409, "linked_elsewhere", "It belongs to a listing of yours already.")
    else:
        try:
            draft = draft_from(row, asked.listing)
        except Missing as missing:
            raise invalid(missing.message, missing.field or "listing", "missing") from missing
        listing = wired.store.create_listing(caller.user_id, draft.model_dump(mode="json"))
        wired.store.set_photos(caller.user_id, listing["id"], list((row["details"] or {}).get("photos") or []))
    postings = [wired.store.adopt_found(caller.user_id, row["id"], listing["id"], proof_of(row))]
    wired.store.answer_match(
        caller.user_id, found_key(row["id"]), listing_key(listing["id"]), same=True, said_by="seller"
    )
    others, left_out = _adopt_partners(wired, caller.user_id, row, listing["id"])
    return AdoptedOut(
        listing_id=listing["id"], postings=[posting_out(each) for each in [*postings, *others]], left_out=left_out
    )


@router.post("/inventory/found/{found_id}/ignore")
def ignore(found_id: str, caller: User, wired: Wired, undo: bool = False) -> Accepted:
    """Not to be asked about any more."""
    row = _own_found(wired, caller.user_id, found_id)
    wired.store.ignore_found(caller.user_id, row["id"], ignored=not undo)
    return Accepted(success=True, message="It is asked about again." if undo else "It is left alone.")


@router.post("/listings/{listing_id}/link")
def link(listing_id: str, asked: LinkIn, caller: User, wired: Wired) -> LinkedOut:
    """Links a posting by hand from its address. It counts only once the seller's own list there shows it."""
    listing = own_listing(wired, caller.user_id, listing_id)
    named = wired.marketplaces.listing_at(asked.url)
    if named is None:
        raise invalid("This is no address of a listing that we know. Open the listing and copy its address.", "url")
    marketplace, external_id = named
    row = wired.store.want_found(caller.user_id, listing["id"], marketplace, external_id, asked.url)
    if row["seen_at"] is not None and row["gone_at"] is None:
        posting = wired.store.adopt_found(caller.user_id, row["id"], listing["id"], proof_of(row))
        return LinkedOut(linked=True, posting=posting_out(posting), message="Linked.")
    wired.store.request_import(caller.user_id, [marketplace])
    name = wired.marketplaces.display_name(marketplace)
    return LinkedOut(linked=False, posting=None, message=f"It is linked once your list on {name} shows it.")


@router.post("/postings/{posting_id}/unlink")
def unlink(posting_id: str, caller: User, wired: Wired) -> PostingOut:
    """Undoes a link. The listing stays on the marketplace, and the pair is not linked again by itself."""
    posting = wired.store.unlink_posting(caller.user_id, own_posting(wired, caller.user_id, posting_id)["id"])
    if posting is None:
        raise not_found("posting")
    return posting_out(posting)


def _adopt_partners(wired: Resources, user_id: str, row: FoundRow, listing_id: str) -> tuple[list[Any], list[str]]:
    from listing_worker.storage.errors import StoreRefused

    found = {found_key(each["id"]): each for each in wired.store.list_found(user_id, "open")}
    group: set[str] = next((g for g in groups_of(_same(wired, user_id)) if found_key(row["id"]) in g), set())
    postings, left_out = [], []
    for key in sorted(group & set(found)):
        try:
            postings.append(wired.store.adopt_found(user_id, found[key]["id"], listing_id, proof_of(found[key])))
        except StoreRefused as refused:
            left_out.append(f"{found[key]['title']} ({found[key]['marketplace']}): {refused.message}")
    return postings, left_out


def _same(wired: Resources, user_id: str) -> list[frozenset[str]]:
    return [frozenset({r["one"], r["other"]}) for r in wired.store.list_match_answers(user_id) if r["same"]]


def _signed_in(wired: Resources, user_id: str) -> list[str]:
    from listing_worker.api.sessions import signed_in_to

    return sorted(signed_in_to(wired.store.list_sessions(user_id)))


def _own_found(wired: Resources, user_id: str, found_id: str) -> FoundRow:
    row = wired.store.get_found(user_id, known_id(found_id, "found listing"))
    if row is None:
        raise not_found("found listing")
    return row


def _side(wired: Resources, user_id: str, key: str, found: dict[str, FoundRow]) -> SideOut | None:
    if key in found:
        row = found[key]
        price = _dollars(row["price_cents"])
        return SideOut(key=key, title=row["title"], url=row["url"], price=price, marketplace=row["marketplace"])
    listing = wired.store.get_listing(user_id, key.partition(":")[2]) if key.startswith("listing:") else None
    if listing is None:
        return None
    price = _dollars((listing["body"].get("price") or {}).get("cents"))
    return SideOut(key=key, title=listing["body"].get("title") or "", url=None, price=price, marketplace=None)


def _dollars(cents: int | None) -> str | None:
    return f"{cents / 100:.2f}" if cents else None


def _found_out(row: FoundRow) -> FoundOut:
    fields = {name: value for name, value in row.items() if name in FoundOut.model_fields}
    photos = len((row["details"] or {}).get("photos") or ())
    return FoundOut.model_validate(
        {**fields, "price": _dollars(row["price_cents"]), "photos": photos, "read": row["details"] is not None}
    )
