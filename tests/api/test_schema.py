"""Generated requests over the whole OpenAPI document: no 5xx, no undocumented status, answers as described."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from listing_worker.utils import log
from tests.api.conftest import Api
from tests.api.test_ownership import things_of


@pytest.fixture
def own(make_api: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Api, dict[str, str]]:
    log.configure("WARNING", "json")  # a line for each of thousands of requests, kept by pytest, helps nobody
    api: Api = make_api(allow_private_webhooks=True)
    real = socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **options: Any) -> Any:
        if host in {"127.0.0.1", "localhost"}:
            return real(host, *rest, **options)
        raise socket.gaierror("no names are looked up here")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return api, things_of(api)


@pytest.mark.timeout(400)
def test_two_thousand_generated_requests_get_the_answers_that_are_described(own: tuple[Api, dict[str, str]]) -> None:
    from tests.api.generated import run_cases

    began = time.process_time()
    total, wrong = run_cases(*own, each=19)
    print(f"{total} generated cases, {(time.process_time() - began) / total * 1000:.1f} ms of a core for each")
    assert wrong == []
    assert total >= 2000


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_generated_requests_in_greater_number(own: tuple[Api, dict[str, str]]) -> None:
    from tests.api.generated import run_cases

    total, wrong = run_cases(*own, each=60)
    assert wrong == []
    assert total >= 5000
