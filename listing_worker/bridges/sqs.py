"""From Amazon SQS: a message is deleted once its job is in the database, and never before.

- The same message again (SQS delivers at least once) is the same job: the message's id is the idempotency key.
- A message that can never be a job goes to the queue's dead-letter queue with the reason as its attributes. A queue
  without one is not served: what cannot be done would come back for ever, or be lost.
- While we have messages their visibility is extended, so that nobody else gets them; when we stop, what we have not
  begun is given back at once.
- When something of ours is away, the message in hand waits with us. When something nobody expected happens, it goes
  back with a growing delay, and to the dead letters on the last of the deliveries that the queue allows.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from listing_worker.api.owner import Owner
from listing_worker.api.ports import Resources
from listing_worker.bridges.messages import BadMessage, parsed, read_order
from listing_worker.bridges.orders import NotNow, Taken, take
from listing_worker.errors import ConfigurationError
from listing_worker.utils import tracing, trouble
from listing_worker.utils.redact import redact_text

log = structlog.get_logger(__name__)

BATCH = 10  # messages of one answer; SQS gives no more
POLL_SECONDS = 10  # of one long poll: how long a stop may have to wait
LONGEST_WAIT = 30.0  # between two tries while something of ours is away
LONGEST_DELAY = 900  # of a message that ended unexpectedly
KEPT_ATTRIBUTES = 6  # of the sender's own; SQS allows ten, and the reason takes four
_BROKEN = (BotoCoreError, ClientError)


@dataclass(frozen=True)
class Redrive:
    """Where a queue's dead letters go, and after how many deliveries SQS itself sends them there."""

    queue_url: str
    deliveries: int


class SqsBridge:
    """Takes the messages of some queues until it is told to stop. `client` is boto3's for SQS."""

    def __init__(
        self,
        client: Any,
        wired: Resources,
        queues: dict[str, str | None],
        *,
        owner: Owner | None,
        visibility_seconds: int = 60,
        poll_seconds: int = POLL_SECONDS,
    ) -> None:
        self._client = client
        self._wired = wired
        self._owner = owner
        self._visibility = visibility_seconds
        self._poll = poll_seconds
        self._stop = threading.Event()
        self._queues = [(url, marketplace, self._redrive(url)) for url, marketplace in queues.items()]

    def stop(self, *_: object) -> None:
        """Safe in a signal handler: `run` returns within seconds."""
        self._stop.set()

    def run(self) -> None:
        """One thread per queue. Returns after `stop`, when no message is in hand any more."""
        threads = [
            threading.Thread(target=self._serve, args=queue, name=f"sqs-{number}")
            for number, queue in enumerate(self._queues, start=1)
        ]
        for thread in threads:
            thread.start()
        log.info("The bridge takes messages.", action="start", queues=[_name(url) for url, _, _ in self._queues])
        for thread in threads:
            thread.join()
        log.info("The bridge has stopped.", action="stop")

    def _redrive(self, url: str) -> Redrive:
        """Raises ConfigurationError for a queue that cannot be read, or has no dead-letter queue."""
        try:
            answer = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
            policy = json.loads(answer.get("Attributes", {}).get("RedrivePolicy", "{}"))
            if not policy:
                raise ConfigurationError(
                    f"The queue {_name(url)} has no dead-letter queue: a bad message would come back for ever.",
                    action="Give it a redrive policy (docs/deploy.md, AWS)",
                )
            account, name = str(policy["deadLetterTargetArn"]).split(":")[-2:]
            dead = self._client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
        except _BROKEN as error:
            raise ConfigurationError(
                f"The queue {_name(url)} cannot be used: {redact_text(str(error))}",
                action="Check its address, AWS_REGION and the rights of this role (docs/deploy.md, AWS)",
            ) from error
        return Redrive(dead, int(policy["maxReceiveCount"]))

    # ---- one queue ----

    def _serve(self, url: str, marketplace: str | None, redrive: Redrive) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                answer = self._client.receive_message(
                    QueueUrl=url,
                    MaxNumberOfMessages=BATCH,
                    WaitTimeSeconds=self._poll,
                    VisibilityTimeout=self._visibility,
                    MessageSystemAttributeNames=["ApproximateReceiveCount", "MessageGroupId"],
                    MessageAttributeNames=["All"],
                )
                failures = 0
            except _BROKEN as error:
                failures += 1
                log.warning("The queue does not answer.", queue=_name(url), error=redact_text(str(error)))
                self._stop.wait(min(LONGEST_WAIT, 2.0**failures))
                continue
            messages = answer.get("Messages", [])
            if messages:
                with _Kept(self._client, url, self._visibility, messages) as kept:
                    for message in messages:
                        self._one(url, marketplace, redrive, message, kept)

    def _one(self, url: str, marketplace: str | None, redrive: Redrive, message: dict[str, Any], kept: _Kept) -> None:
        """Whatever happens, the message ends deleted after its job was made or it was buried, or visible again."""
        if self._stop.is_set():
            kept.give_back(message, 0)
            return
        told = {"queue": _name(url), "message": message["MessageId"]}
        parent = message.get("MessageAttributes", {}).get("traceparent", {}).get("StringValue")
        try:
            with tracing.span("message", parent, **told):
                taken = self._job_of(message, marketplace)
        except BadMessage as bad:
            log.warning(f"A message was put to the dead letters: {bad.message}", code=bad.code, field=bad.field, **told)
            self._bury(url, redrive, message, bad, kept)
        except NotNow:
            kept.give_back(message, 0)  # told to stop meanwhile
        except Exception as error:  # the one place of the bridge: told, and the message is kept
            log.exception("A message could not be taken.", **told)
            trouble.report(error)
            deliveries = int(message.get("Attributes", {}).get("ApproximateReceiveCount", "1"))
            if deliveries >= redrive.deliveries:
                reason = BadMessage(f"Unexpected: {type(error).__name__}. The bridge's log has it.", code="unexpected")
                self._bury(url, redrive, message, reason, kept)
            else:
                kept.give_back(message, min(LONGEST_DELAY, 5 * 2**deliveries))
        else:
            kept.delete(message)
            log.info("Took a message.", job=taken.job_id, repeated=not taken.created, **told)

    def _job_of(self, message: dict[str, Any], marketplace: str | None) -> Taken:
        """Waits while something of ours is away. Raises BadMessage, and NotNow only when told to stop."""
        order = read_order(
            self._wired,
            parsed(message["Body"]),
            key=f"sqs:{message['MessageId']}",
            owner=self._owner,
            marketplace=marketplace,
        )
        wait = 1.0
        while True:
            try:
                return take(self._wired, order)
            except NotNow as error:
                told = {"message": message["MessageId"], "todo": error.action, "seconds": wait}
                log.warning(f"A message waits: {error.message}", **told)
                if self._stop.wait(wait):
                    raise
                wait = min(LONGEST_WAIT, wait * 2)

    def _bury(self, url: str, redrive: Redrive, message: dict[str, Any], why: BadMessage, kept: _Kept) -> None:
        """Sends it to the dead letters with the reason, then deletes it. If that fails it comes back, and is tried
        again; SQS's own redrive policy is behind that."""
        own = dict(list(message.get("MessageAttributes", {}).items())[:KEPT_ATTRIBUTES])
        about = {
            "reason_code": why.code,
            "reason": redact_text(why.message)[:500] or why.code,
            "reason_field": why.field or "-",
            "source_message_id": message["MessageId"],
        }
        fifo = {}
        if redrive.queue_url.endswith(".fifo"):
            group = message.get("Attributes", {}).get("MessageGroupId", "bridge")
            fifo = {"MessageGroupId": group, "MessageDeduplicationId": message["MessageId"]}
        try:
            self._client.send_message(
                QueueUrl=redrive.queue_url,
                MessageBody=message["Body"],
                MessageAttributes={
                    **{name: _attribute(value) for name, value in own.items()},
                    **{name: {"DataType": "String", "StringValue": value} for name, value in about.items()},
                },
                **fifo,
            )
        except _BROKEN as error:
            log.warning("The dead-letter queue does not answer; the message comes back.", error=redact_text(str(error)))
            kept.give_back(message, 60)
        else:
            kept.delete(message)


