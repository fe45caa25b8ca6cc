"""Who may call: signed tokens of the right kind only, and devices that can do nothing but write."""

from __future__ import annotations

import hmac
import json
import stat
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from listing_worker.api.auth import make_verifier
from listing_worker.api.errors import ApiError
from listing_worker.api.owner import AUDIENCE, ISSUER, Owner, ensure_owner
from listing_worker.errors import ConfigurationError
from listing_worker.settings import Settings
from tests.api.auth_server import AuthServer
from tests.api.conftest import Api, MakeApi, embedded_only, error_of


def claims(owner: Owner, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    base = {"sub": owner.user_id, "role": "authenticated", "aud": AUDIENCE, "iss": ISSUER, "iat": now, "exp": now + 60}
    return {name: value for name, value in {**base, **changes}.items() if value is not None}


def signed(owner: Owner, key: Any = None, algorithm: str = "ES256", kid: str | None = None, **changes: Any) -> str:
    return jwt.encode(
        claims(owner, **changes), key or owner.private_key, algorithm, headers={"kid": kid or owner.key_id}
    )


def test_the_owner_s_token_signs_in(api: Api) -> None:
    assert api.as_user(api.owner.token()).get("/api/listings").status_code == 200


def test_without_a_token_the_answer_says_how_to_send_one(api: Api) -> None:
    answer = api.anonymous.get("/api/listings")
    error_of(answer, 401, "sign_in_needed")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_an_expired_token_is_told_so(api: Api) -> None:
    error_of(api.as_user(api.owner.token(seconds=-60)).get("/api/listings"), 401, "token_expired")


def test_a_token_for_something_else_is_refused(api: Api) -> None:
    for changes in (
        {"aud": "anon"},
        {"aud": None},
        {"iss": "https://elsewhere.example/auth/v1"},
        {"iss": None},
        {"role": "anon"},
        {"role": "service_role"},
        {"role": None},
        {"sub": None},
        {"sub": "not-a-user-id"},
        {"exp": None},
        {"nbf": 4_000_000_000},
    ):
        error_of(api.as_user(signed(api.owner, **changes)).get("/api/listings"), 401, "token_invalid")


def test_another_key_does_not_sign_in_even_under_our_key_s_name(api: Api) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    rsa_key = rsa.generate_private_key(65537, 2048)
    for token in (
        signed(api.owner, key=other),
        signed(api.owner, kid="another"),
        signed(api.owner, key=rsa_key, algorithm="RS256"),
    ):
        error_of(api.as_user(token).get("/api/listings"), 401, "token_invalid")


def test_no_public_key_ever_serves_as_an_hmac_secret(api: Api) -> None:
    """The classic confusion: HS256 with the published key as the secret, in every spelling of it."""
    public = load_pem_private_key(api.owner.private_key.encode(), None).public_key()
    jwk = api.owner.jwks["keys"][0]
    secrets = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        json.dumps(jwk).encode(),
        jwk["x"].encode(),
        b"",
    ]

    def part(data: dict[str, Any]) -> bytes:
        return urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=")

    for secret in secrets:
        message = part({"alg": "HS256", "typ": "JWT", "kid": api.owner.key_id}) + b"." + part(claims(api.owner))
        signature = urlsafe_b64encode(hmac.new(secret, message, sha256).digest()).rstrip(b"=")
        error_of(api.as_user((message + b"." + signature).decode()).get("/api/listings"), 401, "token_invalid")
    unsigned = part({"alg": "none", "typ": "JWT"}) + b"." + part(claims(api.owner)) + b"."
    error_of(api.as_user(unsigned.decode()).get("/api/listings"), 401, "token_invalid")


def test_nonsense_for_a_token_is_refused(api: Api) -> None:
    for token in ("x", "a.b.c", "lwd_short", "lwd_" + "A" * 43, "é" * 20, "a" * 5000):
        answer = api.anonymous.get("/api/listings", headers={"Authorization": f"Bearer {token}".encode()})
        error = error_of(answer, 401)
        assert token not in error["message"]


def test_other_schemes_are_no_sign_in(api: Api) -> None:
    error_of(api.anonymous.get("/api/listings", headers={"Authorization": "Basic b3duZXI6eA=="}), 401, "sign_in_needed")


def test_every_route_but_the_public_ones_needs_a_sign_in(api: Api) -> None:
    public = {
        ("GET", "/health"),
        ("GET", "/.well-known/jwks.json"),
        ("GET", "/api/extension/keys"),
        ("POST", "/api/extension/token"),  # the pairing code is the proof
        ("GET", "/metrics"),  # these two have a token of their own, and are not there without it
        ("GET", "/api/status"),
    }
    document = api.client.get("/openapi.json").json()
    tried = 0
    for path, methods in document["paths"].items():
        for method in methods:
            if (method.upper(), path) in public:
                continue
            address = path.replace("{", "").replace("}", "")
            error_of(api.anonymous.request(method, address, json={}), 401, "sign_in_needed")
            tried += 1
    assert tried > 30


def test_a_device_may_write_sessions_and_read_its_status_and_nothing_else(api: Api) -> None:
    device = api.as_user(api.device_token())
    allowed = {
        ("put", "/api/sessions/{marketplace}"),
        ("delete", "/api/sessions/{marketplace}"),
        ("post", "/api/sessions/sync"),
        ("get", "/api/extension/status"),
        ("get", "/api/extension/keys"),
        ("post", "/api/extension/token"),
        ("get", "/health"),
        ("get", "/.well-known/jwks.json"),
        ("get", "/metrics"),  # these two have a token of their own
        ("get", "/api/status"),
    }
    document = api.client.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method in methods:
            if (method, path) in allowed:
                continue
            error_of(
                device.request(method, path.replace("{", "").replace("}", ""), json={}), 403, "device_may_only_write"
            )
    assert device.put("/api/sessions/poshmark", json=api.sealed()).status_code == 200
    assert device.get("/api/extension/status").json()["user_id"] == api.owner.user_id
    assert device.delete("/api/sessions/poshmark").status_code == 204


