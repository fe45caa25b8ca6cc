"""The seller steps into an attempt's browser: the line between viewer and browser, the screen, and the wait."""
