"""Where it is measured: private servers, the sandbox in a process of its own, and sellers who are signed in to it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from listing_worker.demo.listing import TITLE
from listing_worker.embedded.system import Part, servers
from listing_worker.models import Session
from listing_worker.orchestration.resources import Resources
from listing_worker.sandbox.server import SandboxFile
from listing_worker.settings import Settings
from listing_worker.utils.crypto import KeyRing
from tests.e2e.seller import SECRET, Seller, signed_in_session
from tests.fixtures.sandbox import RunningSandbox

START_SECONDS = 60


@dataclass
class Place:
    """Everything that a measurement needs."""

    folder: Path
    resources: Resources
    sandbox: RunningSandbox
    _sessions: dict[str, Session] = field(default_factory=dict)

    def session(self, site: str) -> Session:
        if site not in self._sessions:
            self._sessions[site] = asyncio.run(signed_in_session(self.sandbox.file, site))
        return self._sessions[site]

    def seller(self, *sites: str) -> Seller:
        """A new user, connected to these marketplaces: pacing and one-at-a-time do not stand in the way."""
        settings = self.resources.settings
        assert settings.database_url is not None
        seller = Seller(
            self.resources,
            self.sandbox,
            {"DATABASE_URL": settings.database_url.get_secret_value()},
            self.folder / "trips",
        )
        for site in sites:
            seller.connect(self.session(site))
        return seller


def own_title() -> str:
    """The demo's title with a mark of its own: Craigslist refuses the same post twice (fact: craigslist §7)."""
    return f"{TITLE} {secrets.token_hex(2)}"


@contextmanager
def place(folder: Path) -> Iterator[Place]:
    """Starts it all; everything is gone at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(_env_file=None, data_dir=folder)  # type: ignore[call-arg]
    with ExitStack() as stack:
        ready = stack.enter_context(servers(settings))
        file = folder / "sandbox.json"
        file.unlink(missing_ok=True)
        part = Part("sandbox", ["sandbox", "--state-file", str(file)], {"DATA_DIR": str(folder)}, folder / "logs")
        stack.callback(part.stop)
        end = time.monotonic() + START_SECONDS
        while True:
            part.check()
            try:
                description = SandboxFile.read(file)
                break
            except (OSError, ValueError):
                assert time.monotonic() < end, "the sandbox did not start"
                time.sleep(0.05)
        ready = ready.model_copy(update={"sandbox_file": file})
        resources = Resources.open(ready, KeyRing(SECRET))
        stack.callback(resources.close)
        admin = stack.enter_context(httpx.Client(base_url=description.admin_url, timeout=30, trust_env=False))
        yield Place(folder, resources, RunningSandbox(description, file, admin))
