"""What a marketplace's sale mails look like, as data: `agents/<marketplace>/sale_mails.toml`.

Patterns are searched, case-insensitively. Their named groups are the values: title, id, order, units.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Annotated

from pydantic import AfterValidator

from listing_worker.models import Frozen


def _compiles(pattern: str) -> str:
    re.compile(pattern)
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]


class SaleMail(Frozen):
    """One kind of mail that tells of a sale. `subject` decides; the others are searched in the text and its links."""

    subject: Pattern
    item: Pattern = ""
    order: Pattern = ""
    units: Pattern = ""


class MailRules(Frozen):
    """A marketplace's mails. `senders`: domains it sends from; their sub-domains count."""

    marketplace: str
    senders: tuple[str, ...]
    sale: tuple[SaleMail, ...]


@cache
def rules_of(marketplace: str) -> MailRules | None:
    """None where nothing is known of its mails. Raises ValidationError for data that does not fit."""
    file = resources.files("listing_worker.agents") / marketplace / "sale_mails.toml"
    if not file.is_file():
        return None
    return MailRules(marketplace=marketplace, **tomllib.loads(file.read_text("utf-8")))


def all_rules(marketplaces: Sequence[str]) -> list[MailRules]:
    """Of the marketplaces that have any."""
    return [rules for name in marketplaces if (rules := rules_of(name)) is not None]


def within(domain: str, domains: Sequence[str]) -> bool:
    """Whether it is one of these domains or below one."""
    name = domain.lower().rstrip(".")
    return any(name == one or name.endswith(f".{one}") for one in domains)
