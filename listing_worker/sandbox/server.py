"""The sandbox: replica marketplaces behind one TLS port, and an admin port that tells what they received.

The browser maps every marketplace's host name to the TLS port (`chromium_arguments`), so addresses, cookies and
recipes are the real ones. The admin port (plain HTTP, loopback only, JSON in and out):

    GET  /health                       {"ok": true, "sites": [...]}
    GET  /sites                        name, home, hosts, accounts (with passwords: they are fake), switches
    GET  /received?site=NAME           what the site received (sandbox/site.py); without site: all, keyed by name
    GET  /photos/{site}/{photo_id}     the bytes of an uploaded photo
    GET  /faults/{site}    PUT /faults/{site}  {"switch": value, …}
    PUT  /accounts/{site}  {"username", "password", "handle"}
    POST /reset[?site=NAME]
    GET  /canary                       the value hidden in every session cookie
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ipaddress
import json
import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from listing_worker.sandbox.faults import before_request
from listing_worker.sandbox.registry import all_sites
from listing_worker.sandbox.site import Account, Site


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
        document = json.loads(path.read_text())
        return cls(**{**document, "hosts": tuple(document["hosts"])})

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
        for site in sites:
            router = Router(routes=site.routes())
            for host in site.hosts:
                self._by_host[host] = (site, router)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        found = self._by_host.get(request.url.hostname or "")
        if found is None:
            await Response(f"No replica for {request.url.hostname}", status_code=421)(scope, receive, send)
            return
        site, router = found
        site.note_request(request)
        refused = await before_request(site.faults, request)
        await (refused or router)(scope, receive, send)


def admin_application(sites: dict[str, Site], canary: str) -> Starlette:
    def site_of(request: Request) -> Site | None:
        return sites.get(request.path_params.get("site") or request.query_params.get("site") or "")

    def refuse(message: str, status: int = 404) -> JSONResponse:
        return JSONResponse(
            {"error": {"code": "bad_request" if status == 400 else "not_found", "message": message}}, status
        )

    async def health(_: Request) -> Response:
        return JSONResponse({"ok": True, "sites": list(sites)})

    async def list_sites(_: Request) -> Response:
        return JSONResponse(
            [
                {
                    "name": s.name,
                    "display_name": s.display_name,
                    "home": s.home,
                    "hosts": list(s.hosts),
                    "accounts": [vars(a) for a in s.accounts.values()],
                    "faults": s.faults.as_json(),
                }
                for s in sites.values()
            ]
        )

    async def received(request: Request) -> Response:
        if "site" not in request.query_params:
            return JSONResponse({name: site.received() for name, site in sites.items()})
        site = site_of(request)
        return JSONResponse(site.received()) if site else refuse("no such site")

    async def photo(request: Request) -> Response:
        site = site_of(request)
        found = site.photos.get(request.path_params["photo_id"]) if site else None
        return Response(found.data, media_type=found.content_type) if found else refuse("no such photo")

    async def faults(request: Request) -> Response:
        site = site_of(request)
        if site is None:
            return refuse("no such site")
        if request.method == "PUT":
            try:
                site.faults.update(await request.json())
            except (ValueError, AttributeError) as error:
                return refuse(str(error), 400)
        return JSONResponse(site.faults.as_json())

    async def account(request: Request) -> Response:
        site = site_of(request)
        if site is None:
            return refuse("no such site")
        try:
            body = await request.json()
            made = Account(body["username"], body["password"], body["handle"], secrets.token_hex(12))
        except (ValueError, KeyError, TypeError) as error:
            return refuse(f"username, password and handle are needed: {error}", 400)
        site.accounts[made.username] = made
        return JSONResponse(vars(made))

    async def reset(request: Request) -> Response:
        if "site" in request.query_params and site_of(request) is None:
            return refuse("no such site")
        chosen = site_of(request)
        for site in [chosen] if chosen else sites.values():
            site.reset()
        return JSONResponse({"ok": True})

    async def tell_canary(_: Request) -> Response:
        return JSONResponse({"canary": canary})

    return Starlette(
        routes=[
            Route("/health", health),
            Route("/sites", list_sites),
            Route("/received", received),
            Route("/photos/{site}/{photo_id}", photo),
            Route("/faults/{site}", faults, methods=["GET", "PUT"]),
            Route("/accounts/{site}", account, methods=["PUT"]),
            Route("/reset", reset, methods=["POST"]),
            Route("/canary", tell_canary),
        ]
    )


def make_certificate(folder: Path, hosts: list[str]) -> tuple[Path, Path, str]:
    """A self-signed certificate for all hosts, valid 30 days: certificate file, key file, base64 SPKI hash."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "listing-worker sandbox")])
    now = datetime.now(UTC)
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in hosts]
    names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    certificate_file, key_file = folder / "sandbox.pem", folder / "sandbox.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    key_file.chmod(0o600)
    spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return certificate_file, key_file, base64.b64encode(sha256(spki).digest()).decode()


def bound_socket(port: int = 0) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    return listener


class _QuietServer(uvicorn.Server):
    """uvicorn without its signal handlers: the caller decides when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


async def serve(
    state_file: Path,
    *,
    https_port: int = 0,
    admin_port: int = 0,
    ready: Callable[[SandboxFile], Awaitable[None]] | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Serves until `stop` is set (or for ever); `state_file` describes the running sandbox and goes when it stops."""
    canary = f"canary-{secrets.token_hex(12)}"
    sites = {site.name: site for site in all_sites(canary)}
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
    web = _QuietServer(
        uvicorn.Config(HostSwitch(list(sites.values())), ssl_certfile=certificate, ssl_keyfile=key, **common)
    )
    admin = _QuietServer(uvicorn.Config(admin_application(sites, canary), **common))
    tasks = [
        asyncio.create_task(web.serve(sockets=[tls_socket])),
        asyncio.create_task(admin.serve(sockets=[admin_socket])),
    ]
    state_file.write_text(json.dumps(vars(description), indent=2))
    try:
        if ready is not None:
            await ready(description)
        await (stop.wait() if stop is not None else asyncio.Event().wait())
    finally:
        web.should_exit = admin.should_exit = True
        web.force_exit = admin.force_exit = True
        await asyncio.gather(*tasks, return_exceptions=True)
        state_file.unlink(missing_ok=True)
