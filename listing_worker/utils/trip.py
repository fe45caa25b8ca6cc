"""Named points where a campaign can stop, kill or delay this very process. Off unless LISTING_WORKER_TRIP_DIR is set.

A campaign writes `<dir>/<posting id>/<point>` with one word, `kill`, `stop` (SIGSTOP) or `wait`; reaching the point
springs it once (the file is renamed to `<point>.sprung`). `wait` holds the process there until `<point>.go` exists, so
that the campaign can do anything else at exactly that moment.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

VARIABLE = "LISTING_WORKER_TRIP_DIR"


def trip(posting_id: str, point: str) -> None:
    """Reached `point`. Returns at once unless a campaign has set something here."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        return
    wire = Path(folder) / posting_id / point
    try:
        word = wire.read_text().strip()
        wire.rename(wire.with_suffix(".sprung"))
    except FileNotFoundError:
        return
    if word == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif word == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif word == "wait":
        while not wire.with_suffix(".go").exists():
            time.sleep(0.02)
