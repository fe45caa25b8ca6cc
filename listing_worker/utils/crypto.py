"""Sealing and opening sessions, and the signed list of keys that the extension trusts.

One format: HPKE (RFC 9180), base mode, X25519 / HKDF-SHA256 / AES-256-GCM. A sealed text is base64url without padding
of `enc(32) ‖ ciphertext ‖ tag(16)`. Whose session it is goes into `info`, so that a row moved to another user,
marketplace or key does not open. Anyone may seal with the public key; only the worker, which alone has
`SESSION_ENCRYPTION_KEY`, opens. Facts: extension-stack §3; the RFC's own vectors are in the tests, here and in the
extension.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from listing_worker.errors import ConfigurationError, SessionUnreadable
from listing_worker.models import Frozen

SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
SECRET_LENGTH: Final = 32  # characters at least: the public key is an offline oracle for guessing the secret
KEY_LIST_VERSION: Final = 1
PBKDF2_ROUNDS: Final = 600_000
_SALT: Final = b"listing-worker/session-keys/v1"
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*")
_OVERHEAD: Final = 32 + 16  # enc and tag


def encode(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Strict inverse of `encode`; `ValueError` for anything else, padding and line breaks included."""
    if not _BASE64URL.fullmatch(text):
        raise ValueError("not base64url without padding")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url without padding") from error
    if encode(data) != text:  # stray bits in the last character: two texts for the same bytes
        raise ValueError("not base64url without padding")
    return data


def fingerprint(public_key_b64: str) -> str:
    """A public key for human eyes: "ab12 cd34 …", the first 96 bits of its SHA-256. The popup shows the same."""
    digits = sha256(decode(public_key_b64)).hexdigest()[:24]
    return " ".join(digits[i : i + 4] for i in range(0, 24, 4))


def _info(user_id: str, marketplace: str, key_id: str) -> bytes:
    """The context a sealed text is bound to. A JSON array leaves no ambiguous joins; ids keep to characters for which
    `JSON.stringify` and `json.dumps` agree."""
    for name, value in (("user_id", user_id), ("marketplace", marketplace), ("key_id", key_id)):
        if not _ID.fullmatch(value):
            raise ValueError(f"{name} may only have letters, digits, '_' and '-' (1 to 128 of them)")
    parts = ["listing-worker-session", 1, user_id, marketplace, key_id]
    return json.dumps(parts, separators=(",", ":"), ensure_ascii=False).encode()


def seal(public_key_b64: str, plaintext: bytes, *, user_id: str, marketplace: str, key_id: str) -> str:
    """Seals for the holder of the secret. Webhook secrets use `marketplace="webhook"`.

    Raises ValueError for a malformed key or id. Sealing the same bytes twice gives different texts.
    """
    info = _info(user_id, marketplace, key_id)
    public_key = X25519PublicKey.from_public_bytes(decode(public_key_b64))
    return encode(SUITE.encrypt(plaintext, public_key, info=info))


class PublicKey(Frozen):
    """A key that seals. `key_id` follows from the key: base64url(sha256(public key)[:9])."""

    key_id: str
    public_key: str


class Endorsement(Frozen):
    """The same list signed by an older signer, so that an extension which pinned that one can move its pin."""

    signer: str
    signature: str


class KeyList(Frozen):
    """What the worker publishes and the extension trusts. `keys[0]` seals; the others still open.

    The signature is Ed25519 over `signed_bytes`. An extension pins `signer` at pairing; when the operator rotates the
    secret, the list carries an endorsement by each older signer, and the pin moves. API and extension handle this
    document as opaque JSON.
    """

    version: int = KEY_LIST_VERSION
    keys: tuple[PublicKey, ...]
    signer: str
    signature: str = ""
    endorsements: tuple[Endorsement, ...] = ()

    def signed_bytes(self) -> bytes:
        """Compact JSON of version, keys and signer, in this order; the extension builds the same bytes."""
        document = {
            "version": self.version,
            "keys": [{"key_id": key.key_id, "public_key": key.public_key} for key in self.keys],
            "signer": self.signer,
        }
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()

    def verify(self) -> None:
        """Raises ValueError unless the list is well formed, not empty, and signed by its signer, and each endorsement
        holds. Whether the signer is the right one is the reader's pin to decide."""
        if self.version != KEY_LIST_VERSION:
            raise ValueError(f"key list version {self.version} is not known")
        if not self.keys:
            raise ValueError("the key list is empty")
        for key in self.keys:
            if key.key_id != _key_id(decode(key.public_key)):
                raise ValueError("a key id does not follow from its key")
        message = self.signed_bytes()
        for signer, signature in [
            (self.signer, self.signature),
            *((e.signer, e.signature) for e in self.endorsements),
        ]:
            try:
                Ed25519PublicKey.from_public_bytes(decode(signer)).verify(decode(signature), message)
            except InvalidSignature as error:
                raise ValueError("the key list's signature does not fit") from error

    @property
    def fingerprint(self) -> str:
        """The signer for human eyes, as the extension's popup shows it before pairing."""
        return fingerprint(self.signer)


