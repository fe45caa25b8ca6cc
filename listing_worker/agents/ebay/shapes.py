"""Shapes in which fields of eBay's form come, more than once each (facts: the eBay sheet, by section)."""

from __future__ import annotations

from listing_worker.agents.recipe import (
    Candidate,
    Choose,
    Compare,
    Match,
    OneOf,
    Read,
    ReadBy,
    Toggle,
    When,
    at,
    css,
    label,
    named,
    role,
)


def radio(selector: str) -> tuple[Candidate, ...]:
    """A radio button by its label first: the button itself may lie under a drawn one."""
    scope, _, own = selector.rpartition(" ")
    beside = f"{scope} :has(> {own}, > * > {own}) > label".strip()
    return (
        css(f"{scope} label:has({own})".strip(), "wrapped in its label"),
        css(beside, "its label shares a box with it"),
        css(selector),
    )


def switch(field: str, name: str) -> Toggle:
    """A check box drawn as a switch: what is pressed is the box around it."""
    return Toggle(
        field=field,
        required=False,
        at=named(name),
        press=at(
            css(f':has(> input[name="{name}"])', "it lies under what is drawn over it"), css(f'input[name="{name}"]')
        ),
    )


def policy(name: str, field: str) -> Choose:
    """One of the seller's own business policies; its text ends "(12 listings)" (§3b row 12)."""
    box = at(role("combobox", name), label(name))
    return Choose(
        field=field,
        required=False,
        at=box,
        option=at(role("option", "{value}", Match.PREFIX)),
        read=Read(by=ReadBy.VALUE, compare=Compare.PREFIX),
    )


def menu_or_select(field: str, name: str, *, required: bool = True, match: Match = Match.EXACT) -> OneOf:
    """A field that is a button with a menu on some forms and a <select> on others (§3b rows 6, 8, 12)."""
    button, select = named(name, "button"), named(name, "select")
    compare = Compare.PREFIX if match is Match.PREFIX else Compare.WORDS
    return OneOf(
        required=required,
        steps=(
            Choose(
                field=field,
                required=required,
                when=When(visible=select),
                at=select,
                match=match,
                read=Read(by=ReadBy.VALUE, compare=compare),
            ),
            Choose(
                field=field,
                required=required,
                when=When(visible=button),
                at=button,
                option=at(
                    role("menuitemradio", "{value}", match),
                    role("option", "{value}", match),
                    role("radio", "{value}", match),
                ),
                read=Read(by=ReadBy.TEXT, compare=compare),
            ),
        ),
    )
