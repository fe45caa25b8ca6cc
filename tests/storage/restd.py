"""A PostgREST-shaped server over a real Postgres, for `POST /rest/v1/rpc/<function>` only.

It does what PostgREST does around a call: takes the role from the key or token, sets role and claims in the
transaction, turns the JSON body into typed arguments in SQL, answers with JSON, and maps errors to status and body.
It is a test double: the real PostgREST is not part of these tests (fact: runtime-stack §4).
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self

import jwt
import psycopg
from psycopg import sql

SERVICE_KEY = "sb_secret_" + "t" * 30
_JWT_SECRET = "a secret that only this test double and its tests share"
_ROLES = {"anon", "authenticated", "service_role"}


class RestServer:
    """Runs in a thread on a free port of loopback; use as a context manager."""

    def __init__(self, database_url: str, handler: type[BaseHTTPRequestHandler] | None = None) -> None:
        self._server = _Server(database_url, handler or _Handler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, name="restd")
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @staticmethod
    def user_token(user_id: str, role: str = "authenticated") -> str:
        """A token as Supabase Auth gives a signed-in user."""
        claims = {"sub": user_id, "role": role, "aud": role, "exp": int(time.time()) + 600}
        return jwt.encode(claims, _JWT_SECRET, algorithm="HS256")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, database_url: str, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.database_url = database_url


class _Refusal(Exception):
    def __init__(self, status: int, code: str, message: str, details: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"code": code, "message": message, "details": details, "hint": None}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self._connection: psycopg.Connection[Any] | None = None  # one per client's connection

    def finish(self) -> None:
        super().finish()
        if self._connection is not None:
            self._connection.close()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            prefix = "/rest/v1/rpc/"
            if not self.path.startswith(prefix):
                raise _Refusal(404, "PGRST125", "Invalid path specified in request URL")
            claims = self._claims()
            status, answer = 200, self._call(self.path.removeprefix(prefix), json.loads(body or b"{}"), claims)
        except _Refusal as refusal:
            status, answer = refusal.status, json.dumps(refusal.body)
        content = answer.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _claims(self) -> dict[str, Any]:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token == SERVICE_KEY and self.headers.get("apikey") == SERVICE_KEY:
            return {"role": "service_role"}
        if not token:
            return {"role": "anon"}
        try:
            claims = jwt.decode(token, _JWT_SECRET, algorithms=["HS256"], options={"verify_aud": False})
        except jwt.PyJWTError as error:
            raise _Refusal(401, "PGRST301", str(error)) from error
        if claims.get("role") not in _ROLES:
            raise _Refusal(401, "PGRST302", "No such role")
        return dict(claims)

    def _call(self, function: str, arguments: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self.server.database_url, autocommit=True)
        connection = self._connection
        with connection.transaction():
            types = _argument_types(connection, function, frozenset(arguments))
            try:
                connection.execute(sql.SQL("set local role {}").format(sql.Identifier(claims["role"])))
                connection.execute("select set_config('request.jwt.claims', %s, true)", [json.dumps(claims)])
                row = connection.execute(_query(function, types), [json.dumps(arguments)] if types else []).fetchone()
            except psycopg.Error as error:
                diagnosis = error.diag
                status = _status(error.sqlstate or "", anonymous=claims["role"] == "anon")
                raise _Refusal(
                    status, error.sqlstate or "", diagnosis.message_primary or "", diagnosis.message_detail
                ) from error
        return "null" if row is None or row[0] is None else str(row[0])

    def log_message(self, format: str, *args: object) -> None:
        pass


def _argument_types(connection: psycopg.Connection[Any], function: str, given: frozenset[str]) -> dict[str, str]:
    """Names and types of the function that takes exactly these arguments, as PostgREST's schema cache knows it."""
    rows = connection.execute(
        "select coalesce(proargnames, '{}'), proargtypes::oid[]::regtype[]::text[] from pg_catalog.pg_proc"
        " where pronamespace = 'public'::regnamespace and proname = %s",
        [function],
    ).fetchall()
    for names, types in rows:
        if frozenset(names) == given:
            return dict(zip(names, types, strict=True))
    raise _Refusal(
        404,
        "PGRST202",
        f"Could not find the function public.{function}({', '.join(sorted(given))}) in the schema cache",
        f"Searched for the function public.{function}, but no matches were found in the schema cache.",
    )


def _query(function: str, types: Mapping[str, str]) -> sql.Composed:
    call = sql.Identifier("public", function)
    if not types:
        return sql.SQL("select to_jsonb({}())::text").format(call)
    arguments = sql.SQL(", ").join(sql.SQL("{0} => _.{0}").format(sql.Identifier(name)) for name in types)
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))  # type: ignore[arg-type]
        for name, kind in types.items()
    )
    return sql.SQL("select to_jsonb({}({}))::text from json_to_record(%s::json) as _({})").format(
        call, arguments, columns
    )


def _status(sqlstate: str, *, anonymous: bool) -> int:
    """PostgREST's table of SQLSTATE to HTTP status, as far as it matters here."""
    if sqlstate == "42501":
        return 401 if anonymous else 403
    if sqlstate in {"23503", "23505"}:
        return 409
    if sqlstate == "42883":
        return 404
    if sqlstate[:2] in {"08", "53", "57"}:
        return 503
    return 500 if sqlstate[:2] in {"40", "XX", "58"} else 400
