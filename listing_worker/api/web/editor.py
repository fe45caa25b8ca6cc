"""Creating and editing one listing: master fields, photos, and what differs per marketplace."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import escape
from pydantic import ValidationError

from listing_worker.agents import registry
from listing_worker.api.auth import Caller
from listing_worker.api.errors import ApiError, from_validation
from listing_worker.api.jobs import retry_posting
from listing_worker.api.listing_input import ListingIn
from listing_worker.api.listings import delete_listing, own_listing
from listing_worker.api.photo_strip import set_strip
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.web.editor_fields import OVERRIDABLE, as_form, body_of
from listing_worker.api.web.forms import Form, Posted
from listing_worker.api.web.overview import display_names
from listing_worker.api.web.render import page, words
from listing_worker.api.web.signin import Seller
from listing_worker.models import PHOTO_LIMIT, Condition
from listing_worker.storage import rows
from listing_worker.storage.errors import StoreRefused

router = APIRouter(include_in_schema=False)


@router.get("/listings/new")
def new_listing(request: Request, caller: Seller, wired: Wired) -> HTMLResponse:
    return _editor(request, wired, caller, None, {}, [])


@router.post("/listings/new")
def create(request: Request, form: Posted, caller: Seller, wired: Wired) -> Response:
    """Stores the listing with its photos, or shows the form again with what is wrong and nothing lost."""
    try:
        listing = _listing_of(form, wired, None)
    except ApiError as error:
        return _editor(request, wired, caller, None, _as_typed(form), form.all("photo"), error)
    row = wired.store.create_listing(caller.user_id, listing.draft().model_dump(mode="json"))
    kept = False
    try:
        row = set_strip(wired, caller.user_id, row, form.all("photo"))
        kept = True
    except ApiError as error:
        return _editor(request, wired, caller, None, _as_typed(form), form.all("photo"), error)
    finally:
        if not kept:
            wired.store.delete_listing(caller.user_id, row["id"])
    return _saved(form, row["id"])


@router.get("/listings/{listing_id}")
def edit(
    request: Request, listing_id: str, caller: Seller, wired: Wired, retry: str = "", saved: bool = False
) -> HTMLResponse:
    row = own_listing(wired, caller.user_id, listing_id)
    photos = [photo["id"] for photo in row["photos"]]
    return _editor(request, wired, caller, row, as_form(row["body"]), photos, retry=retry, saved=saved)


@router.post("/listings/{listing_id}")
def save(request: Request, listing_id: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    """Saves text and photos, unless somebody else saved meanwhile."""
    row = own_listing(wired, caller.user_id, listing_id)
    retry = form.get("retry")
    try:
        listing = _listing_of(form, wired, row)
        if form.get("version") != row["updated_at"]:
            raise _changed()
        set_strip(wired, caller.user_id, row, form.all("photo"))
        row = own_listing(wired, caller.user_id, listing_id)
        body = listing.draft().model_dump(mode="json")
        if wired.store.replace_listing(caller.user_id, listing_id, body, row["updated_at"]) is None:
            raise _changed()
    except StoreRefused as refused:
        error = _changed() if refused.code == "changed_meanwhile" else ApiError(409, refused.code, refused.message)
        return _editor(request, wired, caller, row, _as_typed(form), form.all("photo"), error, retry=retry)
    except ApiError as error:
        return _editor(request, wired, caller, row, _as_typed(form), form.all("photo"), error, retry=retry)
    if retry:
        posting = retry_posting(retry, caller, wired)
        return RedirectResponse(f"/jobs/{posting.job_id}", status_code=303)
    return _saved(form, listing_id)


@router.post("/listings/{listing_id}/delete")
def delete(listing_id: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    title = own_listing(wired, caller.user_id, listing_id)["body"]["title"]
    delete_listing(listing_id, caller, wired)
    return RedirectResponse(f"/listings?deleted={quote(title[:100])}", status_code=303)


@router.get("/categories")
def categories(caller: Seller) -> HTMLResponse:
    """Our category paths, as options for the editor's field."""
    options = "".join(f'<option value="{escape(path)}">' for path in category_paths())
    return HTMLResponse(options, headers={"Cache-Control": "private, max-age=3600"})


def category_paths() -> list[str]:
    """ "Women > Dresses > Midi" and so on, every level."""
    tree = json.loads((Path(registry.__file__).parent / "categories.json").read_text())
    return list(_paths(tree, ()))


def _paths(tree: Any, above: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    children = tree.items() if isinstance(tree, Mapping) else [(name, {}) for name in tree]
    for name, below in children:
        here = (*above, name)
        found.append(" > ".join(here))
        found.extend(_paths(below, here))
    return found


def _listing_of(form: Form, wired: Resources, row: rows.ListingRow | None) -> ListingIn:
    """The listing as typed. Raises ApiError 422 with every field that is wrong."""
    try:
        return ListingIn.model_validate(body_of(form, wired.marketplaces.names(), row["body"] if row else {}))
    except ValidationError as error:
        raise from_validation(error.errors()) from error


def _as_typed(form: Form) -> dict[str, str]:
    return {name: form.get(name) for name in form.names()}


def _changed() -> ApiError:
    return ApiError(412, "changed_meanwhile", words().editor.changed)


def _saved(form: Form, listing_id: str) -> Response:
    to = f"/post?listing={listing_id}" if form.get("then") == "post" else f"/listings/{listing_id}?saved=1"
    return RedirectResponse(to, status_code=303)


def _editor(
    request: Request,
    wired: Resources,
    caller: Caller,
    row: rows.ListingRow | None,
    values: Mapping[str, str],
    photos: list[str],
    error: ApiError | None = None,
    *,
    retry: str = "",
    saved: bool = False,
) -> HTMLResponse:
    names = display_names(wired)
    limits = {name: found.model_dump(mode="json") for name in names if (found := wired.marketplaces.limits(name))}
    postings = wired.store.listing_standing(caller.user_id, row["id"]) if row else []
    wrong = {d["field"]: d["message"] for d in (error.details if error else []) if d["field"]}
    if error is not None and error.field and error.field not in wrong:
        wrong[error.field] = error.message
    return page(
        request,
        wired,
        caller,
        "editor.html",
        status=error.status_code if error else 200,
        row=row,
        values=values,
        photos=photos,
        photo_limit=PHOTO_LIMIT,
        names=names,
        limits=json.dumps(limits),
        names_as_json=json.dumps(names),
        conditions=[condition.value for condition in Condition],
        overridable=OVERRIDABLE,
        error=error,
        wrong=wrong,
        postings=postings,
        retry=retry,
        saved=saved,
    )
