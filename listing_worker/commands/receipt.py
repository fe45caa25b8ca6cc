"""`listing-worker receipt verify FILE`: checks a receipt offline, without any service or secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

app = typer.Typer(help="Receipts of live postings.", no_args_is_help=True)


@app.callback()
def receipts() -> None:
    """Receipts of live postings."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A receipt as JSON, as the API gives it.", exists=True, dir_okay=False)],
    signer: Annotated[str | None, typer.Option(help="The worker's signing key that you expect.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the finding as JSON.")] = False,
) -> None:
    """Check that a receipt is unchanged and signed. Ends with 1 if it is not.

    Without --signer this shows that the receipt is whole, and by which key it is signed; whether that key is your
    worker's is for you to compare.
    """
    from listing_worker.utils.receipts import Receipt, ReceiptInvalid

    console = Console(width=None if Console().is_terminal else 140)
    why, receipt = "", None
    try:
        receipt = Receipt.model_validate(json.loads(file.read_text()))
        receipt.verify(signer)
    except (ValueError, ValidationError):
        why = "This is not a receipt."
    except ReceiptInvalid as error:
        why = error.message
    if as_json:
        found = {"valid": not why, "why": why or None, "receipt": receipt.model_dump(mode="json") if receipt else None}
        print(json.dumps(found, indent=2))  # noqa: T201 - for a program
    elif why or receipt is None:
        console.print(f"[red]Not valid.[/red] {why}")
    else:
        table = Table.grid(padding=(0, 2))
        for name, value in receipt.model_dump(mode="json", exclude={"version", "signature"}).items():
            table.add_row(name.replace("_", " "), str(value))
        console.print(table, highlight=False)
        console.print("[green]Valid:[/green] signed by this signer, and unchanged since.", highlight=False)
    raise typer.Exit(1 if why else 0)
