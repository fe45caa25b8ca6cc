"""Mercari: what its recipe cannot say. The site's own answer to who is signed in, its late guesses, addresses,
the shipping label's two ways of showing, and a list of listings that loads after its page."""

from __future__ import annotations

import json
import re
from typing import Any
from weakref import WeakKeyDictionary

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Request

from listing_worker.agents.base import Attempt, Baseline, SignIn
from listing_worker.agents.closet import ClosetView, open_closet, read_closet
from listing_worker.agents.form.locate import find, is_visible
from listing_worker.agents.form.waiting import Deadline, is_passing, raise_if_gone, until
from listing_worker.agents.marketplace import RecipeAgent
from listing_worker.agents.mercari.after import AFTER
from listing_worker.agents.mercari.recipe import RECIPE
from listing_worker.agents.mercari.vocabulary import MercariVocabulary
from listing_worker.agents.page_signs import PageKind, classify, raise_unless_ok, visit
from listing_worker.agents.recipe import Match, Planned, Recipe, at, css, role, test_id, text
from listing_worker.agents.traffic import Traffic
from listing_worker.errors import ListingInvalid, PageTimeout, PublishRefused
from listing_worker.models import Intent, Listing, Proof

UPLOAD, GUESS, OWN_LIST = "uploadTempListingPhotos", "kandoSuggestQuery", "userItemsQuery"
GUESS_STARTS = 700  # milliseconds after the photos in which the site begins to guess, if it does

BRAND = at(test_id("Brand"), css("input#sellBrandId"))
NO_BRAND = at(test_id("NoBrandLink"))
_TICKED = r"""e => {
  const states = ['aria-checked', 'aria-pressed', 'aria-selected', 'data-selected'];
  if (states.some(name => e.getAttribute(name) === 'true')) return true;
  const box = e.matches('input') ? e : (e.control ?? e.querySelector('input') ?? e.closest('label')?.control);
  return box?.checked ?? false;
}"""
SHIPS_FROM = at(test_id("ShipsFrom"))
CHANGE_ADDRESS = at(test_id("ShipsFromEditButton"), test_id("ShipsFromAddButton"))
ADDRESS = at(css('[data-testid="MyAddressesAddressRow"]', has_text="{value}", match=Match.CONTAINS))
USE_ADDRESS = at(role("button", "Use"), text("Use"))
LABEL_FIELD = at(test_id("SelectShipping"), css("input#sellShippingClassesInput"))
LABEL_SUMMARY = at(test_id("ShippingClass"))
SERVICES = ("USPS", "UPS", "FedEx")

_INITIALIZE = """async () => {
  const answer = await fetch('/v1/initialize', {credentials: 'include', headers: {accept: 'application/json'}});
  return [answer.status, await answer.text()];
}"""


def operation(request: Request) -> str | None:
    """The GraphQL operation of a request to their API; uploads are multipart and told by that."""
    if not request.url.startswith("https://www.mercari.com/v1/api"):
        return None
    if "multipart/" in request.headers.get("content-type", ""):
        return UPLOAD
    try:
        told = json.loads(request.post_data or "{}")
    except (ValueError, UnicodeDecodeError):
        return None
    name = told.get("operationName") if isinstance(told, dict) else None
    if not name and (found := re.search(r"operationName=(\w+)", request.url)):
        name = found.group(1)
    return name if isinstance(name, str) else None


