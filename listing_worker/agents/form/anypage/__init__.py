"""Filling a form that no recipe describes: `fill.fill(page, fields)`, and one file per kind of control."""
