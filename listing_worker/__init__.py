"""One listing on every marketplace: provably at most once, read back before publishing, sessions sealed end to end."""

__version__ = "0.1.0"
