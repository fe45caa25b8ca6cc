"""browser-use's Agent alone, driven by a scripted model: what a posting costs when a model says every step.

The model's answers are written down (agent_scripts.py) and come after no time, or after as long as a quick model takes;
the agent is set up as lean as it can be (no pictures, no thinking, no judge, no waits), its import is not counted, and
it gets our browser and session. So the difference to our posting is the way of working, not the model.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bench.agent_scripts import SCRIPTS, Do, Step, Where
from bench.figures import Result
from bench.place import Place
from bench.postings import photo_files
from listing_worker.agents.browsers.local import open_browser
from listing_worker.agents.heal.agent import _own_folder as own_folder
from listing_worker.demo.listing import TITLE
from listing_worker.models import Session
from listing_worker.utils.session_loader import restore

LOOKS = 12  # how often a model looks again for what is not on the page yet
SCROLL = {"down": True, "pages": 1.0}
ACTIONS = 10  # at most in one answer
CHARACTERS_PER_TOKEN = 4
THINKING = 1.5  # seconds per call, as a quick model takes
NOTE = (
    "the agent alone is driven by a scripted model that knows the form by heart and fills its required fields; ours"
    " fills and reads back all of them"
)


@dataclass(frozen=True)
class Driven:
    """One posting by the agent alone."""

    seconds: float
    calls: int
    tokens: float  # into the model, by the length of the texts


class ScriptedModel:
    """A model as browser-use wants one, which says what the script says."""

    _verified_api_keys = True
    model = model_name = name = "scripted"
    provider = "openai"

    def __init__(self, steps: Sequence[Step], thinking: float) -> None:
        self._left = [list(step) for step in steps]
        self._thinking = thinking
        self._looks = 0
        self.session: Any = None
        self.calls = 0
        self.characters = 0

    async def ainvoke(self, messages: Sequence[Any], output_format: Any = None, **_: Any) -> Any:
        from browser_use.llm.views import ChatInvokeCompletion

        self.calls += 1
        self.characters += sum(len(message.text) for message in messages)
        await asyncio.sleep(self._thinking)
        answer = {"memory": "", "action": await self._actions()}
        return ChatInvokeCompletion(completion=output_format.model_validate(answer), usage=None)

    async def _actions(self) -> list[dict[str, Any]]:
        shown = await self.session.get_selector_map()
        step, said = self._left[0], []
        while step and len(said) < ACTIONS and (action := _said(step[0], shown)) is not None:
            said.append(action)
            step.pop(0)
        if not step:
            self._left.pop(0)
        if said:
            self._looks = 0
            return said
        self._looks += 1
        if self._looks > LOOKS:
            seen = "\n".join(f"{node.tag_name} {node.attributes}" for node in shown.values())
            raise AssertionError(f"{step[0]} cannot be done with what the page shows:\n{seen}")
        if self._looks > 2:
            return [{"scroll": SCROLL}]
        return [{"wait": {"seconds": 1}}]  # it takes a second off what is said: this is a look again at once


def _said(do: Do, shown: dict[int, Any]) -> dict[str, Any] | None:
    """The action with its index, or None while the page has no such element."""
    if do.where is None:
        return {do.action: {"navigate": {"url": do.value}, "scroll": SCROLL, "done": {"text": do.value}}[do.action]}
    index = next((index for index, node in shown.items() if _is(node, do.where)), None)
    if index is None:
        return None
    if do.action == "done":
        return {"done": {"text": do.value, "success": True}}
    more = {"click": {}, "input": {"text": do.value}, "upload_file": {"path": do.value}}[do.action]
    return {do.action: {"index": index, **more}}


def _is(node: Any, where: Where) -> bool:
    if where.tag and node.tag_name.lower() != where.tag:
        return False
    if any(wanted not in node.attributes.get(name, "") for name, wanted in where.attributes.items()):
        return False
    said = " ".join([node.get_all_children_text(), node.attributes.get("aria-label", ""), _name_of(node)])
    return where.text in said


def _name_of(node: Any) -> str:
    return (node.ax_node.name or "") if node.ax_node else ""


async def drive(place: Place, site: str, session: Session, photos: Sequence[Path], thinking: float) -> Driven:
    """One posting, from starting the browser to the site's success; AssertionError if the site has no such listing."""
    with own_folder() as folder:
        from browser_use import Agent, BrowserSession

        settings = place.resources.settings.model_copy(
            update={"agent_mode": "auto", "openrouter_api_key": SecretStr("nothing is asked"), "warm_browser": False}
        )
        known = {each["id"] for each in place.sandbox.listings(site)}
        model = ScriptedModel(SCRIPTS[site](photos), thinking)
        began = time.perf_counter()
        async with open_browser(settings, hosts=(), session=session) as lease:
            await restore(lease.context, session)
            made: Any = BrowserSession
            model.session = made(
                cdp_url=lease.cdp_url, is_local=True, keep_alive=True, highlight_elements=False,
                viewport=lease.page.viewport_size, downloads_path=str(folder),
                minimum_wait_page_load_time=0.05, wait_for_network_idle_page_load_time=0.05, wait_between_actions=0.0,
            )  # fmt: skip
            agent: Any = Agent(
                task=f"List this for sale on {site}.", llm=model, browser_session=model.session,
                available_file_paths=[str(photo) for photo in photos], use_vision=False, flash_mode=True,
                use_judge=False, enable_planning=False, max_actions_per_step=ACTIONS, max_failures=2,
                loop_detection_enabled=False, final_response_after_failure=False, directly_open_url=False,
                calculate_cost=False, enable_signal_handler=False, file_system_path=str(folder),
            )  # fmt: skip
            try:
                history = await agent.run(max_steps=80)
                seconds = time.perf_counter() - began
            finally:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(model.session.stop(), 10)
        problems = [error for error in history.errors() if error]
        assert history.is_done(), f"{site}, the agent alone: {problems[-1] if problems else 'not done'}"
        new = [each for each in place.sandbox.listings(site) if each["id"] not in known and each["status"] != "draft"]
        assert [each["title"] for each in new] == [TITLE], f"{site} has {new} of the agent alone"
        return Driven(seconds, model.calls, model.characters / CHARACTERS_PER_TOKEN)


