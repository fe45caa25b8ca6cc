"""Which store the settings ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from listing_worker.embedded.process import EmbeddedServer
from listing_worker.errors import ConfigurationError
from listing_worker.settings import Settings
from listing_worker.storage.connect import open_photos, open_store
from tests.storage.restd import SERVICE_KEY, RestServer


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "SUPABASE_URL", "NEXT_PUBLIC_SUPABASE_URL", "SUPABASE_SECRET_KEY",
                 "SUPABASE_SERVICE_ROLE_KEY"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **values)


@pytest.mark.usefixtures("clean")
def test_database_url_is_used_directly(database_url: str, tmp_path: Path) -> None:
    store = open_store(settings(database_url=database_url, supabase_url="http://127.0.0.1:9", data_dir=tmp_path))
    store.ping()
    store.close()


@pytest.mark.usefixtures("clean")
def test_supabase_url_and_key_go_over_http(database_url: str, tmp_path: Path) -> None:
    with RestServer(database_url) as server:
        store = open_store(settings(supabase_url=server.url, supabase_service_role_key=SERVICE_KEY, data_dir=tmp_path))
        store.ping()
        store.close()


@pytest.mark.usefixtures("clean")
def test_supabase_without_a_key_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as missing:
        open_store(settings(supabase_url="https://project.supabase.co", data_dir=tmp_path))
    assert "SUPABASE_SECRET_KEY" in str(missing.value.action)


@pytest.mark.usefixtures("clean")
def test_private_server_is_found_by_its_data_directory(postgres_server: EmbeddedServer, servers_folder: Path) -> None:
    store = open_store(settings(data_dir=servers_folder))
    store.ping()
    store.close()


@pytest.mark.usefixtures("clean")
def test_nothing_running_says_how_to_start_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as missing:
        open_store(settings(data_dir=tmp_path))
    assert "make up" in str(missing.value.action)
    assert list(tmp_path.iterdir()) == []


def test_photos_live_in_the_data_directory(tmp_path: Path) -> None:
    key = open_photos(settings(data_dir=tmp_path)).put("user", "p1", b"jpeg")
    assert (tmp_path / "photos" / key).read_bytes() == b"jpeg"
