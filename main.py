"""`python main.py` starts the worker; `python main.py --help` lists the commands."""

from __future__ import annotations

from listing_worker.cli import main

if __name__ == "__main__":
    main()