class MercariAgent(RecipeAgent):
    recipe = RECIPE
    after = AFTER
    vocabulary = MercariVocabulary()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._traffic: WeakKeyDictionary[Page, Traffic] = WeakKeyDictionary()

    def traffic(self, page: Page) -> Traffic:
        if page not in self._traffic:
            self._traffic[page] = Traffic(page, operation)
        return self._traffic[page]

    # ---- who is signed in (fact: mercari §2: user.userId of /v1/initialize; cookies and tokens tell nothing) ----

    async def sign_in_state(self, page: Page) -> SignIn:
        response = await visit(page, self.recipe.sign_in.url)

        async def decided() -> SignIn | None:
            state = await classify(page, self.recipe.signs, response)
            if state.kind is PageKind.SIGNED_OUT:
                return SignIn(signed_in=False)
            raise_unless_ok(state, self.recipe)
            return await self._initialize(page)

        answer = await until(decided, Deadline(self.recipe.sign_in.timeout))
        if answer is None:
            raise PageTimeout("Mercari did not tell whether you are signed in.")
        self.notes(page).account = answer.account
        return answer

    async def _initialize(self, page: Page) -> SignIn | None:
        """The site's answer, asked from inside the page; None if it gave none that can be read."""
        try:
            status, body = await page.evaluate(_INITIALIZE)
            told = json.loads(body) if status == 200 else None
        except PlaywrightError as error:
            raise_if_gone(error)
            if is_passing(error) or "Failed to fetch" in error.message:
                return None
            raise
        except ValueError:
            return None
        if not isinstance(told, dict):
            return None
        user = told.get("user")
        if not isinstance(user, dict) or not user.get("userId"):
            return SignIn(signed_in=False)
        name = user.get("name") or user.get("nickname")
        return SignIn(signed_in=True, account=str(name) if name else str(user["userId"]))

    async def enter_form(self, page: Page, attempt: Attempt) -> None:
        self.traffic(page)  # listens before the form begins to talk
        await super().enter_form(page, attempt)

    # ---- photos and guesses ----

    async def fill_settled(self, page: Page, planned: Planned) -> None:
        """Previews show before the upload is done, and guesses come after it: waits for both answers (fact: §3, §5)."""
        traffic = self.traffic(page)
        if not await traffic.wait(UPLOAD, timeout=120_000):
            raise PageTimeout("The photos were not uploaded in time.")
        if await until(lambda: _began(traffic), Deadline(GUESS_STARTS)):
            await traffic.wait(GUESS, timeout=10_000)

    async def read_settled(self, page: Page, planned: Planned) -> str:
        return "true" if not self.traffic(page).out(UPLOAD) else "false"

    # ---- category, variant B: three menus, read one by one ----

    async def read_category(self, page: Page, planned: Planned) -> str:
        words = []
        for number in range(len(planned.value) if isinstance(planned.value, tuple) else 1):
            found = await find(page, at(test_id(f"CategoryL{number}")))
            words.append(" ".join((await found.locator.inner_text()).split()) if found else "")
        return ", ".join(words)

    # ---- brand ----

    async def fill_no_brand(self, page: Page, planned: Planned) -> None:
        """No brand is an answer of its own; a guess of the site's may stand there."""
        await self.open_form_of(page).press(NO_BRAND, timeout=5_000, field="brand")

    async def read_no_brand(self, page: Page, planned: Planned) -> str:
        return "true" if await self.read_brand(page, planned) == "no brand" else "false"

    async def read_brand(self, page: Page, planned: Planned) -> str:
        """The brand, or "no brand" where the field says so or "No brand / Not sure" is ticked."""
        found = await find(page, BRAND)
        shown = (await found.locator.input_value()).strip() if found else ""
        if shown:
            return "no brand" if shown.casefold().startswith("no brand") else shown
        link = await find(page, NO_BRAND)
        return "no brand" if link is not None and await link.locator.evaluate(_TICKED) else ""

    # ---- where it ships from: preset by the account; another of its addresses may be chosen (fact: §3 row 9) ----

    async def fill_zip(self, page: Page, planned: Planned) -> None:
        if await self.read_zip(page, planned) == planned.value:
            return
        form = self.open_form_of(page)
        await form.press(CHANGE_ADDRESS, timeout=5_000, field="zip")
        words = {"value": str(planned.value)}

        async def offered() -> bool:
            return await is_visible(page, at(test_id("MyAddressesAddressRow")))

        if not await until(offered, Deadline(3_000)) or await find(page, ADDRESS, words) is None:
            raise ListingInvalid(
                f"Your Mercari account has no address with the ZIP code {planned.value}. "
                "Add it on Mercari, or leave the ZIP code out of the listing.",
                field="zip_code",
            )
        await form.press(ADDRESS, words, timeout=3_000, field="zip")
        if await find(page, USE_ADDRESS) is not None:
            await form.press(USE_ADDRESS, timeout=3_000, field="zip")

    async def read_zip(self, page: Page, planned: Planned) -> str:
        """The ZIP code beside "Ships from"; the text itself where it shows none."""
        found = await find(page, SHIPS_FROM)
        if found is None:
            return ""
        shown = await found.locator.evaluate("e => 'value' in e && e.tagName === 'INPUT' ? e.value : e.innerText")
        zips = re.findall(r"(?<!\d)\d{5}(?!\d)", shown)
        return zips[-1] if zips else " ".join(shown.split())

    # ---- the label ----

    async def read_label(self, page: Page, planned: Planned) -> str:
        """The service: from the field, else from the summary, else as chosen in the wizard (fact: mercari §3, where
        sources disagree which of the two shows it)."""
        wanted = str(planned.value)
        field, summary = await find(page, LABEL_FIELD), await find(page, LABEL_SUMMARY)
        shown = (await field.locator.input_value()).strip() if field else ""
        below = " ".join((await summary.locator.inner_text()).split()) if summary else ""
        for told in (shown, below):
            if any(service in told for service in SERVICES):
                return told
        form = self.notes(page).form
        chosen = form.remembered.get("service") if form else None
        return wanted if below and chosen is not None and chosen.same else shown

    async def prepare_publish(self, page: Page, attempt: Attempt) -> Baseline:
        """Reads everything a last time: guesses and Smart Pricing come late (fact: mercari §3)."""
        baseline = await super().prepare_publish(page, attempt)
        await self.settle(page, attempt)
        return baseline

    async def publish(self, page: Page, attempt: Attempt, intent: Intent) -> Proof:
        """Says what is to be done where the answer is that Mercari wants something of the seller first (fact: §6)."""
        try:
            return await super().publish(page, attempt, intent)
        except PublishRefused as refused:
            if not re.search(r"action|verif", refused.message, re.IGNORECASE):
                raise
            action = "Open Mercari in your browser, list something by hand, and do what it asks."
            raise PublishRefused(refused.message, sent=refused.sent, action=action) from refused

    # ---- own listings: the page stands before its list is there ----

    async def _closet(self, page: Page, listing: Listing, account: str | None) -> ClosetView:
        whole = await self.open_own_list(page, self.recipe, self.recipe.closet.url)
        view = await read_closet(page, self.recipe)
        return ClosetView(view.listings, view.complete and whole)

    async def open_own_list(self, page: Page, recipe: Recipe, url: str) -> bool:
        traffic = self.traffic(page)
        before, failed = traffic.sent[OWN_LIST], traffic.failed[OWN_LIST]
        await open_closet(page, recipe, url)

        async def loaded() -> bool:
            answered = traffic.sent[OWN_LIST] > before and not traffic.out(OWN_LIST)
            return answered or await page.locator(self.recipe.closet.tile).count() > 0

        if not await until(loaded, Deadline(self.recipe.closet.timeout)):
            raise PageTimeout("The list of your Mercari listings did not load.")
        return traffic.failed[OWN_LIST] == failed


async def _began(traffic: Traffic) -> bool:
    return traffic.sent[GUESS] > 0
