"""post.craigslist.org: the posting chain, page by page (fact: craigslist §1, §3).

A GET shows the step that `?s=` names, if the chain has come that far, and the one it has reached otherwise. A POST
answers one page with that page's token; whatever else comes back leads to the step that the chain has reached.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from listing_worker.sandbox.craigslist import catalogue, form, geography, images, publish
from listing_worker.sandbox.craigslist.chain import Chain
from listing_worker.sandbox.craigslist.pages import (
    SESSION_COOKIE,
    open_page,
    render,
    sent_form,
    text_page,
    to_login,
)
from listing_worker.sandbox.craigslist.places import AREAS, BY_CODE, BY_NUMBER, Choice

if TYPE_CHECKING:
    from listing_worker.sandbox.craigslist.site import CraigslistSite

ON_HOLD = "Your account has been placed on hold."
Said = Response | dict[str, str] | None
Answer = Callable[["CraigslistSite", Request, Chain, dict[str, str]], Awaitable[Said]]


def to_step(site: CraigslistSite, chain: Chain) -> Response:
    """On to the step that the chain has reached; after publishing the address has no step."""
    step = chain.reached(site.variant)
    return RedirectResponse(chain.path if step == "done" else f"{chain.path}?s={step}", 303)


def routes(site: CraigslistSite) -> list[BaseRoute]:
    async def start(request: Request) -> Response:
        code = request.path_params.get("code")
        if code is not None and code not in BY_CODE:
            return text_page(site, request, "page not found", status=404)
        if site.faults.suspended:
            return text_page(site, request, "account on hold", ON_HOLD)
        session = site.session_of(request, SESSION_COOKIE)
        chain = site.new_chain(session.account.username if session else "", BY_CODE.get(code or ""))
        return to_step(site, chain)

    async def visit(request: Request) -> Response:
        chain = site.chains.get(request.path_params["token"])
        if chain is None or chain.tail != request.path_params["tail"]:
            return text_page(site, request, "page not found", status=404)
        session = site.session_of(request, SESSION_COOKIE)
        if chain.account and (session is None or session.account.username != chain.account):
            return to_login(request)
        asked = request.query_params.get("s") or chain.reached(site.variant)
        if request.method == "POST":
            return await answer(request, chain, asked)
        unnamed = "s" not in request.query_params and asked != "done"
        if unnamed or not chain.may_open(asked, site.variant):
            return to_step(site, chain)
        return show(site, request, chain, asked)

    async def answer(request: Request, chain: Chain, step: str) -> Response:
        if step == "editimage":
            return await answer_images(request, chain)
        sent = await sent_form(request)
        sent.pop(site.faults.drop_field, None)
        if step == "preview":
            publish.count(site, chain)
        fresh = chain.use_token(sent.get("cryptedStepCheck", ""), step)
        if not fresh or not chain.may_open(step, site.variant):
            return to_step(site, chain)
        said = await ANSWERS[step](site, request, chain, sent)
        if isinstance(said, Response):
            return said
        if said:
            return show(site, request, chain, step, said)
        chain.answered.add(step)
        return to_step(site, chain)

    async def answer_images(request: Request, chain: Chain) -> Response:
        taken = await images.receive(site, request, chain)
        if taken is None:
            return to_step(site, chain)
        action, problem = taken
        site.note(chain)
        if problem:
            return show(site, request, chain, "editimage", {"": problem})
        if action != "fin":
            return RedirectResponse(f"{chain.path}?s=editimage", 303)
        chain.answered.add("editimage")
        return to_step(site, chain)

    return [
        Route("/", open_page(site, start)),
        Route("/c/{code}", open_page(site, start)),
        Route("/k/{token}/{tail}", open_page(site, visit), methods=["GET", "POST"]),
        Route("/k/{token}/{tail}/upload", open_page(site, images.upload(site)), methods=["POST"]),
        Route("/geocode", open_page(site, geography.lookup)),
        Route("/u/{link}", open_page(site, publish.mailed_link(site))),
    ]


# ---- showing a step ----


def show(
    site: CraigslistSite, request: Request, chain: Chain, step: str, complaints: dict[str, str] | None = None
) -> Response:
    """A step's page, with a new token in each of its forms. `complaints`: sentences by field, "" for the whole page."""
    picker = _picker(site, chain, step)
    values = _values(site, chain, step)
    if picker is not None:
        values = dict(zip(("heading", "name", "choices"), picker, strict=True))
    if step == "editimage" and "uploader" in request.query_params:
        chain.classic = request.query_params["uploader"] == "classic"
    return render(
        site,
        "step_picker.html" if picker else f"step_{step}.html",
        request,
        step=step,
        chain=chain,
        token=lambda: chain.new_token(step),
        complaints=complaints or {},
        **values,
    )


