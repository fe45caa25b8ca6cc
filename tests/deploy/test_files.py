"""The deployment files say what they should: linted, within the platforms' limits, and with no secret where it must
not be.

No Docker engine and no platform is asked: Dockerfile rules are hadolint's, checked by hand; the platforms' files are
held against the field names and types that their published schemas have.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from listing_worker.orchestration.worker import DRAIN_SECONDS
from listing_worker.settings import Settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
RENDER: dict[str, Any] = yaml.safe_load((ROOT / "render.yaml").read_text())
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
RAILWAY = {name: json.loads((ROOT / name).read_text()) for name in ("railway.json", "deploy/railway-api.json")}
KUBERNETES = [
    document
    for file in sorted((ROOT / "deploy/kubernetes").glob("*.yaml"))
    for document in yaml.safe_load_all(file.read_text())
]
SECRET = "SESSION_ENCRYPTION_KEY"


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in order, continuation lines joined, comments left out."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE, flags=re.MULTILINE)
    joined = re.sub(r"\\\n\s*", " ", text)
    found = []
    for line in joined.splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            found.append((word, rest.strip()))
    return found


def render_service(name: str) -> dict[str, Any]:
    return next(service for service in RENDER["services"] if service["name"] == name)


def variables(service: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: each for each in service["envVars"]}


# ---- the image


def test_the_dockerfile_keeps_the_usual_rules() -> None:
    words = [word for word, _ in instructions()]
    assert set(words) <= {
        "FROM", "ENV", "RUN", "WORKDIR", "COPY", "SHELL", "USER", "EXPOSE", "ENTRYPOINT", "CMD", "HEALTHCHECK",
    }  # fmt: skip
    for word, rest in instructions():
        if word == "FROM":
            assert re.fullmatch(r"\S+:[\w.-]+( AS \w+)?", rest), rest  # DL3006/DL3007: a tag, and not latest
            assert ":latest" not in rest
        if word == "WORKDIR":
            assert rest.startswith("/")  # DL3000
        if word in {"CMD", "ENTRYPOINT"}:
            assert json.loads(rest)  # DL3025: JSON notation
        if word == "RUN" and "apt-get install" in rest:  # DL3009, DL3014, DL3015
            assert "--yes" in rest
            assert "--no-install-recommends" in rest
            assert "rm -rf /var/lib/apt/lists/*" in rest
            assert rest.index("apt-get update") < rest.index("apt-get install")
        assert not (word == "RUN" and re.search(r"\bsudo\b|\bcd /", rest))  # DL3004, DL3003


def test_the_image_runs_as_nobody_special_under_tini_and_reports_its_health() -> None:
    last = dict(instructions())
    assert last["USER"] not in {"root", "0"}
    assert json.loads(last["ENTRYPOINT"])[0] == "tini"
    assert json.loads(last["CMD"]) == ["listing-worker", "worker"]
    assert json.loads(last["HEALTHCHECK"].partition("CMD ")[2]) == ["listing-worker", "health"]
    words = [word for word, _ in instructions()]
    assert words.index("USER") < words.index("ENTRYPOINT")
    packages = next(rest for word, rest in instructions() if word == "RUN" and "chromium" in rest)
    for needed in ("chromium", "fonts-liberation", "fonts-noto-color-emoji", "tini", "tzdata", "ca-certificates"):
        assert f" {needed} " in packages


def test_the_build_sees_only_what_it_needs() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    let_in = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        source
        for word, rest in instructions()
        if word == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    }
    assert copied == let_in
    assert all((ROOT / name).exists() for name in let_in)


def test_no_secret_is_written_into_any_file() -> None:
    for path in ("Dockerfile", "render.yaml", "docker-compose.yml", "railway.json", "deploy/railway-api.json"):
        text = (ROOT / path).read_text()
        assert not re.search(r"(KEY|SECRET|PASSWORD|TOKEN)\s*[=:]\s*[\"']?[A-Za-z0-9+/_-]{16,}", text), path


# ---- Railway


@pytest.mark.parametrize("name", RAILWAY)
def test_railway_files_have_the_types_that_its_parser_takes(name: str) -> None:
    file = RAILWAY[name]
    assert set(file) == {"$schema", "build", "deploy"}
    assert file["$schema"] == "https://railway.com/railway.schema.json"
    assert file["build"] == {"builder": "DOCKERFILE", "dockerfilePath": "Dockerfile"}
    kinds = {
        "startCommand": str, "preDeployCommand": list, "healthcheckPath": str, "healthcheckTimeout": int,
        "restartPolicyType": str, "overlapSeconds": int, "drainingSeconds": int,
    }  # fmt: skip
    for key, value in file["deploy"].items():
        assert type(value) is kinds[key], key  # fact: runtime-stack §12, a string breaks the deployment
    assert file["deploy"]["preDeployCommand"] == ["listing-worker migrate"]
    # Railway's start command replaces the image's entry point
    assert file["deploy"]["startCommand"].startswith("tini -- listing-worker ")


# ---- Render


def test_render_has_api_worker_and_a_redis_that_keeps_work() -> None:
    assert {(service["type"], service["name"]) for service in RENDER["services"]} == {
        ("keyvalue", "listing-worker-redis"), ("web", "listing-worker-api"), ("worker", "listing-worker"),
    }  # fmt: skip
    redis = render_service("listing-worker-redis")
    assert redis["maxmemoryPolicy"] == "noeviction"
    assert redis["ipAllowList"] == []
    for name in ("listing-worker-api", "listing-worker"):
        service = render_service(name)
        assert service["runtime"] == "docker"
        assert service["preDeployCommand"] == "listing-worker migrate"
        assert 1 <= service["maxShutdownDelaySeconds"] <= 300
        assert variables(service)["REDIS_URL"]["fromService"]["property"] == "connectionString"
    assert render_service("listing-worker-api")["healthCheckPath"] == "/health"


# ---- everywhere


def test_only_the_worker_gets_the_session_key() -> None:
    assert SECRET in variables(render_service("listing-worker"))
    assert SECRET not in variables(render_service("listing-worker-api"))
    assert SECRET in COMPOSE["services"]["worker"]["environment"]
    assert all(
        SECRET not in service.get("environment", {})
        for name, service in COMPOSE["services"].items()
        if name != "worker"
    )


def test_platforms_wait_until_a_worker_has_drained() -> None:
    limits = [
        RAILWAY["railway.json"]["deploy"]["drainingSeconds"],
        render_service("listing-worker")["maxShutdownDelaySeconds"],
        int(COMPOSE["services"]["worker"]["stop_grace_period"].removesuffix("s")),
        *(
            document["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
            for document in KUBERNETES
            if document["kind"] == "Deployment" and document["metadata"]["name"] == "listing-worker"
        ),
    ]
    assert len(limits) == 4
    assert min(limits) >= DRAIN_SECONDS + 5


def test_compose_migrates_before_anything_starts_and_keeps_redis_safe() -> None:
    services = COMPOSE["services"]
    for name in ("api", "worker"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert "noeviction" in services["redis"]["command"]
    volumes = {entry.partition(":")[0] for service in services.values() for entry in service.get("volumes", [])}
    assert volumes == set(COMPOSE["volumes"])


def test_kubernetes_scales_on_the_queue_that_the_worker_reads() -> None:
    kinds = [document["kind"] for document in KUBERNETES]
    assert kinds.count("Deployment") == 2
    (scaled,) = [document for document in KUBERNETES if document["kind"] == "ScaledObject"]
    (trigger,) = scaled["spec"]["triggers"]
    from rq import Queue

    from listing_worker.orchestration.queue import QUEUE_NAME

    assert trigger["metadata"]["listName"] == Queue.redis_queue_namespace_prefix + QUEUE_NAME
    names = {document["metadata"]["name"] for document in KUBERNETES if document["kind"] == "Deployment"}
    assert scaled["spec"]["scaleTargetRef"]["name"] in names
    for document in KUBERNETES:
        if document["kind"] == "Deployment":
            assert document["spec"]["selector"]["matchLabels"] == document["spec"]["template"]["metadata"]["labels"]
            assert document["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"] is True


def every_command() -> set[tuple[str, ...]]:
    """All commands of ours in all files."""
    found = [shlex.split(file["deploy"]["startCommand"]) for file in RAILWAY.values()]
    found += [shlex.split(command) for file in RAILWAY.values() for command in file["deploy"]["preDeployCommand"]]
    for service in RENDER["services"]:
        found += [shlex.split(service[key]) for key in ("dockerCommand", "preDeployCommand") if key in service]
    found += [service["command"] for service in COMPOSE["services"].values() if "build" in service]
    for document in KUBERNETES:
        for container in document["spec"].get("template", {}).get("spec", {}).get("containers", []):
            found.append(container["args"])
    return {tuple(each[each.index("listing-worker") :]) for each in found}


def test_the_files_use_three_commands_of_one_image() -> None:
    assert every_command() == {("listing-worker", name) for name in ("worker", "api", "migrate")}


def test_every_variable_is_explained_in_the_guide_or_in_the_example() -> None:
    guide, example = (ROOT / "docs/deploy.md").read_text(), (ROOT / ".env.example").read_text()
    explained = set(re.findall(r"^#([A-Z][A-Z0-9_]+)=.*#", example, re.MULTILINE))
    for name, setting in Settings.model_fields.items():
        aliases = getattr(setting.validation_alias, "choices", None) or [name.upper()]
        assert any(f"`{alias}`" in guide or alias in explained for alias in aliases), aliases


def test_the_guide_explains_no_variable_that_nobody_reads() -> None:
    table = (ROOT / "docs/deploy.md").read_text().partition("## Variables")[2]
    named = {name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    known = {name.upper() for name in Settings.model_fields} | {"FORWARDED_ALLOW_IPS"}
    assert named
    assert named <= known
