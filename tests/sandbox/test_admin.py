"""The sandbox's admin port, and how the sandbox starts and stops."""

from __future__ import annotations

import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from listing_worker.sandbox.registry import SITES
from listing_worker.sandbox.server import SandboxFile
from tests.fixtures.sandbox import RunningSandbox


def test_health_names_the_sites(clean_sandbox: RunningSandbox) -> None:
    answer = clean_sandbox.admin.get("/health").json()
    assert answer["ok"] is True
    assert set(answer["sites"]) <= set(SITES)


def test_every_site_has_the_demo_account_and_its_hosts_in_the_file(clean_sandbox: RunningSandbox) -> None:
    for site in clean_sandbox.admin.get("/sites").json():
        assert {a["username"]: a["password"] for a in site["accounts"]} == {"seller@example.com": "sandbox-password"}
        assert set(site["hosts"]) <= set(clean_sandbox.file.hosts)
        assert not any(site["faults"].values())


def test_switches_are_set_by_name_and_forgotten_by_reset(clean_sandbox: RunningSandbox) -> None:
    assert clean_sandbox.set_faults("poshmark", slow=1, signed_out=True)["slow"] == 1.0
    clean_sandbox.reset("poshmark")
    assert not any(clean_sandbox.admin.get("/faults/poshmark").json().values())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"unheard_of": True}, "unknown switch 'unheard_of'"),
        ({"signed_out": 1}, "takes a bool"),
        ({"photo_error": True}, "takes a int"),
        (["signed_out"], "has no attribute"),
    ],
)
def test_a_wrong_switch_is_refused_with_a_sentence(clean_sandbox: RunningSandbox, body: object, said: str) -> None:
    answer = clean_sandbox.admin.put("/faults/poshmark", json=body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/received?site=x"), ("GET", "/faults/x"), ("PUT", "/accounts/x"), ("POST", "/reset?site=x")],
)
def test_an_unknown_site_is_not_found(clean_sandbox: RunningSandbox, method: str, path: str) -> None:
    answer = clean_sandbox.admin.request(method, path, json={})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_an_account_can_be_added(clean_sandbox: RunningSandbox) -> None:
    account = {"username": "two@example.com", "password": "p", "handle": "two"}
    assert clean_sandbox.admin.put("/accounts/poshmark", json=account).json()["handle"] == "two"
    assert clean_sandbox.admin.put("/accounts/poshmark", json={"username": "x"}).status_code == 400


def test_the_page_shows_sites_switches_and_a_command(clean_sandbox: RunningSandbox) -> None:
    page = clean_sandbox.admin.get("/").text
    assert 'data-switch="publish_lost"' in page
    assert "--host-resolver-rules=MAP poshmark.com:443" in page


def test_received_is_json_of_all_sites_or_of_one(clean_sandbox: RunningSandbox) -> None:
    everything = clean_sandbox.admin.get("/received").json()
    assert everything["poshmark"]["listings"] == []
    assert clean_sandbox.received("poshmark")["publish_requests"] == 0


def test_an_unknown_host_is_no_replica(sandbox: RunningSandbox) -> None:
    trust = ssl.create_default_context(cafile=sandbox.file.certificate)
    with httpx.Client(verify=trust, trust_env=False) as client:
        answer = client.get(f"https://127.0.0.1:{sandbox.file.https_port}/")
    assert answer.status_code == 421


def started(tmp_path: Path) -> tuple[subprocess.Popen[str], SandboxFile]:
    state = tmp_path / "with space" / "sandbox.json"
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "listing_worker.sandbox", "--only=poshmark", f"--state-file={state}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert re.match(r"Sandbox: http://127\.0\.0\.1:\d+", process.stdout.readline())
    return process, SandboxFile.read(state)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_it_quickly_and_silently_even_with_open_connections(tmp_path: Path, number: int) -> None:
    process, description = started(tmp_path)
    try:
        trust = ssl.create_default_context(cafile=description.certificate)
        with httpx.Client(base_url=description.admin_url, trust_env=False) as admin:
            admin.put("/faults/poshmark", json={"slow": 60}).raise_for_status()
            plain = socket.create_connection(("127.0.0.1", description.https_port))
            with trust.wrap_socket(plain, server_hostname="poshmark.com") as waiting:
                waiting.sendall(b"GET /login HTTP/1.1\r\nHost: poshmark.com\r\n\r\n")
                while not admin.get("/received?site=poshmark").json()["requests"]:
                    time.sleep(0.02)
                begun = time.monotonic()
                process.send_signal(number)
                _, errors = process.communicate(timeout=10)
        assert process.returncode == 0
        assert errors == ""
        assert time.monotonic() - begun < 2
        assert not (tmp_path / "with space" / "sandbox.json").exists()
    finally:
        process.kill()
        process.communicate()


def test_a_taken_port_is_said_and_exits_1(tmp_path: Path, sandbox: RunningSandbox) -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "listing_worker.sandbox",
            "--only=poshmark",
            f"--https-port={sandbox.file.https_port}",
            f"--state-file={tmp_path / 'sandbox.json'}",
        ],
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert run.returncode == 1
    assert "could not start" in run.stderr


def test_the_state_file_reads_back_as_written(sandbox: RunningSandbox) -> None:
    assert SandboxFile.read(sandbox.path) == sandbox.file
    assert json.loads(sandbox.path.read_text())["pid"] == sandbox.file.pid
