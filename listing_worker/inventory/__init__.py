"""Sold once, gone everywhere: evidence of sales, and what follows from it."""
