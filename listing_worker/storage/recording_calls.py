"""The calls about recordings of attempts (migrations/*_recordings.sql)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from listing_worker.storage import rows

Json = Any


class RecordingCalls:
    """Part of `Store`."""

    def _call(self, function: str, **parameters: Json) -> Json:
        raise NotImplementedError

    def record_timeline(self, posting_id: str, fence: int, recording: Mapping[str, Json]) -> bool:
        """Keeps an attempt's timeline (recordings/timeline.Recording as JSON). False if there is no such attempt."""
        return bool(self._call("record_timeline", posting_id=posting_id, fence=fence, recording=dict(recording)))

    def list_recordings(self, user_id: str, posting_id: str) -> list[rows.RecordingRow]:
        """What was kept of a posting's attempts, newest first; empty if the posting is not the user's."""
        return cast("list[rows.RecordingRow]", self._call("list_recordings", user_id=user_id, posting_id=posting_id))
