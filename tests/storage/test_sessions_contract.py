"""Sealed sessions, keys, pairing, devices: what every transport promises."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from listing_worker.storage import rows
from listing_worker.storage.errors import StoreRefused
from listing_worker.storage.store import Store
from tests.storage.conftest import Seller


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


def put(store: Store, user_id: str, sealed: str, captured_at: str, days: int = 7) -> rows.SessionRow:
    return store.put_session(user_id, "ebay", "key1", sealed, captured_at, days, "Mozilla/5.0")


def test_session_comes_back_sealed_to_the_worker_only(store: Store, seller: Seller) -> None:
    captured = ago(5)
    row = put(store, seller.id, "c2VhbGVk", captured)
    assert "sealed" not in row
    assert (row["marketplace"], row["key_id"], row["status"], row["account"]) == ("ebay", "key1", "unproven", None)
    assert datetime.fromisoformat(row["captured_at"]) == datetime.fromisoformat(captured)
    expires = datetime.fromisoformat(row["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < expires < timedelta(days=7, hours=1)
    assert store.get_session(seller.id, "ebay") == {**row, "sealed": "c2VhbGVk"}
    assert store.list_sessions(seller.id) == [row]
    assert store.get_session(str(uuid4()), "ebay") is None
    assert store.get_session(seller.id, "mercari") is None


def test_profile_id_is_stable_per_seller_and_marketplace(store: Store, seller: Seller) -> None:
    first = put(store, seller.id, "a", ago(9))["browser_profile_id"]
    assert first.startswith("bp_ebay_")
    assert len(first) == len("bp_ebay_") + 8
    assert put(store, seller.id, "b", ago(1))["browser_profile_id"] == first
    assert put(store, str(uuid4()), "a", ago(1))["browser_profile_id"] != first


def test_newest_capture_wins(store: Store, seller: Seller) -> None:
    put(store, seller.id, "new", ago(10))
    with pytest.raises(StoreRefused) as refused:
        put(store, seller.id, "old", ago(20))
    assert refused.value.code == "stale_session"
    stored = store.get_session(seller.id, "ebay")
    assert stored is not None
    assert stored["sealed"] == "new"
    assert put(store, seller.id, "newest", ago(1))["version"] > stored["version"]


def test_device_with_a_clock_ahead_does_not_shut_out_the_others(store: Store, seller: Seller) -> None:
    put(store, seller.id, "from the future", ago(-86_400))
    put(store, seller.id, "now", ago(0))


def test_capture_starts_unproven_again(store: Store, seller: Seller) -> None:
    row = put(store, seller.id, "a", ago(9))
    assert store.mark_session(seller.id, "ebay", row["version"], "active", "anna")
    [proven] = store.list_sessions(seller.id)
    assert (proven["status"], proven["account"], proven["proven_at"] is not None) == ("active", "anna", True)
    assert store.mark_session(seller.id, "ebay", row["version"], "signed_out", None)
    assert store.list_sessions(seller.id)[0]["account"] == "anna"
    again = put(store, seller.id, "b", ago(1))
    assert (again["status"], again["account"], again["proven_at"]) == ("unproven", None, None)
    with pytest.raises(StoreRefused):
        store.mark_session(seller.id, "ebay", again["version"], "whatever", None)


def test_what_an_old_attempt_says_does_not_touch_a_newer_session(store: Store, seller: Seller) -> None:
    old = put(store, seller.id, "a", ago(9))["version"]
    put(store, seller.id, "b", ago(1))
    assert not store.mark_session(seller.id, "ebay", old, "signed_out", None)
    assert not store.reseal_session(seller.id, "ebay", old, "key2", "refreshed")
    stored = store.get_session(seller.id, "ebay")
    assert stored is not None
    assert (stored["sealed"], stored["status"]) == ("b", "unproven")


def test_version_is_never_given_twice(store: Store, seller: Seller) -> None:
    """An attempt that opened a session since deleted must not write over the one connected afterwards."""
    old = put(store, seller.id, "a", ago(9))["version"]
    assert store.delete_session(seller.id, "ebay")
    assert not store.delete_session(seller.id, "ebay")
    put(store, seller.id, "b", ago(8))
    assert not store.reseal_session(seller.id, "ebay", old, "key1", "stolen place")


def test_reseal_keeps_what_is_known(store: Store, seller: Seller) -> None:
    row = put(store, seller.id, "a", ago(9))
    store.mark_session(seller.id, "ebay", row["version"], "active", "anna")
    assert store.reseal_session(seller.id, "ebay", row["version"], "key2", "again")
    stored = store.get_session(seller.id, "ebay")
    assert stored is not None
    assert (stored["sealed"], stored["key_id"], stored["status"]) == ("again", "key2", "active")
    assert stored["expires_at"] == row["expires_at"]


def test_expired_sessions_are_unreadable_and_purged(store: Store, seller: Seller) -> None:
    put(store, seller.id, "a", ago(9), days=0)
    store.put_session(seller.id, "mercari", "key1", "b", ago(9), 7)
    assert store.get_session(seller.id, "ebay") is None
    assert [row["marketplace"] for row in store.list_sessions(seller.id)] == ["mercari"]
    store.create_pairing(seller.id, "hash", 0)
    assert store.purge_expired() == {"sessions": 1, "pairings": 1}
    assert store.purge_expired() == {"sessions": 0, "pairings": 0}


def test_idempotency_keys_are_forgotten_after_a_week(execute: Callable[..., Any], store: Store, seller: Seller) -> None:
    listing = seller.listing()
    first = seller.post("ebay", listing=listing, idempotency_key="k")
    store.purge_expired()
    assert not seller.post("ebay", listing=listing, idempotency_key="k")["created"]
    execute("update public.jobs set created_at = created_at - interval '8 days' where id = %s", first["job"]["id"])
    store.purge_expired()
    assert seller.post("ebay", listing=listing, idempotency_key="k")["created"]


def test_key_list_is_replaced(store: Store) -> None:
    assert store.get_keys() is None
    store.publish_keys({"version": 1, "keys": [{"key_id": "a"}]})
    store.publish_keys({"version": 1, "keys": [{"key_id": "b"}, {"key_id": "a"}]})
    assert store.get_keys() == {"version": 1, "keys": [{"key_id": "b"}, {"key_id": "a"}]}


def test_pairing_code_works_once(store: Store, seller: Seller) -> None:
    expires = datetime.fromisoformat(store.create_pairing(seller.id, "code", 300))
    assert timedelta(seconds=240) < expires - datetime.now(UTC) < timedelta(seconds=360)
    with ThreadPoolExecutor(6) as pool:
        devices = list(pool.map(lambda n: store.redeem_pairing("code", f"token {n}", "Chrome"), range(6)))
    [device] = [device for device in devices if device is not None]
    assert (device["user_id"], device["name"]) == (seller.id, "Chrome")
    assert store.redeem_pairing("unknown", "t", "Chrome") is None
    store.create_pairing(seller.id, "late", 0)
    assert store.redeem_pairing("late", "t", "Chrome") is None


def paired(store: Store, user_id: str, token: str) -> rows.Device:
    store.create_pairing(user_id, f"code of {token}", 300)
    device = store.redeem_pairing(f"code of {token}", token, "C" * 200)
    assert device is not None
    return device


def test_device_is_found_by_its_token_until_revoked(store: Store, seller: Seller) -> None:
    device = paired(store, seller.id, "token")
    assert device["name"] == "C" * 80
    found = store.find_device("token")
    assert found is not None
    assert (found["id"], found["user_id"]) == (device["id"], seller.id)
    assert found["last_used_at"] > device["last_used_at"]
    assert [d["id"] for d in store.list_devices(seller.id)] == [device["id"]]
    assert not store.revoke_device(str(uuid4()), device["id"])
    assert store.revoke_device(seller.id, device["id"])
    assert not store.revoke_device(seller.id, device["id"])
    assert store.find_device("token") is None
    assert store.list_devices(seller.id) == []


def test_device_is_forgotten_after_90_days_unused(execute: Callable[..., Any], store: Store, seller: Seller) -> None:
    paired(store, seller.id, "token")
    execute("update public.devices set last_used_at = now() - interval '89 days'")
    assert store.find_device("token") is not None
    execute("update public.devices set last_used_at = now() - interval '91 days'")
    assert store.find_device("token") is None
