"""What postings add up to, by hand-made rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from listing_worker.api.inventory_report import as_csv
from listing_worker.api.web.charts import Bar, bars, columns
from listing_worker.inventory.analytics import OLDER, WEEKS, report_of
from listing_worker.storage.inventory_calls import ReportRow

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SITES = ("ebay", "mercari")


def row(
    listing: str, site: str, state: str, *, live: float | None = None, sold: float | None = None, **more: Any
) -> ReportRow:
    """`live`, `sold`: days ago."""

    def ago(days: float | None) -> str | None:
        return (NOW - timedelta(days=days)).isoformat() if days is not None else None

    made: Any = {
        "posting_id": f"{listing}-{site}", "listing_id": listing, "marketplace": site, "state": state, "title": "T",
        "url": None, "cents": 1000, "created_at": ago(100), "live_at": ago(live), "sold_at": ago(sold), "failed": None,
        "healed": 0, **more,
    }  # fmt: skip
    return made


ROWS = [
    row("a", "ebay", "sold", live=12, sold=2),
    row("a", "mercari", "delisted", live=12),
    row("b", "ebay", "live", live=45, healed=2),
    row("b", "mercari", "pending_review", live=5, cents=3000),
    row("c", "ebay", "failed", failed="form_changed"),
    row("d", "mercari", "sold", live=30, sold=26, cents=5000),
    row("e", "mercari", "live", live=200),
]


def fee(marketplace: str, cents: int, at: datetime) -> int | None:
    return cents // 10 if marketplace == "ebay" else None


def test_marketplaces_are_summed_up() -> None:
    report = report_of(ROWS, SITES, NOW, fee)
    ebay, mercari = report.shops
    assert (ebay.on_sale, ebay.sold, ebay.posted, ebay.ended) == (1, 1, 2, 3)
    assert (ebay.success, ebay.sell_through, ebay.median_days) == (pytest.approx(2 / 3), 0.5, 10)
    assert (ebay.sold_cents, ebay.net_cents, ebay.healed) == (1000, 900, 2)
    assert dict(ebay.failures) == {"form_changed": 1}
    assert (mercari.on_sale_cents, mercari.sold_cents) == (4000, 5000)
    assert mercari.net_cents is None, "a fee that is not known is not guessed"
    assert report.total.net_cents is None
    assert (report.total.sold, report.total.on_sale, report.items) == (2, 3, 2)


def test_a_listing_is_as_old_as_its_oldest_posting() -> None:
    ages = dict(report_of(ROWS, SITES, NOW, fee).ages)
    assert ages == {"up to a week": 0, "up to a month": 0, "up to two months": 1, "up to three months": 0, OLDER: 1}


def test_weeks_hold_what_was_sold_in_them() -> None:
    weeks = report_of(ROWS, SITES, NOW, fee).weeks
    assert len(weeks) == WEEKS
    assert [(week.sold, week.cents) for week in weeks[-4:]] == [(1, 5000), (0, 0), (0, 0), (1, 1000)]


def test_nothing_adds_up_to_nothing() -> None:
    report = report_of([], SITES, NOW, fee)
    assert [shop.marketplace for shop in report.shops] == list(SITES)
    assert (report.total.success, report.total.median_days, report.total.net_cents) == (None, None, 0)


def test_a_chart_says_every_value_in_words_and_is_safe() -> None:
    made = [Bar("<b>eBay</b>", 4, "4"), Bar("Mercari", 0, "0"), Bar("Tiny", 0.001, "<1")]
    for drawn in (bars(made, name="x", title="On <sale>"), columns(made, name="x", title="On <sale>")):
        assert 'role="img"' in drawn and 'aria-labelledby="x-title x-values"' in drawn
        assert "<b>" not in drawn and "&lt;b&gt;eBay&lt;/b&gt;: 4; Mercari: 0" in drawn
        assert 'style="' not in drawn, "the pages' policy allows no inline style"
    assert 'width="0"' in bars(made, name="x", title="t") and 'width="2"' in bars(made, name="x", title="t")
    assert "nothing yet" in bars([], name="x", title="t")


def test_a_spreadsheet_runs_no_cell() -> None:
    text = as_csv([row("a", "ebay", "sold", live=1, title="=HYPERLINK(1)")])
    assert text.splitlines()[1].startswith("'=HYPERLINK(1),ebay,sold,10.00,")
