"""The real level for live listings: a price change, a delist or a relist through the API, with one fault; judged by
what the replica holds of that listing and of every other.

A lane keeps its listing: it is posted once, repriced, taken down and put back trial after trial.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from listing_worker.agents.registry import get_agent
from tests.crash.operation_schedule import KINDS

if TYPE_CHECKING:
    from tests.crash.campaign import Campaign, Trial

SETTLED = {"done", "failed", "cancelled", "action_required"}
SOON = 90.0  # seconds within which an undisturbed act has ended
WANTED = {"price": "live", "delist": "live", "relist": "delisted"}


@dataclass
class Subject:
    """A listing of ours on a replica, as the replica holds it."""

    listing_id: str
    posting_id: str
    external_id: str
    record: dict[str, Any]


@dataclass
class Change:
    """What a trial asks for, and how the replica stood before."""

    subject: Subject
    cents: int
    others: dict[str, tuple[str, int]]
    operation_id: str = ""


def possible(act: str, site: str) -> bool:
    """Whether this can be done there at all (a relist on eBay is a new posting)."""
    return act not in KINDS or get_agent(site).can(KINDS[act])


def prepare(campaign: Campaign, trial: Trial) -> None:
    """A listing that stands as the act needs it, undisturbed."""
    subject = _standing(campaign, trial.site, campaign.subjects.get(trial.site))
    if subject is None:
        subject = _posted(campaign, trial.site)
    if subject.record["status"] != WANTED[trial.act]:
        kind = "relist" if WANTED[trial.act] == "live" else "delist"
        if not possible(kind, trial.site):
            subject = _posted(campaign, trial.site)
        else:
            ended = _wait(campaign, _ask(campaign, subject, {"kind": kind}), SOON)
            assert ended is not None and ended["state"] == "done", f"{trial.site}: could not {kind}: {ended}"
        subject = _standing(campaign, trial.site, subject)
        assert subject is not None and subject.record["status"] == WANTED[trial.act], "it does not stand as it should"
    campaign.subjects[trial.site] = subject
    cents = 2100 + 100 * (campaign.next_number() % 30)
    cents += 100 * (cents == subject.record["price_cents"])
    others = _held(campaign, trial.site)
    others.pop(subject.external_id, None)
    trial.change = Change(subject, cents, others)
    trial.listing_id, trial.posting_id = subject.listing_id, subject.posting_id


def begin(campaign: Campaign, trial: Trial) -> None:
    """Asks for it, as the seller would."""
    assert trial.change is not None
    kind = KINDS[trial.act].value
    body = {"kind": kind, **({"price": f"{trial.change.cents / 100:.2f}"} if trial.act == "price" else {})}
    trial.change.operation_id = _ask(campaign, trial.change.subject, body)


def wait(campaign: Campaign, trial: Trial, seconds: float) -> bool:
    """Until it has settled; False if it does not within `seconds`."""
    assert trial.change is not None
    row = _wait(campaign, trial.change.operation_id, seconds)
    if row is None:
        row = campaign.patiently(lambda: campaign.api.get(f"/api/operations/{trial.operation_id}")).json()
        trial.state, trial.reason = row["state"], row["reason"]
        return False
    trial.state, trial.reason = row["state"], row["reason"]
    return True


def judge(campaign: Campaign, trial: Trial) -> str:
    """The verdict."""
    assert trial.change is not None
    before = trial.change.subject.record
    after = _standing(campaign, trial.site, trial.change.subject)
    others = _held(campaign, trial.site)
    others.pop(trial.change.subject.external_id, None)
    if after is None or others != trial.change.others:
        return "wrong_act"
    now = after.record
    campaign.subjects.pop(trial.site, None)
    if trial.state in {"done", "failed", "cancelled"} and now["status"] in {"live", "delisted"}:
        campaign.subjects[trial.site] = after  # the next trial goes on with it
    done = _in_effect(trial, now)
    trial.listed = len(now["changes"]) - len(before["changes"])
    untouched = (now["status"], now["price_cents"]) == (before["status"], before["price_cents"])
    if trial.listed > trial.fault.presses:
        return "duplicate"
    if not done and not untouched and now["status"] != "sold":
        return "wrong_act"
    if trial.seconds is None:
        return "stuck"
    if trial.state == "done":
        return "good" if done or (now["status"] == "sold" and trial.act == "delist") else "false_success"
    if trial.state in {"failed", "cancelled"} and done:
        return "false_failure"
    if not trial.reason:
        return "lost"
    return "good" if trial.state in trial.fault.may_end_as else "told"


def _in_effect(trial: Trial, now: dict[str, Any]) -> bool:
    assert trial.change is not None
    if trial.act == "price":
        return bool(now["price_cents"] == trial.change.cents)
    return bool(now["status"] == ("delisted" if trial.act == "delist" else "live"))


def _posted(campaign: Campaign, site: str) -> Subject:
    listing_id, posting = campaign.post_quietly(site)
    made = Subject(listing_id, posting["id"], posting["external_id"], {})
    found = _standing(campaign, site, made)
    assert found is not None, "a posted listing is not on the replica"
    return found


def _standing(campaign: Campaign, site: str, subject: Subject | None) -> Subject | None:
    """The subject with the replica's present record; None if it is not there or was sold."""
    if subject is None:
        return None
    for record in campaign.received(site):
        if record["id"] == subject.external_id:
            return Subject(subject.listing_id, subject.posting_id, subject.external_id, record)
    return None


def _held(campaign: Campaign, site: str) -> dict[str, tuple[str, int]]:
    """Status and price of every published listing on the replica."""
    return {
        record["id"]: (record["status"], record["price_cents"])
        for record in campaign.received(site)
        if record["published_at"] is not None
    }


def _ask(campaign: Campaign, subject: Subject, body: dict[str, Any]) -> str:
    address = f"/api/postings/{subject.posting_id}/operations"
    answer = campaign.patiently(lambda: campaign.api.post(address, json=body))
    return str(answer.json()["operation"]["id"])


def _wait(campaign: Campaign, operation_id: str, seconds: float) -> dict[str, Any] | None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            answer = campaign.api.get(f"/api/operations/{operation_id}")
            if answer.is_success and answer.json()["state"] in SETTLED:
                return dict(answer.json())
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    return None
