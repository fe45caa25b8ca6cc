"""What a form that has changed costs in model calls and tokens: healed by the match alone, healed by one call, and the
second time, when what was learned is known. The model is scripted and answers at once."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.figures import Result
from bench.healed import MOVED, SITE, Remembering, attempt_at, fill_once
from bench.place import Place
from listing_worker.agents.browsers.local import open_browser
from listing_worker.agents.heal.healer import TieredHealer
from listing_worker.agents.heal.memory import Learned
from listing_worker.agents.heal.model import Model
from listing_worker.agents.registry import get_agent
from listing_worker.models import Session
from listing_worker.utils.session_loader import restore
from tests.fixtures.model_server import ModelServer

CHARACTERS_PER_TOKEN = 4
# besides, the words beside the fields say nothing any more
NAMELESS = MOVED.replace("Item title", "Row one").replace("Item description", "Row two").replace(
    "new MutationObserver(() => {",
    """new MutationObserver(() => {
  const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    if (['SCRIPT', 'STYLE'].includes(node.parentElement?.tagName)) continue;
    if (/^\\W*(item )?title\\W*$/i.test(node.data)) node.data = 'Row one';
    if (/^\\W*(item )?description\\W*$/i.test(node.data)) node.data = 'Row two';
  }""",
)  # fmt: skip
KINDS = {
    "known": "",
    "moved, healed by the match": MOVED,
    "nameless, healed by one call": NAMELESS,
    "nameless, second time": NAMELESS,
}  # how the form is known → what changes it
ROWS = {"title": "Row one", "description": "Row two"}
NOTE = "a healed form has its title and description moved; tokens by the length of what is sent, four characters each"


@contextmanager
def scripted() -> Iterator[ModelServer]:
    """A model that finds the rows in the snapshot it is sent."""
    server = ModelServer()
    server.answers(_answer)
    try:
        yield server
    finally:
        server.close()


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    """Each field that is asked for, by the name of its row in the snapshot."""
    question = str(request["messages"][1]["content"])
    asked = json.loads(question.partition("<fields>")[2].partition("</fields>")[0])
    return {"fields": [_answer_for(str(each["field"]), question) for each in asked]}


def _answer_for(field: str, question: str) -> dict[str, Any]:
    found = re.search(rf'textbox "{ROWS[field]}"[^\n]*?\[ref=(\w+)\]', question) if field in ROWS else None
    ref = found[1] if found else ""
    return {"field": field, "answer": "ref" if ref else "none", "ref": ref, "steps": [], "why": "its row"}


def measure_healing(place: Place, result: Result, runs: int) -> None:
    """Calls, tokens and seconds of filling and reading back, per way in which the form is known."""
    found: dict[str, list[tuple[float, int, float]]] = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory(prefix="lw-bench-") as folder, scripted() as server:
        for number in range(runs):
            kept: dict[str, list[Learned]] = {}
            for kind, script in KINDS.items():
                memory = Remembering(kept if script == NAMELESS else {})
                healer = TieredHealer(memory, server.model(seconds=30))
                server.answers(_answer)
                seconds = asyncio.run(_filled(place, place.session(SITE), script, healer, Path(folder), number))
                if script == NAMELESS:
                    kept |= {
                        one.field: [Learned("bench", one.field, one.target, way=one.way)] for one in memory.lessons
                    }
                model = healer.model
                assert isinstance(model, Model)
                sent = sum(len(str(each["messages"])) for each in server.requests)
                found[kind].append((seconds, model.spend.requests, sent / CHARACTERS_PER_TOKEN))
    for kind, each in found.items():
        goal = None if "one call" in kind else 0
        result.add("healing", f"form {kind}: fill and read back", "s", [one[0] for one in each])
        result.add("healing", f"form {kind}: model calls", "", [float(one[1]) for one in each], goal=goal)
        if goal is None:
            result.add("healing", f"form {kind}: tokens sent", "", [one[2] for one in each], note=NOTE)


async def _filled(
    place: Place, session: Session, script: str, healer: TieredHealer, folder: Path, number: int
) -> float:
    async with open_browser(place.resources.settings, hosts=get_agent(SITE).hosts, session=session) as lease:
        await restore(lease.context, session)
        if script:
            await lease.page.add_init_script(script)
        seconds, _ = await fill_once(lease.page, attempt_at(folder, healer, number))
        return seconds
