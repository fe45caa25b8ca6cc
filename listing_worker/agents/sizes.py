"""Sizes: one spelling of ours, and US sizes for those that name another system.

A size is a text: letters (S, XXL, 3X), numbers (8, 10.5, 32x34), children's (3T, 6 Months), one size (OS). Vocabularies
turn our spelling into their labels; nothing is guessed about a size that we do not know, it is passed on as it is.
"""

from __future__ import annotations

import re

from listing_worker.models import Listing

ONE_SIZE = "OS"
_ONE_SIZE = {"os", "o/s", "one size", "onesize", "one size fits all", "osfa", "one size fits most", "osfm"}
_LETTERS = {
    "extra extra small": "XXS", "extra small": "XS", "x small": "XS", "small": "S", "medium": "M", "large": "L",
    "extra large": "XL", "x large": "XL", "xx large": "XXL", "2x large": "XXL", "extra extra large": "XXL",
    "xxx large": "3XL", "2xs": "XXS", "2xl": "XXL", "xxxl": "3XL", "xxxxl": "4XL", "med": "M", "lg": "L", "sm": "S",
}  # fmt: skip
_LETTER = re.compile(r"(?:\d?[XT]{0,3}[SML]|X{2,3}[SL]|\d+X[LT]?|\d+XL[TB]?|L?T|\d?XB|P\d?X*[SML])", re.IGNORECASE)
_FRACTION = {"1/2": ".5", "½": ".5", "1/4": ".25", "3/4": ".75"}
_MONTHS = re.compile(r"(\d+)(?:\s*-\s*(\d+))?\s*(?:m|mo|mos|mth|mths|month|months)\b\.?", re.IGNORECASE)
_SYSTEM = re.compile(
    r"\b(EU|EUR|FR|IT|UK|AU)\b\.?\s*(\d+(?:\.5)?)|(\d+(?:\.5)?)\s*(EU|EUR|FR|IT|UK|AU)\b", re.IGNORECASE
)

# US = theirs + this: the charts that shops print; makers differ by half a size
_CLOTHES = {"EU": -32.0, "FR": -32.0, "IT": -36.0, "UK": -4.0, "AU": -4.0}  # women's
_MENS = {"EU": -10.0, "FR": -10.0, "IT": -10.0, "UK": 0.0, "AU": 0.0}  # men's jackets and suits
_WOMENS_SHOES = {"EU": -30.5, "FR": -31.5, "IT": -30.0, "UK": 2.0, "AU": 0.0}
_MENS_SHOES = {"EU": -33.0, "FR": -34.0, "IT": -32.0, "UK": 1.0, "AU": 1.0}
_SHOE_WORDS = ("shoe", "boot", "sneaker", "sandal", "heel", "flat", "loafer", "footwear")


def spelt(size: str) -> str:
    """A size in our spelling: "medium" → "M", "2XL" → "XXL", "8 1/2" → "8.5", "0-3m" → "0-3 Months", "us 8" → "8"."""
    text = " ".join(size.replace("–", "-").split())
    plain = re.sub(r"^(?:us|size|sz)\.?\s+", "", text, flags=re.IGNORECASE)
    if plain.casefold() in _ONE_SIZE or text.casefold() in _ONE_SIZE:
        return ONE_SIZE
    letters = _LETTERS.get(plain.casefold().replace("-", " "))
    if letters is not None:
        return letters
    if _LETTER.fullmatch(plain):
        return plain.upper()
    for fraction, decimal in _FRACTION.items():
        plain = re.sub(rf"(?<=\d)\s*{re.escape(fraction)}", decimal, plain)
    if re.fullmatch(r"\d+\.0", plain):
        return plain[:-2]
    if re.fullmatch(r"\d\s*[tT]", plain):
        return f"{plain[0]}T"
    months = _MONTHS.fullmatch(plain)
    if months:
        return f"{months[1]}-{months[2]} Months" if months[2] else f"{months[1]} Months"
    return plain


def us_size(listing: Listing) -> str | None:
    """The US size of one that names another system ("EU 38", "UK 10"), by the common charts; None for all others.

    Makers differ by half a size: so this is a change that a seller sees first, never a silent translation.
    """
    found = _SYSTEM.search(listing.size or "")
    if found is None:
        return None
    system = (found[1] or found[4]).upper()
    number = float(found[2] or found[3])
    chart = _chart(listing)
    if chart is None:
        return None
    converted = number + chart["EU" if system == "EUR" else system]
    return f"{converted:g}" if 0 <= converted <= 60 else None


def _chart(listing: Listing) -> dict[str, float] | None:
    told = " ".join((*listing.category, listing.attributes.get("Department", ""), listing.title)).casefold()
    women, men = bool(re.search(r"\b(women|ladies)", told)), bool(re.search(r"\b(?<!wo)men\b|\bmens\b|\bmen's", told))
    if women == men:
        return None
    shoes = any(word in told for word in _SHOE_WORDS)
    if women:
        return _WOMENS_SHOES if shoes else _CLOTHES
    return _MENS_SHOES if shoes else _MENS