def _key_id(public_key: bytes) -> str:
    return encode(sha256(public_key).digest()[:9])


class _Key:
    """The two private keys that follow from one secret. About 0.1 s of PBKDF2 each, once per process."""

    def __init__(self, secret: str) -> None:
        master = PBKDF2HMAC(hashes.SHA256(), 32, _SALT, PBKDF2_ROUNDS).derive(secret.encode())
        self.open_key = X25519PrivateKey.from_private_bytes(HKDFExpand(hashes.SHA256(), 32, b"x25519").derive(master))
        self.sign_key = Ed25519PrivateKey.from_private_bytes(HKDFExpand(hashes.SHA256(), 32, b"ed25519").derive(master))
        public = self.open_key.public_key().public_bytes_raw()
        self.public = PublicKey(key_id=_key_id(public), public_key=encode(public))
        self.signer = encode(self.sign_key.public_key().public_bytes_raw())


class KeyRing:
    """The worker's keys, from `SESSION_ENCRYPTION_KEY`: "new,old,…"; the first seals, all open.

    Only the worker may have one: whoever holds it can open every session.
    """

    def __init__(self, secrets: str) -> None:
        """Raises ConfigurationError for a missing, repeated or short secret (under 32 characters)."""
        parts = [part.strip() for part in secrets.split(",") if part.strip()]
        make_one = (
            "Set SESSION_ENCRYPTION_KEY to the output of: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
        if not parts:
            raise ConfigurationError("SESSION_ENCRYPTION_KEY is empty.", action=make_one)
        if any(len(part) < SECRET_LENGTH for part in parts):
            raise ConfigurationError(
                f"Each secret in SESSION_ENCRYPTION_KEY needs at least {SECRET_LENGTH} characters.", action=make_one
            )
        if len(set(parts)) != len(parts):
            raise ConfigurationError("SESSION_ENCRYPTION_KEY names a secret twice.")
        self._keys = {key.public.key_id: key for key in map(_Key, parts)}
        self._first = next(iter(self._keys.values()))

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._keys)})"

    @property
    def first_key_id(self) -> str:
        """The id of the key that seals."""
        return self._first.public.key_id

    @property
    def first_public_key(self) -> str:
        return self._first.public.public_key

    @property
    def key_ids(self) -> tuple[str, ...]:
        """All keys that open, first the one that seals."""
        return tuple(self._keys)

    @property
    def signer_public(self) -> bytes:
        """The 32 raw bytes of the Ed25519 key that signs key lists."""
        return self._first.sign_key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """64 bytes of Ed25519 signature by the first key."""
        return self._first.sign_key.sign(message)

    def seal(self, plaintext: bytes, *, user_id: str, marketplace: str) -> tuple[str, str]:
        """Seals with our own first key: its id and the sealed text."""
        key_id = self.first_key_id
        return key_id, seal(self.first_public_key, plaintext, user_id=user_id, marketplace=marketplace, key_id=key_id)

    def open(self, *, user_id: str, marketplace: str, key_id: str, sealed: str) -> bytes:
        """The plaintext. Raises SessionUnreadable, which never tells more than that, for an unknown key, another
        context, a changed or truncated text."""
        key = self._keys.get(key_id)
        if key is None:
            raise SessionUnreadable(f"No key {key_id[:24]!r} in SESSION_ENCRYPTION_KEY.")
        try:
            data = decode(sealed)
            if len(data) < _OVERHEAD:
                raise ValueError("too short")
            return SUITE.decrypt(data, key.open_key, info=_info(user_id, marketplace, key_id))
        except (InvalidTag, ValueError) as error:
            raise SessionUnreadable(f"The sealed text for {marketplace[:40]} does not open.") from error

    def key_list(self) -> KeyList:
        """The signed list to publish (`store.publish_keys(ring.key_list().model_dump(mode="json"))`)."""
        unsigned = KeyList(keys=tuple(key.public for key in self._keys.values()), signer=self._first.signer)
        message = unsigned.signed_bytes()
        older = [key for key in self._keys.values() if key is not self._first]
        return unsigned.model_copy(
            update={
                "signature": encode(self.sign(message)),
                "endorsements": tuple(
                    Endorsement(signer=key.signer, signature=encode(key.sign_key.sign(message))) for key in older
                ),
            }
        )
