"""What a recording says of an attempt, what it must not say, and that it comes back out of its page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from listing_worker.errors import ListingInvalid
from listing_worker.recordings.private import without_private
from listing_worker.recordings.view import as_html, read_recording
from tests.recordings.examples import CANARIES, TOKEN, listing, noted
from tests.recordings.scan import leaks

PICTURE = "data:image/jpeg;base64,/9j/4AAQ"


def test_steps_fields_tiers_and_costs_are_told() -> None:
    recording = noted().recording({})
    assert [moment.step for moment in recording.moments] == ["open_form", "fill title", "read_back"]
    assert [moment.cost.calls for moment in recording.moments] == [0, 1, 0]
    assert recording.cost.tokens == 960
    by_field = {line.field: line for line in recording.fields}
    title, price = by_field["title"], by_field["price"]
    assert (title.tier, title.candidate, title.found, title.milliseconds) == ("T0", "css #title", "Silk dress", 30)
    assert (price.tier, price.candidate, price.found) == ("T2", "the model", "$48")
    assert (recording.outcome, recording.attempt, recording.marketplace) == ("live", 2, "market")


def test_no_cookie_token_address_or_e_mail_is_in_it() -> None:
    """The search is proved able to find: each canary, planted into the same page, is found."""
    page = as_html(noted().recording({"filled": PICTURE}))
    secrets = [TOKEN, "95112", "Willow Glen", "rosa", "555-0142"]
    assert leaks(page, secrets) == set()
    for name, canary in CANARIES.items():
        assert leaks(page.replace("Silk dress", f"Silk dress {canary}"), secrets), name


@pytest.mark.parametrize("name", list(CANARIES))
def test_each_kind_is_removed_and_the_words_around_it_stay(name: str) -> None:
    text = without_private(f"before {CANARIES[name]}\nafter")
    assert leaks(text, [TOKEN]) == set()
    assert text.startswith("before ")


@pytest.mark.parametrize(
    "text",
    [
        "Free People Floral Wrap Midi Dress, size M (8-10), 100% rayon, style 2231-04",
        "Pit to pit 18.5 in, length 42 in. Retail $128.00, yours for $48",
        'css [data-et-name="listing_title"] >> input#title-input-1',
        "Women > Dresses > Midi",
        "Drive a hard bargain on this Street style jacket, 2 available",
    ],
)
def test_what_a_listing_says_is_left_as_it_is(text: str) -> None:
    assert without_private(text) == text


def test_the_page_needs_nothing_else_and_carries_the_recording(tmp_path: Path) -> None:
    of = listing(title="</script><script>alert(1)</script><b>bold</b>", description="Plain.")
    page = as_html(noted(of).recording({"filled": PICTURE}))
    assert re.findall(r"(?:src|href)=\"(?!#|data:)", page) == []
    assert page.count("<script") == 1
    file = tmp_path / "recording.html"
    file.write_text(page)
    again = read_recording(file)
    assert again.listing["title"] == of.title
    assert again.fields == noted(of).recording({}).fields
    file.write_text("<p>something else</p>")
    with pytest.raises(ListingInvalid, match="no recording"):
        read_recording(file)
