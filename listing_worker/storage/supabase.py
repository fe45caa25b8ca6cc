"""The Supabase transport: calls the same SQL functions by `rpc`, with the project's address and secret key.

Each call is one `POST /rest/v1/rpc/<function>` and one transaction; nothing else of PostgREST is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
from postgrest.exceptions import APIError

from listing_worker.storage.calls import REPEATABLE, error_for, undone
from listing_worker.storage.errors import StoreRefused, StoreUnavailable
from listing_worker.storage.supabase_client import SupabaseProject


class SupabaseTransport:
    """Calls by supabase-py. Threads may share it; after a fork the child opens connections of its own."""

    def __init__(self, url: str, key: str) -> None:
        self._project = SupabaseProject(url, key)
        self._project.client()

    def call(self, function: str, parameters: Mapping[str, Any]) -> Any:
        arguments = {f"p_{name}": value for name, value in parameters.items()}
        repeatable = function in REPEATABLE
        for last in (False, True):
            try:
                return self._project.client().rpc(function, arguments).execute().data
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
        self._project.close()
