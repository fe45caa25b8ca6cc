"""Keeping a recording with its attempt: the timeline in the database, its small pictures in the photo store."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Protocol

import structlog
from pydantic import ValidationError

from listing_worker.errors import ListingWorkerError
from listing_worker.recordings.pictures import covered
from listing_worker.recordings.timeline import Recorder, Recording
from listing_worker.storage.photos import PhotoMissing, PhotoStore
from listing_worker.storage.rows import RecordingRow

log = structlog.get_logger(__name__)


class RecordingStore(Protocol):
    """The part of storage/store.py that keeping needs."""

    def record_timeline(self, posting_id: str, fence: int, recording: Mapping[str, Any]) -> bool: ...


def keep(recorder: Recorder, store: RecordingStore, photos: PhotoStore, user_id: str) -> None:
    """Writes it. A recording that cannot be written costs the recording and a log line, never the posting."""
    try:
        posting_id, attempt = recorder.posting_id, recorder.attempt
        pictures = {
            name: photos.put(user_id, f"{posting_id}-r{attempt}-{name}"[:64], covered(taken))
            for name, taken in recorder.taken.items()
        }
        store.record_timeline(posting_id, attempt, recorder.recording(pictures).model_dump(mode="json"))
    except (ListingWorkerError, OSError, ValueError) as error:
        log.warning("The recording of this attempt was not kept.", action="recording", error=type(error).__name__)


def kept(row: RecordingRow, photos: PhotoStore) -> Recording | None:
    """A kept recording with its pictures in it, ready to be shown; None if it is of a version not understood here."""
    try:
        recording = Recording.model_validate(row["recording"])
    except ValidationError:
        return None
    shown: dict[str, str] = {}
    for name, key in recording.pictures.items():
        try:
            shown[name] = "data:image/jpeg;base64," + base64.b64encode(photos.open(key)).decode()
        except PhotoMissing:
            continue
    return recording.model_copy(update={"pictures": shown})
