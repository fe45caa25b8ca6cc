"""`listing-worker heal` on a database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from listing_worker.storage.store import Store

TARGET = {"candidates": [{"by": "label", "value": "Item name"}]}


def heal(database_url: str, redis_url: str, tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url, "DATA_DIR": str(tmp_path)}
    return subprocess.run(
        [sys.executable, "-m", "listing_worker", "heal", *words],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_learned_locators_are_listed_exported_and_refused(
    store: Store, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    row = store.learn_locator(
        "ebay", "v1", "title", intent="the title", target=TARGET, value_template="{value}", tier="T2", evidence={}
    )
    listed = heal(database_url, redis_url, tmp_path, "list", "--json")
    assert [one["id"] for one in json.loads(listed.stdout)] == [row["id"]]
    assert "Item name" in heal(database_url, redis_url, tmp_path, "list").stdout
    assert 'title = at(label("Item name"))' in heal(database_url, redis_url, tmp_path, "export", "ebay").stdout
    assert "refused" in heal(database_url, redis_url, tmp_path, "refuse", row["id"][:8]).stdout
    assert store.list_locators()[0]["state"] == "refused"
    unknown = heal(database_url, redis_url, tmp_path, "refuse", "zzz")
    assert unknown.returncode == 1
    assert "heal list" in unknown.stderr
