"""Whose thing it is: women's, men's, girls', boys' or any child's, and of which age. Told by words; a rough hint from
what the thing usually is (dresses, neckties) only where nothing else tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from listing_worker.categories.words import synonyms
from listing_worker.models import Listing

WOMEN = {"women", "woman", "womens", "lady", "ladie", "female", "wmn", "womans", "juniors", "junior", "maternity"}
MEN = {"men", "man", "mens", "male", "guy", "gentleman"}
GIRLS = {"girl", "girls", "daughter"}
BOYS = {"boy", "boys"}
KIDS = {"kid", "kids", "child", "children", "childrens", "toddler", "baby", "infant", "youth", "newborn", "nursery"}
_MONTHS = re.compile(r"\b(\d+\s*-?\s*)?(months?|mos?)\b|\bnewborn\b|\bpreemie\b|\b\d+m\b", re.IGNORECASE)
_TODDLER = re.compile(r"\b[2-5]t\b|toddler", re.IGNORECASE)
_NUMBER = re.compile(r"^\s*(\d{1,2})")


@dataclass(frozen=True)
class Whose:
    """`people`: any of women, men, girls, boys, kids. `age`: of a child: agebaby, agetoddler, agebig or ""."""

    people: frozenset[str] = frozenset()
    age: str = ""
    sure: bool = True


def told_by(words: Iterable[str]) -> frozenset[str]:
    """The people that words name."""
    found = set(words)
    people = {
        name
        for name, signs in (("women", WOMEN), ("men", MEN), ("girls", GIRLS), ("boys", BOYS), ("kids", KIDS))
        if found & signs
    }
    return frozenset(people | ({"kids"} if people & {"girls", "boys"} else set()))


def whose(listing: Listing, words: Iterable[str], concepts: Mapping[str, float]) -> Whose:
    """Whose the listed thing is, by its words, its Department and its size."""
    people = told_by(words)
    size = listing.size or ""
    baby, toddler = bool(_MONTHS.search(size)), bool(_TODDLER.search(size))
    if baby or toddler:
        people |= {"kids"}
    if "kids" in people:
        people -= {"women", "men"}
        number = _NUMBER.match(size)
        age = "agebaby" if baby else "agetoddler" if toddler else "agebig" if number and int(number[1]) >= 4 else ""
        return Whose(people, age or ("agebig" if size else ""))
    if people:
        return Whose(people)
    usual = {synonyms().usual[concept] for concept in concepts if concept in synonyms().usual}
    return Whose(frozenset(usual), sure=False) if len(usual) == 1 else Whose()


def fits(ours: Whose, theirs: frozenset[str]) -> float:
    """From 0.4 (theirs is for the same people) to -1 (for others); 0 where one of the two does not say."""
    if not theirs or not ours.people:
        return -0.4 if "kids" in theirs else 0.0
    same = ours.people & theirs
    if not same:
        return -1.0 if ours.sure or "kids" in theirs else -0.4
    if "girls" in theirs and "boys" in ours.people and "girls" not in ours.people:
        return -1.0
    if "boys" in theirs and "girls" in ours.people and "boys" not in ours.people:
        return -1.0
    return 0.4 if ours.sure else 0.25
