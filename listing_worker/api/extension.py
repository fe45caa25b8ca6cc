"""Pairing of the browser extension, and its devices.

A signed-in seller gets a one-time code; the extension trades it for a device token, once the seller has pressed Allow
there. The database knows hashes only (fact: extension-stack §5).
"""

from __future__ import annotations

import secrets
from typing import Any

from fastapi import APIRouter

from listing_worker.api import schemas, shapes
from listing_worker.api.auth import DEVICE_PREFIX, User, Writer, token_hash
from listing_worker.api.errors import ApiError, not_found
from listing_worker.api.params import known_id
from listing_worker.api.ports import Resources, Wired
from listing_worker.utils.crypto import seal

router = APIRouter(prefix="/api/extension", tags=["extension"])

PAIRING_SECONDS = 300


@router.post("/pairings", status_code=201)
def create_pairing(caller: User, wired: Wired) -> schemas.PairingOut:
    """A code that connects one extension, once, within five minutes."""
    code = secrets.token_urlsafe(16)
    expires_at = wired.store.create_pairing(caller.user_id, token_hash(code), PAIRING_SECONDS)
    return schemas.PairingOut(code=code, expires_at=expires_at)


@router.post("/token")
def redeem_pairing(pairing: schemas.PairingRedeemed, wired: Wired) -> schemas.DeviceToken:
    """Trades a code for a device token. Needs no sign-in: the code is the proof."""
    keys = published_keys(wired)
    token = DEVICE_PREFIX + secrets.token_urlsafe(32)
    device = wired.store.redeem_pairing(token_hash(pairing.code), token_hash(token), pairing.device or "Chrome")
    if device is None:
        raise ApiError(
            400, "pairing_invalid", "This code was used already, or is too old. Press Connect again.", field="code"
        )
    return schemas.DeviceToken(token=token, user_id=device["user_id"], keys=keys, direct=_project(wired))


@router.get("/keys")
def get_keys(wired: Wired) -> dict[str, Any]:
    """The worker's signed key list: public keys only, so anyone may read it."""
    return published_keys(wired)


@router.get("/status")
def get_status(caller: Writer, wired: Wired) -> schemas.ExtensionStatus:
    """What the extension shows: whose it is and how each session stands."""
    sessions = [shapes.session(row) for row in wired.store.list_sessions(caller.user_id)]
    return schemas.ExtensionStatus(user_id=caller.user_id, sessions=sessions)


@router.get("/devices")
def list_devices(caller: User, wired: Wired) -> schemas.DevicesOut:
    devices = wired.store.list_devices(caller.user_id)
    return schemas.DevicesOut(devices=[schemas.DeviceOut.model_validate(device) for device in devices])


@router.delete("/devices/{device_id}", status_code=204)
def revoke_device(device_id: str, caller: User, wired: Wired) -> None:
    """The device's token stops working at once."""
    if not wired.store.revoke_device(caller.user_id, known_id(device_id, "device")):
        raise not_found("device")


def _project(wired: Resources) -> schemas.DirectProject | None:
    url, key = wired.settings.supabase_url, wired.settings.supabase_publishable_key
    return schemas.DirectProject(url=url.rstrip("/"), publishable_key=key) if url and key else None


def published_keys(wired: Resources) -> dict[str, Any]:
    """The key list. Raises ApiError 503 before any worker has published one."""
    keys = wired.store.get_keys()
    if not keys or not keys.get("keys"):
        raise ApiError(
            503,
            "no_keys",
            "No worker has started yet, so there is no key to seal with. Start the worker and try again.",
            headers={"Retry-After": "5"},
        )
    return keys


def sealed_for_worker(wired: Resources, user_id: str, purpose: str, secret: str) -> tuple[str, str]:
    """A secret sealed for the worker, bound to the user and what it is for: key id and ciphertext."""
    key = published_keys(wired)["keys"][0]
    sealed = seal(key["public_key"], secret.encode(), user_id=user_id, marketplace=purpose, key_id=key["key_id"])
    return key["key_id"], sealed
