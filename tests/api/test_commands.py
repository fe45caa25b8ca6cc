"""The commands and the assistants' tools against a running API."""

from __future__ import annotations

import asyncio
import json
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import jwt
import pytest
from click.testing import Result
from pydantic import SecretStr
from typer.testing import CliRunner

from listing_worker.api.owner import ensure_owner
from listing_worker.cli import app
from listing_worker.commands import selling
from listing_worker.commands.api_client import ApiClient, open_client
from listing_worker.commands.pack_extension import pack
from listing_worker.demo.extension import extension_source
from listing_worker.errors import ConfigurationError
from listing_worker.settings import Settings
from tests.api.conftest import Served
from tests.api.test_jobs import publish

Run = Callable[..., Result]
sign_in_command = sys.modules["listing_worker.commands.sign_in_link"]


@pytest.fixture
def run(served: Served, monkeypatch: pytest.MonkeyPatch) -> Run:
    key = served.api.client.post(
        "/api/keys",
        json={
            "name": "cli",
            "scopes": ["listings:read", "listings:write", "jobs:read", "jobs:write", "sessions:read"],
        },
    ).json()["key"]
    settings = Settings(_env_file=None, listing_worker_url=served.url, listing_worker_token=SecretStr(key))  # type: ignore[call-arg]
    monkeypatch.setattr(selling, "get_settings", lambda: settings)
    return lambda *arguments: CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def test_a_seller_imports_posts_and_looks(served: Served, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("title,description,price,condition,category\nCoat,Warm,80,good,Women > Jackets & Coats\n")
    assert run("listings", "import", str(file), "--dry-run").exit_code == 0
    assert "1 listings were imported" in run("listings", "import", str(file)).output
    file.write_text("title,description,price,condition,category\nCoat,Warm,no,good,Women\n")
    wrong = run("listings", "import", str(file))
    assert wrong.exit_code == 1 and "price" in wrong.output
    assert run("sessions").exit_code == 1
    served.api.sign_in()
    assert run("sessions").exit_code == 0
    listing = served.api.listing()
    posted = run("post", listing["id"], "--marketplace", "ebay", "--json")
    assert posted.exit_code == selling.PENDING
    job = json.loads(posted.output)
    publish(served.api, job["postings"][0]["id"])
    done = run("status", job["id"], "--wait", "5")
    assert done.exit_code == 0 and "https://www.ebay.com/itm/1234" in done.output
    assert job["id"] in run("jobs").output
    blocked = served.api.post(served.api.listing()["id"], "ebay")["jobId"]
    served.api.client.delete(f"/api/jobs/{blocked}")
    assert run("status", blocked).exit_code == selling.FAILED


def test_an_api_that_is_away_is_said_with_what_to_do(tmp_path: Path) -> None:
    with ApiClient("http://127.0.0.1:9", "x") as client, pytest.raises(ConfigurationError) as error:
        client.get("/api/jobs")
    assert "LISTING_WORKER_URL" in str(error.value.action)
    with pytest.raises(ConfigurationError):
        open_client(Settings(_env_file=None, data_dir=tmp_path / "nobody"))  # type: ignore[call-arg]


def test_an_assistant_drafts_and_publishes_only_when_told(served: Served) -> None:
    from listing_worker.commands import mcp_server  # slow to load, and every test process would pay for it

    served.api.sign_in("ebay")
    listing = served.api.listing()

    async def scenario(api: ApiClient) -> None:
        server = mcp_server.make_server(api)
        names = {tool.name for tool in await server.list_tools()}
        assert names == {"list_listings", "create_listing", "preflight", "post", "status", "retry"}

        async def use(tool: str, **arguments: Any) -> dict[str, Any]:
            found = await server.call_tool(tool, arguments)
            content: Any = getattr(found, "structured_content", None)
            if content is None:
                content = json.loads(found.content[0].text)
            document: dict[str, Any] = content.get("result", content)
            return document

        made = await use("create_listing", title="A", description="B", price="5", condition="good", category=["Women"])
        assert made["title"] == "A"
        refused = await use("create_listing", title="A", description="B", price="x", condition="good", category=["W"])
        assert refused["status"] == 422 and refused["field"] == "price"
        asked = await use("post", listing_id=listing["id"], marketplaces=["ebay"])
        assert asked["posted"] is False and served.api.client.get("/api/jobs").json()["jobs"] == []
        posted = await use("post", listing_id=listing["id"], marketplaces=["ebay"], confirm=True)
        assert (await use("status", job_id=posted["jobId"]))["postings"][0]["state"] == "queued"
        assert (await use("retry", job_id=posted["jobId"], marketplace="ebay"))["posted"] is False

    with ApiClient(served.url, served.api.owner.token()) as api:
        asyncio.run(scenario(api))


def test_the_store_s_package_is_reproducible_and_knows_no_local_address() -> None:
    first, second = (pack(extension_source(), ["https://app.seller.example"]) for _ in range(2))
    assert first == second
    archive = zipfile.ZipFile(BytesIO(first))
    manifest = json.loads(archive.read("manifest.json"))
    assert "key" not in manifest
    assert manifest["externally_connectable"]["matches"] == ["https://app.seller.example/*"]
    names = archive.namelist()
    assert "src/background.js" in names and not [n for n in names if "test" in n or n.endswith((".md", "package.json"))]
    assert "localhost" not in archive.read("manifest.json").decode()
    with pytest.raises(ConfigurationError):
        pack(extension_source(), ["http://localhost:8003"])


def test_the_owners_link_signs_in_and_is_not_made_where_sellers_sign_in_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def settings(**changes: Any) -> Settings:
        return Settings(_env_file=None, data_dir=tmp_path, public_url="https://sell.example/", **changes)  # type: ignore[call-arg]

    def ask(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["sign-in-link", *arguments], catch_exceptions=False)

    monkeypatch.setattr(sign_in_command, "get_settings", settings)
    address, _, token = ask("--connect").output.strip().partition("#token=")
    assert address == "https://sell.example/connect"
    owner = ensure_owner(tmp_path)
    key = jwt.PyJWKSet.from_dict(owner.jwks)[owner.key_id]
    claims = jwt.decode(token, key, algorithms=["ES256"], audience="authenticated")
    assert claims["sub"] == owner.user_id
    monkeypatch.setattr(sign_in_command, "get_settings", lambda: settings(supabase_url="https://x.supabase.co"))
    with pytest.raises(ConfigurationError, match="Supabase Auth"):
        ask()
