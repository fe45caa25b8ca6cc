"""The sites ("areas") that this replica answers, with their sub-areas and neighbourhoods.

Site names and short codes are the fact sheet's (craigslist §1); sub-areas only where a city has them. What a posting
without a code in its address may choose from is the same list.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """One radio or option: the value that is sent, and what a person reads."""

    value: str
    label: str


@dataclass(frozen=True)
class Subarea:
    code: str  # three letters, as in public addresses
    number: str  # what the radio sends
    label: str
    hoods: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Area:
    site: str  # <site>.craigslist.org
    code: str  # post.craigslist.org/c/<code>
    number: str  # AreaID
    label: str
    lat: float
    lng: float
    subareas: tuple[Subarea, ...] = ()

    def subarea(self, number: str) -> Subarea | None:
        return next((sub for sub in self.subareas if sub.number == number), None)


def _subareas(*named: tuple[str, str], hoods: dict[str, tuple[str, ...]] | None = None) -> tuple[Subarea, ...]:
    return tuple(
        Subarea(
            code,
            str(number),
            label,
            tuple(Choice(str(n), hood) for n, hood in enumerate((hoods or {}).get(code, ()), start=1)),
        )
        for number, (code, label) in enumerate(named, start=1)
    )


_SFBAY = _subareas(
    ("sfc", "city of san francisco"),
    ("sby", "south bay area"),
    ("eby", "east bay area"),
    ("pen", "peninsula"),
    ("nby", "north bay / marin"),
    ("scz", "santa cruz co"),
    hoods={"sfc": ("bernal heights", "inner richmond", "mission district", "noe valley", "SOMA / south beach")},
)
_NEWYORK = _subareas(
    ("mnh", "manhattan"),
    ("brk", "brooklyn"),
    ("que", "queens"),
    ("brx", "bronx"),
    ("stn", "staten island"),
    ("jsy", "new jersey"),
    ("lgi", "long island"),
    ("wch", "westchester"),
)
_PHOENIX = _subareas(
    ("cph", "central/south phx"),
    ("evl", "east valley"),
    ("nph", "phx north"),
    ("wvl", "west valley"),
)

AREAS = (
    Area("sfbay", "sfo", "1", "SF bay area", 37.7749, -122.4194, _SFBAY),
    Area("newyork", "nyc", "3", "new york city", 40.7128, -74.0060, _NEWYORK),
    Area("phoenix", "phx", "18", "phoenix", 33.4484, -112.0740, _PHOENIX),
    Area("atlanta", "atl", "14", "atlanta", 33.7490, -84.3880),
    Area("pittsburgh", "pit", "33", "pittsburgh", 40.4406, -79.9959),
    Area("nashville", "nsh", "32", "nashville", 36.1627, -86.7816),
    Area("boise", "boi", "52", "boise", 43.6150, -116.2023),
    Area("lasvegas", "lvg", "26", "las vegas", 36.1699, -115.1398),
    Area("orangecounty", "orc", "103", "orange county", 33.7175, -117.8311),
    Area("tampa", "tpa", "37", "tampa bay area", 27.9506, -82.4572),
    Area("orlando", "orl", "39", "orlando", 28.5383, -81.3792),
    Area("miami", "mia", "20", "south florida", 25.7617, -80.1918),
    Area("toronto", "tor", "25", "toronto", 43.6532, -79.3832),
    Area("vancouver", "van", "16", "vancouver, BC", 49.2827, -123.1207),
)
BY_CODE = {area.code: area for area in AREAS}
BY_SITE = {area.site: area for area in AREAS}
BY_NUMBER = {area.number: area for area in AREAS}
