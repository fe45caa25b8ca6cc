"""Our words → a marketplace's words: the base of every `<marketplace>/vocabulary.py`.

A vocabulary answers exactly or not at all. For the closed sets (conditions, colours) its tables are total; for the
open ones (categories, sizes) a missing word is a `VocabularyGap` that names the field and says how to go on. Nothing
is guessed and nothing is cut: a title that is too long is `ListingInvalid` with the limit and the present length.

Our category paths are "Department > Category > Subcategory" (`categories.json`, beside this file); each marketplace
has its own tree and, where the two differ, a table from ours to theirs.
"""

from __future__ import annotations

import inspect
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from listing_worker.agents.recipe import Limits, Planned
from listing_worker.errors import ListingInvalid, VocabularyGap
from listing_worker.models import Condition, Listing, Money, Pickup
from listing_worker.utils.text import utf16_length, word_count

CategoryPath = tuple[str, ...]

# Colour words we understand. Every marketplace's colour table answers each of them.
COLORS = (
    "beige", "black", "blue", "bronze", "brown", "burgundy", "camel", "charcoal", "coral", "cream", "gold", "gray",
    "green", "ivory", "khaki", "lavender", "light blue", "magenta", "maroon", "mint", "multicolor", "mustard", "navy",
    "nude", "olive", "orange", "peach", "pink", "purple", "red", "rose gold", "rust", "silver", "tan", "teal",
    "turquoise", "white", "yellow",
)  # fmt: skip

# Words that every marketplace has, and which of them our other words come closest to. The rest each answers itself.
_PLAIN = (
    "black", "blue", "brown", "gold", "gray", "green", "orange", "pink", "purple", "red", "silver", "white", "yellow",
)  # fmt: skip
_CLOSEST = {
    "burgundy": "red", "charcoal": "gray", "coral": "orange", "lavender": "purple", "light blue": "blue",
    "magenta": "pink", "maroon": "red", "mint": "green", "mustard": "yellow", "navy": "blue", "olive": "green",
    "peach": "orange", "rose gold": "gold", "rust": "brown", "teal": "green", "turquoise": "blue",
}  # fmt: skip

# What sellers write where an item has no brand.
_NO_BRAND = {"no brand", "unbranded", "none", "n/a", "na", "generic", "unknown", "not sure", "no brand / not sure", "-"}

_SAME_COLOR = {
    "grey": "gray",
    "multi": "multicolor",
    "multicolour": "multicolor",
    "navy blue": "navy",
    "off white": "ivory",
}


def path_text(path: CategoryPath) -> str:
    """A path as people read it: "Women > Dresses > Midi"."""
    return " > ".join(path)


def path_of(text: str) -> CategoryPath:
    """The inverse of `path_text`."""
    return tuple(word.strip() for word in text.split(" > "))


def color_table(own: Mapping[str, str | None]) -> dict[str, str | None]:
    """A colour table, total over COLORS: `own` answers where a marketplace has words of its own (None = no such colour,
    the listing's other colours stand), plain words and their shades answer for themselves.

    Raises KeyError for a word of ours that is left without an answer.
    """
    plain = {word: word.capitalize() for word in _PLAIN}
    shades = {word: plain[closest] for word, closest in _CLOSEST.items()}
    table: dict[str, str | None] = {**plain, **shades, **own}
    return {word: table[word] for word in COLORS}


