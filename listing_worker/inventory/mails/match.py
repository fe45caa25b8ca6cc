"""From a mail to the postings that it names. Pure.

A mail is certain evidence only if a trusted receiver vouches for it *and* it names the item by its number there, and
the title in its subject, where there is one, is that posting's: mails show other items of the seller, too. Anything
less is weak: it needs a second, independent sign before anything is taken down. A title alone is weak even in a genuine
mail, because two items may be called the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from listing_worker.inventory.mails.message import Mail
from listing_worker.inventory.mails.rules import MailRules, SaleMail

_MORE = re.compile(r"^(.*?)\"? and (\d+) more items?\"?$", re.IGNORECASE)
_FORWARDED = re.compile(r"^(?:(?:fwd?|wg|tr)\s*:\s*)+", re.IGNORECASE)
MOST_UNITS = 999


@dataclass(frozen=True)
class OnSale:
    """A posting that a mail could be about."""

    posting_id: str
    external_id: str
    title: str


@dataclass(frozen=True)
class MailSign:
    """What a mail says about one posting. `reference`: the order's number, where the mail has one."""

    posting_id: str
    certain: bool
    reference: str
    units: int
    detail: str


@dataclass(frozen=True)
class Understood:
    """`marketplace`: whose sale mail it is; empty if it is none. `title`: the item's, as the subject has it."""

    marketplace: str = ""
    genuine: bool = False
    title: str = ""
    ids: frozenset[str] = frozenset()
    order: str = ""
    units: int = 1


def understand(mail: Mail, rules: Sequence[MailRules]) -> Understood:
    """Whose mail it is and what it tells."""
    subject = _FORWARDED.sub("", mail.subject)
    for one in rules:
        if not mail.is_from(one.senders):
            continue
        for kind in one.sale:
            found = re.search(kind.subject, subject, re.IGNORECASE)
            if found is not None:
                return _read(mail, one, kind, found.groupdict().get("title") or "")
    return Understood()


def _read(mail: Mail, rules: MailRules, kind: SaleMail, title: str) -> Understood:
    ids = re.finditer(kind.item, mail.text, re.IGNORECASE) if kind.item else ()
    order = re.search(kind.order, mail.text, re.IGNORECASE) if kind.order else None
    units = re.search(kind.units, mail.text, re.IGNORECASE) if kind.units else None
    return Understood(
        marketplace=rules.marketplace,
        genuine=mail.is_genuine(rules.senders),
        title=title.strip(),
        ids=frozenset(each["id"] for each in ids),
        order=order["order"] if order else "",
        units=min(MOST_UNITS, max(1, int(units["units"]))) if units else 1,
    )


def signs_of(said: Understood, on_sale: Sequence[OnSale], *, site: str) -> list[MailSign]:
    """What it says about what is on sale there; nothing if it fits nothing, or two things alike by title only."""
    bundle = _MORE.match(said.title)
    title = _same(bundle.group(1) if bundle else said.title)
    named = [one for one in on_sale if one.external_id in said.ids]
    if title and not bundle:
        named = [one for one in named if _same(one.title) == title]
    if named:
        told = f"A sale mail from {site} names it" + (f" (order {said.order})." if said.order else ".")
        expected = 1 + (int(bundle.group(2)) if bundle else 0)  # more than that are shown, not sold
        certain = said.genuine and len(named) == expected
        return [MailSign(one.posting_id, certain, said.order, said.units if not bundle else 1, told) for one in named]
    alike = [one for one in on_sale if title and _same(one.title) == title]
    if len(alike) != 1:
        return []
    return [MailSign(alike[0].posting_id, False, said.order, 1, f"A sale mail from {site} has its title.")]


def _same(title: str) -> str:
    """Mails cut long titles and change quotes; only case, spaces and quotes are forgiven."""
    return " ".join(re.sub(r"[\"“”'’‘]", "", title).casefold().split())
