"""A Supabase-shaped server over a real Postgres: `/rest/v1/rpc/…` (restd.py), and the parts of Auth and Storage we use.

Auth: `/auth/v1/.well-known/jwks.json` and tokens signed by that key (ES256), as a signed-in user has them. Storage:
upload, download, remove and sign of objects; each call acts on rows of `storage.objects` under the caller's role, so
that the migrations' policies decide, and only the bytes lie in memory. Shapes follow the documented routes; the real
servers are not part of these tests.
"""

from __future__ import annotations

import json
import secrets
import time
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jwt
import psycopg
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from psycopg import sql
from python_multipart.multipart import MultipartParser, parse_options_header

from tests.storage import restd
from tests.storage.restd import SERVICE_KEY, RestServer

PUBLISHABLE_KEY = "sb_publishable_" + "p" * 30
_OBJECT = "/storage/v1/object/"

# What Supabase brings, as far as our migrations and this server touch it
STORAGE = """
create schema if not exists storage;
grant usage on schema storage to anon, authenticated, service_role;
create table if not exists storage.buckets (
  id text primary key, name text not null unique, public boolean default false, file_size_limit bigint,
  allowed_mime_types text[]);
create table if not exists storage.objects (
  id uuid primary key default gen_random_uuid(), name text,
  bucket_id text references storage.buckets (id) on update cascade,
  metadata jsonb, created_at timestamptz default now(), unique (bucket_id, name));
alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
grant all on storage.buckets, storage.objects to anon, authenticated, service_role;
create or replace function storage.foldername(name text) returns text[] language sql immutable as $f$
  select (string_to_array(name, '/'))[1:array_length(string_to_array(name, '/'), 1) - 1]
$f$;
"""


