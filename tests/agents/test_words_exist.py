"""Every answer of a vocabulary is among what the replica's form offers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from listing_worker.agents.registry import get_agent, names
from listing_worker.agents.vocabulary import COLORS, our_categories, path_text
from listing_worker.errors import ListingInvalid, VocabularyGap
from listing_worker.models import Condition, Listing
from tests.agents.cases.common import listing
from tests.agents.options import OPTIONS

every = pytest.mark.parametrize("name", names())


def asked() -> Iterator[Listing]:
    """Every category of ours in every condition, children's for girls and for boys."""
    for path in sorted(our_categories().leaves()):
        for further in ({"Department": "Girls"}, {"Department": "Boys"}) if path[0] == "Kids" else ({},):
            first = listing({"category": list(path), "size": "6", "colors": [], "attributes": further})
            yield from (first.model_copy(update={"condition": condition}) for condition in Condition)


@every
def test_categories_and_conditions_exist(name: str) -> None:
    vocabulary, options = get_agent(name).vocabulary, OPTIONS[name]
    wrong: set[tuple[str, str]] = set()
    answered: set[tuple[tuple[str, ...], Condition]] = set()
    for told in asked():
        try:
            category = vocabulary.category(told)
        except VocabularyGap as gap:
            assert gap.field == "category"
            continue
        if (category, told.condition) in answered:
            continue
        answered.add((category, told.condition))
        if options.categories(category) is False:
            wrong.add((path_text(category), "no such category"))
            continue
        offered = options.conditions(category)
        planned = [one.value for one in vocabulary.plan(told) if one.field == "condition"]
        if offered is not None and (not planned or planned[0] not in offered):
            wrong.add((path_text(category), f"{planned} is not among {sorted(offered)}"))
    assert wrong == set()
    assert len(answered) >= 60


@every
@pytest.mark.parametrize("color", COLORS)
def test_colours_exist(name: str, color: str) -> None:
    vocabulary = get_agent(name).vocabulary
    told = listing({"colors": [color]})
    offered = OPTIONS[name].colors(vocabulary.category(told))
    if offered is not None:
        assert set(vocabulary.color_words(told)) <= offered


SIZES = [
    # our path, further, sizes as sellers write them
    (["Women", "Dresses", "Midi"], {}, ["xs", "Small", "m", "Medium", "L", "x-large", "2xl", "3XL", "0", "8", "12"]),
    (["Women", "Shoes", "Heels"], {}, ["6", "7.5", "8 1/2", "us 9", "10.0"]),
    (["Men", "Shirts", "Polos"], {}, ["S", "medium", "L", "XL", "xxl", "2XL", "3xl"]),
    (["Men", "Shoes", "Boots"], {}, ["8", "9.5", "10 1/2", "size 12"]),
    (["Women", "Jeans", "Skinny"], {}, ["0", "10", "M"]),
    (["Women", "Sweaters", "Cardigans"], {}, ["00", "2", "s", "extra large"]),
    (["Men", "Sweaters", "Crewneck"], {}, ["M", "2X-Large", "large"]),
    (["Men", "Jackets & Coats", "Vests"], {}, ["Small", "XL"]),
    (["Women", "Bags", "Totes"], {}, ["one size", "OS", "O/S"]),
    (["Kids", "Shirts & Tops", "Jerseys"], {"Department": "Girls"}, ["3t", "6", "10", "3 mos", "12 Months", "6x"]),
    (["Kids", "Bottoms", "Jeans"], {"Department": "Boys"}, ["4T", "8", "24 months"]),
]  # fmt: skip


@every
@pytest.mark.parametrize(
    ("path", "further", "size"), [(p, f, s) for p, f, sizes in SIZES for s in sizes], ids=lambda one: str(one)
)
def test_sizes_exist(name: str, path: list[str], further: dict[str, str], size: str) -> None:
    vocabulary, options = get_agent(name).vocabulary, OPTIONS[name]
    told = listing({"category": path, "size": size, "attributes": further})
    try:
        category = vocabulary.category(told)
        carried = vocabulary.carried(told, vocabulary.plan(told)).get("size")
    except ListingInvalid as gap:
        assert gap.field == "category"
        return
    offered = options.sizes(category)
    if carried is None or offered is None:
        return
    if options.prefix:
        assert any(one == carried or one.startswith(f"{carried} ") for one in offered), (carried, offered)
    else:
        assert carried in offered, (category, carried)


def test_a_kids_shoe_names_its_group_where_the_site_does() -> None:
    vocabulary = get_agent("poshmark").vocabulary
    offered = OPTIONS["poshmark"].sizes(("Kids", "Shoes"))
    assert offered is not None
    for size, department in (("8 Toddler", "Boys"), ("7.5", "Girls"), ("13", "Girls"), ("2 little", "Boys")):
        told = listing({"category": ["Kids", "Shoes", "Boots"], "size": size, "attributes": {"Department": department}})
        assert vocabulary.carried(told, vocabulary.plan(told))["size"] in offered


@pytest.mark.parametrize("word", ["No Brand", "unbranded", "N/A", "none", " generic "])
@pytest.mark.parametrize("name", names())
def test_words_for_no_brand_mean_none(name: str, word: str) -> None:
    assert get_agent(name).vocabulary.brand_of(listing({"brand": word})) is None
    assert get_agent(name).vocabulary.brand_of(listing({"brand": "Levi’s"})) == "Levi's"
