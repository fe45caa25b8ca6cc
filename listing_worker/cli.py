"""The commands, thin: each says what it does and calls the room that does it. No command at all starts the worker."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from listing_worker.commands import (
    archive,
    bridge,
    bulk,
    dead_letters,
    doctor,
    fill,
    heal,
    inventory,
    operations,
    pack_extension,
    receipt,
    recording,
    selling,
)
from listing_worker.commands.listen import listen
from listing_worker.commands.new_marketplace import new_marketplace
from listing_worker.commands.preflight import preflight
from listing_worker.commands.research import research
from listing_worker.commands.sign_in_link import sign_in_link
from listing_worker.errors import ListingWorkerError
from listing_worker.settings import Settings, get_settings
from listing_worker.utils import log

app = typer.Typer(
    name="listing-worker",
    help="Posts a listing to every marketplace, at most once. Without a command: starts the worker.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
)
keys_app = typer.Typer(help="The worker's keys.", no_args_is_help=True)
app.add_typer(keys_app, name="keys")
app.command("preflight")(preflight)
app.command("research")(research)
app.command("new-marketplace")(new_marketplace)
app.add_typer(doctor.app)
app.add_typer(fill.app)
app.add_typer(heal.app, name="heal")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(receipt.app, name="receipt")
app.add_typer(recording.app)
app.add_typer(operations.app, name="posting")
app.add_typer(inventory.app, name="inventory")
app.add_typer(archive.archive_app, name="archive")
app.add_typer(bulk.app, name="bulk")
app.add_typer(bridge.app, name="bridge")
app.command("sync")(bulk.sync)
app.command("drift")(bulk.drift)
app.command("dry-run")(operations.dry_run)
app.command("listen")(listen)
app.command("sign-in-link")(sign_in_link)
console = Console(width=None if sys.stdout.isatty() else 140)


@app.callback(invoke_without_command=True)
def default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        worker()


@app.command()
def worker() -> None:
    """Start the worker: takes postings from the queue and publishes them."""
    settings = get_settings()
    log.configure(settings.log_level)
    from listing_worker.embedded.system import servers, session_secret
    from listing_worker.orchestration.worker import Supervisor
    from listing_worker.utils.crypto import KeyRing

    ring = KeyRing(session_secret(settings))
    with servers(settings) as ready:
        Supervisor(ready, ring).run()


@app.command()
def api() -> None:
    """Start the API."""
    settings = get_settings()
    log.configure(settings.log_level)
    from listing_worker.api.serve import run_api
    from listing_worker.embedded.system import servers

    with servers(settings) as ready:
        run_api(ready)


@app.command()
def up(
    sandbox: Annotated[bool, typer.Option(help="Serve the sandbox as the marketplaces.")] = True,
) -> None:
    """Start everything on this machine (Redis, Postgres, sandbox, API, worker) until Ctrl-C."""
    from listing_worker.demo.explore import explore

    explore(get_settings(), console, sandbox=sandbox)


@app.command()
def demo(
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Run the main job against the sandbox: sign in, sync, post to all, prove it."""
    from listing_worker.demo.run import run_demo

    raise typer.Exit(run_demo(get_settings(), console, as_json=as_json))


@app.command()
def sandbox(
    state_file: Annotated[Path, typer.Option(help="Where to describe the running sandbox.")] = Path(
        ".run/sandbox.json"
    ),
    https_port: Annotated[int, typer.Option(help="0 picks a free one.")] = 0,
    admin_port: Annotated[int, typer.Option(help="0 picks a free one.")] = 0,
    scenario: Annotated[str, typer.Option(help="A scenario's file, or the name of a ready-made one.")] = "",
) -> None:
    """Serve the replica marketplaces until Ctrl-C."""
    from listing_worker.sandbox.__main__ import main as serve

    arguments = ["--state-file", str(state_file), "--https-port", str(https_port), "--admin-port", str(admin_port)]
    arguments += ["--scenario", scenario] if scenario else []
    raise typer.Exit(serve(arguments))


@app.command()
def migrate(
    as_sql: Annotated[bool, typer.Option("--sql", help="Print all of it instead, for Supabase's SQL editor.")] = False,
) -> None:
    """Apply what is missing of migrations/ to DATABASE_URL (or to the private database).

    With only a Supabase project's key, which cannot change its schema: check that nothing is missing.
    """
    settings = get_settings()
    from listing_worker.checks.database import require_schema
    from listing_worker.embedded.system import servers
    from listing_worker.storage.migrate import migrate as apply
    from listing_worker.storage.migrate import migrations_as_sql

    if as_sql:
        print(migrations_as_sql())  # noqa: T201 - meant for another program
        return
    with servers(settings) as ready:
        if ready.database_url is None:
            require_schema(ready)
            console.print("The project has everything this version needs.")
            return
        applied = apply(ready.database_url.get_secret_value())
    console.print(f"Applied: {', '.join(applied)}" if applied else "Nothing to do: the database is up to date.")


@app.command("install-browser")
def install_browser() -> None:
    """Find a Chromium, or install one, and print where it is."""
    from listing_worker.agents.browsers.chromium import find_chromium, install_chromium
    from listing_worker.errors import ConfigurationError

    settings = get_settings()
    try:
        found = find_chromium(settings)
    except ConfigurationError:
        console.print("No Chromium found; installing one.")
        found = install_chromium()
    console.print(str(found), highlight=False, soft_wrap=True)


@keys_app.command("new")
def new_key() -> None:
    """Print a new value for SESSION_ENCRYPTION_KEY."""
    print(secrets.token_urlsafe(32))  # noqa: T201 - meant for a shell


@keys_app.command("show")
def show_keys(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Show the signer's fingerprint (as the extension shows it when pairing) and the ids of all keys."""
    from listing_worker.embedded.system import session_secret
    from listing_worker.utils.crypto import KeyRing

    key_list = KeyRing(session_secret(get_settings())).key_list()
    if as_json:
        print(key_list.model_dump_json(indent=2))  # noqa: T201 - meant for a program
        return
    console.print(f"Signer  {key_list.fingerprint}", highlight=False)
    for key in key_list.keys:
        console.print(f"Key     {key.key_id}", highlight=False)


@app.command("env", hidden=True)
def show_settings() -> None:
    """Print the settings in force, secrets hidden."""
    print(json.dumps(get_settings().model_dump(mode="json"), indent=2, default=str))  # noqa: T201


for _command in (selling.post, selling.status, selling.jobs, selling.sessions):
    app.command()(_command)
app.command("pack-extension")(pack_extension.pack_extension)
app.add_typer(selling.listings_app, name="listings")


@app.command()
def mcp() -> None:
    """Serve the API's tools to an assistant, over standard input and output."""
    from listing_worker.commands.mcp_server import serve

    serve(get_settings())


@contextmanager
def readable_errors() -> Iterator[None]:
    """Our own errors as one sentence and what to do; anything else as it is."""
    try:
        yield
    except ListingWorkerError as error:
        Console(stderr=True).print(f"[red]{error.message}[/red]", highlight=False)
        if error.action:
            Console(stderr=True).print(error.action, highlight=False)
        raise SystemExit(1) from None


def follow_parent() -> None:
    """A part of a running system ends with the process that started it, however that ended."""
    from listing_worker.embedded.system import PARENT_VARIABLE
    from listing_worker.utils.processes import die_with_parent

    parent = os.environ.pop(PARENT_VARIABLE, None)
    if parent is not None:
        die_with_parent(int(parent))


def main() -> None:
    if "--help" not in sys.argv:
        follow_parent()
    with readable_errors():
        app()


__all__ = ["Settings", "app", "main"]