class SupabaseServer(RestServer):
    """Runs in a thread on a free port of loopback; use as a context manager."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url, _Handler)
        self._key = ec.generate_private_key(ec.SECP256R1())
        public = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        self._server.jwks = {"keys": [{**public, "kid": "k1", "alg": "ES256", "use": "sig"}]}  # type: ignore[attr-defined]
        self._server.bytes_of = {}  # type: ignore[attr-defined]
        self._server.public_key = self._key.public_key()  # type: ignore[attr-defined]
        self._server.links = {}  # type: ignore[attr-defined]

    def sign_in(self, user_id: str, seconds: int = 600) -> str:
        """A token as Supabase Auth gives a signed-in user of a project with asymmetric keys."""
        claims = {
            "sub": user_id, "role": "authenticated", "aud": "authenticated", "iss": f"{self.url}/auth/v1",
            "exp": int(time.time()) + seconds,
        }  # fmt: skip
        return jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": "k1"})


class _Handler(restd._Handler):
    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/auth/v1/.well-known/jwks.json":
            self._send(200, json.dumps(self.server.jwks).encode())  # type: ignore[attr-defined]
        elif path.startswith(f"{_OBJECT}sign/"):
            self._storage(self._open_link)
        else:
            self._storage(self._download)

    def do_POST(self) -> None:
        if not self.path.startswith("/storage/"):
            super().do_POST()
        elif self.path.startswith(f"{_OBJECT}sign/"):
            self._storage(self._sign)
        else:
            self._storage(self._upload)

    def do_DELETE(self) -> None:
        self._storage(self._remove)

    def _claims(self) -> dict[str, Any]:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token in {"", PUBLISHABLE_KEY} and self.headers.get("apikey") == PUBLISHABLE_KEY:
            return {"role": "anon"}
        if token.count(".") == 2 and jwt.get_unverified_header(token).get("alg") == "ES256":
            public_key = self.server.public_key  # type: ignore[attr-defined]
            return dict(jwt.decode(token, public_key, algorithms=["ES256"], audience="authenticated"))
        return super()._claims()

    # ---- storage

    def _storage(self, act: Any) -> None:
        try:
            status, content = act()
        except restd._Refusal as refusal:
            status = refusal.status
            content = json.dumps({
                "statusCode": str(refusal.body["code"]), "error": str(refusal.body["details"]),
                "message": refusal.body["message"],
            }).encode()  # fmt: skip
        self._send(status, content, "image/jpeg" if self.command == "GET" and status == 200 else "application/json")

    def _target(self, prefix: str = _OBJECT) -> tuple[str, str]:
        bucket, _, name = unquote(urlsplit(self.path).path).removeprefix(prefix).partition("/")
        return bucket, name

    def _as_caller(self, query: str, values: list[Any], claims: dict[str, Any]) -> list[Any]:
        with psycopg.connect(self.server.database_url, autocommit=True) as connection, connection.transaction():
            connection.execute(sql.SQL("set local role {}").format(sql.Identifier(claims["role"])))
            connection.execute("select set_config('request.jwt.claims', %s, true)", [json.dumps(claims)])
            try:
                return connection.execute(query.encode(), values).fetchall()
            except psycopg.errors.ForeignKeyViolation as error:
                raise restd._Refusal(400, "404", "Bucket not found", "Bucket not found") from error
            except psycopg.errors.InsufficientPrivilege as error:
                raise restd._Refusal(400, "403", str(error), "Unauthorized") from error

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _upload(self) -> tuple[int, bytes]:
        bucket, name = self._target()
        data = _file_of(self._body(), self.headers["Content-Type"])
        upsert = self.headers.get("x-upsert") == "true"
        query = "insert into storage.objects (bucket_id, name) values (%s, %s)"
        if upsert:
            query += " on conflict (bucket_id, name) do update set created_at = now()"
        self._as_caller(f"{query} returning 1", [bucket, name], self._claims())
        self.server.bytes_of[bucket, name] = data  # type: ignore[attr-defined]
        return 200, json.dumps({"Key": f"{bucket}/{name}", "Id": "x"}).encode()

    def _find(self, bucket: str, name: str, claims: dict[str, Any]) -> bytes:
        rows = self._as_caller(
            "select 1 from storage.objects where bucket_id = %s and name = %s", [bucket, name], claims
        )
        if not rows:
            raise restd._Refusal(400, "404", "Object not found", "not_found")
        return bytes(self.server.bytes_of[bucket, name])  # type: ignore[attr-defined]

    def _download(self) -> tuple[int, bytes]:
        return 200, self._find(*self._target(), self._claims())

    def _remove(self) -> tuple[int, bytes]:
        bucket, _ = self._target()
        names = json.loads(self._body())["prefixes"]
        rows = self._as_caller(
            "delete from storage.objects where bucket_id = %s and name = any(%s) returning name",
            [bucket, names],
            self._claims(),
        )
        return 200, json.dumps([{"name": row[0]} for row in rows]).encode()

    def _sign(self) -> tuple[int, bytes]:
        bucket, name = self._target(f"{_OBJECT}sign/")
        seconds = int(json.loads(self._body())["expiresIn"])
        self._find(bucket, name, self._claims())
        token = secrets.token_urlsafe(16)
        self.server.links[token] = (bucket, name, time.time() + seconds)  # type: ignore[attr-defined]
        return 200, json.dumps({"signedURL": f"/object/sign/{bucket}/{name}?token={token}"}).encode()

    def _open_link(self) -> tuple[int, bytes]:
        token = parse_qs(urlsplit(self.path).query).get("token", [""])[0]
        bucket, name, until = self.server.links.get(token, ("", "", 0.0))  # type: ignore[attr-defined]
        if self._target(f"{_OBJECT}sign/") != (bucket, name) or time.time() > until:
            raise restd._Refusal(400, "400", "jwt expired", "InvalidJWT")
        return 200, self._find(bucket, name, {"role": "service_role"})

    def _send(self, status: int, content: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _file_of(body: bytes, content_type: str) -> bytes:
    """The `file` part of a multipart body."""
    found, current = bytearray(), {"wanted": False, "header": b""}

    def header_name(data: bytes, start: int, end: int) -> None:
        current["header"] = data[start:end].lower()

    def header_value(data: bytes, start: int, end: int) -> None:
        if current["header"] == b"content-disposition":
            current["wanted"] = b"filename" in parse_options_header(data[start:end])[1]

    def part_data(data: bytes, start: int, end: int) -> None:
        if current["wanted"]:
            found.extend(data[start:end])

    parser = MultipartParser(
        parse_options_header(content_type)[1][b"boundary"],
        {"on_header_field": header_name, "on_header_value": header_value, "on_part_data": part_data},
    )
    parser.write(body)
    parser.finalize()
    return bytes(found)


__all__ = ["PUBLISHABLE_KEY", "SERVICE_KEY", "STORAGE", "SupabaseServer"]
