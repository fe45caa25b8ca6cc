"""A mail taken in: understood, matched, noted once, and settled. What `POST /api/inventory/mails` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from listing_worker.inventory.mails.match import OnSale, signs_of, understand
from listing_worker.inventory.mails.message import read_mail
from listing_worker.inventory.mails.rules import all_rules
from listing_worker.inventory.settle import settle
from listing_worker.storage.store import Store


@dataclass(frozen=True)
class Taken:
    """What became of a mail. `why`: the sentence for the seller. `delists`: operations that should run now."""

    why: str
    marketplace: str = ""
    genuine: bool = False
    new: bool = False
    postings: tuple[str, ...] = ()
    delists: tuple[str, ...] = ()


def take_mail(
    store: Store,
    user_id: str,
    raw: bytes,
    *,
    marketplaces: Sequence[str],
    display_name: Callable[[str], str],
    trusted_receivers: Sequence[str],
) -> Taken:
    """Safe to repeat: a mail counts once, by its Message-ID. Raises StoreUnavailable."""
    mail = read_mail(raw, trusted_receivers)
    if mail is None:
        return Taken("This is no mail: it has no From line. Send the whole message as the mail server had it.")
    said = understand(mail, all_rules(marketplaces))
    if not said.marketplace:
        return Taken("Not a sale mail of a marketplace that we know.")
    site = display_name(said.marketplace)
    on_sale = [OnSale(**row) for row in store.postings_for_mail(user_id, said.marketplace)]
    signs = signs_of(said, on_sale, site=site)
    new = store.record_mail(
        user_id,
        mail.id,
        said.marketplace,
        genuine=said.genuine,
        order=said.order,
        signals=[
            {
                "posting_id": sign.posting_id,
                "certain": sign.certain,
                "reference": sign.reference or mail.id,
                "units": sign.units,
                "detail": sign.detail,
            }
            for sign in signs
        ],
    )
    named = tuple(sign.posting_id for sign in signs)
    if not new:
        return Taken("This mail was here before.", said.marketplace, said.genuine, postings=named)
    if not signs:
        return Taken(
            f"A sale mail from {site} about nothing that is on sale there.", said.marketplace, said.genuine, True
        )
    delists: list[str] = []
    for listing_id in store.listings_of_postings(user_id, named):
        settled = settle(store, listing_id)
        delists += settled.delists if settled else ()
    certain = all(sign.certain for sign in signs)
    why = "It is sold." if certain else "Noted as a hint: nothing is taken down until a second sign says the same."
    return Taken(f"A sale mail from {site}. {why}", said.marketplace, said.genuine, True, named, tuple(delists))
