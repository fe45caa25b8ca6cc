"""What RQ runs: a posting from claim to finish, an operation, a webhook delivery. Nothing else is on the allow-list.

Here, and only here, an unknown exception ends: it is logged with its stack, decided like any other end, and the
posting keeps a truthful state.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

import structlog
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout
from rq import get_current_job

from listing_worker.agents.browsers.warm import waiting
from listing_worker.agents.registry import get_agent
from listing_worker.errors import (
    BrowserCrashed,
    ConfigurationError,
    LeaseLost,
    ListingWorkerError,
    PageTimeout,
    PublishRefused,
)
from listing_worker.inventory.adopting.reading import import_account
from listing_worker.inventory.watch import from_argument, watch_account
from listing_worker.models import Intent, PostingState, Proof, ProofKind, Reason
from listing_worker.orchestration.attempt import PostingAttempt, listing_of
from listing_worker.orchestration.decisions import Decision, RetryRule, decide, decide_reconciled
from listing_worker.orchestration.ledger import Hold, Phase, claim
from listing_worker.orchestration.operations.run import process_operation
from listing_worker.orchestration.queue import TRACE
from listing_worker.orchestration.resources import Resources
from listing_worker.settings import Settings
from listing_worker.storage import rows
from listing_worker.utils import tracing, trouble
from listing_worker.utils.clock import utc_now
from listing_worker.utils.crypto import KeyRing
from listing_worker.utils.notifications import deliver_webhook
from listing_worker.utils.processes import process_name
from listing_worker.utils.receipts import Receipt, make_receipt

log = structlog.get_logger(__name__)


class Drainable(Protocol):
    """Something that can be asked to stop at the next moment at which it may."""

    def drain(self) -> None: ...


class WorkHorse:
    """What the worker hands to the work-horses forked from it, and the wish to drain that a signal brings."""

    def __init__(self) -> None:
        self.settings: Settings | None = None
        self.ring: KeyRing | None = None
        self._hold: Drainable | None = None
        self._drain_wanted = False

    def open_resources(self) -> Resources:
        if self.settings is None or self.ring is None:
            raise ConfigurationError("This process was not started as a worker.")
        return Resources.open(self.settings, self.ring)

    def on_drain_signal(self, *_: object) -> None:
        """SIGUSR1: stop at the next step, and give the posting back."""
        self._drain_wanted = True
        if self._hold is not None:
            self._hold.drain()

    def watch(self, hold: Drainable) -> None:
        self._hold = hold
        if self._drain_wanted:
            hold.drain()

    @property
    def drain_wanted(self) -> bool:
        return self._drain_wanted


horse = WorkHorse()


def run(work: Coroutine[Any, Any, object]) -> None:
    """Runs it to its end: on the loop of the browser that waits for it, if one does."""
    if waiting.loop is None:
        asyncio.run(work)
    else:
        try:
            waiting.loop.run_until_complete(work)
        finally:
            waiting.loop.run_until_complete(waiting.close())


@contextmanager
def opened(kind: str, **ids: str) -> Iterator[Resources]:
    """The resources of one job, in the trace of who enqueued it."""
    resources = horse.open_resources()
    began = False
    try:
        trouble.start(resources.settings, "worker")
        began = tracing.start(resources.settings, "worker")
        job = get_current_job()
        with tracing.span(kind, job.meta.get(TRACE) if job is not None else None, **ids):
            yield resources
    finally:
        resources.close()
        trouble.flush()
        if began:
            tracing.stop()


def post(posting_id: str) -> None:
    """One attempt at one posting. Returns without doing anything if the posting is not to be had."""
    if horse.drain_wanted:
        return  # the posting is still due; another worker takes it
    with opened("posting", posting=posting_id) as resources:
        run(process_posting(resources, posting_id))


def operate(operation_id: str) -> None:
    """One attempt at one operation on a live posting, or at a dry run."""
    if horse.drain_wanted:
        return
    with opened("operation", operation=operation_id) as resources:
        asyncio.run(process_operation(resources, operation_id, horse.watch))


def watch(account: str) -> None:
    """One look at one seller account's own lists."""
    if horse.drain_wanted:
        return
    with opened("watch") as resources:
        asyncio.run(watch_account(resources, *from_argument(account), horse.watch))


