"""Activity: what waits until when and why, what needs the seller, past jobs, and how each marketplace does."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from listing_worker.api.dead_letters import dismiss_posting
from listing_worker.api.paging import Cursor, cursor_of, read_cursor
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.web.charts import Bar, columns
from listing_worker.api.web.forms import Posted
from listing_worker.api.web.learned import healed_fields, may_refuse
from listing_worker.api.web.overview import display_names
from listing_worker.api.web.render import page, words
from listing_worker.api.web.signin import Seller
from listing_worker.api.web.states import JOB_TONES, MOVING, NEEDS_SELLER, fix_of
from listing_worker.models import PostingState
from listing_worker.storage.finding import ListedPosting, PostingCount, PostingWeek

router = APIRouter(include_in_schema=False)
PAGE = 20
WEEKS = 12


@router.get("/activity")
def activity(request: Request, caller: Seller, wired: Wired, cursor: Cursor = None) -> HTMLResponse:
    counts = wired.store.count_postings(caller.user_id)
    before, before_id = read_cursor(cursor)
    jobs = wired.store.jobs_page(caller.user_id, limit=PAGE, before=before, before_id=before_id)
    return page(
        request,
        wired,
        caller,
        "activity.html",
        counts=counts,
        queue=wired.store.list_postings(caller.user_id, MOVING, limit=100),
        needs=_needs(wired, caller.user_id),
        jobs=jobs,
        job_tones=JOB_TONES,
        next=cursor_of(jobs[-1]) if len(jobs) == PAGE else None,
        names=display_names(wired),
        homes={name: wired.marketplaces.home_url(name) for name in wired.marketplaces.names()},
        fix_of=fix_of,
        success=success_of(counts),
        course=course_of(wired.store.postings_by_week(caller.user_id, WEEKS)),
        healed=healed_fields(wired),
        may_refuse=may_refuse(wired, caller),
    )


@router.post("/postings/{posting_id}/dismiss")
def dismiss(posting_id: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    """Puts a failed posting aside; it stays in its job."""
    dismiss_posting(posting_id, caller, wired)
    return RedirectResponse("/activity", status_code=303)


def _needs(wired: Resources, user_id: str) -> list[ListedPosting]:
    """What waits for the seller: sign-ins and confirmations, and failures that nobody replaced or put aside."""
    dead = {posting["id"] for posting in wired.store.list_dead_letters(user_id, 200)["postings"]}
    found = wired.store.list_postings(user_id, NEEDS_SELLER, limit=200)
    return [posting for posting in found if posting["state"] != PostingState.FAILED or posting["id"] in dead]


def success_of(counts: list[PostingCount]) -> dict[str, tuple[int, int]]:
    """Per marketplace: how many postings got there, of how many that have ended."""
    posted: dict[str, int] = defaultdict(int)
    ended: dict[str, int] = defaultdict(int)
    for row in counts:
        state = PostingState(row["state"])
        if state.posted or state is PostingState.DELISTED:
            posted[row["marketplace"]] += row["count"]
        if state.settled and state is not PostingState.CANCELLED:
            ended[row["marketplace"]] += row["count"]
    return {name: (posted[name], n) for name, n in ended.items()}


@dataclass(frozen=True)
class Course:
    """The last weeks: how many postings got there (`chart`), and what the model was asked and cost (US dollars)."""

    chart: str
    asked: list[tuple[str, int, float]]  # marketplace, calls, cost; only those for which it was asked
    calls: int
    cost: float


def course_of(rows: list[PostingWeek]) -> Course | None:
    """None where nothing has ended lately. Weeks in which nothing ended are shown as empty."""
    if not rows:
        return None
    t = words().activity
    ended: dict[date, int] = defaultdict(int)
    posted: dict[date, int] = defaultdict(int)
    asked: dict[str, list[float]] = defaultdict(lambda: [0, 0.0])
    for row in rows:
        week = date.fromisoformat(row["week"])
        ended[week] += row["ended"]
        posted[week] += row["posted"]
        asked[row["marketplace"]][0] += row["model_calls"]
        asked[row["marketplace"]][1] += row["model_cost_usd"]
    first, last = min(ended), max(ended)
    weeks = [first + timedelta(weeks=n) for n in range((last - first).days // 7 + 1)]
    chart = columns(
        [Bar(f"{week:%d %b}", posted[week], f"{posted[week]}/{ended[week]}") for week in weeks],
        name="course",
        title=t.chart_weeks,
    )
    by_site = [(name, int(calls), cost) for name, (calls, cost) in asked.items() if calls]
    return Course(chart, by_site, sum(each[1] for each in by_site), sum(each[2] for each in by_site))