def measure_agent_alone(place: Place, result: Result, sites: Iterable[str], runs: int) -> None:
    """The agent with a model that takes no time, and once per site with one that takes 1.5 s per call; held against our
    postings, which have to be measured before."""
    importlib.import_module("browser_use.agent.service")  # now, not while the clock runs
    with tempfile.TemporaryDirectory(prefix="lw-bench-") as folder:
        photos = photo_files(Path(folder))
        for site in sites:
            if site not in SCRIPTS:
                result.left_out[f"browser-use's agent alone on {site}"] = "its answers are not written for this form"
                continue
            session = place.session(site)
            quick = [asyncio.run(drive(place, site, session, photos, 0)) for _ in range(runs)]
            slow = asyncio.run(drive(place, site, session, photos, THINKING))
            result.add("one posting", f"{site}, agent alone, no thinking time", "s", [each.seconds for each in quick])
            result.add("one posting", f"{site}, agent alone, 1.5 s per call", "s", [slow.seconds])
            ours = result.values_of("one posting", f"{site}, ours")
            if ours:
                ratios = [each.seconds / mine for each, mine in zip(quick, ours, strict=False)]
                result.add("one posting", f"{site}, agent alone ÷ ours", "×", ratios, goal=-5, note=NOTE)
                result.add("one posting", f"{site}, agent with 1.5 s per call ÷ ours", "×", [
                    slow.seconds / sorted(ours)[len(ours) // 2]])  # fmt: skip
            result.add("model", f"{site}, calls of the agent alone", "", [float(each.calls) for each in quick])
            result.add("model", f"{site}, tokens into the agent alone", "", [each.tokens for each in quick], note=(
                "tokens of the agent alone are told by the length of what it sends, four characters each"))  # fmt: skip
