"""What any listing's page says about itself to search engines and those who share it: schema.org's Product as JSON-LD,
and the Open Graph names. Public standards, the same for all marketplaces; each part may be missing. Changes nothing."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page

from listing_worker.agents.page_signs import visit

_DATA = r"""() => {
  const products = [];
  for (const script of document.querySelectorAll('script[type="application/ld+json"]')) {
    let data; try { data = JSON.parse(script.textContent); } catch { continue; }
    for (const each of [data, ...(Array.isArray(data) ? data : []), ...(data['@graph'] || [])])
      if ([].concat(each?.['@type'] ?? []).includes('Product')) products.push(each);
  }
  const named = name => document.querySelector(`meta[property="${name}"]`)?.content?.trim() || '';
  const product = products.length === 1 ? products[0] : {};
  const word = value => typeof value === 'string' ? value : value?.name ?? '';
  const offer = [].concat(product.offers ?? [])[0] ?? {};
  const condition = String(product.itemCondition ?? offer.itemCondition ?? '').split('/').pop();
  return {
    description: word(product.description) || named('og:description'),
    brand: word(product.brand), size: word(product.size), color: word(product.color), condition,
  };
}"""
_LONGEST = 20_000


async def page_data(page: Page, url: str) -> dict[str, str]:
    """description, brand, size, color, condition: those that the page at `url` tells. Raises as `visit`."""
    if not page.url.startswith(url):
        await visit(page, url)
    told: dict[str, Any] = await page.evaluate(_DATA)
    return {name: value[:_LONGEST] for name, value in told.items() if isinstance(value, str) and value.strip()}
