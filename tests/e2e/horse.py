"""A work-horse in a process of its own, for tests that kill it.

`python -m tests.e2e.horse POSTING_ID`, or an operation's id and the word `operation`.
"""

from __future__ import annotations

import sys

from listing_worker.orchestration import job_processor
from listing_worker.settings import get_settings
from listing_worker.utils import log
from listing_worker.utils.crypto import KeyRing


def main(row_id: str, kind: str = "posting") -> None:
    settings = get_settings()
    log.configure(settings.log_level)
    assert settings.session_encryption_key is not None
    job_processor.horse.settings = settings
    job_processor.horse.ring = KeyRing(settings.session_encryption_key.get_secret_value())
    (job_processor.operate if kind == "operation" else job_processor.post)(row_id)


if __name__ == "__main__":
    main(*sys.argv[1:])
