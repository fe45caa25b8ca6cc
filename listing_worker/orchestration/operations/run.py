"""One operation from claim to finish."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from listing_worker.agents.base import Effect
from listing_worker.agents.registry import get_agent
from listing_worker.errors import BrowserCrashed, LeaseLost, ListingWorkerError, PageTimeout, PublishRefused
from listing_worker.models import OperationKind, OperationState, Reason
from listing_worker.orchestration.attempt import listing_of
from listing_worker.orchestration.decisions import RetryRule
from listing_worker.orchestration.ledger import Hold, Phase
from listing_worker.orchestration.operations.attempt import Finding, OperationAttempt
from listing_worker.orchestration.operations.decisions import (
    Ending,
    Start,
    after_error,
    after_look,
    done,
    not_possible,
)
from listing_worker.orchestration.operations.hold import claim_operation
from listing_worker.orchestration.resources import Resources
from listing_worker.storage import rows
from listing_worker.utils import trouble
from listing_worker.utils.processes import process_name
from listing_worker.utils.trip import trip

log = structlog.get_logger(__name__)
Watch = Callable[[Hold], None]


def _nobody(hold: Hold) -> None:
    return None


async def process_operation(resources: Resources, operation_id: str, watch: Watch = _nobody) -> OperationState | None:
    """Claims, runs and finishes; the state it ended in. None if it was not to be had, or was lost to another worker.
    `watch` is given the hold, so that a signal can drain it."""
    settings = resources.settings
    answer, hold = await asyncio.to_thread(
        claim_operation,
        resources.store,
        operation_id,
        process_name(),
        lease_seconds=settings.lease_seconds,
        heartbeat_seconds=settings.heartbeat_seconds,
        margin_seconds=settings.fence_margin_seconds,
    )
    if hold is None:
        log.info("The operation is not to be had.", action="claim", operation=operation_id, why=answer.get("why"))
        return None
    row = answer["operation"]
    with structlog.contextvars.bound_contextvars(
        operation=operation_id, kind=row["kind"], marketplace=row["marketplace"], attempt=row["attempts"]
    ):
        log.info("Claimed.", action="claim", state=row["state"], fence=hold.fence)
        return await OperationRun(resources, hold, answer).to_the_end(watch)


class OperationRun:
    """One claimed operation, from here to its outcome."""

    def __init__(self, resources: Resources, hold: Hold, answer: rows.OperationClaim) -> None:
        self._resources = resources
        self._hold = hold
        self._row = answer["operation"]
        self._intent_age = answer.get("intent_age") or 0.0
        self._agent = get_agent(self._row["marketplace"])
        self._kind = OperationKind(self._row["kind"])
        listing = listing_of(answer["listing"], self._agent)  # type: ignore[arg-type]
        self._attempt = OperationAttempt(resources, hold, self._row, answer.get("posting"), listing, self._agent)
        self._ended: OperationState | None = None
        settings = resources.settings
        self._rule = RetryRule(settings.max_retries, settings.retry_backoff_base)

    @property
    def _looking(self) -> bool:
        return self._row["state"] == OperationState.UNCERTAIN

    async def to_the_end(self, watch: Watch) -> OperationState | None:
        task = asyncio.create_task(self._work())
        self._hold.start(task)
        watch(self._hold)
        try:
            async with asyncio.timeout(self._resources.settings.attempt_seconds):
                await task
        except asyncio.CancelledError as error:
            await self._failed(self._hold.interrupted_by or error)
        except TimeoutError:
            await self._failed(PageTimeout("The attempt took too long."))
        except PlaywrightTimeout as error:
            await self._failed(PageTimeout(_first_line(error)))
        except PlaywrightError as error:
            await self._failed(BrowserCrashed(f"The browser stopped working: {_first_line(error)}"))
        except ListingWorkerError as error:
            await self._failed(error)
        except Exception as error:
            log.exception("Unexpected error.", action="operation")
            trouble.report(error)
            await self._failed(error)
        finally:
            self._attempt.steps.end()
            await asyncio.to_thread(self._hold.release)
        return self._ended

    async def _work(self) -> None:
        if self._kind is OperationKind.DRY_RUN:
            await self._attempt.dry_run()
            await self._finish(Ending(OperationState.DONE))
        elif self._looking:
            await self._finish(self._after_look(await self._attempt.look(), self._intent_age, self._refusal()))
        else:
            await self._finish(self._ending_of(await self._attempt.act()))

    def _ending_of(self, found: Finding) -> Ending:
        if found.start is Start.FAILED:
            return not_possible(self._kind, found.standing, self._agent.display_name)
        if found.effect is None:
            return done(self._kind, found.standing)
        if self._hold.phase is not Phase.PUBLISHING:  # the form said so already: nothing was pressed
            if found.effect.holds:
                return done(self._kind, found.standing)
            raise PageTimeout(f"{self._agent.display_name}'s form and the listing's page do not say the same yet.")
        return self._after_look(found.effect, 0.0, found.refusal.reason if found.refusal else None)

    def _after_look(self, effect: Effect, intent_age: float, refusal: Reason | None) -> Ending:
        return after_look(
            self._kind,
            effect,
            display_name=self._agent.display_name,
            intent_age=intent_age,
            settle_seconds=self._resources.settings.settle_seconds,
            attempts=self._row["attempts"],
            rule=self._rule,
            refusal=refusal,
        )

    def _refusal(self) -> Reason | None:
        """What the site answered to the press that is being looked for, if it answered with a refusal."""
        reason = self._row["reason"]
        return Reason.model_validate(reason) if reason and reason["code"] == PublishRefused.code else None

    # ---- ends ----

    async def _failed(self, error: BaseException) -> None:
        if self._ended is not None:
            return  # the truth is written
        ending = after_error(
            self._kind,
            error,
            display_name=self._agent.display_name,
            attempts=self._row["attempts"],
            intent_committed=self._hold.phase is Phase.PUBLISHING,
            reconciling=self._looking,
            settle_seconds=self._resources.settings.settle_seconds,
            rule=self._rule,
        )
        sentence = error.message if isinstance(error, ListingWorkerError) else type(error).__name__
        log.warning(f"The operation's attempt ended: {sentence}", action="operation", decision=ending.state.value)
        if ending.write:
            await self._finish(ending)

    async def _finish(self, ending: Ending) -> None:
        outcome = rows.OperationOutcome(
            state=ending.state.value,
            reason=ending.reason.model_dump() if ending.reason else None,  # type: ignore[typeddict-item]
            result=self._attempt.as_json(),
            again_in=ending.again_in,
            count_attempt=ending.count_attempt,
            reconciled=ending.reconciled,
        )
        if ending.posting is not None:
            outcome["posting"] = ending.posting.value
        trip(self._row["listing_id"], "before_finish")
        answer = await asyncio.to_thread(self._hold.finish, outcome)
        trip(self._row["listing_id"], "after_finish")
        if not answer["finished"]:
            raise LeaseLost("Another worker has this operation now; this outcome was not written.")
        self._ended = ending.state
        self._hold.phase = Phase.ENDED
        log.info(f"The operation is {ending.state.value}.", action="finish", state=ending.state.value)
        self._resources.events.publish(
            self._row["id"],
            {
                "operation_id": self._row["id"],
                "posting_id": self._row["posting_id"],
                "marketplace": self._row["marketplace"],
                "state": ending.state.value,
                "step": "finished",
                "reason": outcome.get("reason"),
            },
        )


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:200]
