"""The seller's app, as far as the demo needs it: a receiver of webhooks that keeps what arrives, headers included."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Arrived:
    """One request as it came."""

    headers: dict[str, str]
    body: bytes


class Receiver:
    """Listens on a loopback port of its own while the `with` block runs."""

    def __init__(self) -> None:
        self.arrived: list[Arrived] = []
        self._some = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                self.send_response(204)
                self.end_headers()
                receiver._keep(Arrived({k.lower(): v for k, v in self.headers.items()}, body))

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/webhooks"

    def wait(self, seconds: float) -> Arrived | None:
        """The first arrival, waiting up to `seconds`; None if nothing came."""
        with self._some:
            self._some.wait_for(lambda: bool(self.arrived), timeout=seconds)
            return self.arrived[0] if self.arrived else None

    def _keep(self, arrived: Arrived) -> None:
        with self._some:
            self.arrived.append(arrived)
            self._some.notify_all()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
