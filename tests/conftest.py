"""Shared fixtures, one file per topic under `fixtures/`."""

from __future__ import annotations

pytest_plugins = [
    "tests.fixtures.servers",
    "tests.fixtures.sandbox",
    "tests.fixtures.chromium",
    "tests.fixtures.model_server",
    "tests.fixtures.told",
    "tests.fixtures.order",
]
