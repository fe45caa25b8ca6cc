"""The verdict on a month, by what the sites hold and what the seller was told: nothing of ours is asked."""

from __future__ import annotations

from itertools import pairwise

from tests.month.record import BOUND, WATCH_SECONDS, Month, Record, Sale


def judge(record: Record, month: Month, now: float) -> None:
    """Adds to `month` what was wrong in it, and how long it took until what was sold was gone everywhere."""
    for listing, quantity in record.quantity.items():
        sales = sorted(record.sales.get(listing, []), key=lambda sale: sale.at)
        sold_out_at = sales[quantity - 1].at if len(sales) >= quantity else None
        month.delisted_wrongly += sum(
            item.delisted_at is not None and (sold_out_at is None or item.delisted_at < sold_out_at)
            for _, item in record.places.get(listing, ())
        )
        if sold_out_at is not None:
            _judge_sold(record, month, listing, sales, sold_out_at, now)
    for times in record.looks.values():
        month.caps_crossed += sum(b - a < WATCH_SECONDS - 1 for a, b in pairwise(times))


def _judge_sold(record: Record, month: Month, listing: str, sales: list[Sale], sold_out_at: float, now: float) -> None:
    """Every place at which it was still on sale then, and for how long: at any time, not just at the end."""
    places = record.places[listing]
    latest = max((item.delisted_at or item.gone_at or 0.0) for _, item in places)
    if latest and all(item.status != "active" for _, item in places):
        month.minutes_to_gone.append((latest - sold_out_at) / 60)
    sold_at = {sale.site: sale.at for sale in sales}
    for account, item in places:
        ended = item.delisted_at or item.gone_at or sold_at.get(account.site, now)
        if ended - sold_out_at <= BOUND:
            continue
        if _known(record, listing, account.site, sales, sold_out_at, ended):
            month.escalated += 1
        else:
            month.still_live += 1


def _known(record: Record, listing: str, site: str, sales: list[Sale], sold_out_at: float, ended: float) -> bool:
    """Whether the seller knew within the bound: that it does not come down there; or, as long as that lasted, that a
    place where it was sold is not seen, is stopped, or may have sold it. After that the bound begins anew."""
    since = sold_out_at
    sites = {sale.site for sale in sales}
    sold = {item.posting for account, item in record.places[listing] if account.site in sites}
    for question in sorted(record.questions, key=lambda one: one.at):
        about = question.posting in sold if question.posting else question.site in sites
        if about and question.at <= since + BOUND and question.until > since:
            since = question.until
    told = any(sold_out_at <= at <= since + BOUND for at in record.told_at.get((listing, site), ()))
    return told or ended - since <= BOUND
