"""Asking a language model one question, with a strict schema for the answer: OpenRouter through the `openai` client.

A question costs at most two requests: one, and one more if the first was refused for a passing reason (429, 5xx,
silence) or its answer was not what was asked for. What was spent is counted whether or not it helped.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from listing_worker.errors import ModelUnavailable
from listing_worker.settings import Settings

REQUESTS: Final = 2
LONGEST_PAUSE: Final = 5.0  # seconds between the two
_PASSING: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})

Answer = TypeVar("Answer", bound=BaseModel)


@dataclass
class Spend:
    """What the model has cost so far. `cost_usd` counts only what the provider stated."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0

    def add(self, other: Spend) -> None:
        self.requests += other.requests
        self.input_tokens += other.input_tokens
        self.output_tokens += other.output_tokens
        self.cost_usd += other.cost_usd
        self.seconds += other.seconds


class AnswerRefused(ValueError):
    """An answer of the right shape that cannot be right: the text tells the model why, once."""


class Model:
    """One configured model. `spend` grows with every request made through it."""

    def __init__(
        self, *, base_url: str, api_key: str, name: str, seconds: float = 30, headers: Mapping[str, str] | None = None
    ) -> None:
        self.base_url, self.name, self.seconds = base_url, name, seconds
        self._api_key = api_key
        self._headers = dict(headers or {})
        self.spend = Spend()

    @classmethod
    def of(cls, settings: Settings) -> Model | None:
        """The model of the settings, or None: without a key nothing is ever asked."""
        if settings.openrouter_api_key is None:
            return None
        return cls(
            base_url=settings.openrouter_base_url,
            api_key=settings.openrouter_api_key.get_secret_value(),
            name=settings.openrouter_model,
            seconds=settings.model_seconds,
        )

    @property
    def api_key(self) -> str:
        return self._api_key

    async def ask(
        self,
        system: str,
        user: str | list[dict[str, Any]],
        answer: type[Answer],
        *,
        check: Callable[[Answer], None] | None = None,
        max_tokens: int = 2_000,
    ) -> Answer:
        """One question; `user` is text, or parts of which some are pictures. `check` may raise AnswerRefused.

        Raises ModelUnavailable, never anything of the client's.
        """
        from openai import AsyncOpenAI  # half a second to import; only who asks pays it

        messages: list[dict[str, Any]] = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        problem = ""
        async with AsyncOpenAI(
            base_url=self.base_url, api_key=self._api_key, max_retries=0, timeout=self.seconds
        ) as client:
            for request in range(REQUESTS):
                text, problem, pause = await self._once(client, messages, answer, max_tokens)
                if text is not None:
                    try:
                        parsed = answer.model_validate(json.loads(text))
                        if check is not None:
                            check(parsed)
                    except (ValidationError, json.JSONDecodeError, AnswerRefused) as error:
                        problem = f"the answer was refused: {_first_line(error)}"
                        messages += [
                            {"role": "assistant", "content": text[:2_000]},
                            {"role": "user", "content": f"That answer cannot be used: {_first_line(error)} Once more."},
                        ]
                    else:
                        return parsed
                if pause is None:
                    break
                if request + 1 < REQUESTS and pause:
                    await asyncio.sleep(min(pause, LONGEST_PAUSE))
        raise ModelUnavailable(f"The model {self.name} did not help: {problem}.")

    async def _once(
        self, client: Any, messages: list[dict[str, Any]], answer: type[BaseModel], max_tokens: int
    ) -> tuple[str | None, str, float | None]:
        """The answer's text, or None with the problem and the seconds until it makes sense to ask again (None:
        never)."""
        from openai import APIConnectionError, APIStatusError, APITimeoutError

        started = time.monotonic()
        try:
            async with asyncio.timeout(self.seconds):
                completion = await client.chat.completions.create(
                    model=self.name,
                    messages=messages,
                    temperature=0,
                    max_tokens=max_tokens,
                    response_format={"type": "json_schema", "json_schema": strict_schema(answer)},
                    extra_body={"usage": {"include": True}},
                )
        except (APITimeoutError, TimeoutError):
            return None, f"no answer within {self.seconds:g} s", 0.0
        except APIConnectionError:
            return None, "it could not be reached", 0.0
        except APIStatusError as error:
            again = _wait_of(error.response.headers) if error.status_code in _PASSING else None
            return None, f"HTTP {error.status_code}", again
        except ValueError as error:  # not JSON at all
            return None, f"an answer that is not one: {_first_line(error)}", 0.0
        finally:
            self.spend.requests += 1
            self.spend.seconds += time.monotonic() - started
        self._count(getattr(completion, "usage", None))
        choices = getattr(completion, "choices", None) or []
        content = choices[0].message.content if choices else None
        if not content:
            return None, "an empty answer", 0.0
        return content, "", 0.0

    def _count(self, usage: Any) -> None:
        if usage is None:
            return
        self.spend.input_tokens += getattr(usage, "prompt_tokens", 0) or 0
        self.spend.output_tokens += getattr(usage, "completion_tokens", 0) or 0
        cost = (getattr(usage, "model_extra", None) or {}).get("cost")
        self.spend.cost_usd += float(cost) if isinstance(cost, int | float) else 0.0


def strict_schema(answer: type[BaseModel]) -> dict[str, Any]:
    """A model class as the strict JSON schema that providers ask for: everything required, nothing else allowed."""
    schema = answer.model_json_schema()
    for part in [schema, *schema.get("$defs", {}).values()]:
        if part.get("type") == "object":
            part["additionalProperties"] = False
            part["required"] = list(part.get("properties", {}))
        for own in part.get("properties", {}).values():
            own.pop("default", None)
    return {"name": answer.__name__.lower(), "strict": True, "schema": schema}


def _wait_of(headers: Mapping[str, str]) -> float:
    try:
        return max(0.0, float(headers.get("retry-after", "1")))
    except ValueError:
        return 1.0


def _first_line(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"[:200]
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
