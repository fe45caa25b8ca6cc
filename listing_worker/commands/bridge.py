"""`listing-worker bridge sqs`: somebody else's queue becomes jobs here."""

from __future__ import annotations

import signal

import typer

from listing_worker.errors import ConfigurationError
from listing_worker.settings import get_settings
from listing_worker.utils import log

app = typer.Typer(help="Take jobs from another queue.", no_args_is_help=True)


@app.command()
def sqs() -> None:
    """Take the messages of the SQS queues (SQS_QUEUE_URL, SQS_EBAY_QUEUE_URL, …) until SIGTERM or Ctrl-C."""
    from listing_worker.storage.bucket_photos import aws_client

    settings = get_settings()
    log.configure(settings.log_level)
    if not settings.sqs_queues:
        raise ConfigurationError("No SQS queue is set.", action="Set SQS_QUEUE_URL, or one per marketplace")
    client = aws_client(settings, "sqs")
    from listing_worker.bridges.sqs import SqsBridge
    from listing_worker.bridges.wiring import open_resources
    from listing_worker.embedded.system import servers

    with servers(settings) as ready, open_resources(ready) as wired:
        bridge = SqsBridge(
            client,
            wired,
            settings.sqs_queues,
            owner=wired.owner,
            visibility_seconds=settings.visibility_timeout,
        )
        signal.signal(signal.SIGTERM, bridge.stop)
        signal.signal(signal.SIGINT, bridge.stop)
        bridge.run()
