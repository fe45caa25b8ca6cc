"""Requests generated from the OpenAPI document, and what is asked of every answer.

Half of the cases name things that exist, so that they get past "not found"; the other half are as wild as they come.
Imported by the tests that use it alone: its library is the slowest of all to load, and every test process would pay.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import Api


@schemathesis.serializer("application/zip", "message/rfc822")
def _as_it_is(_: Any, value: Any) -> bytes:
    """Archives and mails are sent as they are; other bodies schemathesis can write by itself."""
    return value if isinstance(value, bytes) else str(value).encode()


CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ENDLESS = ("/api/jobs/{job_id}/events",)  # a stream of a job that has not ended


def run_cases(api: Api, things: dict[str, str], each: int) -> tuple[int, list[str]]:
    """`each` generated cases for every operation; how many there were, and what was wrong."""
    schema = schemathesis.openapi.from_dict(api.app.openapi())
    done: Counter[str] = Counter()
    wrong: list[str] = []
    # one client for all cases: each would start a thread of its own otherwise
    with asgi.get_client(api.app) as session:
        for found in schema.get_all_operations():
            operation = found.ok()
            if operation.path in ENDLESS:
                continue

            @settings(
                max_examples=each,
                deadline=None,
                database=None,
                derandomize=True,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy())
            def one(case: Any) -> None:
                name = case.operation.label
                done[name] += 1
                if done[name] % 2 and case.path_parameters:
                    case.path_parameters = {k: things.get(k, v) for k, v in dict(case.path_parameters).items()}
                response = case.call(session=session, headers={"Authorization": api.client.headers["authorization"]})
                try:
                    case.validate_response(response, checks=CHECKS)
                except BaseExceptionGroup as group:
                    wrong.append(f"{name} {response.status_code}: {group.exceptions[0]!s:.300}")
                except AssertionError as failure:
                    wrong.append(f"{name} {response.status_code}: {failure!s:.300}")

            one()
    return done.total(), wrong
