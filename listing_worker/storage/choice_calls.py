"""The calls about categories that sellers chose (migrations/*_category_choices.sql)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

Json = Any


class ChoiceCalls:
    """Part of `Store`."""

    def _call(self, function: str, **parameters: Json) -> Json:
        raise NotImplementedError

    def remember_category(self, user_id: str, marketplace: str, likeness: str, category: Sequence[str]) -> None:
        """The seller's choice for what is alike; the last one counts."""
        self._call(
            "remember_category",
            user_id=user_id,
            marketplace=marketplace,
            likeness=likeness,
            category=list(category),
        )

    def chosen_categories(self, user_id: str, likeness: str) -> dict[str, list[str]]:
        """Marketplace → the category that this seller chose for what is alike."""
        return cast("dict[str, list[str]]", self._call("chosen_categories", user_id=user_id, likeness=likeness))
