"""Commands with more to them than a call, each topic in a file of its own; `cli.py` registers them."""
