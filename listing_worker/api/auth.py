"""Who is calling: a seller with a signed token, or one of their devices with a write-only one.

User tokens are JWTs verified against a JWKS: Supabase's, or our own in embedded mode, by the same code. Device tokens
("lwd_" + 43 characters, made at pairing) are looked up by their SHA-256; a device may store and delete sessions and
read its status, and nothing else. The web app's pages carry the same user token in a cookie that scripts cannot read;
a write that comes with the cookie must prove that a page of ours sent it (`csrf_token`).
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Any, Protocol
from uuid import UUID

import jwt
from fastapi import Depends, Request, WebSocket
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from listing_worker.api import owner as owner_module
from listing_worker.api.errors import ApiError
from listing_worker.api.known_tokens import KnownTokens
from listing_worker.api.owner import Owner
from listing_worker.api.scopes import needed
from listing_worker.settings import Settings

DEVICE_PREFIX = "lwd_"
KEY_PREFIX = "lwk_"
SESSION_COOKIE = "lw_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_DEVICE_TOKEN = re.compile(r"lwd_[A-Za-z0-9_-]{43}")
_API_KEY = re.compile(r"lwk_[A-Za-z0-9_-]{43}")
_ASYMMETRIC = ("ES256", "RS256")
_LEEWAY_SECONDS = 10

_bearer = HTTPBearer(
    auto_error=False, description="A user's JWT, an API key, or a device token for the routes that say so."
)


class KeySet(Protocol):
    """Finds the public key that a token says it is signed with."""

    def get_signing_key_from_jwt(self, token: str) -> jwt.PyJWK:
        """Raises jwt.PyJWTError."""


class OwnKeySet:
    """A key set that needs no network: the embedded owner's."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._keys = jwt.PyJWKSet.from_dict(document)

    def get_signing_key_from_jwt(self, token: str) -> jwt.PyJWK:
        key_id = jwt.get_unverified_header(token).get("kid")
        for key in self._keys.keys:
            if key.key_id == key_id:
                return key
        raise jwt.PyJWKClientError("no such key")


@dataclass(frozen=True)
class Verifier:
    """Checks user tokens. HS256 is refused unless a legacy secret is configured.

    The algorithm is chosen from our own short list before a key is looked up, so a public key can never serve as an
    HMAC secret (fact: runtime-stack §4).
    """

    keys: KeySet
    issuer: str
    audience: str = "authenticated"
    legacy_secret: str | None = None
    known: KnownTokens = field(default_factory=KnownTokens, compare=False)

    def user_id(self, token: str) -> str:
        """The user's id. Raises ApiError 401, or 503 when the key set cannot be fetched."""
        known = self.known.user_id(token)
        if known is not None:
            return known
        try:
            claims = self._claims(token)
        except jwt.PyJWKClientConnectionError as error:
            raise ApiError(
                503, "sign_in_unavailable", "We cannot check sign-ins just now; try again shortly.",
                headers={"Retry-After": "5"},
            ) from error  # fmt: skip
        except jwt.ExpiredSignatureError as error:
            raise unauthorized("token_expired", "Your sign-in has expired. Sign in again.") from error
        except jwt.PyJWTError as error:
            raise unauthorized("token_invalid", "This sign-in is not valid here. Sign in again.") from error
        if claims["role"] != owner_module.ROLE:
            raise unauthorized("token_invalid", "This token is not a seller's. Sign in again.")
        self.known.keep(token, str(claims["sub"]), float(claims["exp"]))
        return str(claims["sub"])

    def _claims(self, token: str) -> dict[str, Any]:
        algorithm = jwt.get_unverified_header(token).get("alg")
        key: Any
        if algorithm in _ASYMMETRIC:
            found = self.keys.get_signing_key_from_jwt(token)
            if found.algorithm_name != algorithm:
                raise jwt.InvalidKeyError("the key is for another algorithm")
            key = found.key
        elif algorithm == "HS256" and self.legacy_secret:
            key = self.legacy_secret
        else:
            raise jwt.InvalidAlgorithmError("not an algorithm we take")
        claims = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=self.audience,
            issuer=self.issuer,
            leeway=_LEEWAY_SECONDS,
            options={"require": ["exp", "sub", "role", "aud", "iss"]},
        )
        try:
            UUID(claims["sub"])
        except (ValueError, TypeError, AttributeError) as error:
            raise jwt.InvalidTokenError("the subject is no user id") from error
        return claims


def make_verifier(settings: Settings, owner: Owner | None) -> Verifier:
    """Supabase's key set when Supabase is configured, else the owner's."""
    if settings.supabase_url:
        issuer = f"{settings.supabase_url.rstrip('/')}/auth/v1"
        secret = settings.supabase_jwt_secret
        return Verifier(
            keys=jwt.PyJWKClient(f"{issuer}/.well-known/jwks.json", lifespan=600, timeout=5),
            issuer=issuer,
            legacy_secret=secret.get_secret_value() if secret else None,
        )
    assert owner is not None, "without Supabase there is an owner"
    return Verifier(keys=OwnKeySet(owner.jwks), issuer=owner_module.ISSUER)


@dataclass(frozen=True)
class Caller:
    """Who is calling; `device_id` is set when one of the user's devices does, `key_id` when one of their API keys."""

    user_id: str
    device_id: str | None = None
    key_id: str | None = None


