"""A small Supabase Auth on loopback, and users that it has signed in: JWTs as a project's, ES256 by its key set."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import ECAlgorithm

from listing_worker.api.owner import AUDIENCE, ROLE, TOKEN_SECONDS, Owner

KEY_ID = "k1"


@dataclass(frozen=True)
class Member(Owner):
    """One of a project's users, with the tokens that the project would give them. Owns no installation."""

    issuer: str = ""

    def token(self, seconds: float = TOKEN_SECONDS) -> str:
        now = int(time.time())
        claims = {"sub": self.user_id, "role": ROLE, "aud": AUDIENCE, "iss": self.issuer, "iat": now}
        more = {"session_id": "s1", "email": "seller@example.org", "is_anonymous": False, "aal": "aal1"}
        return jwt.encode(
            {**claims, **more, "exp": now + int(seconds)}, self.private_key, "ES256", headers={"kid": self.key_id}
        )


class AuthServer:
    """A small Supabase Auth: it only publishes keys."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.asked = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                assert self.path == "/auth/v1/.well-known/jwks.json"
                jwk = ECAlgorithm.to_jwk(outer.key.public_key(), as_dict=True)
                body = json.dumps({"keys": [{**jwk, "kid": "k1", "alg": "ES256", "use": "sig"}]}).encode()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def token(self, **changes: Any) -> str:
        now = int(time.time())
        body = {
            "sub": "11111111-2222-4333-8444-555555555555",
            "role": "authenticated",
            "aud": "authenticated",
            "iss": f"{self.url}/auth/v1",
            "exp": now + 60,
        }
        return jwt.encode({**body, **changes}, self.key, "ES256", headers={"kid": "k1"})

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def member(self, user_id: str) -> Member:
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return Member(user_id, KEY_ID, pem, issuer=f"{self.url}/auth/v1")
