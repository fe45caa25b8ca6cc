"""What a mail says, when it is believed, and what it is worth: a forged one takes nothing down by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listing_worker.agents.registry import names
from listing_worker.inventory.mails.match import MailSign, OnSale, Understood, signs_of, understand
from listing_worker.inventory.mails.message import Mail, read_mail
from listing_worker.inventory.mails.rules import all_rules
from tests.inventory.mails.letters import (
    ORDER,
    POSHMARK_ID,
    RECEIVER,
    ebay_sale,
    letter,
    passed,
    poshmark_sale,
)

RULES = all_rules(names())
TRUSTED = [RECEIVER]
DRESS = OnSale("p1", POSHMARK_ID, "Wrap Dress 🌸 “Dolce”")
TWIN = OnSale("p2", "6a6e119205255dd754e8b791", "Wrap Dress 🌸 “Dolce”")
OTHER = OnSale("p3", "6a6e119205255dd754e8b792", "A hat")


def read(raw: bytes) -> Mail:
    mail = read_mail(raw, TRUSTED)
    assert mail is not None
    return mail


def told(raw: bytes, *on_sale: OnSale) -> list[MailSign]:
    return signs_of(understand(read(raw), RULES), on_sale, site="there")


def test_a_genuine_mail_that_names_the_number_is_certain() -> None:
    [sign] = told(poshmark_sale(DRESS.title), DRESS, OTHER)
    assert (sign.posting_id, sign.certain, sign.reference) == ("p1", True, ORDER)


def test_ebay_names_item_order_and_units() -> None:
    [sign] = told(ebay_sale("A hat", "156123456789"), OnSale("p9", "156123456789", "A Hat"))
    assert (sign.certain, sign.reference, sign.units) == (True, "15-14394-04605", 2)


def test_mercari_is_known_by_the_items_address() -> None:
    raw = letter(
        "Mercari <no-reply@mercari.com>",
        "You've made a sale!",
        "https://www.mercari.com/us/item/m12345678901/",
        results=(passed("mercari.com"),),
    )
    [sign] = told(raw, OnSale("p9", "m12345678901", "A hat"))
    assert sign.certain


@pytest.mark.parametrize(
    "results",
    [
        (),
        (passed("poshmark.com", receiver="mx.somebody.example"),),
        (passed("poshmark.com", result="fail"),),
        (passed("poshmark.com.evil.example"),),
        (passed("evilposhmark.com"),),
        (f"{RECEIVER}; none", passed("poshmark.com")),
        (f"{RECEIVER}; spf=pass smtp.mailfrom=poshmark.com",),
        (f"{RECEIVER}; dkim=fail (dkim=pass header.d=poshmark.com) header.d=evil.example",),
    ],
    ids=["none", "unknown receiver", "failed", "lookalike below", "lookalike", "forged below", "spf", "in a comment"],
)
def test_a_mail_that_nobody_vouches_for_is_a_hint_only(results: tuple[str, ...]) -> None:
    [sign] = told(poshmark_sale(DRESS.title, results=results), DRESS)
    assert not sign.certain


def test_dmarc_of_a_sub_domain_counts() -> None:
    line = f"{RECEIVER} 1; dmarc=pass (p=REJECT) header.from=mail.poshmark.com"
    assert told(poshmark_sale(DRESS.title, results=(line,)), DRESS)[0].certain


def test_a_title_alone_is_a_hint_and_two_alike_are_none() -> None:
    raw = poshmark_sale(DRESS.title, item="0" * 24)
    [sign] = told(raw, DRESS, OTHER)
    assert (sign.posting_id, sign.certain) == ("p1", False)
    assert told(raw, DRESS, TWIN) == []


def test_other_items_that_a_mail_shows_are_not_sold() -> None:
    shown = f'<a href="https://poshmark.com/listing/Hat-{OTHER.external_id}">More of yours</a>'
    raw = letter(
        "orders@poshmark.com",
        f'"{DRESS.title}" just sold to @b on Poshmark!',
        "Order ID " + ORDER,
        html=shown + f'<a href="https://poshmark.com/listing/{DRESS.external_id}">it</a>',
        results=(passed("poshmark.com"),),
    )
    assert [sign.posting_id for sign in told(raw, DRESS, OTHER)] == ["p1"]


def test_a_bundle_counts_only_if_it_names_as_many_as_it_says() -> None:
    links = "".join(f'<a href="https://poshmark.com/listing/{one.external_id}">x</a>' for one in (DRESS, OTHER))
    for more, certain in (("1 more item", True), ("2 more items", False)):
        raw = letter(
            "orders@poshmark.com",
            f'"Wrap Dress and {more}" just sold to @b on Poshmark!',
            "Order ID " + ORDER,
            html=links,
            results=(passed("poshmark.com"),),
        )
        assert [sign.certain for sign in told(raw, DRESS, OTHER)] == [certain, certain]


@pytest.mark.parametrize(
    ("sender", "subject"),
    [
        ("orders@poshmark.com", 'Please do not ship: "Wrap Dress" for @b was canceled'),
        ("orders@poshmark.com", "Your closet this week"),
        ("orders@poshmark.com.evil.example", '"Wrap Dress" just sold to @b on Poshmark!'),
        ("ebay@ebay.com", "Your item is listed"),
    ],
)
def test_other_mails_say_nothing(sender: str, subject: str) -> None:
    raw = letter(sender, subject, f"https://poshmark.com/listing/{POSHMARK_ID}", results=(passed("poshmark.com"),))
    assert understand(read(raw), RULES) == Understood()


def test_what_is_no_mail_is_none() -> None:
    assert read_mail(b"", TRUSTED) is None
    assert read_mail(b"{}", TRUSTED) is None


@given(st.binary(max_size=400), st.binary(max_size=200))
def test_no_bytes_break_the_reading(head: bytes, body: bytes) -> None:
    for raw in (head, b"From: a@ebay.com\r\n" + head + b"\r\n\r\n" + body):
        mail = read_mail(raw, TRUSTED)
        if mail is not None:
            signs_of(understand(mail, RULES), [DRESS], site="there")
