"""`X-Scenario: NAME=challenge, OTHER=publish_lost`: how the sandbox's marketplaces behave from this request on.

For apps that test every outcome in their own CI, without an account anywhere. Each marketplace that the header names
gets exactly the switches that it names (`listing_worker/sandbox/faults.py`; `name:value` for those that take one), and
`ok` or `none` switches all of them off. Where no sandbox runs, the header is refused: nobody is to believe that an
outcome was tried that was not.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

import httpx
from fastapi import Depends, Header
from starlette.concurrency import run_in_threadpool

from listing_worker.api.auth import User
from listing_worker.api.errors import ApiError, invalid
from listing_worker.api.ports import Resources, Wired
from listing_worker.sandbox.server import SandboxFile

HEADER = "X-Scenario"
WELL = frozenset({"ok", "none"})
SECONDS = 5.0
_PART = re.compile(r"([a-z][a-z0-9_]{1,39})=([a-z_]{2,40})(?::([A-Za-z0-9_.-]{1,40}))?")


async def _documented(
    x_scenario: Annotated[
        str | None,
        Header(
            max_length=500,
            description="only with the sandbox: how its marketplaces behave from now on",
            examples=["NAME=challenge", "NAME=ok"],
        ),
    ] = None,
) -> str | None:
    return x_scenario


async def play(wired: Wired, caller: User, header: Annotated[str | None, Depends(_documented)]) -> None:
    """Sets the switches before the request is answered. Raises ApiError 422 or 503."""
    if header is not None:
        await run_in_threadpool(_play, wired, header)


def _play(wired: Resources, header: str) -> None:
    if wired.settings.sandbox_file is None:
        raise invalid("Scenarios are for the sandbox, and none runs here.", HEADER, "scenario_refused")
    switches = read(wired, header)
    try:
        with httpx.Client(
            base_url=SandboxFile.read(wired.settings.sandbox_file).admin_url, timeout=SECONDS, trust_env=False
        ) as sandbox:
            now = sandbox.get("/scenario").json()["sites"]
            for name, wanted in switches.items():
                off = {switch: type(value)() for switch, value in now.get(name, {}).get("switches", {}).items()}
                answer = sandbox.put(f"/faults/{name}", json={**off, **wanted})
                if not answer.is_success:
                    raise invalid(f"{name}: {answer.json()['error']['message']}", HEADER, "scenario_unknown")
    except (httpx.HTTPError, OSError, ValueError) as error:
        raise ApiError(503, "sandbox_away", "The sandbox does not answer.", headers={"Retry-After": "5"}) from error


def read(wired: Resources, header: str) -> dict[str, dict[str, Any]]:
    """Marketplace → its switches. Raises ApiError 422 naming what cannot be read."""
    found: dict[str, dict[str, Any]] = {}
    for text in filter(None, (part.strip() for part in header.split(","))):
        part = _PART.fullmatch(text)
        if part is None or part[1] not in wired.marketplaces.names():
            raise invalid(
                "Write it like NAME=challenge, with a marketplace and a switch of the sandbox.", HEADER,
                "scenario_unknown",
            )  # fmt: skip
        wanted = found.setdefault(part[1], {})
        if part[2] not in WELL:
            wanted[part[2]] = True if part[3] is None else _value(part[3])
    return found


def _value(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


PlaysScenario = Depends(play)
"""What a route lists among its dependencies."""