def read_account(account: str) -> None:
    """One go at reading what a seller already has live in one account."""
    if horse.drain_wanted:
        return
    with opened("import") as resources:
        asyncio.run(import_account(resources, *from_argument(account), horse.watch))


def deliver(webhook_id: str) -> None:
    """One try at delivering one webhook."""
    with opened("webhook", webhook=webhook_id) as resources:
        deliver_webhook(resources.store, resources.ring, resources.settings, webhook_id)


async def process_posting(resources: Resources, posting_id: str) -> rows.Finished | None:
    """Claims, runs and finishes. None if the posting was not to be had, or was lost to another worker."""
    settings = resources.settings
    answer, hold = await asyncio.to_thread(
        claim,
        resources.store,
        posting_id,
        process_name(),
        lease_seconds=settings.lease_seconds,
        heartbeat_seconds=settings.heartbeat_seconds,
        margin_seconds=settings.fence_margin_seconds,
    )
    if hold is None:
        log.info("The posting is not to be had.", action="claim", posting=posting_id, why=answer.get("why"))
        tracing.note(claimed=False)
        return None
    posting = hold.posting
    with structlog.contextvars.bound_contextvars(
        job=posting["job_id"], posting=posting_id, marketplace=posting["marketplace"], attempt=posting["attempts"]
    ):
        log.info("Claimed.", action="claim", state=posting["state"], fence=hold.fence)
        tracing.note(job=posting["job_id"], marketplace=posting["marketplace"], attempt=posting["attempts"])
        return await PostingRun(resources, hold, answer).to_the_end()


