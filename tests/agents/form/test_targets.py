"""Targets and steps as data."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from listing_worker.agents.recipe import AnyStep, Fill, Modal, Read, ReadBy, at, css, role, test_id, text


def test_a_value_is_escaped_inside_css() -> None:
    filled = at(css('[id="size-{value}"]')).filled({"value": 'a"b\\c'})
    assert filled.candidates[0].value == '[id="size-a\\"b\\\\c"]'


def test_a_value_stays_as_it_is_in_a_name() -> None:
    filled = at(role("option", "{value}"), within=at(text("in {leaf}"))).filled({"value": 'x"y', "leaf": "Midi"})
    assert filled.candidates[0].name == 'x"y'
    assert filled.within is not None
    assert filled.within.candidates[0].value == "in Midi"


def test_other_braces_are_kept() -> None:
    assert at(css("[a='{other}']")).filled({"value": "x"}).candidates[0].value == "[a='{other}']"


def test_steps_survive_a_round_trip_through_json() -> None:
    step = Modal(
        at=at(test_id("price")),
        panel=at(role("dialog")),
        steps=(Fill(field="price", at=at(test_id("p")), read=Read(by=ReadBy.TEXT)),),
        done=at(role("button", "Done")),
    )
    adapter: TypeAdapter[AnyStep] = TypeAdapter(AnyStep)
    assert adapter.validate_json(adapter.dump_json(step)) == step


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ValidationError):
        Fill(field="title", at=at(test_id("t")), sleep=3)  # type: ignore[call-arg]


def test_the_page_in_browser_fixture_works(browser_page, run_async) -> None:  # type: ignore[no-untyped-def]
    async def scenario() -> None:
        await browser_page.set_content("<h1>Hello</h1>")
        assert await browser_page.locator("h1").inner_text() == "Hello"

    run_async(scenario())
