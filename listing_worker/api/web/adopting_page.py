"""Adopting: accounts are read, what is live there already is linked or asked about, and made listings of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from listing_worker.api.adopting import (
    AdoptIn,
    AnswerIn,
    ImportIn,
    LinkIn,
    QuestionOut,
    adopt,
    answer,
    ignore,
    link,
    list_imports,
    list_questions,
    start_import,
    unlink,
)
from listing_worker.api.auth import Caller
from listing_worker.api.errors import ApiError, from_validation
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.web.editor_fields import path_of
from listing_worker.api.web.forms import Form, Posted
from listing_worker.api.web.overview import display_names, standings
from listing_worker.api.web.render import page, words
from listing_worker.api.web.signin import Seller
from listing_worker.inventory.adopting.creating import lacking
from listing_worker.inventory.adopting.linking import found_key
from listing_worker.models import Condition
from listing_worker.storage.adopting_calls import FoundRow
from listing_worker.storage.errors import StoreRefused

router = APIRouter(include_in_schema=False)
SHOWN = 200  # of what was found, and of listings to choose from
PICTURES = 3  # of each side of a question
SAYINGS = ("linked", "waits", "adopted", "unlinked", "same", "different", "ignored", "asked", "reading")


@dataclass(frozen=True)
class Side:
    """One side of a question, as a person compares it."""

    title: str
    price: str | None
    marketplace: str | None
    url: str | None
    photos: list[str]


@dataclass(frozen=True)
class Question:
    one: Side
    other: Side
    keys: tuple[str, str]
    why: list[str]


@router.get("/adopting")
def adopting(request: Request, caller: Seller, wired: Wired, said: str = "", listing: str = "") -> HTMLResponse:
    return _page(request, wired, caller, said=said if said in SAYINGS else "", listing=listing)


@router.post("/adopting/read")
def read(request: Request, form: Posted, caller: Seller, wired: Wired) -> Response:
    """Asks for the seller's own lists to be read: of one marketplace, or of all that are signed in."""
    asked = ImportIn(marketplaces=form.all("marketplace") or None)
    return _done(request, wired, caller, form, "reading", lambda: start_import(asked, caller, wired))


@router.post("/adopting/answer")
def say(request: Request, form: Posted, caller: Seller, wired: Wired) -> Response:
    """Whether two are the same item."""
    same = form.get("same") == "yes"

    def do() -> None:
        answer(AnswerIn(one=form.get("one"), other=form.get("other"), same=same), caller, wired)

    return _done(request, wired, caller, form, "same" if same else "different", do)


@router.post("/adopting/link")
def link_by_address(request: Request, form: Posted, caller: Seller, wired: Wired) -> Response:
    """A posting by hand from its address."""
    linked: list[bool] = []

    def do() -> None:
        linked.append(link(form.get("listing"), LinkIn(url=form.get("url")), caller, wired).linked)

    answered = _done(request, wired, caller, form, "waits", do)
    return RedirectResponse("/adopting?said=linked", status_code=303) if linked == [True] else answered


