"""`listing-worker research LISTING`: what a model would say of an item, each statement with its source."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer
from rich.console import Console

from listing_worker.commands.api_client import open_client
from listing_worker.settings import get_settings


def research(
    listing: Annotated[str, typer.Argument(help="A listing's id.")],
    marketplace: Annotated[list[str] | None, typer.Option(help="Only these; repeat. Without: all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the API's answer as JSON.")] = False,
) -> None:
    """Suggest title, description and attributes, each from the seller's words or photos. Changes nothing.

    Needs OPENROUTER_API_KEY; without it nothing is asked of anybody. Ends with 1 if there is no model.
    """
    with open_client(get_settings()) as api:
        told = api.post(f"/api/listings/{listing}/research", {"marketplaces": marketplace or []})
    if as_json:
        print(json.dumps(told, indent=2, ensure_ascii=False))  # noqa: T201 - for a program
        raise typer.Exit(0 if told["available"] else 1)
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False, markup=False)
    if told["note"]:
        console.print(told["note"])
    for one in told["attributes"]:
        console.print(f"{one['name']:<12} {one['text']}  ({_source(one['source'])})")
    for one in told["contents"]:
        console.print(f"\n{one['marketplace']}\n  {one['title'] or '(no title: nothing that has a source)'}")
        for sentence in one["statements"]:
            console.print(f"  {sentence['text']}  ({_source(sentence['source'])})")
    if told["ask"]:
        console.print("\nTo be asked: " + "; ".join(told["ask"]))
    raise typer.Exit(0 if told["available"] else 1)


def _source(source: dict[str, object]) -> str:
    if source["kind"] == "words":
        return f"your words: {source['quote']!r}"
    return f"photo {source['photo']}" + (f", label: {source['quote']!r}" if source["kind"] == "label" else "")
