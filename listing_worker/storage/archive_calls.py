"""The store's two calls about a whole account (migrations/*_archive.sql)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast


class ArchiveCalls:
    """Part of `Store`."""

    def _call(self, function: str, **parameters: Any) -> Any:
        raise NotImplementedError

    def export_account(self, user_id: str) -> dict[str, list[dict[str, Any]]]:
        """Every row that is this seller's own, by table, from one snapshot, in an order that is always the same."""
        return cast("dict[str, list[dict[str, Any]]]", self._call("export_account", user_id=user_id))

    def import_account(self, user_id: str, data: Mapping[str, Any]) -> dict[str, int]:
        """All rows or none; how many per table. Raises StoreRefused: not_empty, not_an_archive."""
        return cast("dict[str, int]", self._call("import_account", user_id=user_id, data=dict(data)))
