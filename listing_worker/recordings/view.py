"""A recording as one HTML file that needs nothing else, and back: the file carries the recording it shows."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup
from pydantic import ValidationError

from listing_worker.errors import ListingInvalid
from listing_worker.recordings.timeline import Recording

# what the page may do when a browser shows it: its own styles and the pictures inside it
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
_CAPTIONS: Final = {
    "filled": "The filled form, before publishing",
    "live": "The live listing",
    "form_changed": "The form that was not the one we know",
    "failed": "What the page showed when the attempt failed",
    "reconciled": "What was seen when looking for the listing",
}
_CARRIED: Final = re.compile(r'<script type="application/json" id="recording">(.*?)</script>', re.S)


def as_html(recording: Recording) -> str:
    """The page. Pictures are shown if they are in the recording (`keep.kept`)."""
    text = json.dumps(recording.model_dump(mode="json", exclude={"pictures"}), ensure_ascii=False)
    return _template().render(
        r=recording,
        longest=max((moment.milliseconds for moment in recording.moments), default=1) or 1,
        captions=_CAPTIONS,
        data=Markup(text.replace("<", "\\u003c")),  # noqa: S704  # JSON in which nothing can end the script
    )


def read_recording(file: Path) -> Recording:
    """The recording that a file holds: the HTML page, or its JSON. Raises ListingInvalid."""
    text = file.read_text(encoding="utf-8")
    carried = _CARRIED.search(text)
    try:
        return Recording.model_validate(json.loads(carried.group(1) if carried else text))
    except (ValueError, ValidationError) as error:
        raise ListingInvalid(
            f"{file.name} is no recording of this version.", action="Get one by `listing-worker recording POSTING`"
        ) from error


def seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.2f} s"


@cache
def _template() -> Template:
    here = Path(__file__).parent
    environment = Environment(loader=FileSystemLoader(here), autoescape=True, undefined=StrictUndefined)
    environment.globals["seconds"] = seconds
    return environment.get_template("recording.html")
