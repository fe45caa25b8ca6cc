"""One supabase-py client per process, made on first use: a fork gets connections of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import httpx

from listing_worker.errors import ConfigurationError

if TYPE_CHECKING:
    from supabase import Client

TIMEOUT = httpx.Timeout(10, connect=5)


class SupabaseProject:
    """A project by its address and secret key. Threads may share it."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._key = key
        self._client: tuple[int, httpx.Client, Client] | None = None

    def client(self) -> Client:
        """Raises ConfigurationError for an address or key that cannot be one."""
        if self._client is not None:
            if self._client[0] == os.getpid():
                return self._client[2]
            _inherited.append(self._client)  # the parent's: must be neither used nor closed here
        from supabase import ClientOptions, create_client  # 0.4 s that only this transport pays
        from supabase.client import SupabaseException

        http = httpx.Client(timeout=TIMEOUT, http2=True, follow_redirects=True)
        options = ClientOptions(auto_refresh_token=False, persist_session=False, httpx_client=http)
        try:
            client = create_client(self._url, self._key, options=options)
        except SupabaseException as error:
            http.close()
            raise ConfigurationError(
                f"Supabase: {error}.", action="Check SUPABASE_URL and SUPABASE_SECRET_KEY"
            ) from error
        self._client = (os.getpid(), http, client)
        return client

    def close(self) -> None:
        if self._client is not None and self._client[0] == os.getpid():
            self._client[1].close()
            self._client = None


_inherited: list[Any] = []  # clients of the process we were forked from: kept, so that nobody closes their sockets
