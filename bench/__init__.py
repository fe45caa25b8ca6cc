"""Measurements: commands that print numbers and write them under .run/; `make bench` is the whole of it."""
