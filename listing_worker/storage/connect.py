"""The stores that the settings ask for."""

from __future__ import annotations

from listing_worker.embedded.running import embedded_postgres_url
from listing_worker.errors import ConfigurationError
from listing_worker.settings import Settings
from listing_worker.storage.photos import FolderPhotos, PhotoStore
from listing_worker.storage.psycopg import PsycopgTransport
from listing_worker.storage.store import Store


def open_store(settings: Settings) -> Store:
    """The store: DATABASE_URL, else SUPABASE_URL with its key, else the private Postgres of this data directory.

    Starts nothing: a command that wants the private servers holds `embedded.system.servers(settings)` around its work.
    Nothing is connected yet either; the first call (or `ping`) is. Raises ConfigurationError.
    """
    if settings.database_url is not None:
        return Store(PsycopgTransport(settings.database_url.get_secret_value()))
    if settings.supabase_url is not None:
        if settings.supabase_service_role_key is None:
            raise ConfigurationError(
                "SUPABASE_URL is set, its key is not.",
                action="Set SUPABASE_SECRET_KEY (or SUPABASE_SERVICE_ROLE_KEY) to the project's secret key",
            )
        from listing_worker.storage.supabase import SupabaseTransport

        key = settings.supabase_service_role_key.get_secret_value()
        return Store(SupabaseTransport(settings.supabase_url, key))
    url = embedded_postgres_url(settings.data_dir)
    if url is None:
        raise ConfigurationError(
            f"No database is set, and the private one in {settings.data_dir} does not run.",
            action="Start it with `make up`, or set DATABASE_URL",
        )
    return Store(PsycopgTransport(url))


def open_photos(settings: Settings) -> PhotoStore:
    """The photos: the project's storage where Supabase is set with its key, else a folder in the data directory."""
    if settings.supabase_url is not None and settings.supabase_service_role_key is not None:
        from listing_worker.storage.supabase_photos import SupabasePhotos

        return SupabasePhotos(settings.supabase_url, settings.supabase_service_role_key.get_secret_value())
    return FolderPhotos(settings.data_dir / "photos")
