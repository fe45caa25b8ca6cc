"""Every page in light, dark and on a phone: pictures are kept, nothing scrolls sideways, axe-core is content."""

from __future__ import annotations

from typing import Any

import pytest

from listing_worker.demo.photos import demo_photos
from listing_worker.models import Reason
from tests.api.conftest import Api
from tests.api.web.conftest import Person, PlayedWorker
from tests.api.web.test_live_page import Waiting
from tests.fixtures.chromium import RunAsync

pytestmark = pytest.mark.browser

ITEMS = [
    ("Free People Floral Wrap Midi Dress", "48.00"),
    ("Levi's 501 straight jeans, dark wash, barely worn", "39.50"),
    ("Nike Air Max 90 sneakers", "72.00"),
    ("Coach leather crossbody bag with gold hardware and a very long title that goes on", "120.00"),
    ("Patagonia fleece", "55.00"),
]


def full(api: Api) -> list[dict[str, Any]]:
    """A seller with five listings and real photos."""
    made = []
    pictures = demo_photos()
    for n, (title, price) in enumerate(ITEMS):
        listing = api.listing(0, title=title, price=price)
        if n < 4:
            chosen = [pictures[(n + k) % len(pictures)] for k in range(3)]
            files = [("photos", (f"{k}.jpg", data, "image/jpeg")) for k, data in enumerate(chosen)]
            listing = api.client.post(f"/api/listings/{listing['id']}/photos", files=files).json()
        made.append(listing)
    return made


@pytest.mark.slow
def test_the_first_pages_say_what_to_do(person: Person, run_async: RunAsync) -> None:
    async def scenario() -> None:
        await person.go("/sign-in")
        await person.looks("sign-in")
        await person.sign_in()
        for name, path in (
            ("home-empty", "/"),
            ("listings-empty", "/listings"),
            ("marketplaces-empty", "/marketplaces"),
            ("activity-empty", "/activity"),
            ("connect", "/connect"),
            ("editor-new", "/listings/new"),
        ):
            await person.go(path)
            await person.looks(name)

    run_async(scenario())


# the two fullest pages each time, all of them in `make test-all`
@pytest.mark.parametrize(
    "pages",
    [
        ("editor", "job"),
        pytest.param(("home", "listings", "marketplaces", "post"), marks=pytest.mark.slow),
        pytest.param(("activity", "webhooks", "keys", "import", "inventory"), marks=pytest.mark.slow),
    ],
)
def test_pages_of_a_busy_seller(
    person: Person, worker: PlayedWorker, run_async: RunAsync, pages: tuple[str, ...]
) -> None:
    api = person.api
    listings = full(api)
    api.sign_in("poshmark", "ebay")
    api.device_token()
    jobs = [api.post(each["id"])["jobId"] for each in listings[:2]]
    worker.begin(jobs[0], "poshmark", "prepare")
    worker.live(jobs[0], "poshmark")
    worker.begin(
        jobs[0], "ebay", "prepare", "open_browser", "sign_in", "open_form", "fill", "fill title", "fill category"
    )
    worker.begin(jobs[1], "poshmark")
    worker.end(
        jobs[1], "poshmark", "waiting", again_in=600, code="rate_limited", message="At most one posting a minute."
    )
    api.marketplaces.refusals["ebay"] = Reason(code="invalid", message="The title is too long.", field="title")
    api.post(listings[3]["id"], "ebay")

    async def scenario() -> None:
        await person.sign_in()
        addresses = {
            "home": "/",
            "listings": "/listings",
            "marketplaces": "/marketplaces",
            "editor": f"/listings/{listings[0]['id']}",
            "post": f"/post?listing={listings[2]['id']}",
            "job": f"/jobs/{jobs[0]}",
            "activity": "/activity",
            "webhooks": "/activity/webhooks",
            "keys": "/activity/keys",
            "inventory": "/inventory",
            "import": "/listings/import",
        }
        for name in pages:
            path = addresses[name]
            await person.go(path)
            await person.looks(name)

    run_async(scenario())


@pytest.mark.slow
def test_the_live_view_and_the_rows_that_lead_to_it(
    person: Person, worker: PlayedWorker, redis_url: str, run_async: RunAsync
) -> None:
    waiting = Waiting(person.served, worker, redis_url)
    waiting.picture = demo_photos()[0]
    api = person.api
    for attempt in (1, 2):
        api.store.open_session(api.owner.user_id, "ebay", "posting", waiting.posting, attempt)

    async def scenario() -> None:
        await person.sign_in()
        await person.go(f"/postings/{waiting.posting}/continue")
        await person.looks("live-closed")
        async with waiting.open():
            for name, path in (
                ("live", f"/postings/{waiting.posting}/continue"),
                ("job-needs-you", f"/jobs/{waiting.job_id}"),
            ):
                await person.go(path)
                await person.page.get_by_text("asks to verify").wait_for()
                if name == "live":
                    await person.page.locator("#screen[data-shown]").wait_for()
                await person.looks(name)
            await person.go("/")
            await person.looks("home-needs-you")
        await person.go("/marketplaces")
        await person.page.get_by_text("When it was used").click()
        await person.looks("marketplaces-uses")

    run_async(scenario())
