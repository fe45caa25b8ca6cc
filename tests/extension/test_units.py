"""The extension's own unit tests, run by node, and what must stay true of its files."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from listing_worker.api.extension_id import EXTENSION_ID

EXTENSION = Path(__file__).parents[2] / "extension"
MANIFEST = json.loads((EXTENSION / "manifest.json").read_text())


def test_the_units_pass_in_node() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: the extension's unit tests need it")
    done = subprocess.run([node, "--test", "test/"], cwd=EXTENSION, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"pass (\d+)", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= 50


def test_the_id_follows_from_the_manifests_key() -> None:
    digest = sha256(base64.b64decode(MANIFEST["key"])).hexdigest()[:32]
    assert "".join(chr(ord("a") + int(digit, 16)) for digit in digest) == EXTENSION_ID


def test_the_manifest_asks_for_no_more_than_it_needs() -> None:
    assert MANIFEST["permissions"] == ["cookies", "storage", "scripting", "alarms"]
    assert "host_permissions" not in MANIFEST
    assert "content_scripts" not in MANIFEST
    assert all(host.startswith("*://*.") for host in MANIFEST["optional_host_permissions"])
    assert int(MANIFEST["minimum_chrome_version"]) >= 137  # X25519 and Ed25519 in WebCrypto


def test_no_code_comes_from_elsewhere_and_no_private_key_is_here() -> None:
    for file in [*EXTENSION.glob("src/*"), *EXTENSION.glob("marketplaces/*"), EXTENSION / "manifest.json"]:
        text = file.read_text()
        assert not re.search(r"\beval\(|new Function|importScripts|<script[^>]+https?:|innerHTML", text), file.name
        assert "PRIVATE KEY" not in text
        for imported in re.findall(r"^import .* from '([^']+)'", text, re.M):
            assert imported.startswith("."), file.name
