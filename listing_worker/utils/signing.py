"""The shape of a signing secret of Standard Webhooks: `whsec_` and base64 (fact: runtime-stack §7)."""

from __future__ import annotations

import base64
import binascii
import secrets

SECRET_PREFIX = "whsec_"  # noqa: S105 - a public prefix, no secret
SECRET_BYTES = range(24, 65)


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def is_signing_secret(secret: str) -> bool:
    try:
        length = len(base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True))
    except (binascii.Error, ValueError):
        return False
    return secret.startswith(SECRET_PREFIX) and length in SECRET_BYTES
