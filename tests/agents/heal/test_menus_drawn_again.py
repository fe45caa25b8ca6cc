"""A menu that the page draws again once something was chosen: read where it stands then, and known the next time."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from listing_worker.agents.form.by_recipe import fill
from listing_worker.agents.form.form import Form
from listing_worker.agents.heal.healer import TieredHealer
from listing_worker.agents.heal.memory import Memory, forget
from listing_worker.agents.recipe import Choose, Compare, Fill, Match, Planned, Read, ReadBy, at, css
from listing_worker.errors import FormChanged
from listing_worker.models import FieldReport
from listing_worker.storage.store import Store
from tests.agents.heal.test_one_call import answer
from tests.fixtures.model_server import ModelServer

STEPS = (
    Fill(field="title", at=at(css("#title")), timeout=1_000),
    Choose(
        field="carrier",
        at=at(css("select#gone")),
        match=Match.PREFIX,
        timeout=1_000,
        read=Read(by=ReadBy.VALUE, compare=Compare.PREFIX),
    ),
)
# what is below the menu and above it changes with the choice, and the menu is another element, with another id, then
PAGE = """<label>Title <input id=title></label><div id=part></div><script>
const offers = ["Flat: Same cost to all buyers", "Calculated: Cost varies by place", "Local pickup only"];
let drawn = 0;
window.held = offers[0];
const draw = () => {
  const id = "m" + ++drawn;
  part.innerHTML = (held === offers[1] ? "<p style='height:60px'>Weigh the parcel</p>" : "") +
    `<div><span id=${id}>Zuiop</span> <button type=button aria-haspopup=listbox aria-expanded=false
      aria-labelledby="${id} ${id}v" id=${id}b><span id=${id}v></span></button><ul role=listbox hidden></ul></div>`;
  const [button, list] = [part.querySelector("button"), part.querySelector("ul")];
  button.firstChild.textContent = SHOWN;
  button.onclick = () => { list.hidden = !list.hidden; button.ariaExpanded = String(!list.hidden); };
  for (const text of offers) {
    const option = Object.assign(document.createElement("li"), {role: "option", textContent: text});
    option.onclick = () => {
      held = text;
      button.firstChild.textContent = SHOWN;
      list.hidden = true;
      setTimeout(draw, 20);
    };
    list.append(option);
  }
};
draw();
</script><style>[hidden]{display:none!important}</style>"""


@pytest.fixture(autouse=True)
def _fresh() -> None:
    forget()


def the_menu(request: dict[str, Any]) -> dict[str, Any]:
    """The scripted model's answer: the button called Zuiop; and that no option is another name for our word."""
    if request["response_format"]["json_schema"]["name"] == "chosen":
        return {"option": 0, "why": "one says it already"}
    line = next(one for one in request["messages"][1]["content"].splitlines() if '- button "Zuiop' in one)
    return answer(carrier=("ref", line.partition("[ref=")[2].partition("]")[0]))


async def filled(page: Page, html: str, healer: TieredHealer, word: str = "Calculated") -> list[FieldReport]:
    plan = [Planned("title", "Silk dress"), Planned("carrier", word, meaning="how the parcel is paid for")]
    await page.goto("about:blank")
    await page.set_content(html)
    reports = await fill(Form(page, plan, healer=healer), STEPS)
    await healer.memory.confirm(report.field for report in reports if report.same)
    return reports


def test_a_menu_drawn_again_after_the_choice_is_proved_there_and_asked_for_once_only(
    browser_page: Page, run_async: Any, model_server: ModelServer, store: Store
) -> None:
    model_server.answers(the_menu)
    html = PAGE.replace("SHOWN", "held")
    for word, tier in (("Calculated", "T2"), ("Local pickup only", "learned")):
        healer = TieredHealer(Memory(store, "market", "1"), model_server.model())
        reports = run_async(filled(browser_page, html, healer, word))
        assert [(one.same, one.found_by.partition(":")[0]) for one in reports[1:]] == [(True, tier)]
        assert run_async(browser_page.evaluate("held")).startswith(word)
        assert len(model_server.requests) == 1


@pytest.mark.slow
def test_a_menu_that_does_not_say_what_was_chosen_is_no_heal_and_costs_one_question(
    browser_page: Page, run_async: Any, model_server: ModelServer
) -> None:
    model_server.answers(the_menu)
    html = PAGE.replace("SHOWN", '"Choose"')
    with pytest.raises(FormChanged, match="carrier"):
        run_async(filled(browser_page, html, TieredHealer(None, model_server.model())))
    assert len(model_server.requests) == 1
