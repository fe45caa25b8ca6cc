"""A planned value, and how a field is read back and compared, as frozen typed data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import StrEnum

from listing_worker.agents.form.targets import Target
from listing_worker.models import Frozen

Value = str | bool | tuple[str, ...] | Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Planned:
    """One field of the plan, in the marketplace's words.

    `value`: text for Fill*, Choose and Typeahead (amounts as the form wants them typed: "48" or "48.00"); bool for
    Toggle; a tuple for Cascade (broadest first), Tiles and Tokens; a mapping name → values for Specifics.
    `search`: what to type into a search box to make the option appear, where that differs from the value.
    `source`: the field of our Listing it comes from, for messages to the seller. `meaning`: one line for a healer.
    `words`: further words for templates, where the site knows the value by other names too: {"code": "ug"} lets an
    option be found by `[data-code="{code}"]` while the form shows "Good".
    Photos are not planned: the Upload step takes the attempt's files.
    """

    field: str
    value: Value
    search: str = ""
    source: str = ""
    meaning: str = ""
    words: Mapping[str, str] = dataclass_field(default_factory=dict)


class ReadBy(StrEnum):
    """How a field is read from the form."""

    VALUE = "value"  # an input's value; of a select: the chosen option's text
    TEXT = "text"  # visible text
    TEXTS = "texts"  # visible texts of all matches (a set of chips, tiles)
    ATTRIBUTE = "attribute"  # an attribute's value
    ATTRIBUTES = "attributes"  # an attribute's value of all matches
    HTML_TEXT = "html_text"  # an input's value, which is HTML, as text with line breaks
    CHECKED = "checked"  # checkbox, radio, aria-checked, aria-pressed, aria-selected: "true" / "false"
    CHOSEN = "chosen"  # the step's own option template, filled with the wanted value, is checked
    COUNT = "count"  # number of matches
    SPECIAL = "special"  # the agent's own method `read_<field>(page, planned)`
    UNREADABLE = "unreadable"  # the form does not show it; reported as meant, marked so. Last resort, say why


class Compare(StrEnum):
    """When what the form says counts as what was meant."""

    TEXT = "text"  # same characters; line ends, trailing spaces of lines and of the whole aside
    WORDS = "words"  # same words, white space aside
    LOOSE = "loose"  # same words, letter case, typographic quotes and white space aside
    MONEY = "money"  # same cents: "$1,048.00" = "1048"
    NUMBER = "number"
    SET = "set"  # same words in any order
    LIST = "list"  # same words in the same order
    PREFIX = "prefix"  # the form's text begins with what was meant, and a word ends there
    CONTAINS = "contains"  # the form's text contains what was meant as whole words; say why in a comment
    NOT_EMPTY = "not_empty"  # anything; only where the form translates the value. Say why


class Read(Frozen):
    """How a field is read back.

    `at`: where, if not the field itself. `expect`: what the form shows for the value, as a template over {value},
    {leaf}, {path}, {0}, {1}… (e.g. "{0} {1}" for a category shown as "Women Dresses"). `split`: separator, where one
    text shows several values. `drop`: a regular expression whose matches are removed first, e.g. r"\\(\\+\\d+\\)$".
    """

    by: ReadBy = ReadBy.VALUE
    at: Target | None = None
    attribute: str = ""
    compare: Compare = Compare.TEXT
    expect: str = ""
    split: str = ""
    drop: str = ""


class When(Frozen):
    """Condition on the page as it stands. All given parts must hold."""

    visible: Target | None = None
    absent: Target | None = None
