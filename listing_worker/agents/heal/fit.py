"""Whether a control can take a value at all, whatever it is called: its kind, its length, its options."""

from __future__ import annotations

import re

from listing_worker.agents.form.compare import cents, loose, number
from listing_worker.agents.form.intents import Intent, Sort
from listing_worker.agents.form.inventory import Control

CHOICES = frozenset({"select", "radio", "tiles", "listbox", "checks"})
OPENERS = frozenset({"opener", "button"})
TYPED = frozenset({"text", "rich", "combobox", "number"})
YES = frozenset({"yes", "true", "on", "ja", "oui", "sí", "si", "sim"})
NO = frozenset({"no", "false", "off", "nein", "non", "não", "nee"})
UPLOADS = re.compile(r"\b(photo|image|picture|file|upload|attach|browse|drop)", re.IGNORECASE)


def fits(intent: Intent, control: Control) -> float:
    """Whether the control can take the sort of value at all: 0 = no, 1 = made for it."""
    kind, sort = control.kind, intent.kind
    if control.submits and control.kind != "opener":
        return 0.0
    if sort is Sort.FILES:
        if kind == "file":
            return 1.0
        spoken = " ".join((control.content, control.name, *control.own))
        return 0.75 if kind == "button" and not control.link and UPLOADS.search(spoken) else 0.0
    if kind == "file":
        return 0.0
    if sort is Sort.FLAG:
        return _takes_flag(control)
    if kind in {"checkbox", "switch"}:
        return 0.6 if intent.text.casefold() in YES | NO else 0.0
    if kind == "button":
        return 0.0 if control.link else 0.8
    if kind == "color":
        return 1.0 if re.fullmatch(r"#[0-9a-fA-F]{6}", intent.text) else 0.0
    if kind in {"number", "slider", "spin"}:
        if sort is Sort.DATE:
            return 0.0
        return 1.0 if _numeric(intent.text) else 0.0
    if kind == "date":
        return 1.0 if intent.date is not None or control.type in {"time", "month", "week"} else 0.0
    if kind in CHOICES:
        if kind == "checks":
            return 1.0 if sort is Sort.MANY else 0.85
        return 0.9 if sort is Sort.MANY and not control.multiple and kind != "select" else 1.0
    if sort is Sort.PATH:
        return 1.0 if kind in OPENERS else 0.7 if kind == "combobox" else 0.0
    if sort is Sort.MANY:
        return 0.0 if kind == "rich" else 1.0
    if kind == "text" and control.tag == "input":
        if "\n" in intent.text:
            return 0.3
        if control.type == "search":
            return 0.6
        if control.type == "email" and "@" not in intent.text:
            return 0.2
    if control.longest and len(intent.text) > control.longest:
        return 0.4
    return 1.0


def _takes_flag(control: Control) -> float:
    if control.kind in {"checkbox", "switch"}:
        return 1.0
    if control.kind in {"select", "radio", "tiles"}:
        said = {loose(option.text) for option in control.options}
        return 0.9 if said & YES and said & NO else 0.0
    return 0.0


def _numeric(text: str) -> bool:
    return number(text) is not None or cents(text) is not None


def options_fit(intent: Intent, control: Control) -> bool | None:
    """Whether all that is wanted is among the options; None where there are no options to tell by."""
    if control.kind not in CHOICES or intent.kind is Sort.FLAG:
        return None
    said = {loose(option.text) for option in control.options} | {loose(option.value) for option in control.options}
    said.discard("")
    if len([one for one in control.options if one.text.strip()]) < 2:
        return None
    wanted = [loose(word) for word in intent.words]
    if intent.kind in {Sort.PATH, Sort.MANY} and wanted and wanted[0] in said:
        return True
    if all(word in said for word in wanted):
        return True
    if intent.date is not None:
        return None
    return any(_with_note(one, wanted[0]) for one in said) if len(wanted) == 1 else False


def _with_note(said: str, word: str) -> bool:
    """Whether an option is the word with something behind it: "m (8-10)", "calculated: depends on the place"."""
    return said.startswith(word) and said[len(word) :][:1] in {" ", ":", ",", "(", "|", "–", "—"}
