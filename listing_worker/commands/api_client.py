"""The commands' way to the API: where it is, who we are, and its errors as ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx

from listing_worker.errors import ConfigurationError, ListingWorkerError
from listing_worker.settings import Settings

TIMEOUT_SECONDS = 30.0


class ApiRefused(ListingWorkerError):
    """The API said no; `status` is HTTP's."""

    code = "api_refused"

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(str(error.get("message") or f"The API answered {status}."), field=error.get("field"))
        self.status = status


class ApiClient:
    """Asks the API at `api_url`, as the owner of this installation or by an API key."""

    def __init__(self, base_url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT_SECONDS,
            trust_env=False,
            transport=transport,
        )

    def __enter__(self) -> ApiClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        return self._ask("GET", path, params={name: value for name, value in query.items() if value is not None})

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        return self._ask("POST", path, **({"json": body} if body is not None else {}), **options)

    def put(self, path: str, body: Any) -> Any:
        return self._ask("PUT", path, json=body)

    def delete(self, path: str) -> Any:
        return self._ask("DELETE", path)

    def stream(self, path: str, timeout: float) -> Iterator[bytes]:
        """The answer's bytes as they come. Raises as the others."""
        try:
            with self._http.stream("GET", path, timeout=timeout) as answer:
                if not answer.is_success:
                    answer.read()
                    raise _refusal(answer)
                yield from answer.iter_bytes(256 * 1024)
        except httpx.TransportError as error:
            raise self._silent() from error

    def _silent(self) -> ConfigurationError:
        return ConfigurationError(
            f"The API at {self._http.base_url} does not answer.",
            action="Start it (listing-worker up), or set LISTING_WORKER_URL",
        )

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        """The JSON of the answer. Raises ApiRefused, or ConfigurationError if nobody answers."""
        try:
            answer = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise self._silent() from error
        if answer.is_success:
            return answer.json() if answer.content else None
        raise _refusal(answer)


def _refusal(answer: httpx.Response) -> ApiRefused:
    try:
        refusal = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        refusal = {}
    return ApiRefused(answer.status_code, refusal)


def open_client(settings: Settings) -> ApiClient:
    """By `LISTING_WORKER_URL` and `LISTING_WORKER_TOKEN`; without a token as the owner of this installation.
    Raises ConfigurationError where there is neither."""
    from listing_worker.api.owner import FILE_NAME, ensure_owner

    url = settings.listing_worker_url or settings.public_url or f"http://{settings.host}:{settings.port}"
    if settings.listing_worker_token is not None:
        return ApiClient(url, settings.listing_worker_token.get_secret_value())
    if not (settings.data_dir / FILE_NAME).is_file():
        raise ConfigurationError(
            "We do not know who you are here.", action="Set LISTING_WORKER_TOKEN to an API key (Activity, API keys)"
        )
    return ApiClient(url, ensure_owner(settings.data_dir).token(3600))
