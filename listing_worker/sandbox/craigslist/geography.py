"""The map step: where a posting stands, from its postal code (fact: craigslist §3).

Real coordinates are not needed: a code gives a point of its own near the middle of the posting's area.
"""

from __future__ import annotations

import re
from typing import Any
from zlib import crc32

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from listing_worker.sandbox.craigslist.chain import Chain
from listing_worker.sandbox.craigslist.places import BY_NUMBER

_KNOWN = re.compile(r"\d{5}(-\d{4})?|[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d")
HIDDEN = (
    "lat",
    "lng",
    "AreaID",
    "draggedpin",
    "geocoder_latitude",
    "geocoder_longitude",
    "geocoder_accuracy",
    "geocoder_version",
)


def point_of(postal: str, area_number: str) -> tuple[float, float] | None:
    """Latitude and longitude of a postal code; None for something that is none."""
    area = BY_NUMBER.get(area_number)
    if area is None or not _KNOWN.fullmatch(postal.strip()):
        return None
    spread = crc32(postal.strip().upper().encode())
    return round(area.lat + (spread % 1000 - 500) / 2000, 4), round(area.lng + (spread // 1000 % 1000 - 500) / 2000, 4)


def map_of(chain: Chain) -> dict[str, str]:
    """What the page's fields show: what the form said, found on the map beforehand."""
    kept: dict[str, str] = chain.asked.get("map", {})
    if kept and kept.get("postal") == chain.values.get("postal"):
        return kept
    area = str(chain.asked.get("area"))
    found = point_of(chain.values.get("postal", ""), area)
    lat, lng = (str(found[0]), str(found[1])) if found else ("", "")
    texts = {name: chain.values.get(name, "") for name in ("xstreet0", "xstreet1", "city", "postal")}
    hidden = dict.fromkeys(HIDDEN, "") | {"lat": lat, "lng": lng, "AreaID": area, "draggedpin": "0"}
    hidden |= {
        "geocoder_latitude": lat,
        "geocoder_longitude": lng,
        "geocoder_accuracy": "22",
        "geocoder_version": "3.1",
    }
    return {**texts, **hidden}


def answer_of(sent: dict[str, str]) -> dict[str, Any] | None:
    """The map's answer; None when it names no point."""
    try:
        float(sent.get("lat", "")), float(sent.get("lng", ""))
    except ValueError:
        return None
    return {name: sent.get(name, "") for name in ("xstreet0", "xstreet1", "city", "postal", *HIDDEN)}


async def lookup(request: Request) -> Response:
    """What the button "find" asks: {"lat", "lng"}, or 404."""
    found = point_of(request.query_params.get("postal", ""), request.query_params.get("AreaID", ""))
    if found is None:
        return JSONResponse({"error": "not found"}, 404)
    return JSONResponse({"lat": found[0], "lng": found[1]})