class _Kept:
    """The messages of one answer. A thread extends the visibility of those that are not done, twice per timeout."""

    def __init__(self, client: Any, url: str, seconds: int, messages: list[dict[str, Any]]) -> None:
        self._client = client
        self._url = url
        self._seconds = seconds
        self._held = {message["MessageId"]: message["ReceiptHandle"] for message in messages}
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._extend, name="sqs-visibility")

    def __enter__(self) -> _Kept:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def delete(self, message: dict[str, Any]) -> None:
        """A deletion that fails does no harm: the message comes again, and is the same job."""
        self._release(message, lambda handle: self._client.delete_message(QueueUrl=self._url, ReceiptHandle=handle))

    def give_back(self, message: dict[str, Any], seconds: int) -> None:
        """It can be had again after `seconds`."""
        self._release(message, lambda handle: self._change(handle, seconds))

    def _release(self, message: dict[str, Any], act: Callable[[str], object]) -> None:
        with self._lock:  # so that no extension comes after
            handle = self._held.pop(message["MessageId"])
            try:
                act(handle)
            except _BROKEN as error:
                log.warning("A message comes again: the queue does not answer.", error=redact_text(str(error)))

    def _change(self, handle: str, seconds: int) -> None:
        self._client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=handle, VisibilityTimeout=seconds)

    def _extend(self) -> None:
        while not self._done.wait(self._seconds / 2):
            for message_id in list(self._held):
                with self._lock:
                    handle = self._held.get(message_id)
                    if handle is None:
                        continue
                    try:
                        self._change(handle, self._seconds)
                    except _BROKEN as error:
                        log.warning("A message's time could not be extended.", error=redact_text(str(error)))


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    """A received attribute in the shape that can be sent."""
    return {name: value[name] for name in ("DataType", "StringValue", "BinaryValue") if name in value}


def _name(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]
