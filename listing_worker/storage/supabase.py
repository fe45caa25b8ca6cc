"""The Supabase transport: calls the same SQL functions by `rpc`, with the project's address and secret key.

Each call is one `POST /rest/v1/rpc/<function>` and one transaction; nothing else of PostgREST is used.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import httpx
from postgrest.exceptions import APIError

from listing_worker.errors import ConfigurationError
from listing_worker.storage.calls import REPEATABLE, error_for, undone
from listing_worker.storage.errors import StoreRefused, StoreUnavailable

if TYPE_CHECKING:
    from supabase import Client

TIMEOUT = httpx.Timeout(10, connect=5)


class SupabaseTransport:
    """Calls by supabase-py. Threads may share it; after a fork the child opens connections of its own."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._key = key
        self._client: tuple[int, httpx.Client, Client] | None = None
        self._connect()

    def call(self, function: str, parameters: Mapping[str, Any]) -> Any:
        arguments = {f"p_{name}": value for name, value in parameters.items()}
        repeatable = function in REPEATABLE
        for last in (False, True):
            try:
                return self._connect().rpc(function, arguments).execute().data
            except UnicodeEncodeError as error:  # half of a surrogate pair
                raise StoreRefused("invalid_value", "A text holds a character that cannot be stored.") from error
            except httpx.TransportError as error:
                # Without a connection nothing was sent, so that one may always be repeated.
                if not last and (repeatable or isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)):
                    continue
                raise StoreUnavailable(f"Supabase does not answer ({type(error).__name__}).") from error
            except APIError as error:
                if not last and undone(error.code):
                    continue
                raise error_for(error.code, error.message or "", error.details) from error
        raise AssertionError("unreachable")

    def ping(self) -> None:
        self.call("get_keys", {})

    def close(self) -> None:
        if self._client is not None and self._client[0] == os.getpid():
            self._client[1].close()
            self._client = None

    def _connect(self) -> Client:
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


_inherited: list[Any] = []  # clients of the process we were forked from: kept, so that nobody closes their sockets
