"""Measurements: commands that print numbers and write them under .run/."""
