"""A small AWS on the loopback: SQS and S3 as moto plays them, over HTTP."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from listing_worker.bridges.sqs import SqsBridge
from tests.bridges.conftest import Json, Posts

CREDENTIALS = {"region_name": "us-west-2", "aws_access_key_id": "test", "aws_secret_access_key": "test"}


@pytest.fixture(scope="session")
def aws_url() -> Iterator[str]:
    with patch.dict(os.environ, {"MOTO_DISABLE_GLOBAL_CORS": "true"}):
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
        server.stop()


def client(aws_url: str, service: str) -> Any:
    return boto3.client(service, endpoint_url=aws_url, **CREDENTIALS)


class Queues:
    """Queues of one test, each with dead letters after three deliveries."""

    def __init__(self, sqs: Any) -> None:
        self.sqs = sqs
        self._mark = uuid4().hex[:8]

    def make(self, name: str, *, dead: str | None = "dead", deliveries: int = 3) -> str:
        attributes = {}
        if dead is not None:
            url = self.sqs.create_queue(QueueName=f"{dead}-{self._mark}")["QueueUrl"]
            arn = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            attributes["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": deliveries})
        made = self.sqs.create_queue(QueueName=f"{name}-{self._mark}", Attributes=attributes)
        return str(made["QueueUrl"])

    def send(self, url: str, body: Json | str, **more: Any) -> str:
        text = body if isinstance(body, str) else json.dumps(body)
        return str(self.sqs.send_message(QueueUrl=url, MessageBody=text, **more)["MessageId"])

    def count(self, url: str) -> int:
        """Messages that wait or are in somebody's hands."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return sum(int(number) for number in answer["Attributes"].values())

    def buried(self) -> list[tuple[str, Json]]:
        """Bodies and attributes of the dead letters."""
        url = self.sqs.get_queue_url(QueueName=f"dead-{self._mark}")["QueueUrl"]
        found = []
        while True:
            answer = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
            if not answer.get("Messages"):
                return found
            for each in answer["Messages"]:
                attributes = each.get("MessageAttributes", {})
                found.append((each["Body"], {name: value["StringValue"] for name, value in attributes.items()}))


@pytest.fixture
def queues(aws_url: str) -> Queues:
    return Queues(client(aws_url, "sqs"))


@contextmanager
def bridging(sqs: Any, posts: Posts, queues: dict[str, str | None], **options: Any) -> Iterator[SqsBridge]:
    """A running bridge, stopped at the end of the block."""
    options = {"visibility_seconds": 30, "poll_seconds": 1, **options}
    bridge = SqsBridge(sqs, posts.wired, queues, owner=posts.owner, **options)
    thread = threading.Thread(target=bridge.run)
    thread.start()
    try:
        yield bridge
    finally:
        bridge.stop()
        thread.join(20)
        assert not thread.is_alive()


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    """Waits for it; fails when it does not come."""
    tick = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if true():
            return
        tick.wait(0.05)
    raise AssertionError("it did not happen")
