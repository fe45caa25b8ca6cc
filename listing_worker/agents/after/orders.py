"""The seller's page of orders: which items were bought, each by its number there. Changes nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page

from listing_worker.agents.after.data import Orders
from listing_worker.agents.form.locate import find
from listing_worker.agents.form.waiting import Deadline, until
from listing_worker.agents.page_signs import PageKind, classify, raise_unless_ok, visit
from listing_worker.agents.recipe import Recipe
from listing_worker.errors import PageTimeout

_ROWS = r"""([row, number, item]) => {
  const read = (within, [css, attribute]) => [...within.querySelectorAll(css)]
    .map(e => attribute === 'text' ? e.innerText : e.getAttribute(attribute)).filter(Boolean);
  return [...document.querySelectorAll(row)].map(e => ({
    text: e.innerText, numbers: read(e, number), items: read(e, item)}));
}"""


@dataclass(frozen=True)
class Sale:
    """An order that stands, and an item it names, both by the marketplace's numbers."""

    order: str
    external_id: str


async def read_orders(page: Page, recipe: Recipe, orders: Orders) -> tuple[Sale, ...]:
    """What the page shows at once, which are the newest; call `sign_in_state` before. Raises what the page's kind asks
    for, or PageTimeout."""
    response = await visit(page, orders.url)

    async def ready() -> bool:
        if await find(page, orders.ready) is not None:
            return True
        state = await classify(page, recipe.signs, response)
        if state.kind is not PageKind.OK:
            raise_unless_ok(state, recipe)
        return False

    if not await until(ready, Deadline(orders.timeout)):
        raise PageTimeout(f"The list of your {recipe.display_name} orders did not load.")
    rows: list[dict[str, Any]] = await page.evaluate(
        _ROWS, [orders.row, list(orders.number[:2]), list(orders.item[:2])]
    )
    found: dict[Sale, None] = {}
    for row in rows:
        numbers = _all(orders.number[2], row["numbers"])
        if not numbers or re.search(orders.void, row["text"]):
            continue
        for external_id in _all(orders.item[2], row["items"]):
            found[Sale(numbers[0], external_id)] = None
    return tuple(found)


def _all(pattern: str, texts: list[str]) -> list[str]:
    return [match.group(1) for text in texts if (match := re.search(pattern, text))]
