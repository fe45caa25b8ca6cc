"""Every case of every marketplace, in a real Chromium against its replica: what was received is what was meant."""

from __future__ import annotations

import importlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from listing_worker.agents.registry import get_agent, names
from listing_worker.sandbox.site import difference_hash
from tests.agents.cases.common import Case, draft
from tests.agents.conftest import Market
from tests.agents.drive import Run

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ALL = [
    pytest.param(name, case, id=f"{name}: {case.name}")
    for name in names()
    for case in importlib.import_module(f"tests.agents.cases.{name}").CASES
]


def alike(one: str, other: str) -> bool:
    """Do two difference hashes belong to the same picture? (A cover is cropped, so few bits may differ.)"""
    return bin(int(one, 16) ^ int(other, 16)).count("1") <= 12


@pytest.mark.parametrize(("name", "case"), ALL)
def test_what_the_marketplace_receives_is_what_we_meant(
    name: str,
    case: Case,
    market: Market,
) -> None:
    files = market.files[: case.photos]
    run = Run.of(get_agent(name), case.changes, files)

    async def scenario() -> Any:
        page = await market.signed_in(name)
        market.sandbox.set_faults(name, variant=case.variant)
        proof = await run.post(page)
        return proof, await run.reconcile(page)

    proof, looked = market.run(scenario())
    live = [one for one in market.sandbox.listings(name) if one["status"] == "live"]
    assert len(live) == 1
    received = live[0]
    told = draft(case.changes)
    expected = {"title": told.title, "description": told.description, **case.expected}
    assert {field: received[field] for field in expected} == expected
    assert {field: received["fields"].get(field) for field in case.sent} == case.sent
    hashes = [difference_hash(Image.open(BytesIO(file.read_bytes()))) for file in files]
    assert len(received["photos"]) == len(files)
    assert all(alike(photo["dhash"], ours) for photo, ours in zip(received["photos"], hashes, strict=True))

    assert received["publish_requests"] == run.presses == 1
    assert market.sandbox.received(name)["publish_requests"] == 1
    assert proof.external_id == received["id"]
    assert received["id"] in proof.url

    assert looked.complete
    assert [seen.external_id for seen in looked.matches] == [received["id"]]
    assert all(report.same for report in run.reports)
