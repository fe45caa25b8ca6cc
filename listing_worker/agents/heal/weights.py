"""Every weight and threshold of the scored match, in one place. `python -m bench.calibrate` measures them on the
labelled corpus (tests/forms) and says what a change of any of them would do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, eq=False)  # one object is asked for thousands of times: known by identity
class Weights:
    """How much each thing that a page says about a control counts, from 0 to 1.

    A score is the best single evidence, lifted by what agrees with it and lowered by what speaks against it.
    """

    # where a text stands
    label: float = 1.0  # a bound label
    name: float = 1.0  # the rest of the accessible name
    own: float = 0.93  # text in the box that holds only this control
    beside: float = 0.86  # the nearest text above or left of it
    content: float = 0.86  # what an opener or button says itself
    attribute: float = 0.78  # name, id, data-* made for tests or code
    placeholder: float = 0.8
    description: float = 0.45
    group: float = 0.5  # legend of the section it stands in

    # how a text is close to the wanted name
    synonym: float = 0.92  # a word of the same concept
    translated: float = 0.9  # in another language
    within: float = 0.9  # the wanted words are among more words, before each extra word costs:
    extra_word: float = 0.11
    missing_word: float = 0.22
    qualified: float = 0.3  # a word that makes it another field ("original", "minimum", "second"…)

    # agreement and contradiction
    agrees: float = 0.10  # each further evidence closes this part of the gap to 1
    contradicted: float = 0.45  # its label is the name of another field
    other_label: float = 0.85  # its label says something unknown, so what is weaker counts less
    options_fit: float = 0.25  # the wanted value is among its options: closes this part of the gap
    options_alone: float = 0.55  # score of a control that says nothing of itself, but has exactly the wanted options
    options_miss: float = 0.35  # the wanted value is not among its options
    file_alone: float = 0.62  # the only place for files on the page, whatever it is called
    called_by_kind: float = 0.66  # the field is called after its kind ("slider", "2nd checkbox")
    behind: float = 0.6  # outside the open dialog
    section_fits: float = 0.15  # the intent names a section and this is it

    # decisions
    accept: float = 0.5
    margin: float = 0.08


WEIGHTS = Weights()
