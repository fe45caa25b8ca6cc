"""`listing-worker bridge sqs|bull`: somebody else's queue becomes jobs here."""

from __future__ import annotations

import signal

import typer

from listing_worker.errors import ConfigurationError
from listing_worker.settings import Settings, get_settings
from listing_worker.utils import log

app = typer.Typer(help="Take jobs from another queue.", no_args_is_help=True)


@app.command()
def sqs() -> None:
    """Take the messages of the SQS queues (SQS_QUEUE_URL, and one of each marketplace) until SIGTERM or Ctrl-C."""
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


@app.command()
def bull() -> None:
    """Take the jobs of a Bull queue (BULL_QUEUE on BULL_REDIS_URL) until SIGTERM or Ctrl-C."""
    import asyncio
    import importlib.util

    settings = get_settings()
    log.configure(settings.log_level)
    if importlib.util.find_spec("bullmq") is None:
        raise ConfigurationError("bullmq is not installed.", action="pip install 'listing-worker[bullmq]'")
    from listing_worker.bridges.bull import BullBridge
    from listing_worker.bridges.wiring import open_resources
    from listing_worker.embedded.system import servers

    async def take_jobs(ready: Settings) -> None:
        given = settings.bull_redis_url
        with open_resources(ready) as wired:
            bridge = BullBridge(
                wired,
                given.get_secret_value() if given else ready.redis_address,
                queue=settings.bull_queue,
                prefix=settings.bull_prefix,
                owner=wired.owner,
            )
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, bridge.stop)
            await bridge.run()

    with servers(settings) as ready:
        asyncio.run(take_jobs(ready))
