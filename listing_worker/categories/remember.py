"""What makes two listings similar enough that a category chosen for one is the first suggestion for the other."""

from __future__ import annotations

from listing_worker.agents.vocabulary import path_text
from listing_worker.categories.whose import whose
from listing_worker.categories.words import concepts, plain_words, synonyms
from listing_worker.models import Listing

LENGTH = 400  # of a likeness, as the database takes it


def likeness(listing: Listing) -> str:
    """The seller's own path, what the thing is by its title, and whose: "women > dresses | midi | women".

    Two dresses of one seller are alike, whatever their brand, colour and size; a dress and a skirt are not. Where the
    title names nothing known, its path alone tells.
    """
    words = list(plain_words(listing.title))
    told = concepts(words)
    things = [word[1:] for word in told if word.startswith("#")]
    heads = [word for word in things if f"#{word}" not in synonyms().describing][:1] or things[:1]
    owner = whose(listing, [*words, *(w for level in listing.category for w in plain_words(level))], told)
    people = sorted(owner.people) if owner.sure else []
    text = " | ".join([path_text(listing.category).casefold(), *heads, "/".join([*people, owner.age])])
    return text[:LENGTH]
