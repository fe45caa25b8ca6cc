"""The calls about learned locators (migrations/*_learned_locators.sql)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from listing_worker.storage import rows

Json = Any


class LocatorCalls:
    """Part of `Store`."""

    def _call(self, function: str, **parameters: Json) -> Json:
        raise NotImplementedError

    def active_locators(self, marketplace: str, form_version: str) -> list[rows.LocatorRow]:
        """Those in use for a form (the version of its recipe), by field, the most successful first."""
        return cast(
            "list[rows.LocatorRow]",
            self._call("active_locators", marketplace=marketplace, form_version=form_version),
        )

    def list_locators(self, marketplace: str | None = None, limit: int = 200) -> list[rows.LocatorRow]:
        """All of them, refused and demoted ones too."""
        return cast("list[rows.LocatorRow]", self._call("list_locators", marketplace=marketplace, max_rows=limit))

    def learn_locator(
        self,
        marketplace: str,
        form_version: str,
        field: str,
        *,
        intent: str,
        target: Mapping[str, Json],
        value_template: str,
        tier: str,
        evidence: Mapping[str, Json],
    ) -> rows.LocatorRow:
        """Notes a locator after a read-back; a known one counts one success more, a refused one stays refused."""
        return cast(
            rows.LocatorRow,
            self._call(
                "learn_locator",
                marketplace=marketplace,
                form_version=form_version,
                field=field,
                intent=intent,
                target=dict(target),
                value_template=value_template,
                tier=tier,
                evidence=dict(evidence),
            ),
        )

    def judge_locator(self, locator_id: str, worked: bool) -> rows.LocatorRow | None:
        """Counts what came of using one; three failures in a row demote it. None if there is no such locator."""
        return cast("rows.LocatorRow | None", self._call("judge_locator", locator_id=locator_id, worked=worked))

    def refuse_locator(self, locator_id: str, refused: bool = True) -> rows.LocatorRow | None:
        """A person's word: never used or learned again, or (False) allowed again. None if there is no such locator."""
        return cast("rows.LocatorRow | None", self._call("refuse_locator", locator_id=locator_id, refused=refused))
