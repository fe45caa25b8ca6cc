"""A recording shown again against the sandbox: the same listing, filled into the replica's form and read back.

What was removed from the recording because it is private gets a stand-in. Nothing is published: the last button is
never pressed. Each field is compared with what the recording says: value, tier and candidate, then and now.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from listing_worker.agents.base import Attempt, MarketplaceAgent
from listing_worker.agents.browsers.local import open_browser
from listing_worker.agents.registry import get_agent
from listing_worker.errors import ListingInvalid, ListingWorkerError
from listing_worker.models import FieldReport, Listing, Photo
from listing_worker.recordings.timeline import FieldLine, Recording, tier_of
from listing_worker.settings import Settings
from listing_worker.utils.redact import REMOVED

ZIP_CODE = "95112"  # stands in for the seller's own


@dataclass(frozen=True)
class ReplayedField:
    """One field, then (in the recording) and now (on the sandbox)."""

    field: str
    meant: str
    then: str
    then_by: str
    now: str
    now_by: str
    same: bool  # whether it reads back as meant now


@dataclass(frozen=True)
class Replayed:
    """What came of it. `problem`: why it stopped before the end."""

    marketplace: str
    rows: tuple[ReplayedField, ...]
    problem: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem and all(row.same for row in self.rows)

    def as_json(self) -> dict[str, Any]:
        return {"ok": self.ok, **asdict(self)}


async def replay(settings: Settings, recording: Recording, tell: Callable[[str], None] = lambda _: None) -> Replayed:
    """Opens the replica's form as its first account, fills it, reads it back. Raises ListingInvalid for a recording
    that holds no listing; what goes wrong on the form is in the answer."""
    from listing_worker.demo.seller import account_of, visitor_of

    agent = get_agent(recording.marketplace)
    with tempfile.TemporaryDirectory(prefix="lw-replay-") as folder:
        files = _photos(Path(folder), recording.photo_count)
        listing = listing_of(recording, files)

        async def progress(step: str, fields: dict[str, Any]) -> None:
            tell(step)

        attempt = Attempt(listing=listing, photo_files=files, progress=progress, checkpoints=_Forgetful())
        async with sandbox_of(settings) as ready, open_browser(ready, hosts=agent.hosts) as lease:
            assert ready.sandbox_file is not None
            admin_url = _admin_url(ready.sandbox_file)
            tell("sign in")
            # the sandbox may be served by this very loop, which must not be kept waiting for its answer
            account = await asyncio.to_thread(account_of, admin_url, agent.name)
            await visitor_of(agent.name).sign_in(lease.page, account)
            problem, reports = "", []
            try:
                await agent.sign_in_state(lease.page)
                await agent.open_form(lease.page, attempt)
                filled = await agent.fill(lease.page, attempt)
                reports = _merged(filled, await agent.read_back(lease.page, attempt))
            except ListingWorkerError as error:
                problem, reports = error.message, agent.filled_so_far(lease.page)
            return _compared(agent, recording, reports, problem)


def listing_of(recording: Recording, files: tuple[Path, ...]) -> Listing:
    """The recorded listing with stand-ins for what was removed. Raises ListingInvalid."""
    body = {name: value for name, value in recording.listing.items() if value != REMOVED}
    if recording.listing.get("zip_code"):
        body["zip_code"] = ZIP_CODE
    photos = [
        Photo(id=file.stem, sha256="0" * 64, width=1200, height=1600, byte_count=file.stat().st_size, key=file.name)
        for file in files
    ]
    try:
        return Listing.model_validate({**body, "id": "replay", "user_id": "replay", "photos": photos})
    except ValidationError as error:
        raise ListingInvalid("This recording does not hold the listing it was of.") from error


def _compared(agent: MarketplaceAgent, recording: Recording, reports: list[FieldReport], problem: str) -> Replayed:
    then: dict[str, FieldLine] = {line.field: line for line in recording.fields}
    rows = []
    for report in reports:
        tier, candidate = tier_of(report.found_by)
        line = then.get(report.field)
        rows.append(
            ReplayedField(
                field=report.field,
                meant=report.meant,
                then=line.found if line else "",
                then_by=f"{line.tier} {line.candidate}".strip() if line else "",
                now=report.on_form,
                now_by=f"{tier} {candidate}".strip() or "absent",
                same=report.same,
            )
        )
    return Replayed(agent.display_name, tuple(rows), problem)


def _merged(filled: list[FieldReport], read: list[FieldReport]) -> list[FieldReport]:
    by = {report.field: report.found_by for report in filled}
    return [report.model_copy(update={"found_by": by.get(report.field, report.found_by)}) for report in read]


def _photos(folder: Path, count: int) -> tuple[Path, ...]:
    from listing_worker.demo.photos import demo_photos

    pictures = demo_photos()
    files = []
    for position in range(count):
        file = folder / f"{position + 1:02d}.jpg"
        file.write_bytes(pictures[position % len(pictures)])
        files.append(file)
    return tuple(files)


def _admin_url(sandbox_file: Path) -> str:
    from listing_worker.sandbox.server import SandboxFile

    return SandboxFile.read(sandbox_file).admin_url


@asynccontextmanager
async def sandbox_of(settings: Settings) -> AsyncIterator[Settings]:
    """Settings with a running sandbox: the one they name, or one for as long as the replay takes."""
    from listing_worker.sandbox.server import SandboxFile, serve

    if settings.sandbox_file is not None:
        yield settings
        return
    with tempfile.TemporaryDirectory(prefix="lw-sandbox-") as folder:
        file = Path(folder) / "sandbox.json"
        stop, up = asyncio.Event(), asyncio.Event()

        async def ready(_: SandboxFile) -> None:
            up.set()

        running = asyncio.create_task(serve(file, ready=ready, stop=stop))
        waiting = asyncio.create_task(up.wait())
        try:
            await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            yield settings.model_copy(update={"sandbox_file": file})
        finally:
            waiting.cancel()
            stop.set()
            await running


class _Forgetful:
    """Checkpoints of a run that nobody resumes."""

    async def load(self, step: str) -> dict[str, Any] | None:
        return None

    async def save(self, step: str, data: dict[str, Any]) -> None:
        return None
