"""`python -m listing_worker …` is the same as the `listing-worker` command."""

from __future__ import annotations

from listing_worker.cli import main

if __name__ == "__main__":
    main()