def _picker(site: CraigslistSite, chain: Chain, step: str) -> tuple[str, str, list[Choice]] | None:
    """Heading, field name and choices of a page of radios; None for another page."""
    if step == "subarea" and chain.area:
        return (
            "choose the location that fits best:",
            "n",
            [Choice(sub.number, sub.label) for sub in chain.area.subareas],
        )
    if step == "hood" and chain.subarea:
        return "choose a neighborhood:", "n", list(chain.subarea.hoods)
    if step == "type":
        return "what type of posting is this?", "id", [Choice(*entry) for entry in catalogue.TYPES.items()]
    if step == "cat":
        found = catalogue.categories(str(chain.asked.get("type")))
        return "please choose a category:", "id", [Choice(each.number, each.label) for each in found]
    return None


def _values(site: CraigslistSite, chain: Chain, step: str) -> dict[str, Any]:
    if step == "copyfromanother":
        return {"earlier": site.postings(chain.account)}
    if step == "area":
        return {"areas": AREAS}
    if step == "edit":
        return {
            "values": chain.values or form_defaults(site, chain),
            "conditions": catalogue.CONDITIONS,
            "languages": catalogue.LANGUAGES,
            "privacy": form.PRIVACY,
            "price_needed": "price_required" in site.variant,
        }
    if step == "geoverify":
        return {"map": geography.map_of(chain)}
    if step in publish.PAGES:
        return publish.values(site, chain)
    return {}


def form_defaults(site: CraigslistSite, chain: Chain) -> dict[str, str]:
    """What a fresh form shows: English, the mail relay, the account's own address."""
    kept = site.contact_preferences.get(chain.account, {})
    return {"language": catalogue.ENGLISH, "Privacy": "C", "FromEMail": chain.account, **kept}


# ---- taking a step's answer: sentences by field when it is refused, nothing when all is well ----


async def copy(site: CraigslistSite, request: Request, chain: Chain, sent: dict[str, str]) -> Said:
    if "brand_new_post" in sent:
        return None
    source = site.listings.get(sent.get("posting_id", ""))
    if source is None or source.account != chain.account:
        return {"": "please choose a posting"}
    chain.values, chain.photos = form.values_of(source), list(source.photos)
    return None


async def area(site: CraigslistSite, request: Request, chain: Chain, sent: dict[str, str]) -> Said:
    if sent.get("n") not in BY_NUMBER:
        return {"": "please choose a city"}
    chain.asked["area"] = sent["n"]
    return None


def picked(step: str) -> Answer:
    """One radio of a page of radios. Another sub-area has other neighbourhoods, another kind other categories."""
    depends = {"subarea": "hood", "type": "cat"}.get(step)

    async def take(site: CraigslistSite, request: Request, chain: Chain, sent: dict[str, str]) -> Said:
        picker = _picker(site, chain, step)
        assert picker is not None
        _, name, choices = picker
        if sent.get(name) not in {choice.value for choice in choices}:
            return {"": "please choose one"}
        if depends and chain.asked.get(step) != sent[name]:
            chain.asked.pop(depends, None)
            chain.answered.discard(depends)
        chain.asked[step] = sent[name]
        return None

    return take


async def go_on(site: CraigslistSite, request: Request, chain: Chain, sent: dict[str, str]) -> Said:
    return None


async def edit(site: CraigslistSite, request: Request, chain: Chain, sent: dict[str, str]) -> Said:
    chain.values = form.tidy(sent)
    if chain.account and "email_shown" not in site.variant:
        chain.values["FromEMail"] = chain.account
    wrong = form.complaints(chain.values, price_needed="price_required" in site.variant)
    if wrong:
        return {each.field: each.sentence for each in wrong}
    if chain.account and "save_contact_preferences" in chain.values:
        site.contact_preferences[chain.account] = {n: v for n, v in chain.values.items() if n in form.PREFERENCES}
    site.note(chain)
    return None


async def geoverify(site: CraigslistSite, request: Request, chain: Chain, sent: dict[str, str]) -> Said:
    found = geography.answer_of(sent)
    if found is None:
        return {"": "we could not find this place on the map"}
    chain.asked["map"] = found
    site.note(chain)
    return None


ANSWERS: dict[str, Answer] = {
    "copyfromanother": copy,
    "area": area,
    "subarea": picked("subarea"),
    "hood": picked("hood"),
    "type": picked("type"),
    "cat": picked("cat"),
    "notice": go_on,
    "edit": edit,
    "geoverify": geoverify,
    "preview": publish.press,
    "pn": publish.phone,
    "billing": publish.pay,
    "mailoop": publish.send_again,
}
