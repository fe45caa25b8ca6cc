"""Forms: `fill(page, fields)` fills any form on any page; `by_recipe` fills one that a recipe describes."""

from listing_worker.agents.form.anypage.fill import Finder, fill
from listing_worker.agents.form.anypage.report import Filled, Outcome, Row
from listing_worker.agents.form.intents import Intent, Sort

__all__ = ["Filled", "Finder", "Intent", "Outcome", "Row", "Sort", "fill"]
