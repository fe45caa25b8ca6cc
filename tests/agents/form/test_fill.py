"""Filling whole forms: in order, read back, in spite of what gets in the way; and what stops it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from listing_worker.agents.form.by_recipe import fields_of
from listing_worker.agents.heal.healer import TieredHealer
from listing_worker.agents.recipe import (
    AnyStep,
    Await,
    Choose,
    Compare,
    Fill,
    FillMasked,
    Interruption,
    Modal,
    OneOf,
    Planned,
    Read,
    ReadBy,
    Reveal,
    Special,
    Toggle,
    When,
    Wizard,
    at,
    css,
    label,
    role,
    test_id,
    text,
)
from listing_worker.agents.recipe import Page as WizardPage
from listing_worker.errors import BrowserCrashed, FieldNotFound, FormChanged
from tests.agents.form.conftest import FillPage, page_file

pytestmark = pytest.mark.browser


def test_fields_are_filled_strictly_in_the_order_of_the_steps(fill_page: FillPage) -> None:
    page = "<script>window.order = []</script>" + "".join(
        f"<input id={name} oninput='order.push(this.id)'>" for name in "abc"
    )
    steps = [Fill(field=name, at=at(css(f"#{name}"))) for name in "cab"]
    assert fill_page(page, steps, {"a": "1", "b": "2", "c": "3"}, held="order").page == ["c", "a", "b"]


def test_fields_that_are_not_planned_are_left_alone(fill_page: FillPage) -> None:
    steps = [Fill(field="a", at=at(css("#a"))), Fill(field="b", at=at(css("#none")))]
    filled = fill_page("<input id=a>", steps, {"a": "1"})
    assert [report.field for report in filled.reports] == ["a"]


@pytest.mark.parametrize("event", ["input", "blur"])
def test_a_value_that_the_page_silently_drops_is_told(fill_page: FillPage, event: str) -> None:
    page = f"<input id=a><input id=b><script>a.on{event} = () => {{ a.value = a.value.slice(0, 3) }}</script>"
    steps = [Fill(field="title", at=at(css("#a"))), Fill(field="other", at=at(css("#b")))]
    filled = fill_page(page, steps, {"title": "Dresses", "other": "x"})
    assert [(r.field, r.on_form, r.same) for r in filled.reports] == [("title", "Dre", False), ("other", "x", True)]


def test_a_value_that_vanishes_after_filling_is_caught_by_reading_again(fill_page: FillPage) -> None:
    async def later(page: Page) -> None:
        await page.evaluate("a.value = ''")

    filled = fill_page("<input id=a>", [Fill(field="title", at=at(css("#a")))], {"title": "x"}, then=later)
    assert filled.reports[0].same
    assert not filled.again[0].same
    assert filled.again[0].on_form == ""


def test_a_field_that_vanishes_is_a_difference_not_a_success(fill_page: FillPage) -> None:
    async def later(page: Page) -> None:
        await page.evaluate("a.remove()")

    filled = fill_page("<input id=a>", [Fill(field="title", at=at(css("#a")))], {"title": "x"}, then=later)
    assert not filled.again[0].same


def test_a_guess_that_the_site_writes_over_ours_is_set_right(fill_page: FillPage) -> None:
    page = """<input id=a><input id=b><script>let once = true;
      b.oninput = () => { if (once) { once = false; a.value = 'A guess' } }</script>"""
    steps = [Fill(field="title", at=at(css("#a"))), Fill(field="price", at=at(css("#b")))]
    filled = fill_page(page, steps, {"title": "Ours", "price": "48"}, held="[a.value, b.value]")
    assert filled.page == ["Ours", "48"]
    assert all(report.same for report in filled.reports)


def test_an_ambiguous_field_stops_the_filling(fill_page: FillPage) -> None:
    step = Fill(field="price", at=at(test_id("p")), timeout=200)
    with pytest.raises(FieldNotFound, match="price"):
        fill_page("<input data-testid=p><input data-testid=p>", [step], {"price": "48"})


BANNER = Interruption(name="cookies", sign=at(css(".banner")), press=at(role("button", "Ok")))


def test_a_banner_is_dismissed_before_the_next_step(fill_page: FillPage) -> None:
    page = """<div class=banner style="position:fixed;inset:0">Cookies <button onclick="this.parentElement.remove()">Ok
      </button></div><input id=a>"""
    filled = fill_page(page, [Fill(field="t", at=at(css("#a")))], {"t": "x"}, interruptions=[BANNER])
    assert filled.dismissed == {"cookies": 1}
    assert filled.reports[0].same


LATE_DIALOG = """<button id=s aria-pressed=false>Offers</button>
  <div role=dialog style="position:fixed;inset:0;background:#fff"><h2>{title}</h2>
  <button onclick="this.parentElement.remove(); window.pressed = this.textContent">{button}</button></div>
  <script>s.onclick = () => s.setAttribute('aria-pressed', 'true')</script>"""
PRESS = Toggle(field="s", at=at(css("#s")), timeout=3_000)


def test_an_unknown_dialog_with_a_harmless_button_is_dismissed_when_it_covers_a_press(fill_page: FillPage) -> None:
    page = LATE_DIALOG.format(title="What's new", button="Got it")
    filled = fill_page(page, [PRESS], {"s": True}, safe_buttons=["Got it"])
    assert filled.reports[0].same
    assert filled.dismissed == {"unknown dialog (Got it)": 1}


def test_a_dialog_whose_only_answer_is_ok_is_taken_note_of(fill_page: FillPage) -> None:
    page = LATE_DIALOG.format(title="A photo could not be uploaded", button="Ok")
    filled = fill_page(page, [PRESS], {"s": True})
    assert filled.reports[0].same
    assert filled.dismissed == {"a dialog to take note of": 1}


def test_an_ok_that_has_an_alternative_is_an_answer_and_not_given(fill_page: FillPage) -> None:
    page = LATE_DIALOG.format(title="Delete all?", button="Ok").replace(
        "</button></div>", "</button><b role=button>No</b></div>"
    )
    with pytest.raises(FormChanged, match="intercepts pointer events"):
        fill_page(page, [PRESS], {"s": True})


def test_an_unknown_dialog_with_other_buttons_is_never_answered(fill_page: FillPage) -> None:
    page = LATE_DIALOG.format(title="Delete all listings?", button="Delete")
    with pytest.raises(FormChanged, match="intercepts pointer events"):
        fill_page(page, [PRESS], {"s": True}, safe_buttons=["Got it"])


def test_an_interruption_that_keeps_coming_back_stops_the_filling(fill_page: FillPage) -> None:
    page = """<div class=banner>Cookies <button>Ok</button></div><input id=a>"""
    limited = BANNER.model_copy(update={"limit": 1})
    with pytest.raises(FormChanged, match="cookies"):
        fill_page(page, [Fill(field="t", at=at(css("#a")))], {"t": "x"}, interruptions=[limited])


PANEL = at(css(".modal"))
PRICE = Modal(
    at=at(css("#price")),
    panel=PANEL,
    steps=(
        Fill(
            field="price",
            at=at(label("Listing Price"), within=PANEL),
            read=Read(compare=Compare.MONEY, at=at(css("#price"))),
        ),
        Fill(field="original", at=at(css("[name=original]"), within=PANEL), read=Read(compare=Compare.MONEY)),
        Toggle(field="smart", at=at(css("[type=checkbox]"), within=PANEL)),
    ),
    done=at(role("button", "Done"), within=PANEL),
    close=at(label("Close"), within=PANEL),
    reopen=True,
)


def test_fields_in_a_dialog_are_filled_and_read_inside_and_outside(fill_page: FillPage) -> None:
    plan = {"price": "48", "original": "128", "smart": False}
    filled = fill_page(page_file("modal"), [PRICE], plan, held="[kept, opened]")
    assert filled.page == [{"p": "48", "o": "128", "s": False}, 2]  # once to fill, once to read back
    assert [report.same for report in filled.reports] == [True, True, True]
    assert [(r.field, r.on_form) for r in filled.again] == [("price", "$48"), ("original", "128"), ("smart", "false")]


def test_a_dialog_that_loses_a_value_is_caught_by_opening_it_again(fill_page: FillPage) -> None:
    async def later(page: Page) -> None:
        await page.evaluate("kept.o = ''")

    filled = fill_page(page_file("modal"), [PRICE], {"price": "48", "original": "128"}, then=later)
    assert [report.same for report in filled.again] == [True, False]


LABEL = Wizard(
    field="label",
    at=at(css("#label")),
    panel=at(css("#panel")),
    pages=(
        WizardPage(name="intro", sign=at(text("Weigh accurately")), next=at(role("button", "Got it"))),
        WizardPage(
            name="weight",
            sign=at(text("How heavy?")),
            steps=(Fill(field="ounces", at=at(css("#oz"))),),
            next=at(css("#next")),
        ),
        WizardPage(
            name="box",
            sign=at(text("Fits a shoebox?")),
            steps=(Toggle(field="fits", at=at(css("#yes"))),),
            next=at(css("#next")),
        ),
        WizardPage(
            name="labels",
            sign=at(text("Which label?")),
            steps=(Choose(field="service", option=at(role("radio", "{value}"))),),
            next=at(css("#save")),
        ),
    ),
    finished=at(css("#summary")),
    read=Read(by=ReadBy.TEXT, at=at(css("#summary")), compare=Compare.CONTAINS),
)
PARCEL = {"label": "Air", "service": "Air", "ounces": "14", "fits": True}


@pytest.mark.parametrize("intro", ["true", "false"])
def test_a_wizard_is_gone_through_page_by_page_as_they_come(fill_page: FillPage, intro: str) -> None:
    page = page_file("wizard").replace("INTRO", intro).replace("STUCK", "false")
    filled = fill_page(page, [LABEL], PARCEL, held="given")
    assert filled.page == {"oz": "14", "box": True, "label": "Air"}
    assert {report.field: report.same for report in filled.reports} == dict.fromkeys(PARCEL, True)


@pytest.mark.slow
def test_a_wizard_that_goes_round_in_circles_is_stopped(fill_page: FillPage) -> None:
    page = page_file("wizard").replace("INTRO", "false").replace("STUCK", "true")
    with pytest.raises(FormChanged, match="does not get past 'weight'"):
        fill_page(page, [LABEL], PARCEL)


VARIANTS = OneOf(
    steps=(
        Choose(field="condition", when=When(visible=at(css("select"))), at=at(css("select")), read=Read()),
        Choose(field="condition", at=at(css("#b")), option=at(role("option", "{value}"))),
    )
)


@pytest.mark.parametrize(
    "page",
    [
        "<select><option>New</option><option>Good</option></select>",
        "<button id=b onclick='l.hidden = false'>Select</button><ul id=l hidden><li role=option "
        "onclick=\"b.textContent = 'Good'; l.hidden = true\">Good</li></ul>",
    ],
    ids=["select", "menu"],
)
def test_the_variant_that_is_on_the_page_is_used(fill_page: FillPage, page: str) -> None:
    filled = fill_page(page, [VARIANTS], {"condition": "Good"})
    assert filled.reports[0].same
    assert filled.again[0].same


def test_a_form_without_any_known_variant_has_changed(fill_page: FillPage) -> None:
    with pytest.raises(FieldNotFound, match="condition: none of the known variants"):
        fill_page("<p>", [VARIANTS.model_copy(update={"timeout": 200})], {"condition": "Good"})


def test_a_collapsed_part_is_opened_when_one_of_its_fields_is_planned(fill_page: FillPage) -> None:
    page = "<a id=t onclick='d.hidden = false'>show details</a><div id=d hidden><input id=sku></div>"
    steps: list[AnyStep] = [
        Reveal(at=at(css("#t")), shows=at(css("#sku")), fields=("sku",)),
        Fill(field="sku", at=at(css("#sku"))),
    ]
    assert fill_page(page, steps, {"sku": "LW-1"})["sku"].same
    assert fill_page(page, steps, {}, held="d.hidden").page is True  # type: ignore[comparison-overlap]


def test_waiting_for_a_sign_that_may_not_come(fill_page: FillPage) -> None:
    steps: list[AnyStep] = [
        Await(gone=at(css("#busy")), timeout=3_000),
        Await(visible=at(css("#never")), required=False, timeout=100),
        Fill(field="a", at=at(css("#a"))),
    ]
    page = "<p id=busy>Loading</p><input id=a><script>setTimeout(() => busy.remove(), 200)</script>"
    assert fill_page(page, steps, {"a": "1"})["a"].same
    with pytest.raises(FormChanged, match="in vain"):
        fill_page("<p>", [Await(visible=at(css("#never")), timeout=100)], {})


class OwnWays:
    """An agent with a field of its own."""

    async def fill_size(self, page: Page, planned: Planned) -> None:
        await page.locator("#s").fill(str(planned.value).lower())

    async def read_size(self, page: Page, planned: Planned) -> str:
        return (await page.locator("#s").input_value()).upper()


def test_an_agents_own_method_fills_and_reads_a_special_field(fill_page: FillPage) -> None:
    filled = fill_page("<input id=s>", [Special(field="size")], {"size": "M"}, special=OwnWays(), held="s.value")
    assert filled["size"].same
    assert filled.page == "m"  # type: ignore[comparison-overlap]


def test_a_field_that_moved_is_found_by_what_the_page_says(fill_page: FillPage) -> None:
    step = Fill(field="title", at=at(css("#old")), timeout=1_500)
    filled = fill_page("<label>Title <input id=new></label>", [step], {"title": "x"}, healer=TieredHealer())
    assert filled["title"].same
    assert filled["title"].found_by.startswith("T1")
    assert filled.again[0].same


@pytest.mark.slow
def test_a_heal_that_does_not_read_back_is_no_heal(fill_page: FillPage) -> None:
    page = """<label>Title <input id=new></label>
      <script>document.querySelector('input').oninput = e => { e.target.value = '' }</script>"""
    step = Fill(field="title", at=at(css("#old")), timeout=1_500)
    with pytest.raises(FormChanged) as caught:
        fill_page(page, [step], {"title": "x"}, healer=TieredHealer(), rounds=1)
    assert caught.value.field == "title"


def test_all_fields_that_moved_are_told_at_once_and_the_others_are_filled(fill_page: FillPage) -> None:
    steps = [Fill(field=name, at=at(css(f"#{name}")), timeout=500) for name in ("sku", "title", "color")]
    with pytest.raises(FormChanged, match="sku, color"):
        fill_page("<input id=title>", steps, {"sku": "1", "title": "x", "color": "red"}, healer=TieredHealer())


def test_a_known_form_never_asks_the_healer(fill_page: FillPage) -> None:
    class Never:
        before_recipe = False
        asks_a_model = False

        async def knows(self, field: str) -> bool:
            raise AssertionError("asked")

        async def heal(self, *arguments: Any, **more: Any) -> None:
            raise AssertionError("asked")

    step = Fill(field="title", at=at(css("#t")))
    assert fill_page("<input id=t>", [step], {"title": "x"}, healer=Never())["title"].same


def test_the_masked_price_is_not_multiplied_by_a_hundred(fill_page: FillPage) -> None:
    page = """<input id=p><script>p.oninput = () => { const d = p.value.replace(/\\D/g, '');
      p.value = (Number(d) / 100).toFixed(2) }</script>"""  # a mask that takes cents
    filled = fill_page(page, [FillMasked(field="price", at=at(css("#p")))], {"price": "48"}, rounds=1)
    assert not filled["price"].same  # 0.48: told, not published


def test_a_page_that_goes_away_is_a_browser_crash(fill_page: FillPage, browser_page: Page) -> None:
    class Closing(OwnWays):
        async def fill_size(self, page: Page, planned: Planned) -> None:
            await page.close()

    with pytest.raises(BrowserCrashed):
        fill_page(
            "<input id=s>",
            [Special(field="size"), Fill(field="t", at=at(css("#s")))],
            {"size": "M", "t": "x"},
            special=Closing(),
        )


@pytest.mark.parametrize("attribute", ["disabled", "readonly"])
def test_a_field_that_cannot_be_filled_stops_with_its_name(fill_page: FillPage, attribute: str) -> None:
    step = Fill(field="title", at=at(css("#a")), timeout=500)
    with pytest.raises(FormChanged, match="title could not be filled") as caught:
        fill_page(f"<input id=a {attribute}>", [step], {"title": "x"})
    assert caught.value.field == "title"


def test_the_fields_of_a_step_include_those_of_its_inner_steps() -> None:
    assert fields_of(PRICE) == ("price", "original", "smart")
    assert fields_of(LABEL) == ("label", "ounces", "fits", "service")