# ---- Supabase -----------------------------------------------------------------------------------------------------


@pytest.fixture
def auth_server() -> Iterator[AuthServer]:
    server = AuthServer()
    yield server
    server.stop()


def test_supabase_s_users_sign_in_by_its_key_set(make_api: MakeApi, auth_server: AuthServer) -> None:
    api = make_api(supabase_url=auth_server.url + "/")
    for _ in range(3):
        assert api.as_user(auth_server.token()).get("/api/listings").status_code == 200
    assert auth_server.asked == 1
    error_of(api.as_user(auth_server.token(aud="anon")).get("/api/listings"), 401, "token_invalid")
    error_of(api.as_user(api.owner.token()).get("/api/listings"), 401, "token_invalid")


def test_a_paired_extension_is_told_the_project_if_its_publishable_key_is_set(
    make_api: MakeApi, auth_server: AuthServer
) -> None:
    for key, direct in (
        (None, None),
        ("sb_publishable_x", {"url": auth_server.url, "publishable_key": "sb_publishable_x"}),
    ):
        api = make_api(supabase_url=auth_server.url + "/", supabase_publishable_key=key)
        code = api.as_user(auth_server.token()).post("/api/extension/pairings").json()["code"]
        told = api.anonymous.post("/api/extension/token", json={"code": code, "device": "Chrome"}).json()
        assert told["direct"] == direct


def test_unknown_keys_do_not_make_us_ask_again_and_again(make_api: MakeApi, auth_server: AuthServer) -> None:
    api = make_api(supabase_url=auth_server.url)
    assert api.as_user(auth_server.token()).get("/api/listings").status_code == 200
    for _ in range(10):
        error_of(api.as_user(signed(api.owner, kid=uuid4().hex)).get("/api/listings"), 401)
    assert auth_server.asked <= 2


def test_a_key_set_that_cannot_be_fetched_is_our_trouble_not_the_user_s(
    make_api: MakeApi, auth_server: AuthServer
) -> None:
    api = make_api(supabase_url="http://127.0.0.1:9")
    answer = api.as_user(auth_server.token()).get("/api/listings")
    error_of(answer, 503, "sign_in_unavailable")
    assert answer.headers["retry-after"]


LEGACY = "a legacy jwt secret of forty characters!"


def test_hs256_is_taken_only_where_a_legacy_secret_is_configured(make_api: MakeApi, auth_server: AuthServer) -> None:
    body = {
        "sub": "11111111-2222-4333-8444-555555555555",
        "role": "authenticated",
        "aud": "authenticated",
        "iss": f"{auth_server.url}/auth/v1",
        "exp": int(time.time()) + 60,
    }
    token = jwt.encode(body, LEGACY, "HS256")
    without = make_api(supabase_url=auth_server.url)
    error_of(without.as_user(token).get("/api/listings"), 401, "token_invalid")
    legacy = make_api(supabase_url=auth_server.url, supabase_jwt_secret=LEGACY)
    assert legacy.as_user(token).get("/api/listings").status_code == 200
    wrong = jwt.encode(body, "another secret of at least thirty-two bytes", "HS256")
    error_of(legacy.as_user(wrong).get("/api/listings"), 401, "token_invalid")
    assert legacy.as_user(auth_server.token()).get("/api/listings").status_code == 200


def test_hs512_is_not_taken_even_with_the_legacy_secret(tmp_path: Path, auth_server: AuthServer) -> None:
    settings = Settings(_env_file=None, supabase_url=auth_server.url, supabase_jwt_secret=LEGACY)
    verifier = make_verifier(settings, None)
    with pytest.raises(ApiError) as refused:
        verifier.user_id(jwt.encode({"sub": str(uuid4())}, LEGACY * 2, "HS512"))
    assert refused.value.status_code == 401


# ---- the owner ----------------------------------------------------------------------------------------------------


def test_the_owner_is_made_once_and_kept_for_us_alone(tmp_path: Path) -> None:
    first, second = ensure_owner(tmp_path / "data"), ensure_owner(tmp_path / "data")
    assert first == second
    file = tmp_path / "data" / "owner.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert first.private_key not in repr(first)
    assert [path.name for path in file.parent.iterdir()] == ["owner.json"]


def test_an_owner_s_file_that_others_can_read_is_closed_again(tmp_path: Path) -> None:
    ensure_owner(tmp_path)
    (tmp_path / "owner.json").chmod(0o644)
    ensure_owner(tmp_path)
    assert stat.S_IMODE((tmp_path / "owner.json").stat().st_mode) == 0o600


def test_processes_that_start_together_agree_on_one_owner(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        owners = list(pool.map(ensure_owner, [tmp_path] * 16))
    assert len({owner.user_id for owner in owners}) == 1


def test_a_damaged_owner_s_file_is_an_operator_s_matter(tmp_path: Path) -> None:
    (tmp_path / "owner.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="damaged"):
        ensure_owner(tmp_path)


@embedded_only
def test_the_published_key_set_has_no_private_part(api: Api) -> None:
    keys = api.anonymous.get("/.well-known/jwks.json").json()["keys"]
    assert len(keys) == 1 and "d" not in keys[0] and keys[0]["kid"] == api.owner.key_id
