"""The API as its own process: starts from the settings, answers, stops cleanly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_the_api_starts_from_the_environment_and_stops_in_order(
    database_url: str, redis_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "DATA_DIR": str(tmp_path / "data"),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PORT": "0",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN], env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        assert process.stdout is not None
        port = None
        for line in process.stdout:
            entry = json.loads(line)
            if entry["event"] == "The API answers.":
                port = entry["port"]
                break
        assert port
        health = httpx.get(f"http://127.0.0.1:{port}/health", timeout=20, trust_env=False).json()
        assert health["status"] == "healthy" and health["workers"] == "none"
        assert set(health["parts"]) == {"database", "queue"}
        refused = httpx.get(f"http://127.0.0.1:{port}/api/jobs", timeout=20, trust_env=False)
        assert refused.status_code == 401
        process.send_signal(number)
        rest, _ = process.communicate(timeout=30)
        assert process.returncode == 0, rest.decode()
        assert b"closed its connections" in rest and b"Traceback" not in rest
    finally:
        process.kill()
        process.wait()


_RUN = """
from listing_worker.api.serve import run_api
from listing_worker.settings import Settings
from listing_worker.utils import log
log.configure("INFO", "json")
run_api(Settings(_env_file=None))
log.get_logger("test").info("It closed its connections.")
"""
