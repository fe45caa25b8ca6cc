"""A short month in every test run; and the proof that the month notices when a rule is broken."""

from __future__ import annotations

import pytest

from listing_worker.inventory import conclude, evidence
from listing_worker.utils import log
from tests.month.__main__ import holds
from tests.month.run import play_month


@pytest.fixture(autouse=True)
def quiet() -> None:
    log.configure("ERROR")


def test_half_a_day_passes_without_a_wrong_act() -> None:
    """How soon an item is gone everywhere is left to the whole month: half a day has too few sales for a median."""
    month = play_month(3, sellers=1, days=0.6, listings=15)
    assert month.sales > 4 and month.delists > 4
    assert (month.delisted_wrongly, month.still_live, month.caps_crossed) == (0, 0, 0), month.as_json()


@pytest.mark.slow
def test_absence_taken_for_a_sale_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence.SignalKind, "certain", property(lambda self: True))
    monkeypatch.setattr(conclude, "breaker", lambda *_: None)
    assert play_month(3, days=4, listings=60).delisted_wrongly > 0


@pytest.mark.slow
def test_watching_too_seldom_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.month.play.WATCH_SECONDS", 7200.0)
    month = play_month(3, days=2, listings=30)
    monkeypatch.undo()
    assert not holds(month)


@pytest.mark.slow
def test_a_seller_who_is_not_asked_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account that is signed out for hours sells something, and nobody could know."""
    monkeypatch.setattr("listing_worker.storage.store.Store.ask_about_inventory", lambda *_: [])
    assert play_month(109, sellers=1, days=0.6, listings=15).still_live > 0