class PostingRun:
    """One claimed posting, from here to its outcome."""

    def __init__(self, resources: Resources, hold: Hold, answer: rows.Claim) -> None:
        self._resources = resources
        self._hold = hold
        self._answer = answer
        self._agent = get_agent(hold.posting["marketplace"])
        listing = listing_of(answer["listing"], self._agent)  # type: ignore[arg-type]
        self._attempt = PostingAttempt(resources, hold, listing, self._agent)
        self._finished: rows.Finished | None = None
        settings = resources.settings
        self._rule = RetryRule(settings.max_retries, settings.retry_backoff_base)

    async def to_the_end(self) -> rows.Finished | None:
        uncertain = self._hold.posting["state"] == PostingState.UNCERTAIN
        task = asyncio.create_task(self._reconcile() if uncertain else self._post())
        self._hold.start(task)
        horse.watch(self._hold)
        try:
            async with asyncio.timeout(self._resources.settings.attempt_seconds) as limit:
                self._attempt.resting = lambda: stopped(limit)
                await task
        except asyncio.CancelledError as error:
            await self._decide(self._hold.interrupted_by or error)
        except TimeoutError:
            await self._decide(PageTimeout("The attempt took too long."))
        except PlaywrightTimeout as error:
            await self._decide(PageTimeout(_first_line(error)))
        except PlaywrightError as error:
            await self._decide(BrowserCrashed(f"The browser stopped working: {_first_line(error)}"))
        except ListingWorkerError as error:
            await self._decide(error)
        except Exception as error:
            log.exception("Unexpected error.", action="attempt")
            trouble.report(error)
            await self._decide(error)
        finally:
            self._attempt.steps.end()
            await asyncio.to_thread(self._hold.release)
            await self._attempt.keep_recording()
        return self._finished

    async def _post(self) -> None:
        await self._attempt.post(self._prove)

    async def _reconcile(self) -> None:
        intent = Intent.model_validate(self._hold.posting["intent"])
        looked = await self._attempt.reconcile(intent)
        taken = set(self._answer.get("taken_ids") or ())
        looked = replace(looked, matches=tuple(each for each in looked.matches if each.external_id not in taken))
        decision = decide_reconciled(
            looked,
            display_name=self._agent.display_name,
            intent_age=self._answer.get("intent_age") or 0.0,
            settle_seconds=self._resources.settings.settle_seconds,
            attempts=self._hold.posting["attempts"],
            rule=self._rule,
            refusal=self._refusal(),
        )
        log.info("Looked.", action="reconcile", matches=len(looked.matches), complete=looked.complete)
        if decision.state is PostingState.LIVE:
            seen = looked.matches[0]
            await self._prove(
                Proof(kind=ProofKind.RECONCILED, external_id=seen.external_id, url=seen.url, at=utc_now())
            )
        else:
            await self._finish(decision, reconciled=decision.state in {PostingState.QUEUED, PostingState.FAILED})

    def _refusal(self) -> Reason | None:
        """What the site answered to the press that is being looked for, if it answered with a refusal."""
        reason = self._hold.posting["reason"]
        return Reason.model_validate(reason) if reason and reason["code"] == PublishRefused.code else None

    # ---- ends ----

    async def _prove(self, proof: Proof) -> None:
        state = PostingState.PENDING_REVIEW if proof.pending_review else PostingState.LIVE
        receipt = await asyncio.to_thread(self._receipt, proof)
        await self._write(
            rows.OutcomeDoc(
                state=state.value,
                proof={**proof.model_dump(mode="json"), "receipt": receipt.model_dump(mode="json")},
                external_id=proof.external_id,
                url=proof.url,
                report=self._attempt.report.as_json(),
            )
        )

    def _receipt(self, proof: Proof) -> Receipt:
        """Signed in the same transaction as the outcome: no live posting is without one."""
        posting, store = self._hold.posting, self._resources.store
        intent = self._attempt.intent or Intent.model_validate(posting["intent"])
        intent_at = self._hold.intent_at or datetime.fromisoformat(str(posting["intent_at"]))
        presses = store.count_intents(posting["id"]) if posting["attempts"] > 1 else 1
        return make_receipt(self._resources.ring, posting, intent, intent_at, proof, presses)

    async def _decide(self, error: BaseException) -> None:
        if self._finished is not None:
            return  # the truth is written; what failed came after it
        decision = decide(
            error,
            attempts=self._hold.posting["attempts"],
            intent_committed=self._hold.phase is Phase.PUBLISHING,
            reconciling=self._hold.posting["state"] == PostingState.UNCERTAIN,
            settle_seconds=self._resources.settings.settle_seconds,
            rule=self._rule,
        )
        sentence = error.message if isinstance(error, ListingWorkerError) else type(error).__name__
        log.warning(f"The attempt ended: {sentence}", action="attempt", decision=decision.state.value)
        self._attempt.steps.end(error.code if isinstance(error, ListingWorkerError) else type(error).__name__)
        if decision.write:
            nothing_sent = isinstance(error, PublishRefused) and not error.sent
            await self._finish(decision, reconciled=nothing_sent)

    async def _finish(self, decision: Decision, *, reconciled: bool) -> None:
        await self._write(
            rows.OutcomeDoc(
                state=decision.state.value,
                reason=decision.reason.model_dump() if decision.reason else None,  # type: ignore[typeddict-item]
                again_in=decision.again_in,
                count_attempt=decision.count_attempt,
                reconciled=reconciled,
                report=self._attempt.report.as_json(),
            )
        )

    async def _write(self, outcome: rows.OutcomeDoc) -> None:
        answer = await asyncio.to_thread(self._hold.finish, outcome)
        if not answer["finished"]:
            raise LeaseLost("Another worker has this posting now; this outcome was not written.")
        self._finished = answer
        self._hold.phase = Phase.ENDED
        self._attempt.recorder.ended(outcome["state"], outcome.get("reason"))
        posting = self._hold.posting
        log.info(f"Posting is {outcome['state']}.", action="finish", state=outcome["state"], url=outcome.get("url"))
        tracing.note(state=outcome["state"])
        self._resources.events.publish(
            posting["job_id"],
            {
                "posting_id": posting["id"],
                "marketplace": posting["marketplace"],
                "state": outcome["state"],
                "step": "finished",
                "url": outcome.get("url"),
                "reason": outcome.get("reason"),
                "job_settled": answer["job_settled"],
            },
        )
        for webhook_id in answer["webhooks"]:
            self._resources.queue.enqueue_webhook(webhook_id)
        if outcome["state"] in {PostingState.LIVE, PostingState.PENDING_REVIEW}:
            await self._attempt.checkpoints.clear()


@contextmanager
def stopped(limit: asyncio.Timeout) -> Iterator[None]:
    """The time limit stands still for the length of the block."""
    loop, ends = asyncio.get_running_loop(), limit.when()
    left = None if ends is None else ends - loop.time()
    limit.reschedule(None)
    try:
        yield
    finally:
        if left is not None and not limit.expired():
            limit.reschedule(loop.time() + left)


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:200]
