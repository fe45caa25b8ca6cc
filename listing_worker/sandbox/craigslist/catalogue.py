"""Kinds of posting, categories, conditions and languages, as the pages offer them (fact: craigslist §3, §4).

The numbers of the category radios come from one city and one year: whoever picks a category should go by its label.
Where the sheet has no number, one is made up; the short lists of the kinds that are not "for sale" are made up too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TYPES = {
    "jo": "job offered",
    "go": "gig offered",
    "ho": "housing offered",
    "hw": "housing wanted",
    "fso": "for sale by owner",
    "fsd": "for sale by dealer",
    "iwo": "wanted by owner",
    "iwd": "wanted by dealer",
    "so": "service offered",
    "c": "community",
    "e": "event / class",
}
FOR_SALE = {"fso", "fsd", "iwo", "iwd"}

CONDITIONS = {"10": "new", "20": "like new", "30": "excellent", "40": "good", "50": "fair", "60": "salvage"}
LANGUAGES = {
    "1": "afrikaans",
    "2": "català",
    "3": "dansk",
    "4": "deutsch",
    "5": "english",
    "6": "español",
    "7": "suomi",
    "8": "français",
    "9": "italiano",
    "10": "nederlands",
    "11": "norsk",
    "12": "português",
    "13": "svenska",
    "14": "filipino",
    "15": "türkçe",
    "16": "中文",
    "17": "العربية",
    "18": "日本語",
    "19": "한국말",
    "20": "русский",
    "21": "tiếng việt",
}
ENGLISH = "5"


@dataclass(frozen=True)
class Category:
    number: str  # what the radio sends
    code: str  # three letters, in public addresses
    name: str
    fee: int = 0  # whole dollars; a fee stands in the label, and the step after "publish" is `billing`

    @property
    def label(self) -> str:
        return f"{self.name} (${self.fee})" if self.fee else self.name


_FOR_SALE = """
150 atq antiques
149 app appliances
135 art arts & crafts
191 snw atvs, utvs, snowmobiles
122 pts auto parts
203 wto auto wheels & tires
220 avo aviation
107 bab baby & kid stuff
221 bar barter
197 bop bicycle parts
68 bik bicycles
222 bpo boat parts
223 boa boats
92 bks books & magazines
134 bfs business/commercial
145 cto cars & trucks
117 emd cds / dvds / vhs
153 mob cell phones
94 clo clothing & accessories
95 clt collectibles
199 sop computer parts
7 sys computers
96 ele electronics
133 grd farm & garden
101 zip free stuff
141 fuo furniture
73 gms garage & moving sales
5 for general for sale
152 hab health and beauty
224 hvo heavy equipment
97 hsh household items
120 jwl jewelry
136 mat materials
225 mpo motorcycle parts
69 mcy motorcycles/scooters
98 msg musical instruments
137 pho photo/video
124 rvs rvs
93 spo sporting goods
44 tix tickets
118 tls tools
132 tag toys & games
205 tro trailers
151 vgm video gaming
20 wan wanted
"""
_FEE_BY_OWNER = {"cto": 5, "mcy": 5, "rvs": 5}
_FEE_BY_DEALER = {"cto": 5, "mcy": 5, "rvs": 5}  # and 3 dollars in the other categories
_OTHER = {
    "jo": (("11", "ofc", "admin/office", 25), ("127", "lab", "general labor", 25)),
    "go": (("110", "lbg", "labor gigs", 0), ("115", "dmg", "domestic gigs", 0)),
    "ho": (("1", "apa", "apts/housing for rent", 0), ("18", "roo", "rooms & shares", 0)),
    "hw": (("21", "hou", "apts wanted", 0),),
    "so": (("75", "lss", "lessons & tutoring", 5), ("76", "cps", "computer services", 5)),
    "c": (("3", "com", "general community", 0), ("37", "laf", "lost & found", 0)),
    "e": (("85", "cls", "classes", 0), ("86", "eve", "events", 0)),
}


def categories(type_id: str) -> tuple[Category, ...]:
    """What the category step offers for a kind of posting; empty for an unknown kind."""
    if type_id not in FOR_SALE:
        return tuple(Category(*entry) for entry in _OTHER.get(type_id, ()))
    rows = (line.split(" ", 2) for line in _FOR_SALE.strip().splitlines())
    return tuple(Category(number, code, name, fee_of(type_id, code)) for number, code, name in rows)


def fee_of(type_id: str, code: str) -> int:
    """Whole dollars; by owner three categories, by dealer all of them, wanted none (fact: craigslist §4, §9)."""
    if type_id == "fso":
        return _FEE_BY_OWNER.get(code, 0)
    return _FEE_BY_DEALER.get(code, 3) if type_id == "fsd" else 0


def category(type_id: str, number: str) -> Category | None:
    return next((each for each in categories(type_id) if each.number == number), None)


def slug_of(title: str) -> str:
    """The readable part of a public address: lower-case words joined by hyphens, never empty."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60].strip("-") or "posting"
