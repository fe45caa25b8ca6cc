"""What a model gets to see of a page."""

from __future__ import annotations

from listing_worker.agents.heal.snapshot import trim

FORM = """\
- generic [active] [ref=e1]:
  - banner [ref=e2]:
    - link "Home" [ref=e3]:
      - /url: /home
  - heading "Sell an item" [level=1] [ref=e4]
  - generic [ref=e5]:
    - text: Item name
    - textbox [ref=e6]: the seller's own words
  - 'textbox "Note: for you" [ref=e7]': hunter2
  - 'button "Buyer''s way: Flat rate" [ref=e9]': "Flat rate"
  - text: Questions? jane.roe@example.com or (415) 555-0134
  - combobox "Color" [ref=e8]:
"""


def test_what_the_seller_typed_stays_out_and_the_field_stays_in() -> None:
    seen = trim(FORM)
    assert "seller's own words" not in seen.text
    assert "hunter2" not in seen.text
    assert '- textbox "Note: for you" [ref=e7]: (filled)' in seen.text
    assert {"e6", "e7", "e8"} <= seen.refs


def test_a_control_whose_name_holds_a_colon_is_seen_like_any_other() -> None:
    line = trim(FORM).line_of("e9")
    assert line is not None and line.role == "button" and line.is_control
    assert line.text.strip() == '- button "Buyer\'s way: Flat rate" [ref=e9]: "Flat rate"'


def test_addresses_and_numbers_of_people_stay_out() -> None:
    seen = trim(FORM)
    assert "jane.roe" not in seen.text
    assert "555-0134" not in seen.text


def test_navigation_goes_with_everything_in_it() -> None:
    seen = trim(FORM)
    assert "e3" not in seen.refs
    assert "/url" not in seen.text


def test_a_long_list_of_options_is_told_by_its_first_ones_and_the_chosen_one() -> None:
    options = "".join(f'    - option "Colour {n}"{" [selected]" if n == 77 else ""} [ref=o{n}]\n' for n in range(200))
    seen = trim(FORM + options)
    assert seen.text.count("- option") == 9
    assert "Colour 77" in seen.text
    assert "… more options" in seen.text


def test_a_huge_page_fits_the_budget_and_keeps_what_is_looked_for() -> None:
    filler = "".join(
        f'  - generic [ref=f{n}]:\n    - text: Lorem ipsum {n}\n    - link "Story {n}" [ref=l{n}]\n'
        for n in range(3_000)
    )
    wanted = '  - text: Shoe width\n  - button "Choose" [ref=w1]\n'
    seen = trim(filler + wanted + FORM + filler, words=["shoe width"], budget=2_000)
    assert len(seen.text) <= 2_000
    assert {"w1", "e6", "e8"} <= seen.refs
    assert seen.left_out > 15_000


def test_a_page_that_cannot_be_cut_still_fits() -> None:
    seen = trim("".join(f'- textbox "Field {n}" [ref=e{n}]\n' for n in range(5_000)), budget=1_000)
    assert 0 < len(seen.text) <= 1_000
