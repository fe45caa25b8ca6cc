"""The chain of pages that makes a post: where one is, and going on (facts: craigslist §3).

All pages live at one address, `…/k/<token>/<part>?s=<step>`; the step's name is in `?s=` and decides, never an order.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page
from playwright.async_api import TimeoutError as PlaywrightTimeout

from listing_worker.agents.form.interruptions import Interruptions
from listing_worker.agents.form.locate import find
from listing_worker.agents.form.waiting import raise_if_gone
from listing_worker.agents.page_signs import classify, raise_unless_ok
from listing_worker.agents.recipe import Recipe, Target
from listing_worker.errors import ActionRequired, ChallengeShown, FieldNotFound, ListingInvalid, PageTimeout

ARRIVES = 30_000  # milliseconds for the next page
BEFORE_FORM = ("copyfromanother", "area", "subarea", "hood", "type", "cat")
AFTER_FORM = ("geoverify", "editimage", "preview")

# The label of each radio button of a list, in order: [value, label].
_RADIOS = r"""name => [...document.querySelectorAll(`input[type=radio][name="${name}"]`)].map(e => {
  const label = e.labels && e.labels[0] ? e.labels[0] : e.closest('label, li, td') ?? e.parentElement;
  return [e.value, label.innerText.replace(/\s+/g, ' ').trim()];
})"""
_CHOSEN = r"""([name, value]) => {
  const one = [...document.querySelectorAll(`input[type=radio][name="${name}"]`)].find(e => e.value === value);
  if (!one) return false;
  if (!one.checked) one.click();
  return one.checked;
}"""
_COMPLAINTS = r"""() => {
  const seen = e => e.checkVisibility({visibilityProperty: true});
  const all = [...document.querySelectorAll('[class*=err i], [role=alert]')].filter(seen);
  return [...new Set(all.map(e => e.innerText.replace(/\s+/g, ' ').trim()))].filter(Boolean).slice(0, 5);
}"""
_FEE = re.compile(r"\s*\(\s*\$\s*([\d.]+)[^)]*\)\s*$")


def step_of(page: Page) -> str:
    """The step's name in the address; "" where there is none."""
    return parse_qs(urlsplit(page.url).query).get("s", [""])[0]


def chain_of(page: Page) -> str | None:
    """Token and part of the chain's address, by which it can be looked at again; None outside of a chain."""
    found = re.search(r"//post\.craigslist\.org/k/([^/?#]+/[^/?#]+)", page.url)
    return found.group(1) if found else None


def at_step(page: Page, step: str) -> str:
    """The address of another step of the chain that the page is in."""
    return f"{page.url.partition('?')[0]}?s={step}"


def raise_if_refused(step: str, told: str) -> None:
    """The form that comes back has not been taken. `told`: its complaints. Raises ListingInvalid naming our field."""
    if step != "edit":
        return
    names = {"title": "title", "price": "price", "zip": "zip_code", "postal": "zip_code", "body": "description"}
    field = next((ours for theirs, ours in names.items() if theirs in told.casefold()), None)
    raise ListingInvalid(f"Craigslist did not accept the form: {told or 'it shows the form again'}", field=field)


def plain(label: str) -> str:
    """A label without its fee and its " - by owner", in small letters."""
    without = re.sub(r"\s+-\s+by (owner|dealer)$", "", _FEE.sub("", label))
    return " ".join(without.casefold().split())


def fee_of(label: str) -> str:
    """The dollars in a label that ends in "($5)"; "" for a free one (fact: craigslist §4)."""
    found = _FEE.search(label)
    return found.group(1) if found else ""


async def raise_if_sellers(page: Page) -> None:
    """Steps that only the person can do. Raises ChallengeShown (phone, mail), ActionRequired (payment)."""
    step = step_of(page)
    if step == "pn":
        raise ChallengeShown(
            "Craigslist asks you to verify your phone number before it takes the post.",
            action="Finish the post on Craigslist (account home, drafts): enter your phone number and the code.",
        )
    if step == "mailoop":
        raise ChallengeShown(
            "Craigslist has sent you an e-mail; the post goes live when you press the link in it.",
            action="Open Craigslist's e-mail and press the link in it, then try again.",
        )
    if step == "billing":
        raise ActionRequired(
            "Craigslist wants to be paid for this post. We never pay for you.",
            action="Finish and pay the post on Craigslist (account home, drafts), then try again.",
        )


async def go_on(page: Page, recipe: Recipe, watch: Interruptions, button: Target) -> str:
    """Presses what leads to the next page; the step there. Boxes in front are dismissed before (`watch`).

    Raises what that page's kind asks for, FieldNotFound, PageTimeout.
    """
    await watch.clear()
    found = await find(page, button)
    if found is None:
        raise FieldNotFound(f"{step_of(page) or 'the page'}: there is no button that goes on ({button}).")
    try:
        async with page.expect_navigation(wait_until="domcontentloaded", timeout=ARRIVES) as arriving:
            await found.locator.click(timeout=5_000)
        response = await arriving.value
    except PlaywrightTimeout as error:
        raise PageTimeout(f"Craigslist did not answer after the step {step_of(page)}.") from error
    except PlaywrightError as error:
        raise_if_gone(error)
        raise PageTimeout(f"The next page did not come: {error.message.splitlines()[0][:160]}") from error
    await raise_if_sellers(page)
    raise_unless_ok(await classify(page, recipe.signs, response), recipe)
    return step_of(page)


async def radios(page: Page, name: str) -> list[tuple[str, str]]:
    """Value and label of each button of a radio list."""
    found: list[list[str]] = await page.evaluate(_RADIOS, name)
    return [(value, label) for value, label in found]


async def choose_radio(page: Page, name: str, value: str) -> None:
    """By the page's own click: pointer presses do not always arrive there (fact: craigslist §3)."""
    if not await page.evaluate(_CHOSEN, [name, value]):
        raise FieldNotFound(f"{step_of(page)}: the choice {value!r} cannot be made.")


async def complaints(page: Page) -> str:
    """What a page says is wrong with what was sent; "" if nothing."""
    texts: list[str] = await page.evaluate(_COMPLAINTS)
    return "; ".join(texts)[:300]


def not_offered(what: str, wanted: str, labels: list[str], attribute: str) -> ListingInvalid:
    """The answer to a choice that the page does not have."""
    offered = ", ".join(labels[:40])
    asked = f"has no {what} {wanted!r}" if wanted else f"asks for the {what}"
    return ListingInvalid(
        f"Craigslist {asked}. Set the attribute {attribute!r} to one of: {offered}."[:490],
        field=f"attributes.{attribute}",
    )
