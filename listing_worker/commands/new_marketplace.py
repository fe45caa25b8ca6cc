"""`listing-worker new-marketplace`: a skeleton that runs, to be filled with the site's facts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def new_marketplace(
    name: Annotated[str, typer.Argument(help="How we call it: small letters, e.g. depop.")],
    display_name: Annotated[str, typer.Option(help="How people call it; without: the name, capitalised.")] = "",
    host: Annotated[str, typer.Option(help="Where it is; without: www.<name>.com.")] = "",
    root: Annotated[Path, typer.Option(help="The checkout.")] = Path(),
) -> None:
    """Write a new marketplace: recipe, vocabulary, agent, replica, cases, extension entry, and its list lines."""
    from listing_worker.scaffold.write import NewMarketplace, write_marketplace

    new = NewMarketplace(name, display_name or name.replace("_", " ").title(), host or f"www.{name}.com")
    console = Console(width=None if Console().is_terminal else 140)
    for path in write_marketplace(new, root):
        console.print(str(path), highlight=False)
    console.print("Next: pytest tests/agents/test_conformance.py names what is missing; docs/add-a-marketplace.md")
