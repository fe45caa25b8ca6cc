"""Generated requests over the whole OpenAPI document: no 5xx, no undocumented status, answers as described."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from tests.api.conftest import Api
from tests.api.test_ownership import things_of


@pytest.fixture
def own(make_api: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Api, dict[str, str]]:
    api: Api = make_api(allow_private_webhooks=True)
    real = socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **options: Any) -> Any:
        if host in {"127.0.0.1", "localhost"}:
            return real(host, *rest, **options)
        raise socket.gaierror("no names are looked up here")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return api, things_of(api)


def test_generated_requests_get_the_answers_that_are_described(own: tuple[Api, dict[str, str]]) -> None:
    from tests.api.generated import run_cases

    total, wrong = run_cases(*own, each=1, step=3)
    assert wrong == []
    assert total >= 30


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_thousand_generated_requests(own: tuple[Api, dict[str, str]]) -> None:
    from tests.api.generated import run_cases

    total, wrong = run_cases(*own, each=30)
    assert wrong == []
    assert total >= 2000
