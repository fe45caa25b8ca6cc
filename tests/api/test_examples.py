"""The description of the API: every JSON body has an example that its schema allows, every refusal its code."""

from __future__ import annotations

from typing import Any

from jsonschema_rs import validator_for

from tests.api.conftest import Api


def test_every_body_has_an_example_that_its_schema_allows(api: Api) -> None:
    document: dict[str, Any] = api.anonymous.get("/openapi.json").json()
    shown = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            bodies = {"asked": operation.get("requestBody", {}), **operation["responses"]}
            for name, body in bodies.items():
                content = body.get("content", {}).get("application/json")
                if content is None or not content.get("schema"):
                    continue
                examples = [content["example"]] if "example" in content else list(content["examples"].values())
                schema = {**content["schema"], "components": document["components"]}
                wrong = [e.message for each in examples for e in validator_for(schema).iter_errors(each)]
                assert not wrong, (method, path, name, wrong)
                shown += 1
    assert shown > 500


def test_a_refusal_shows_a_code_of_its_own_status(api: Api) -> None:
    document = api.anonymous.get("/openapi.json").json()
    refusals = document["paths"]["/api/listings/post"]["post"]["responses"]
    for status in ("400", "401", "403", "404", "409", "412", "413", "415", "422", "429", "503"):
        error = refusals[status]["content"]["application/json"]["example"]["error"]
        assert error["code"] and error["message"][-1] in ".?"
