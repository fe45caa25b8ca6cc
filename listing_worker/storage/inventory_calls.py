"""The calls about inventory: watches, signals of sales, and what is in stock (migrations/*_inventory.sql)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict, cast

from listing_worker.storage import rows

Json = Any


class WatchKey(TypedDict):
    user_id: str
    marketplace: str


class WatchClaim(TypedDict):
    claimed: bool
    why: NotRequired[str]  # account_busy
    fence: NotRequired[int]
    stopped: NotRequired[dict[str, Json] | None]
    postings: NotRequired[list[rows.PostingRow]]  # live ones with an id there
    weak: NotRequired[list[str]]  # those of them with weak signals
    known: NotRequired[
        list[str]
    ]  # "<posting id> <kind>" of the signs of them that are on record, or waved through by the seller
    to_settle: NotRequired[list[str]]  # listings that an earlier look left unsettled


class WatchRow(TypedDict):
    marketplace: str
    last_at: str | None
    next_at: str | None
    outcome: dict[str, Json]
    stopped: dict[str, Json] | None
    unseen_since: str | None  # since when no look has shown the whole list


class SignalRow(TypedDict):
    posting_id: str
    kind: str  # inventory.evidence.SignalKind
    certain: bool
    reference: str
    units: int
    detail: str
    seen_at: str


class OpenDelist(rows.OperationRow):
    rests: bool  # false: it gave up some time ago, and may be asked for again
    escalated_at: str | None


class Escalated(TypedDict):
    user_id: str
    operation_id: str
    listing_id: str
    posting_id: str
    marketplace: str
    title: str
    external_id: str
    link: str | None
    since: str
    state: str
    reason: rows.ReasonDoc | None


class Asked(TypedDict):
    """A question to the seller: about an account (`unseen`, `stopped`), or about one posting (`maybe_sold`)."""

    user_id: str
    marketplace: str
    listing_id: str | None
    posting_id: str | None
    title: str | None
    link: str | None
    since: str
    reason: rows.ReasonDoc


class ReportRow(TypedDict):
    """One posting in the words of an overview; times as ISO texts, `cents` as posted."""

    posting_id: str
    listing_id: str
    marketplace: str
    state: str
    title: str
    url: str | None
    cents: int
    created_at: str
    live_at: str | None
    sold_at: str | None
    failed: str | None  # the reason's code
    healed: int  # fields that had moved and were found again


class StockRow(TypedDict):
    listing_id: str
    user_id: str
    title: str
    quantity: int
    postings: list[rows.PostingRow]  # live, pending_review, sold, delisted
    auto_delist: list[str]
    signals: list[SignalRow]
    open: list[OpenDelist]  # the last delist of each posting, where it is not done
    gone: list[rows.OperationRow]  # delists that ended with the listing seen gone, newest first


class InventoryCalls:
    """Part of `Store`."""

    def _call(self, function: str, **parameters: Json) -> Json:
        raise NotImplementedError

    def set_auto_delist(self, user_id: str, listing_id: str, marketplaces: Sequence[str], on: bool) -> list[str] | None:
        """Where this listing is taken down by itself once it is sold elsewhere, now; None if it is not theirs."""
        return cast(
            "list[str] | None",
            self._call(
                "set_auto_delist", user_id=user_id, listing_id=listing_id, marketplaces=text_array(marketplaces), on=on
            ),
        )

    def due_watches(self, every: float, limit: int = 50) -> list[WatchKey]:
        """Accounts with live postings that it is time to look at; none if `every` is 0."""
        return cast("list[WatchKey]", self._call("due_watches", every=every, max_rows=limit))

    def claim_watch(self, user_id: str, marketplace: str, owner: str, lease_seconds: float) -> WatchClaim:
        return cast(
            "WatchClaim",
            self._call(
                "claim_watch", user_id=user_id, marketplace=marketplace, owner=owner, lease_seconds=lease_seconds
            ),
        )

    def finish_watch(
        self, user_id: str, marketplace: str, fence: int, outcome: Mapping[str, Json], again_in: float
    ) -> bool:
        """False if the watch is somebody else's by now. `outcome["stopped"]` pulls the circuit breaker."""
        return cast(
            "bool",
            self._call(
                "finish_watch",
                user_id=user_id,
                marketplace=marketplace,
                fence=fence,
                outcome=dict(outcome),
                again_in=again_in,
            ),
        )

    def list_watches(self, user_id: str) -> list[WatchRow]:
        return cast("list[WatchRow]", self._call("list_watches", user_id=user_id))

    def resume_watch(self, user_id: str, marketplace: str) -> bool:
        """The seller says: go on. False if nothing was stopped."""
        return cast("bool", self._call("resume_watch", user_id=user_id, marketplace=marketplace))

    def record_signal(
        self, posting_id: str, kind: str, *, certain: bool, reference: str = "", units: int = 1, detail: str = ""
    ) -> bool:
        """True if it is new."""
        return cast(
            "bool",
            self._call(
                "record_signal",
                posting_id=posting_id,
                kind=kind,
                certain=certain,
                reference=reference,
                units=units,
                detail=detail,
            ),
        )

    def drop_weak_signals(self, posting_ids: Sequence[str]) -> int:
        """For postings that were seen alive; how many were dropped."""
        return cast("int", self._call("drop_weak_signals", posting_ids=text_array(posting_ids)))

    def listings_to_settle(self, user_id: str) -> list[str]:
        """Listings with evidence of a sale and something still on sale that nobody is taking down."""
        return cast("list[str]", self._call("listings_to_settle", user_id=user_id))

    def get_stock(self, listing_id: str) -> StockRow | None:
        """No owner check: callers that act for a user compare `user_id`."""
        return cast("StockRow | None", self._call("get_stock", listing_id=listing_id))

    def escalate_delists(self, after_seconds: float) -> list[Escalated]:
        """Sold items that are still on sale elsewhere so long after the first try, each told once a day; the webhook
        `inventory.escalated` is written in the same transaction."""
        return cast("list[Escalated]", self._call("escalate_delists", after=after_seconds))

    def ask_about_inventory(self, after_seconds: float) -> list[Asked]:
        """What no look could settle for so long, asked of the seller: accounts that could not be seen and weak signs of
        a sale; a pulled breaker at once. The webhook `inventory.asks` is written in the same transaction."""
        return cast("list[Asked]", self._call("ask_about_inventory", after=after_seconds))

    def inventory_report(self, user_id: str, limit: int = 20_000) -> list[ReportRow]:
        """Every posting that was not cancelled, the last `limit` of them, oldest first."""
        return cast("list[ReportRow]", self._call("inventory_report", user_id=user_id, max_rows=limit))

    def mark_sold(self, posting_id: str) -> bool:
        """False without any signal, or if it is not live."""
        return cast("bool", self._call("mark_sold", posting_id=posting_id))

    def postings_for_mail(self, user_id: str, marketplace: str) -> list[dict[str, str]]:
        """posting_id, external_id and title of what a sale mail from there could be about."""
        return cast("list[dict[str, str]]", self._call("postings_for_mail", user_id=user_id, marketplace=marketplace))

    def listings_of_postings(self, user_id: str, posting_ids: Sequence[str]) -> list[str]:
        return cast(
            "list[str]", self._call("listings_of_postings", user_id=user_id, posting_ids=text_array(posting_ids))
        )

    def record_mail(
        self,
        user_id: str,
        message_id: str,
        marketplace: str,
        *,
        genuine: bool,
        order: str,
        signals: Sequence[Mapping[str, Json]],
    ) -> bool:
        """True if the mail is new; then its signals (posting_id, certain, reference, units, detail) are written."""
        return cast(
            "bool",
            self._call(
                "record_mail",
                user_id=user_id,
                message_id=message_id,
                marketplace=marketplace,
                genuine=genuine,
                reference=order,
                signals=[dict(signal) for signal in signals],
            ),
        )


def text_array(texts: Sequence[str]) -> str:
    """A text[] as Postgres writes it: both transports hand it over as text."""
    return "{" + ",".join('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts) + "}"
