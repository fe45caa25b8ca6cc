"""Where a post goes: Craigslist's areas by ZIP code.

The short codes of the first group are in the fact sheet (craigslist §1); the others, and the labels of areas and
subareas, are general knowledge (low confidence). So they are hints: an override always wins, pages are answered by the
label they offer, and a label that is not offered is an error that lists what is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Place:
    """One area: its code in post.craigslist.org/c/<code>, its label, its subareas' labels → first digits of ZIP
    codes; `zips` are those of an area without subareas."""

    code: str
    label: str
    subareas: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    zips: tuple[str, ...] = ()


PLACES = (
    Place(
        "phx",
        "phoenix",
        {"central/south phx": ("850",), "east valley": ("852",), "west valley": ("853",), "phx north": ("851",)},
    ),
    Place(
        "atl",
        "atlanta",
        {"city of atlanta": ("303",), "otp north": ("300",), "otp west": ("301",), "otp south": ("302",)},
    ),
    Place("pit", "pittsburgh", zips=("150", "151", "152")),
    Place("nsh", "nashville", zips=("370", "371", "372")),
    Place("boi", "boise", zips=("836", "837")),
    Place("lvg", "las vegas", zips=("889", "890", "891")),
    Place("orc", "orange county", zips=("926", "927", "928")),
    Place("tpa", "tampa bay area", {"hillsborough co": ("335", "336"), "pinellas co": ("337",)}),
    Place("orl", "orlando", zips=("327", "328")),
    Place(
        "mia", "south florida", {"miami / dade": ("330", "331"), "broward county": ("333",), "palm beach co": ("334",)}
    ),
    # the rest: general knowledge
    Place(
        "sfo",
        "SF bay area",
        {
            "city of san francisco": ("941",),
            "south bay area": ("950", "951"),
            "east bay area": ("945", "946", "947", "948"),
            "peninsula": ("940", "943", "944"),
            "north bay / marin": ("949",),
        },
    ),
    Place(
        "nyc",
        "new york city",
        {
            "manhattan": ("100", "101", "102"),
            "staten island": ("103",),
            "bronx": ("104",),
            "brooklyn": ("112",),
            "queens": ("111", "113", "114", "116"),
            "long island": ("115", "117", "118"),
            "westchester": ("105", "106", "107", "108"),
        },
    ),
    Place(
        "lax",
        "los angeles",
        {
            "central LA 213/323": ("900",),
            "westside-southbay-310": ("902", "904", "905"),
            "san fernando valley": ("913", "914", "915", "916"),
            "san gabriel valley": ("910", "911", "917", "918"),
            "long beach / 562": ("906", "907", "908"),
        },
    ),
    Place("chi", "chicago", {"city of chicago": ("606",), "north chicagoland": ("600",), "west chicagoland": ("601",)}),
    Place("sea", "seattle-tacoma", {"seattle": ("981",), "eastside": ("980",), "tacoma / pierce": ("983", "984")}),
    Place("bos", "boston", {"boston/camb/brook": ("021", "022"), "metro west": ("017",), "north shore": ("019",)}),
    Place(
        "wdc", "washington, DC", {"district of columbia": ("200", "202", "203"), "northern virginia": ("220", "221")}
    ),
    Place("dal", "dallas / fort worth", {"dallas": ("751", "752"), "fort worth": ("761", "762")}),
    Place("sdo", "san diego", {"city of san diego": ("921",), "north san diego county": ("920",)}),
    Place("pdx", "portland, OR", zips=("970", "971", "972")),
    Place("den", "denver", zips=("800", "801", "802")),
    Place("hou", "houston", zips=("770", "772", "773", "774", "775")),
    Place("aus", "austin", zips=("786", "787")),
    Place("sac", "sacramento", zips=("956", "957", "958")),
    Place("phi", "philadelphia", zips=("190", "191")),
    Place("min", "minneapolis / st paul", zips=("550", "551", "553", "554")),
)


def place_of(zip_code: str) -> tuple[Place, str] | None:
    """The area and the subarea's label ("" if it has none) of a ZIP code; None if we cannot tell."""
    start = zip_code[:3]
    for place in PLACES:
        if start in place.zips:
            return place, ""
        for label, starts in place.subareas.items():
            if start in starts:
                return place, label
    return None


def place_named(code: str) -> Place:
    """The area with this code; one that we do not know has no labels."""
    return next((place for place in PLACES if place.code == code), Place(code, ""))
