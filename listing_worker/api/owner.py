"""The one owner of an embedded installation, and the key pair that signs the owner's tokens.

Tokens are ES256 JWTs with the claims that Supabase's have, checked by the same code against our own key set, which
`/.well-known/jwks.json` publishes. The file is readable by its owner only (mode 0600).
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from listing_worker.errors import ConfigurationError

ISSUER = "listing-worker"
AUDIENCE = "authenticated"
ROLE = "authenticated"
FILE_NAME = "owner.json"
TOKEN_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True)
class Owner:
    """Who owns this installation. `token()` signs the owner in; `jwks` is the public half of the key."""

    user_id: str
    key_id: str
    private_key: str = field(repr=False)  # PEM

    def token(self, seconds: float = TOKEN_SECONDS) -> str:
        """A signed token that is good for `seconds`."""
        now = int(time.time())
        claims = {
            "sub": self.user_id,
            "role": ROLE,
            "aud": AUDIENCE,
            "iss": ISSUER,
            "iat": now,
            "exp": now + int(seconds),
        }
        return jwt.encode(claims, self.private_key, algorithm="ES256", headers={"kid": self.key_id})

    @property
    def jwks(self) -> dict[str, Any]:
        """The JSON Web Key Set (RFC 7517) with our one public key."""
        private = serialization.load_pem_private_key(self.private_key.encode(), password=None)
        public = private.public_key()
        assert isinstance(public, ec.EllipticCurvePublicKey)
        document = ECAlgorithm.to_jwk(public, as_dict=True)
        return {"keys": [{**document, "kid": self.key_id, "alg": "ES256", "use": "sig"}]}


def ensure_owner(data_dir: Path) -> Owner:
    """The owner of `data_dir`, made on first use. Safe when several processes start at once.

    Raises ConfigurationError if the file is there and unreadable.
    """
    path = data_dir / FILE_NAME
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        _create(path)
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    try:
        document = json.loads(path.read_text())
        return Owner(document["user_id"], document["key_id"], document["private_key"])
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{path} is damaged: it should hold the owner's signing key.",
            action=f"Delete {path}; a new owner is made, who does not see the former one's listings.",
        ) from error


def _create(path: Path) -> None:
    """Writes a whole file beside `path`, then links it into place: the first process wins, none reads half a file."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    document = {"user_id": str(uuid4()), "key_id": uuid4().hex[:16], "private_key": pem}
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(document, file)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
