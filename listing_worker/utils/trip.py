"""Named points where a campaign can stop, kill or delay this very process. Off unless LISTING_WORKER_TRIP_DIR is set.

A campaign writes `<dir>/<listing id>/<point>` with one word; reaching the point springs it once: the file becomes
`<point>.sprung` and holds the process id. `wait` holds the process there until `<point>.go` exists, so that the
campaign can do anything at exactly that moment; `jump` moves this process's wall clock an hour on; `pass` only leaves
the process id.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

VARIABLE = "LISTING_WORKER_TRIP_DIR"


def trip(listing_id: str, point: str) -> None:
    """Reached `point`. Returns at once unless a campaign has set something here."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        return
    wire = Path(folder) / listing_id / point
    sprung = wire.with_suffix(".sprung")
    try:
        word = wire.read_text().strip()
        wire.unlink()
    except FileNotFoundError:
        return
    new = wire.with_suffix(".new")
    new.write_text(str(os.getpid()))
    new.rename(sprung)
    if word == "jump":
        wall_clock = time.time
        time.time = lambda: wall_clock() + 3600
    while word == "wait" and not wire.with_suffix(".go").exists():
        time.sleep(0.02)