def unauthorized(code: str, message: str) -> ApiError:
    return ApiError(401, code, message, headers={"WWW-Authenticate": "Bearer"})


def token_hash(token: str) -> str:
    """How the database knows a device token or pairing code."""
    return sha256(token.encode()).hexdigest()


def session_cookie(request: HTTPConnection) -> str | None:
    """The user token that a page's cookie carries."""
    return request.cookies.get(SESSION_COOKIE) or None


def csrf_token(session: str) -> str:
    """What a page of this sign-in sends with every write: made from the cookie, which no other site can read."""
    return hmac.new(session.encode(), b"listing-worker csrf", sha256).hexdigest()


def check_csrf(request: Request, given: str | None = None) -> None:
    """Raises ApiError 403 unless the write carries this sign-in's token, in the header or as `given`."""
    refuse_foreign_origin(request)
    given = given or request.headers.get(CSRF_HEADER)
    if not given or not hmac.compare_digest(given.encode(), csrf_token(session_cookie(request) or "").encode()):
        raise ApiError(403, "csrf", "This page was open too long. Reload it and press again.")


def refuse_foreign_origin(request: HTTPConnection) -> None:
    """Raises ApiError 403 for a write that a page of another site sends."""
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
        raise ApiError(403, "foreign_origin", "This was sent from another site.")


def _from_cookie(request: Request) -> Caller:
    """A page's own call, with the cookie and, for a write, the page's token."""
    session = session_cookie(request)
    if session is None:
        raise unauthorized("sign_in_needed", "Sign in first: send your token as 'Authorization: Bearer …'.")
    caller = Caller(request.app.state.resources.verifier.user_id(session))
    if request.method not in SAFE_METHODS:
        check_csrf(request)
    return caller


def identify(request: Request) -> Caller:
    """Who sends this request. Raises ApiError 401, 403 for a key without the scope, 429."""
    token = bearer_token(request)
    caller = _from_token(request, token, request.method) if token else _from_cookie(request)
    request.state.user_id = caller.user_id
    limiter = request.app.state.resources.limiter
    if limiter is not None:
        limiter.check("caller", caller.key_id or caller.user_id)
    return caller


def identify_socket(socket: WebSocket, token: str | None) -> Caller:
    """Who opens this WebSocket: by a token, or by the cookie of a page of ours (browsers send it to any site's page).

    Raises ApiError as `identify` does.
    """
    if token:
        caller = _from_token(socket, token, "GET")
    else:
        refuse_foreign_origin(socket)
        session = session_cookie(socket)
        if session is None or socket.headers.get("origin") is None:
            raise unauthorized("sign_in_needed", "Sign in first: send your token as 'Authorization: Bearer …'.")
        caller = Caller(socket.app.state.resources.verifier.user_id(session))
    if caller.device_id is not None:
        raise ApiError(403, "device_may_only_write", "A device may store and delete sessions, and nothing else.")
    limiter = socket.app.state.resources.limiter
    if limiter is not None:
        limiter.check("caller", caller.key_id or caller.user_id)
    return caller


def bearer_token(request: HTTPConnection) -> str | None:
    """The token of the Authorization header."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _from_token(request: HTTPConnection, token: str, method: str) -> Caller:
    resources = request.app.state.resources
    if token.startswith(DEVICE_PREFIX):
        device = resources.store.find_device(token_hash(token)) if _DEVICE_TOKEN.fullmatch(token) else None
        if device is None:
            raise unauthorized("device_unknown", "This device is not connected any more. Connect the extension again.")
        return Caller(device["user_id"], device["id"])
    if token.startswith(KEY_PREFIX):
        key = resources.store.find_api_key(token_hash(token)) if _API_KEY.fullmatch(token) else None
        if key is None:
            raise unauthorized("key_unknown", "This API key is not valid any more. Make a new one.")
        scope = needed(method, request.url.path)
        if scope is None:
            raise ApiError(403, "key_may_not", "API keys may not do this: sign in yourself.")
        if scope not in key["scopes"]:
            raise ApiError(403, "scope_missing", f"This API key lacks the scope {scope.value}.")
        return Caller(key["user_id"], key_id=key["id"])
    return Caller(resources.verifier.user_id(token))


async def known_caller(request: Request) -> Caller | None:
    """The caller, if their token was checked a moment ago. Raises ApiError 429."""
    resources = request.app.state.resources
    token = bearer_token(request)
    user_id = resources.verifier.known.user_id(token) if token else None
    if user_id is None:
        return None
    request.state.user_id = user_id
    if resources.limiter is not None:
        await resources.limiter.admit("caller", user_id)
    return Caller(user_id)


async def writer(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Caller:
    """A user, one of their devices or one of their keys."""
    known: Caller | None = getattr(request.state, "caller", None) or await known_caller(request)
    caller: Caller = known if known is not None else await run_in_threadpool(identify, request)
    request.state.caller = caller
    return caller


async def user(caller: Annotated[Caller, Depends(writer)]) -> Caller:
    """A user in person: devices are refused."""
    if caller.device_id is not None:
        raise ApiError(403, "device_may_only_write", "A device may store and delete sessions, and nothing else.")
    return caller


Writer = Annotated[Caller, Depends(writer)]
User = Annotated[Caller, Depends(user)]
