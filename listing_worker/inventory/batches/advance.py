"""Carries out what `decide.next_step` says: asks for operations and postings, moves the batch on. Safe to repeat: the
same open operation is given back when asked again, and a posting is made once by its key."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from listing_worker.inventory.batches.decide import Row, next_step
from listing_worker.storage.batch_calls import BatchDoc, BatchRow
from listing_worker.storage.errors import StoreRefused
from listing_worker.storage.store import Store

log = structlog.get_logger(__name__)

STEPS = 8  # of one batch in one pass


def rows_of(batch: BatchDoc) -> list[Row]:
    return [Row(row["id"], row["marketplace"], row["kind"], row["state"]) for row in batch["rows"]]


def advance_open(store: Store, max_attempts: int, wake: Callable[[str, str], object]) -> int:
    """Every open batch as far as it goes now; how many rows were begun. `wake(what, id)`: "operation" or "posting".
    Raises StoreUnavailable."""
    return sum(advance(store, batch_id, max_attempts, wake) for batch_id in store.open_batches())


def advance(store: Store, batch_id: str, max_attempts: int, wake: Callable[[str, str], object]) -> int:
    begun = 0
    for _ in range(STEPS):
        batch = store.get_batch(batch_id)
        if batch is None:
            break
        settings = batch["settings"]
        step = next_step(
            batch["state"],
            rows_of(batch),
            rehearse=bool(settings.get("rehearse")),
            forgiven=int(settings.get("forgiven") or 0),
        )
        by_id = {row["id"]: row for row in batch["rows"]}
        for row_id in step.begin:
            _begin(store, batch, by_id[row_id], max_attempts, wake)
            begun += 1
        if step.to is not None and store.move_batch(batch_id, [batch["state"]], step.to, step.reason):
            log.info(f"The batch is {step.to}.", action="batch", batch=batch_id, why=step.reason)
        elif not step.begin:
            break
    return begun


def _begin(store: Store, batch: BatchDoc, row: BatchRow, max_attempts: int, wake: Callable[[str, str], object]) -> None:
    try:
        if row["kind"] == "post":
            made = store.create_job(
                batch["user_id"],
                row["listing_id"],
                [row["marketplace"]],
                blocked={},
                idempotency_key=f"batch-{row['id']}-{row['input'].get('try', 0)}",
                request_hash=row["id"],
                max_attempts=max_attempts,
            )
            store.begin_batch_row(row["id"], job_id=made["job"]["id"])
            for posting in [*made["job"]["postings"], *made["existing"]]:
                wake("posting", posting["id"])
        else:
            asked = store.request_operation(
                batch["user_id"], str(row["posting_id"]), row["kind"], row["input"], max_attempts
            )
            store.begin_batch_row(row["id"], operation_id=asked["operation"]["id"])
            wake("operation", asked["operation"]["id"])
    except StoreRefused as refused:
        store.begin_batch_row(row["id"], refused=refused.message)
