"""The sandbox: replica marketplaces behind one TLS port, and an admin port that tells what they received (`admin.py`).

The browser maps every marketplace's host name to the TLS port (`chromium_arguments`), so addresses, cookies and
recipes are the real ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from listing_worker.sandbox.admin import admin_application
from listing_worker.sandbox.certificate import make_certificate
from listing_worker.sandbox.faults import TRANSPORT, before_request
from listing_worker.sandbox.registry import all_sites
from listing_worker.sandbox.scenario import Scenario
from listing_worker.sandbox.site import Site


@dataclass(frozen=True)
class SandboxFile:
    """`.run/sandbox.json`: how to reach a running sandbox."""

    pid: int
    https_port: int
    admin_url: str
    certificate: str
    spki: str  # base64 SHA-256 of the certificate's public key, for --ignore-certificate-errors-spki-list
    hosts: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> SandboxFile:
        """Raises OSError when no sandbox runs there, ValueError or TypeError for a file of something else."""
        document = json.loads(path.read_text())
        return cls(**{**document, "hosts": tuple(document["hosts"])})

    def write(self, path: Path) -> None:
        """At once or not at all: a reader never sees half a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}")
        unfinished.write_text(json.dumps(vars(self), indent=2))
        unfinished.replace(path)

    def chromium_arguments(self) -> list[str]:
        """Arguments that make Chromium see the sandbox as the real marketplaces, and nothing else at all."""
        rules = [f"MAP {host}:443 127.0.0.1:{self.https_port}" for host in self.hosts]
        rules += ["EXCLUDE 127.0.0.1", "EXCLUDE localhost", "MAP * ~NOTFOUND"]
        return [
            f"--host-resolver-rules={', '.join(rules)}",
            f"--ignore-certificate-errors-spki-list={self.spki}",
        ]


class HostSwitch:
    """One ASGI application for all sites: the Host header decides."""

    def __init__(self, sites: list[Site]) -> None:
        self._by_host: dict[str, tuple[Site, ASGIApp]] = {}
        self._running: set[asyncio.Task[Any]] = set()
        self._stopping = False
        for site in sites:
            router = Router(routes=site.routes())
            for host in site.hosts:
                self._by_host[host] = (site, router)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        task = asyncio.current_task()
        assert task is not None
        # The server hands its request cycle's own method over as `receive`; a lost answer (faults.py) needs the wire.
        scope[TRANSPORT] = getattr(getattr(receive, "__self__", None), "transport", None)
        self._running.add(task)
        try:
            await self._answer(scope, receive, send)
        except (ClientDisconnect, asyncio.CancelledError):
            # The browser has gone, or the sandbox stops: nobody waits for this answer.
            if not self._stopping and task.cancelling():
                raise
            if scope[TRANSPORT] is not None:
                scope[TRANSPORT].abort()
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self._running.discard(task)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        found = self._by_host.get(request.url.hostname or "")
        if found is None:
            await Response(f"No replica for {request.url.hostname}", status_code=421)(scope, receive, send)
            return
        site, router = found
        site.note_request(request)
        refused = await before_request(site.faults, request)
        await (refused or router)(scope, receive, send)

    def stop(self) -> None:
        """Ends the requests that are still being answered (a slow one may sleep for minutes)."""
        self._stopping = True
        for task in self._running:
            task.cancel()


def bound_socket(port: int = 0) -> socket.socket:
    """A listening socket on loopback; port 0 picks a free one. Raises OSError when the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


class _QuietServer(uvicorn.Server):
    """uvicorn without its signal handlers: the caller decides when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        """Open connections are cut, not waited for: browsers keep them open for minutes."""
        self.should_exit = True
        for connection in list(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()


async def serve(
    state_file: Path,
    *,
    https_port: int = 0,
    admin_port: int = 0,
    only: Sequence[str] | None = None,
    scenario: Scenario | None = None,
    ready: Callable[[SandboxFile], Awaitable[None]] | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Serves until `stop` is set (or for ever); `state_file` describes the running sandbox and goes when it stops.

    `only` names the replicas to run (all of them if None), `scenario` how their day begins. `ready` is called once both
    ports answer. Raises OSError when a port is taken, BadScenario for a scenario that does not fit the replicas.
    """
    canary = f"canary-{secrets.token_hex(12)}"
    sites = {site.name: site for site in all_sites(canary, only)}
    if scenario is not None:
        scenario.play(sites)
    hosts = [host for site in sites.values() for host in site.hosts]
    certificate, key, spki = make_certificate(state_file.parent / "sandbox", hosts)
    tls_socket, admin_socket = bound_socket(https_port), bound_socket(admin_port)
    description = SandboxFile(
        pid=os.getpid(),
        https_port=tls_socket.getsockname()[1],
        admin_url=f"http://127.0.0.1:{admin_socket.getsockname()[1]}",
        certificate=str(certificate.resolve()),
        spki=spki,
        hosts=tuple(hosts),
    )
    common: dict[str, Any] = {"log_level": "warning", "access_log": False, "lifespan": "off", "server_header": False}
    switch = HostSwitch(list(sites.values()))
    web = _QuietServer(uvicorn.Config(switch, ssl_certfile=certificate, ssl_keyfile=key, **common))
    admin = _QuietServer(uvicorn.Config(admin_application(sites, canary, description.chromium_arguments()), **common))
    servers = [
        asyncio.create_task(web.serve(sockets=[tls_socket])),
        asyncio.create_task(admin.serve(sockets=[admin_socket])),
    ]
    until_stopped = asyncio.create_task((stop or asyncio.Event()).wait())
    description.write(state_file)
    try:
        if ready is not None:
            await ready(description)
        await asyncio.wait([until_stopped, *servers], return_when=asyncio.FIRST_COMPLETED)
    finally:
        state_file.unlink(missing_ok=True)
        until_stopped.cancel()
        switch.stop()
        web.stop()
        admin.stop()
        await asyncio.gather(*servers)