@router.post("/adopting/found/{found_id}/adopt")
def adopt_one(request: Request, found_id: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    """Makes a listing of it, or a posting of one of ours (`listing`)."""
    given: dict[str, Any] = {
        name: form.get(name) for name in ("title", "description", "price", "condition") if form.get(name)
    }
    if form.get("category"):
        given["category"] = path_of(form.get("category"))

    def do() -> None:
        adopt(found_id, AdoptIn(listing_id=form.get("listing") or None, listing=given), caller, wired)

    return _done(request, wired, caller, form, "adopted", do, at=found_id)


@router.post("/adopting/found/{found_id}/ignore")
def leave_alone(request: Request, found_id: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    back = form.get("undo") == "1"
    said = "asked" if back else "ignored"
    return _done(request, wired, caller, form, said, lambda: ignore(found_id, caller, wired, undo=back))


@router.post("/adopting/postings/{posting_id}/unlink")
def undo_link(request: Request, posting_id: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    return _done(request, wired, caller, form, "unlinked", lambda: unlink(posting_id, caller, wired))


def _done(request: Request, wired: Resources, caller: Caller, form: Form, said: str, do: Any, at: str = "") -> Response:
    """Back to the page that says what came of it; what cannot be is said there with everything typed."""
    try:
        do()
    except ValidationError as error:
        return _page(request, wired, caller, form=form, error=from_validation(error.errors()), at=at)
    except StoreRefused as refused:
        return _page(request, wired, caller, form=form, error=ApiError(409, refused.code, refused.message), at=at)
    except ApiError as error:
        if error.status_code == 404:
            raise
        return _page(request, wired, caller, form=form, error=error, at=at)
    return RedirectResponse(f"/adopting?said={said}", status_code=303)


def _page(
    request: Request,
    wired: Resources,
    caller: Caller,
    *,
    said: str = "",
    listing: str = "",
    form: Form | None = None,
    error: ApiError | None = None,
    at: str = "",
) -> HTMLResponse:
    user_id = caller.user_id
    counts = wired.store.count_postings(user_id)
    said_by = _said_by(wired, user_id)
    open_: list[FoundRow] = []
    ignored: list[FoundRow] = []
    linked: list[FoundRow] = []
    waiting: list[FoundRow] = []
    for row in wired.store.list_found(user_id, "all", 2000):
        if row["posting_id"] is not None:
            if row["id"] in said_by or row["wanted_listing_id"]:  # the others were posted from here
                linked.append(row)
        elif row["seen_at"] is None:
            waiting.append(row)
        elif row["gone_at"] is None:
            (ignored if row["ignored"] else open_).append(row)
    listings = wired.store.find_listings(user_id, limit=SHOWN)
    imports = {row.marketplace: row for row in list_imports(caller, wired).imports}
    return page(
        request,
        wired,
        caller,
        "adopting.html",
        status=error.status_code if error else 200,
        counts=counts,
        sites=[site for site in standings(wired, user_id, counts) if site.connected or site.name in imports],
        imports=imports,
        reading=any(not row.done for row in imports.values()),
        questions=_questions(wired, caller, open_),
        found=open_[:SHOWN],
        more=max(0, len(open_) - SHOWN),
        ignored=ignored[:SHOWN],
        linked=linked[:SHOWN],
        titles=_titles(wired, user_id, linked[:SHOWN]),
        waiting=waiting,
        said_by=said_by,
        lacking={row["id"]: lacking(row) for row in open_[:SHOWN]},
        listings=listings,
        listing=listing or (form.get("listing") if form else ""),
        conditions=[condition.value for condition in Condition],
        names=display_names(wired),
        said=words().adopting.said[said] if said else "",
        typed={name: form.get(name) for name in form.names()} if form else {},
        error=error,
        at=at,
    )


def _questions(wired: Resources, caller: Caller, found: list[FoundRow]) -> list[Question]:
    by_key = {found_key(row["id"]): row for row in found}
    return [_question(wired, caller.user_id, each, by_key) for each in list_questions(caller, wired).questions]


def _question(wired: Resources, user_id: str, each: QuestionOut, found: dict[str, FoundRow]) -> Question:
    sides = []
    for side in (each.one, each.other):
        if side.key in found:
            photos = photos_of(found[side.key])
        else:
            listing = wired.store.get_listing(user_id, side.key.partition(":")[2])
            photos = [str(photo["id"]) for photo in listing["photos"]] if listing else []
        sides.append(Side(side.title, side.price, side.marketplace, side.url, photos[:PICTURES]))
    return Question(sides[0], sides[1], (each.one.key, each.other.key), each.why)


def photos_of(row: FoundRow) -> list[str]:
    return [str(photo["id"]) for photo in (row["details"] or {}).get("photos") or ()]


def _titles(wired: Resources, user_id: str, linked: list[FoundRow]) -> dict[str, str]:
    """Titles of our listings by their ids."""
    found = {}
    for listing_id in {row["listing_id"] for row in linked if row["listing_id"]}:
        listing = wired.store.get_listing(user_id, listing_id)
        found[listing_id] = str(listing["body"].get("title") or "") if listing else ""
    return found


def _said_by(wired: Resources, user_id: str) -> dict[str, str]:
    """Who linked what was found, by its id: the seller, if they said anything about it, else the threshold."""
    found: dict[str, str] = {}
    for row in wired.store.list_match_answers(user_id):
        if row["same"]:
            for key in (row["one"], row["other"]):
                if found.get(key) != "seller":
                    found[key] = row["said_by"]
    return {key.removeprefix("found:"): said for key, said in found.items() if key.startswith("found:")}
