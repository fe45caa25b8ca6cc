"""Each widget kind on a small page of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from listing_worker.agents.form.readback import ABSENT
from listing_worker.agents.recipe import (
    Cascade,
    Choose,
    Compare,
    Dialog,
    Fill,
    FillMasked,
    FillRich,
    Level,
    Match,
    Planned,
    Read,
    ReadBy,
    Specifics,
    Tiles,
    Toggle,
    Tokens,
    Typeahead,
    Upload,
    at,
    css,
    near,
    role,
    test_id,
)
from listing_worker.errors import FormChanged, ListingWorkerError, OptionNotFound, PageTimeout
from tests.agents.form.conftest import JPEG, FillPage, page_file

pytestmark = pytest.mark.browser

TEXT = 'Line one — "quoted" <b>&amp;</b> 🌸\n\n  Line three\twith a tab, 50% \\ done'

CONTROLLED = page_file("controlled")


def test_controlled_inputs_hold_every_character(fill_page: FillPage) -> None:
    steps = [
        Fill(field="title", at=at(test_id("Title"))),
        Fill(field="description", at=at(test_id("Description"))),
    ]
    plan = {"title": TEXT.replace("\n", " ").replace("\t", " "), "description": TEXT}
    filled = fill_page(CONTROLLED, steps, plan, held="state")
    assert all(report.same for report in filled.reports)
    assert filled.page == {"Title": plan["title"], "Description": plan["description"]}
    assert filled["title"].found_by == "test_id=Title"


def test_a_field_that_wants_keys_gets_keys(fill_page: FillPage) -> None:
    page = "<input id=a><script>window.typed = 0; a.onkeydown = () => { typed++; }</script>"
    step = Fill(field="title", at=at(css("#a")), keys=True)
    assert fill_page(page, [step], {"title": "abc"}, held="typed").page >= 3  # type: ignore[operator]


MASKED = page_file("masked")


def test_masked_money_replaces_what_was_there_and_is_left(fill_page: FillPage) -> None:
    filled = fill_page(MASKED, [FillMasked(field="price", at=at(css("#price")))], {"price": "48"}, held="sent")
    assert filled["price"].same
    assert filled["price"].on_form == "$48.00"
    assert filled.page == "$48.00"  # type: ignore[comparison-overlap]


RICH = page_file("rich")


def test_rich_text_in_a_frame_is_written_to_its_mirror_on_blur(fill_page: FillPage) -> None:
    step = FillRich(
        field="description",
        at=at(css("[contenteditable=true]"), frame="#rte"),
        read=Read(by=ReadBy.HTML_TEXT, at=at(css("[name=mirror]"), hidden=True)),
    )
    text = 'First "line" & <b>\nSecond line 🌸'
    filled = fill_page(RICH, [step], {"description": text})
    assert filled["description"].same, filled["description"]
    assert filled["description"].on_form.strip() == text


def test_a_native_select_is_chosen_by_its_text(fill_page: FillPage) -> None:
    page = "<select id=s><option value=1>New</option><option value=2>Good</option></select>"
    step = Choose(field="condition", at=at(css("#s")), read=Read(by=ReadBy.VALUE, compare=Compare.WORDS))
    filled = fill_page(page, [step], {"condition": "Good"}, held="s.value")
    assert filled["condition"].same
    assert filled.page == "2"  # type: ignore[comparison-overlap]


def test_an_option_that_is_not_there_is_named(fill_page: FillPage) -> None:
    page = "<select id=s><option>New</option></select>"
    step = Choose(field="condition", at=at(css("#s")), timeout=300, read=Read(by=ReadBy.VALUE))
    with pytest.raises(OptionNotFound, match="Good") as caught:
        fill_page(page, [step], {"condition": "Good"})
    assert caught.value.field == "condition"


def test_radio_buttons_by_code(fill_page: FillPage) -> None:
    page = """<label><input type=radio name=c value=ug style="opacity:0">Good</label>
              <label><input type=radio name=c value=uf style="opacity:0">Fair</label>"""
    step = Choose(field="condition", option=at(css('input[name=c][value="{code}"]')))
    filled = fill_page(
        page,
        [step],
        [Planned("condition", "Good", words={"code": "ug"})],
        held="document.querySelector(':checked').value",
    )
    assert filled["condition"].same
    assert filled.page == "ug"  # type: ignore[comparison-overlap]


MENU = page_file("menu")


def test_a_menu_whose_options_come_late(fill_page: FillPage) -> None:
    step = Choose(field="size", at=at(css("#open")), option=at(role("option", "{value}")))
    filled = fill_page(MENU.replace("COUNT", "3"), [step], {"size": "L"}, held="presses")
    assert filled["size"].same
    assert filled.page == 1  # type: ignore[comparison-overlap]  # pressed once, not once more


def test_doubled_options_are_refused_unless_the_recipe_allows_equal_ones(fill_page: FillPage) -> None:
    html = MENU.replace("COUNT", "4")
    strict = Choose(field="size", at=at(css("#open")), option=at(role("option", "{value}")), timeout=700)
    with pytest.raises(ListingWorkerError, match="size"):
        fill_page(html, [strict], {"size": "L"})
    allowed = strict.model_copy(update={"same_options": True, "timeout": 5_000})
    assert fill_page(html, [allowed], {"size": "L"})["size"].same


def test_a_value_that_is_there_already_is_left_alone(fill_page: FillPage) -> None:
    page = "<button id=open onclick='window.touched = true'>Good</button>"
    step = Choose(field="condition", at=at(css("#open")), option=at(role("option", "{value}")))
    filled = fill_page(page, [step], {"condition": "Good"}, held="window.touched ?? false")
    assert filled["condition"].same
    assert filled.page is False  # type: ignore[comparison-overlap]


CASCADE = page_file("cascade")
OPTION = at(css(".menu a.w", has_text="{value}"))


def cascade(levels: int) -> Cascade:
    return Cascade(
        field="category",
        at=at(css(".sel")),
        levels=(Level(option=OPTION),) * levels,
        reset=at(css(".menu .all")),
        closed=at(css(".menu")),
        read=Read(by=ReadBy.TEXT, compare=Compare.WORDS, expect="{0} {1} {2}"),
    )


@pytest.mark.parametrize("path", [("Women", "Dresses", "Midi"), ("Women", "Tops"), ("Men", "Shirts")])
def test_a_cascade_drills_down_from_wherever_it_opens(fill_page: FillPage, path: tuple[str, ...]) -> None:
    filled = fill_page(CASCADE, [cascade(3)], {"category": path}, held="chosen")
    assert filled["category"].same, filled["category"]
    assert tuple(filled.page) == path


def test_a_cascade_without_the_word_says_which(fill_page: FillPage) -> None:
    step = cascade(3).model_copy(update={"timeout": 1_000})
    with pytest.raises(OptionNotFound, match="Shoes"):
        fill_page(CASCADE, [step], {"category": ("Women", "Shoes")})


TYPEAHEAD = page_file("typeahead")
SUGGESTION = at(role("option", "{value}", Match.SAME))


def test_the_exact_suggestion_is_picked_though_it_comes_late(fill_page: FillPage) -> None:
    step = Typeahead(field="brand", at=at(css("#brand")), suggestion=SUGGESTION)
    filled = fill_page(TYPEAHEAD, [step], {"brand": "free people"}, held="chosen")
    assert filled["brand"].same
    assert filled.page == "Free People"  # type: ignore[comparison-overlap]


def test_an_unknown_brand_stays_as_text_where_the_site_takes_text(fill_page: FillPage) -> None:
    step = Typeahead(
        field="brand", at=at(css("#brand")), suggestion=SUGGESTION, suggestion_timeout=500, otherwise="free_text"
    )
    filled = fill_page(TYPEAHEAD, [step], {"brand": "Nobody’s"}, held="[brand.value, chosen]")
    assert filled["brand"].same
    assert filled.page == ["Nobody’s", None]  # type: ignore[comparison-overlap]


def test_an_unknown_brand_is_no_brand_where_only_the_list_counts(fill_page: FillPage) -> None:
    step = Typeahead(
        field="brand",
        at=at(css("#brand")),
        suggestion=SUGGESTION,
        suggestion_timeout=500,
        otherwise="none",
        none=at(css("#none")),
        none_read=Read(by=ReadBy.CHECKED, at=at(css("#none")), expect="true"),
    )
    filled = fill_page(TYPEAHEAD, [step], {"brand": "Nobody"}, held="chosen")
    assert filled.page == "none"  # type: ignore[comparison-overlap]
    assert filled["brand"].same
    assert all(report.same for report in filled.again)


def test_an_unknown_brand_is_an_error_where_it_must_be_known(fill_page: FillPage) -> None:
    step = Typeahead(field="brand", at=at(css("#brand")), suggestion=SUGGESTION, suggestion_timeout=300)
    with pytest.raises(OptionNotFound, match="Nobody"):
        fill_page(TYPEAHEAD, [step], {"brand": "Nobody"})


TILES = page_file("tiles")


def test_tiles_are_picked_unwanted_ones_cleared_and_done_pressed(fill_page: FillPage) -> None:
    step = Tiles(
        field="colors",
        at=at(css("#open")),
        tile=at(css("li", has_text="{value}")),
        chosen=at(css("li.on")),
        done=at(css("#done")),
    )
    filled = fill_page(TILES, [step], {"colors": ("White", "Blue")}, held="[...on].sort()")
    assert filled["colors"].same
    assert filled.page == ["Blue", "White"]  # type: ignore[comparison-overlap]


def test_tokens_are_committed_one_by_one_and_not_twice(fill_page: FillPage) -> None:
    page = """<i>boho</i><input id=t><script>t.onkeydown = e => { if (e.key !== 'Enter') return;
      const i = document.createElement('i'); i.textContent = t.value; t.before(i); t.value = ''; }</script>"""
    step = Tokens(field="tags", at=at(css("#t")), read=Read(by=ReadBy.TEXTS, at=at(css("i")), compare=Compare.SET))
    filled = fill_page(page, [step], {"tags": ("boho", "summer")}, held="[...document.querySelectorAll('i')].length")
    assert filled["tags"].same
    assert filled.page == 2  # type: ignore[comparison-overlap]


SWITCH = page_file("switch")


def test_a_switch_is_pressed_only_if_needed_and_confirmed_if_asked(fill_page: FillPage) -> None:
    step = Toggle(field="smart", at=at(css("#s")), confirm=at(role("button", "Turn off")))
    filled = fill_page(SWITCH, [step], {"smart": False}, held="presses")
    assert filled["smart"].same
    assert filled.page == 1  # type: ignore[comparison-overlap]
    assert fill_page(SWITCH, [step], {"smart": True}, held="presses").page == 0  # type: ignore[comparison-overlap]


def test_a_switch_that_some_forms_do_not_have(fill_page: FillPage) -> None:
    step = Toggle(field="smart", required=False, at=at(css("#s")))
    filled = fill_page("<p>none</p>", [step], {"smart": False})
    assert filled["smart"].same
    assert filled["smart"].found_by == ABSENT
    with pytest.raises(FormChanged):
        fill_page("<p>none</p>", [step.model_copy(update={"required": True, "timeout": 200})], {"smart": False})


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    files = [tmp_path / f"{number:02d}.jpg" for number in range(1, 5)]
    for file in files:
        file.write_bytes(JPEG)
    return files


COVER = Dialog(name="cover", sign=at(css("#dlg")), press=at(role("button", "Apply")), expected=True)


def upload(**changes: object) -> Upload:
    step = Upload(at=at(css("#f"), hidden=True), uploaded=at(css("#box img")), failed=at(css("#toast")))
    return step.model_copy(update=changes)


def upload_page(*, fails: int = 0, cover: str = "", milliseconds: int = 30) -> str:
    settings = {"FAILS": str(fails), "COVER": cover, "MILLISECONDS": str(milliseconds)}
    page = page_file("upload")
    for name, value in settings.items():
        page = page.replace(name, value)
    return page


ALL_FOUR = ["01.jpg", "02.jpg", "03.jpg", "04.jpg"]


@pytest.mark.parametrize("one_by_one", [False, True])
def test_photos_arrive_in_order_and_the_late_dialog_is_settled(
    fill_page: FillPage, photos: list[Path], one_by_one: bool
) -> None:
    dialogs = () if one_by_one else (COVER,)
    step = upload(one_by_one=one_by_one, dialogs=dialogs)
    filled = fill_page(
        upload_page(cover="" if one_by_one else "late"), [step], {}, photos=photos, held="[order, dlg.hidden]"
    )
    assert filled["photos"].on_form == "4"
    assert filled["photos"].same
    assert filled.page == [ALL_FOUR, True]  # type: ignore[comparison-overlap]


def test_fields_are_filled_while_the_photos_of_a_background_upload_travel(
    fill_page: FillPage, photos: list[Path]
) -> None:
    steps = [upload(background=True, dialogs=(COVER,)), Fill(field="title", at=at(css("#t")))]
    page = upload_page(cover="early", milliseconds=500)
    filled = fill_page(page, steps, {"title": "x"}, photos=photos, held="order")
    assert filled["photos"].same
    assert filled["photos"].on_form == "4"
    assert filled.page.index("title") < filled.page.index("04.jpg")  # type: ignore[attr-defined]


@pytest.mark.parametrize("fails", [0, 1])
def test_photos_sent_one_by_one_travel_in_order_between_the_fields(
    fill_page: FillPage, photos: list[Path], fails: int
) -> None:
    steps = [upload(background=True, one_by_one=True), Fill(field="title", at=at(css("#t")))]
    filled = fill_page(upload_page(milliseconds=300, fails=fails), steps, {"title": "x"}, photos=photos, held="order")
    assert filled["photos"].same
    order: list[str] = filled.page  # type: ignore[assignment]
    assert [each for each in order if each != "title"] == ALL_FOUR
    assert order.index("title") < order.index("02.jpg")


def test_a_failed_upload_is_recounted_and_only_the_missing_are_sent_again(
    fill_page: FillPage, photos: list[Path]
) -> None:
    filled = fill_page(upload_page(fails=1), [upload(one_by_one=True)], {}, photos=photos, held="order")
    assert filled["photos"].same
    assert filled.page == ALL_FOUR  # type: ignore[comparison-overlap]


def test_a_photo_that_goes_away_without_a_word_is_sent_again(
    fill_page: FillPage, photos: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("listing_worker.agents.form.widgets.upload.SURELY_OVER", 0.5)
    page = upload_page(fails=1).replace("toast.hidden = false;", "")
    page = "<style>#box img { display: block; width: 40px; height: 20px }</style>" + page
    page = page.replace("</script>", "box.onclick = e => { order.length = 0; e.target.remove(); };</script>")
    step = upload(failed=None, remove=at(css("#box img")))
    filled = fill_page(page, [step], {}, photos=photos, held="order")
    assert filled["photos"].same
    assert filled.page == ALL_FOUR  # type: ignore[comparison-overlap]


def test_uploads_that_never_end_are_a_timeout(fill_page: FillPage, photos: list[Path]) -> None:
    with pytest.raises(PageTimeout, match="of 4 photos"):
        fill_page("<input id=f type=file multiple hidden>", [upload(timeout=500, failed=None)], {}, photos=photos)


def test_photos_that_are_there_already_are_not_sent_again(fill_page: FillPage, photos: list[Path]) -> None:
    pixel = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    page = upload_page().replace("<div id=box>", "<div id=box>" + f"<img src='{pixel}' width=9 height=9>" * 4)
    filled = fill_page(page, [upload()], {}, photos=photos, held="order")
    assert filled["photos"].same
    assert filled.page == []  # type: ignore[comparison-overlap]


SPECIFICS = Specifics(
    field="specifics",
    required=False,
    row=at(css('.row:has([name="attributes.{name}"])')),
    opener=at(css("button.open")),
    input=at(css("input[name]")),
    menu=at(css('.row:has([name="attributes.{name}"]) .menu')),
    search=at(css(".search")),
    option=at(role("menuitemradio", "{value}"), role("menuitemcheckbox", "{value}")),
    own=at(css(".own")),
    more=at(css("#more")),
    read=Read(by=ReadBy.TEXT, at=at(css("[name]")), compare=Compare.SET, split=","),
)


def test_specifics_by_exact_name_own_value_several_values_plain_input_and_a_missing_row(fill_page: FillPage) -> None:
    rows = {
        "Manufacturer": ("ACME",),
        "Manufacturer Part Number": ("X-1",),
        "Size": ("M",),
        "Material": ("Silk", "Rayon"),
        "Style Code": ("S7",),
        "Warp Drive": ("Yes",),
    }
    held = (
        "Object.fromEntries([...document.querySelectorAll('[name]')].map(e => [e.name.slice(11),"
        " e.value || e.textContent]))"
    )
    filled = fill_page(page_file("specifics"), [SPECIFICS], {"specifics": rows}, held=held)
    assert [report.field for report in filled.reports if not report.same] == []
    assert filled["specifics.Warp Drive"].found_by == ABSENT
    assert filled.page == {
        "Manufacturer": "ACME",
        "Manufacturer Part Number": "X-1",
        "Size": "M",
        "Material": "Rayon, Silk",
        "Style Code": "S7",
    }


def test_a_field_found_by_the_text_beside_it(fill_page: FillPage) -> None:
    page = (
        "<div><span>*Required</span><p>Original Price</p><input id=o></div><div><p>Listing Price</p><input id=l></div>"
    )
    steps = [Fill(field="price", at=at(near("Listing Price"))), Fill(field="original", at=at(near("Original Price")))]
    filled = fill_page(page, steps, {"price": "48", "original": "128"}, held="[o.value, l.value]")
    assert filled.page == ["128", "48"]  # type: ignore[comparison-overlap]
