"""`python -m listing_worker.sandbox`: serves the replicas until Ctrl-C and tells how to browse them."""

from __future__ import annotations

import argparse
import asyncio
import shlex
import signal
import sys
from pathlib import Path

from listing_worker.sandbox.registry import SITES
from listing_worker.sandbox.scenario import BadScenario, Scenario
from listing_worker.sandbox.server import SandboxFile, serve


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m listing_worker.sandbox", description=__doc__)
    parser.add_argument("--state-file", type=Path, default=Path(".run/sandbox.json"), help="default: %(default)s")
    parser.add_argument("--https-port", type=int, default=0, help="0 picks a free one (default)")
    parser.add_argument("--admin-port", type=int, default=0, help="0 picks a free one (default)")
    parser.add_argument("--only", action="append", choices=sorted(SITES), help="run this replica; may be repeated")
    parser.add_argument("--scenario", help="a scenario's file, or the name of a ready-made one")
    return parser.parse_args(arguments)


async def run(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    async def ready(description: SandboxFile) -> None:
        browse = shlex.join(["chromium", "--user-data-dir=.run/sandbox-browser", *description.chromium_arguments()])
        sys.stdout.write(
            f"Sandbox: {description.admin_url}\nState:   {options.state_file}\nBrowse:  {browse}\nCtrl-C stops it.\n"
        )
        sys.stdout.flush()

    await serve(
        options.state_file,
        https_port=options.https_port,
        admin_port=options.admin_port,
        only=options.only,
        scenario=Scenario.read(options.scenario) if options.scenario else None,
        ready=ready,
        stop=stop,
    )


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 after Ctrl-C, 1 when a port is taken or the scenario is none."""
    try:
        asyncio.run(run(parse(sys.argv[1:] if arguments is None else arguments)))
    except (OSError, BadScenario) as error:
        sys.stderr.write(f"The sandbox could not start: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
