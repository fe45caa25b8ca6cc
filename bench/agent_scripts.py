"""What a model would have to say so that browser-use's agent fills a form, written down beforehand: for each step the
actions that the page then allows, as many at once as can be. It knows the form by heart, errs never and reads nothing
back, so it is the fastest that the agent alone can be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from listing_worker.demo.listing import DESCRIPTION, TITLE


@dataclass(frozen=True)
class Where:
    """An element by what its attributes (and the text in it) contain; the first one that does."""

    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    tag: str = ""


@dataclass(frozen=True)
class Do:
    """One action of browser-use: click, input, upload_file, scroll, navigate or done. `value`: what it types or
    opens."""

    action: str
    where: Where | None = None
    value: str = ""


Step = tuple[Do, ...]


def test_id(name: str) -> Where:
    return Where({"data-testid": name})


def mercari(photos: Sequence[Path]) -> list[Step]:
    return [
        (Do("navigate", value="https://www.mercari.com/sell/"),),
        (
            *(Do("upload_file", test_id("SellPhotoInput"), str(photo)) for photo in photos),
            Do("input", test_id("Title"), TITLE),
            Do("input", test_id("Description"), DESCRIPTION),
            Do("click", test_id("SellCategoryFieldButton")),
        ),
        (Do("input", Where({"placeholder": "Search category"}), "Midi"),),
        (Do("click", Where({"class": "CategoryDialog__ButtonWrapper"}, text="Women", tag="button")),),
        (
            Do("click", Where(text="Free People", tag="input")),
            Do("click", Where({"name": "sellCondition", "aria-label": "Good"})),
            Do("click", test_id("Size")),
        ),
        (Do("click", Where({"data-testid": "Size-option"}, text="M (")), Do("scroll")),
        (Do("click", test_id("SelectShipping")),),
        (Do("click", Where(text="Got it", tag="button")),),
        (
            Do("input", test_id("ItemWeightInPounds"), "0"),
            Do("input", test_id("ItemWeightInOunces"), "14"),
            Do("click", test_id("FitsInShoeboxYes")),
            Do("click", test_id("SelectCarrierButton")),
        ),
        (Do("click", test_id("AvailableShippingOption")),),
        (Do("click", test_id("SelectCarrierSaveButton")),),
        (Do("input", test_id("Price"), "48"), Do("click", test_id("ListButton"))),
        (Do("done", Where({"href": "/item/m"}, tag="a"), "It is listed."),),
    ]


SCRIPTS: dict[str, Callable[[Sequence[Path]], list[Step]]] = {"mercari": mercari}