def planned_text(value: object) -> str:
    """A planned value in one line, as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {planned_text(inner)}" for name, inner in value.items())
    if isinstance(value, Sequence):
        return ", ".join(str(part) for part in value)
    return "" if value is None else str(value)


class CategoryTree:
    """A tree of category names, from JSON: objects are inner nodes; a list holds leaf names (an empty one is a leaf
    itself); a number (the site's id) or null is a leaf. Paths are tuples, broadest first."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self._tree = tree

    @classmethod
    def load(cls, file: Path) -> CategoryTree:
        return cls(json.loads(file.read_text(encoding="utf-8")))

    def leaves(self) -> Iterator[CategoryPath]:
        """Every path to a leaf, in the tree's own order."""
        return _leaves(self._tree, ())

    def __contains__(self, path: CategoryPath) -> bool:
        """Is this a leaf of the tree?"""
        return self._at(path) is not _ABSENT

    def id(self, path: CategoryPath) -> int | None:
        """The site's own number for this leaf, where the tree holds it: a hint, since numbers drift."""
        found = self._at(path)
        return found if isinstance(found, int) else None

    def _at(self, path: CategoryPath) -> object:
        node: object = self._tree
        for depth, word in enumerate(path):
            if isinstance(node, dict) and word in node:
                node = node[word]
            elif isinstance(node, list) and word in node and depth == len(path) - 1:
                return None
            else:
                return _ABSENT
        inner = isinstance(node, dict) or (isinstance(node, list) and bool(node))
        return _ABSENT if inner or not path else node


_ABSENT = object()


def _leaves(node: Any, path: CategoryPath) -> Iterator[CategoryPath]:
    if isinstance(node, dict):
        for word, inner in node.items():
            yield from _leaves(inner, (*path, word))
    elif isinstance(node, list) and node:
        yield from ((*path, word) for word in node)
    else:
        yield path


@cache
def our_categories() -> CategoryTree:
    """Our own tree: what a listing's `category` may say without an override."""
    return CategoryTree.load(Path(__file__).with_name("categories.json"))


class CategoryMap:
    """From our paths to theirs, by table: a row for the exact path, else the row "Department > Category > *", which
    stands for any other subcategory of ours and for none. Paths that our tree does not have find nothing."""

    def __init__(self, rows: Mapping[str, str]) -> None:
        self.rows = rows

    @classmethod
    def load(cls, file: Path) -> CategoryMap:
        return cls(json.loads(file.read_text(encoding="utf-8")))

    def find(self, path: CategoryPath) -> CategoryPath | None:
        exact = self.rows.get(path_text(path))
        if exact is not None:
            return path_of(exact)
        bare = len(path) == 2 and any(leaf[:2] == path for leaf in our_categories().leaves())
        if path in our_categories() or bare:
            wild = self.rows.get(path_text((*path[:2], "*")))
            return path_of(wild) if wild is not None else None
        return None


@cache
def tree_of(folder: Path) -> CategoryTree:
    """The tree in a marketplace's folder."""
    return CategoryTree.load(folder / "categories.json")


@cache
def table_of(folder: Path) -> CategoryMap:
    """The table in a marketplace's folder; an empty one where there is none."""
    file = folder / "category_map.json"
    return CategoryMap.load(file) if file.exists() else CategoryMap({})


def child_sex(listing: Listing) -> str | None:
    """ "Girls" or "Boys" as far as a child's listing tells, from its Department and size; never guessed."""
    told = f"{listing.attributes.get('Department', '')} {listing.size or ''}".casefold()
    girls, boys = "girl" in told, "boy" in told
    return None if girls == boys else "Girls" if girls else "Boys"


def whole_dollars(price: Money) -> str:
    """An amount as forms want it that take no cents."""
    return str(price.cents // 100)


def _expanded(path: CategoryPath) -> Iterator[tuple[CategoryPath, tuple[str, ...]]]:
    """A row's answer with its blanks for sex and age filled in every way, and the words that were filled in."""
    if "{" not in path_text(path):
        yield path, ()
        return
    for sex in ("Girls", "Boys"):
        for age in ("0-24 mos", "2T-5T", "(4+)") if "{age}" in path_text(path) else ("",):
            filled = tuple(
                word.replace("{Sexs}", f"{sex}'").replace("{Sex}", sex).replace("{age}", age) for word in path
            )
            yield filled, tuple(word for word in (sex, age) if word)


class Vocabulary(ABC):
    """One marketplace's words. Subclasses set the tables and write `plan`.

    `conditions`: our six → theirs, total. `colors`: every word of COLORS → theirs; None = their form has no such
    colour, and the field is left to the other colours of the listing.
    """

    name: ClassVar[str]
    display_name: ClassVar[str]
    limits: ClassVar[Limits]
    conditions: ClassVar[Mapping[Condition, str]]
    colors: ClassVar[Mapping[str, str | None]]

    def tree(self) -> CategoryTree:
        """Their categories, as far as we know them: `categories.json` beside the vocabulary."""
        return tree_of(self._folder())

    def table(self) -> CategoryMap:
        """From our paths to theirs: `category_map.json` beside the vocabulary; empty where their tree is ours."""
        return table_of(self._folder())

    def aliases(self) -> dict[CategoryPath, CategoryPath]:
        """Every path of ours that the table leads to a leaf of theirs, children's by girl, boy and age."""
        tree, table, found = self.tree(), self.table(), {}
        for ours in our_categories().leaves():
            theirs = table.find(ours)
            if theirs is not None:
                for leaf, words in _expanded(theirs):
                    if leaf in tree:
                        found[(*words, *ours)] = leaf
        return found

    def _folder(self) -> Path:
        return _folder_of(type(self))

    @abstractmethod
    def plan(self, listing: Listing) -> list[Planned]:
        """The listing in their words, in page order. Raises ListingInvalid or VocabularyGap naming the field."""

    def category(self, listing: Listing) -> CategoryPath:
        """Their path to a leaf: a path of theirs (from an override) as it is, else by table. Raises VocabularyGap."""
        if listing.category in self.tree():
            return listing.category
        found = self.table().find(listing.category)
        if found is None:
            raise self.gap(listing.category)
        return found

    def condition(self, listing: Listing) -> str:
        return self.conditions[listing.condition]

    def brand_of(self, listing: Listing) -> str | None:
        """The brand with straight apostrophes, as sites spell it; None for none, and for the words that mean none."""
        brand = (listing.brand or "").replace("’", "'").strip()
        return None if brand.casefold() in _NO_BRAND or not brand else brand

    def color_words(self, listing: Listing) -> tuple[str, ...]:
        """Their colours, ours in order, without repeats, at most as many as their form takes.

        Raises VocabularyGap for a word that is neither in COLORS nor one of theirs.
        """
        theirs = _own_colors(type(self))
        found: list[str] = []
        for color in listing.colors:
            word = " ".join(color.casefold().replace("-", " ").split())
            word = _SAME_COLOR.get(word, word)
            answer = self.colors[word] if word in self.colors else theirs.get(word)
            if answer is None and word not in self.colors:
                raise VocabularyGap(
                    f"The colour {color!r} is not a word we know. Known: {', '.join(COLORS)}.", field="colors"
                )
            if answer is not None and answer not in found:
                found.append(answer)
        return tuple(found[: self.limits.colors])

    def checks(self) -> tuple[Callable[[Listing], object], ...]:
        """Everything that can be said before a browser opens, each raising ListingInvalid naming the field. Together
        they tell all that `plan` would refuse; subclasses add what their form alone wants."""
        return (
            self.check_title,
            self.check_description,
            self.check_words,
            lambda listing: self.check_price("price", listing.price),
            self.check_photos,
            self.color_words,
            self.category,
        )

    def problems(self, listing: Listing) -> list[ListingInvalid]:
        """All that keeps the listing off this marketplace, not only the first. None = `plan` succeeds."""
        found: dict[str, ListingInvalid] = {}
        for check in (*self.checks(), self.plan):
            try:
                check(listing)
            except ListingInvalid as problem:
                found.setdefault(problem.message, problem)
        return list(found.values())

    def first_problem(self, listing: Listing) -> ListingInvalid | None:
        """The first of `problems`. One `plan` tells that there are none, and most have none."""
        try:
            self.plan(listing)
        except ListingInvalid:
            return self.problems(listing)[0]
        return None

    def carried(self, listing: Listing, planned: Sequence[Planned]) -> dict[str, str]:
        """What of the listing goes onto the form: our field → its words there. A field that is absent is not asked
        for. Fields of ours that become several of theirs (shipping, attributes) are told by what those mean."""
        told: dict[str, str] = {}
        parts: dict[str, list[str]] = {}
        for one in planned:
            field = one.source.partition(".")[0]
            text = one.meaning if one.value is True else planned_text(one.value)
            if field in {"shipping", "attributes"}:
                parts.setdefault(field, []).append(f"{one.meaning or one.field}: {planned_text(one.value)}")
            elif one.field == field:
                told[field] = text
            else:
                told.setdefault(field, text)
        told |= {field: "; ".join(texts) for field, texts in parts.items()}
        return {**told, "category": path_text(self.category(listing))}

    def check(self, listing: Listing) -> None:
        """The limits of texts, price and photos. Raises ListingInvalid naming the field."""
        self.check_title(listing)
        self.check_description(listing)
        self.check_words(listing)
        self.check_price("price", listing.price)
        self.check_photos(listing)

    def check_title(self, listing: Listing) -> None:
        self.check_length("title", listing.title, self.limits.title)

    def check_description(self, listing: Listing) -> None:
        self.check_length("description", listing.description, self.limits.description)

    def check_words(self, listing: Listing) -> None:
        least = self.limits.description_words
        words = word_count(listing.description) if least else 0
        if words < least:
            raise ListingInvalid(
                f"{self.display_name} wants at least {least} words of description; this one has {words}.",
                field="description",
            )

    def check_original_price(self, listing: Listing) -> None:
        """For marketplaces that ask what the item cost when new; its rules are those of the price."""
        if listing.original_price is not None:
            self.check_price("original_price", listing.original_price)

    def check_length(self, field: str, text: str, limit: int) -> None:
        """Lengths in UTF-16 code units, which is what a web form counts: most emoji count twice."""
        length = utf16_length(text.replace("\r\n", "\n"))
        if length > limit:
            raise ListingInvalid(
                f"{self.display_name} takes a {field} of at most {limit} characters; this one has {length}"
                + (" (emoji count twice or more)." if length != len(text) else "."),
                field=field,
            )

    def check_price(self, field: str, price: Money) -> None:
        limits = self.limits
        if price.currency != "USD":
            raise ListingInvalid(f"{self.display_name} sells in US dollars, not {price.currency}.", field=field)
        if price.cents % limits.price_step:
            raise ListingInvalid(f"{self.display_name} takes whole dollars only, not ${price}.", field=field)
        low, high = limits.price_min, limits.price_max
        if (low is not None and price.cents < low) or (high is not None and price.cents > high):
            span = f"${(low or 0) / 100:,.2f} to ${high / 100:,.2f}" if high else f"${(low or 0) / 100:,.2f} or more"
            raise ListingInvalid(f"{self.display_name} takes prices of {span}, not ${price}.", field=field)

    def check_photos(self, listing: Listing) -> None:
        limits, count = self.limits, len(listing.photos)
        if not count:
            raise ListingInvalid(f"{self.display_name} needs at least one photo.", field="photos")
        if count > limits.photos:
            raise ListingInvalid(
                f"{self.display_name} takes at most {limits.photos} photos; this listing has {count}.", field="photos"
            )
        for number, photo in enumerate(listing.photos, 1):
            if limits.photo_side and max(photo.width, photo.height) < limits.photo_side:
                raise ListingInvalid(
                    f"{self.display_name} wants photos of at least {limits.photo_side} pixels on the longer side; "
                    f"photo {number} is {photo.width}×{photo.height}.",
                    field="photos",
                )
            if limits.photo_bytes and photo.byte_count > limits.photo_bytes:
                raise ListingInvalid(
                    f"{self.display_name} takes photos of at most {limits.photo_bytes // 1_000_000} MB; "
                    f"photo {number} has {photo.byte_count / 1_000_000:.1f} MB.",
                    field="photos",
                )

    def one_item(self, listing: Listing) -> None:
        """For marketplaces whose form lists a single item. Raises ListingInvalid for more."""
        if listing.quantity != 1:
            raise ListingInvalid(
                f"We list one item at a time on {self.display_name}, not {listing.quantity}.", field="quantity"
            )

    def by_post(self, listing: Listing) -> None:
        """For marketplaces that only sell by post. Raises ListingInvalid for what is only to be fetched."""
        if listing.shipping.pickup is Pickup.ONLY:
            raise ListingInvalid(
                f"{self.display_name} sells by post, and this listing is for local pickup only.", field="shipping"
            )

    def gap(self, path: CategoryPath, why: str = "") -> VocabularyGap:
        """The answer to a category that the table does not have."""
        return VocabularyGap(
            f"{self.display_name} has no category we can tell for {path_text(path)!r}{why}. "
            f"Set overrides.{self.name}.category to {self.display_name}'s own full path.",
            action=f"Choose the {self.display_name} category",
            field="category",
        )


@cache
def _folder_of(vocabulary: type[Vocabulary]) -> Path:
    return Path(inspect.getfile(vocabulary)).parent


@cache
def _own_colors(vocabulary: type[Vocabulary]) -> dict[str, str]:
    """Their words for colours, by how they are compared."""
    return {word.casefold(): word for word in vocabulary.colors.values() if word}
