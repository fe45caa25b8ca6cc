"""`make up`: the whole system on this machine until Ctrl-C, with the addresses a person needs."""

from __future__ import annotations

import time

from rich.console import Console

from listing_worker.embedded.system import system
from listing_worker.sandbox.server import SandboxFile
from listing_worker.settings import Settings


def explore(settings: Settings, console: Console, *, sandbox: bool) -> None:
    """Starts everything, prints where it is, and waits for Ctrl-C. Raises ConfigurationError if a part ends."""

    def tell(sentence: str) -> None:
        console.print(f"[dim]{sentence} …[/dim]")

    try:
        with system(settings, sandbox=sandbox, tell=tell) as running:
            lines = {
                "Web app": f"{running.api_url}/#token={running.owner_token}",
                "Connect the extension": f"{running.api_url}/connect#token={running.owner_token}",
                "Logs": str(settings.data_dir.absolute() / "logs"),
            }
            if running.sandbox_file is not None:
                lines["Sandbox"] = SandboxFile.read(running.sandbox_file).admin_url
            for name, value in lines.items():
                console.print(f"{name:<22} {value}", highlight=False, soft_wrap=True)
            console.print("Ctrl-C stops everything.")
            while True:
                running.check()
                time.sleep(0.5)
    except KeyboardInterrupt:
        console.print("Stopped.")
