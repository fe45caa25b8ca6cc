"""`python -m tests.e2e.horse POSTING_ID`: one work-horse in a process of its own, for tests that kill it."""

from __future__ import annotations

import sys

from listing_worker.orchestration import job_processor
from listing_worker.settings import get_settings
from listing_worker.utils import log
from listing_worker.utils.crypto import KeyRing


def main(posting_id: str) -> None:
    settings = get_settings()
    log.configure(settings.log_level)
    assert settings.session_encryption_key is not None
    job_processor.horse.settings = settings
    job_processor.horse.ring = KeyRing(settings.session_encryption_key.get_secret_value())
    job_processor.post(posting_id)


if __name__ == "__main__":
    main(sys.argv[1])
