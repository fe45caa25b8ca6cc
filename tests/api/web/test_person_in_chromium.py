"""What a person does, in a real Chromium: from the first page to live links, a failure fixed, a reload in mid-job."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, expect

from listing_worker.demo.photos import demo_photos
from listing_worker.models import Reason
from tests.api.web.conftest import WAIT, Person, PlayedWorker
from tests.fixtures.chromium import RunAsync

pytestmark = pytest.mark.browser
expect.set_options(timeout=WAIT)


def test_from_the_first_page_to_live_links(
    person: Person, worker: PlayedWorker, run_async: RunAsync, tmp_path: Path
) -> None:
    photos = []
    for n, data in enumerate(demo_photos()[:3]):
        photos.append(tmp_path / f"{n}.jpg")
        photos[-1].write_bytes(data)

    async def scenario() -> None:
        page = person.page
        await person.sign_in()
        assert "token" not in page.url
        await page.get_by_role("link", name="Connect", exact=True).click()
        ebay = page.locator("[data-marketplace=ebay]")
        await expect(ebay.get_by_text("Not connected")).to_be_visible()
        person.api.sign_in("ebay", "poshmark", "mercari")  # what the extension does; the page sees it by itself
        await expect(ebay.locator("[data-status]")).to_have_attribute("data-status", "unproven")

        await page.keyboard.press("n")
        await page.wait_for_url("**/listings/new")
        await page.locator("#files").set_input_files(photos)
        await expect(page.locator("#strip .photo")).to_have_count(3)
        await page.locator("#strip .photo").nth(2).get_by_role("button", name="Move left").click()
        await page.locator("#strip .photo").first.get_by_role("button", name="Rotate").click()
        await page.get_by_label("Title", exact=True).first.fill("Floral Wrap Midi Dress")
        counter = page.locator("[data-counts=title] [data-site=poshmark]")
        await expect(counter).to_have_text("Poshmark 22/50")
        await page.get_by_label("Description", exact=True).first.fill("Worn twice.")
        await page.get_by_label("Price US dollars").fill("48")
        await page.get_by_label("Condition").select_option("good")
        await page.get_by_label("Category Broadest first").fill("Women > Dresses > Midi")
        await page.get_by_role("tab", name="eBay").click()
        await page.locator("#o\\.ebay\\.title").fill("Floral Wrap Midi Dress, size M, worn twice")
        await page.get_by_role("button", name="Save and post").click()

        await page.wait_for_url("**/post?listing=*")
        for box in await page.get_by_role("checkbox").all():  # marketplaces, and the changes that preflight shows
            await box.check()
        await page.get_by_role("button", name="Post to 3 marketplaces").click()
        await page.wait_for_url("**/jobs/*")
        job_id = page.url.rpartition("/")[2]
        rows = {name: page.locator(f"[data-marketplace={name}]") for name in ("poshmark", "ebay", "mercari")}
        await expect(rows["ebay"]).to_contain_text("Queued")
        worker.begin(job_id, "ebay", "prepare", "fill", "fill title")
        await expect(rows["ebay"]).to_contain_text("Filling title")
        urls = [worker.live(job_id, "ebay")]
        await expect(rows["ebay"].get_by_role("link", name="View listing")).to_have_attribute("href", urls[0])
        for name in ("poshmark", "mercari"):
            worker.begin(job_id, name, "prepare")
            urls.append(worker.live(job_id, name))
        await expect(page.get_by_text("3 of 3 live")).to_be_visible()
        await expect(page.locator("[data-job-status=completed]")).to_be_visible()
        await expect(page.get_by_role("button", name="Cancel what is not published")).to_have_count(0)
        shown = await page.get_by_role("link", name="View listing").evaluate_all("links => links.map(l => l.href)")
        assert sorted(shown) == sorted(urls)

    run_async(scenario())
    listing = person.api.client.get("/api/listings").json()["listings"][0]
    assert listing["overrides"]["ebay"]["title"] == "Floral Wrap Midi Dress, size M, worn twice"
    assert len(listing["photos"]) == 3


def test_the_button_of_a_failed_marketplace_leads_to_the_field_and_back(
    person: Person, worker: PlayedWorker, run_async: RunAsync
) -> None:
    api = person.api
    api.sign_in("ebay", "mercari")
    api.marketplaces.refusals["ebay"] = Reason(
        code="invalid", message="The title is too long by 3.", action="Edit the listing", field="title"
    )
    listing = api.listing()
    job_id = api.post(listing["id"], "ebay", "mercari")["jobId"]
    api.marketplaces.refusals.clear()

    async def scenario() -> None:
        page = person.page
        await person.sign_in(to=f"/jobs/{job_id}")
        row = page.locator("[data-marketplace=ebay]")
        await expect(row).to_contain_text("The title is too long by 3.")
        await row.get_by_role("link", name="Edit the listing").click()
        title = page.locator("#title")
        await expect(title).to_be_focused()
        await title.fill("A shorter title")
        await page.get_by_role("button", name="Save and try again").click()
        await page.wait_for_url(f"**/jobs/{job_id}")
        await expect(row).to_contain_text("Queued")
        worker.begin(job_id, "ebay", "prepare")
        worker.live(job_id, "ebay")
        await expect(row.get_by_role("link", name="View listing")).to_be_visible()

        worker.begin(job_id, "mercari")
        worker.end(job_id, "mercari", "failed", code="form_changed", message="The form is not the one we know.")
        mercari = page.locator("[data-marketplace=mercari]")
        await mercari.get_by_role("button", name="Try again").click()
        await expect(mercari).to_contain_text("Queued")

        worker.begin(job_id, "mercari")
        worker.end(job_id, "mercari", "failed", code="form_changed", message="The form is not the one we know.")
        await person.go("/activity")
        needs = page.get_by_role("region", name="Needs you")
        await expect(needs).to_contain_text("The form is not the one we know.")
        await needs.get_by_role("button", name="Put aside").click()
        await expect(needs).to_contain_text("Nothing needs you.")

    run_async(scenario())
    assert api.client.get(f"/api/listings/{listing['id']}").json()["title"] == "A shorter title"


def test_a_reload_in_mid_job_shows_the_same_and_goes_on(
    person: Person, worker: PlayedWorker, run_async: RunAsync
) -> None:
    person.api.sign_in("ebay")
    job_id = person.api.post(person.api.listing()["id"], "ebay")["jobId"]

    async def scenario() -> None:
        page = person.page
        await person.sign_in(to=f"/jobs/{job_id}")
        row = page.locator("[data-marketplace=ebay]")
        worker.begin(job_id, "ebay", "prepare", "fill", "fill category")
        await expect(row).to_contain_text("Filling category")
        before = await row.locator("progress").get_attribute("value")
        await page.reload()
        await expect(row).to_contain_text("Filling category")
        assert await row.locator("progress").get_attribute("value") == before
        worker.step(job_id, "ebay", "read_back")
        await expect(row).to_contain_text("Reading the form back")
        worker.live(job_id, "ebay")
        await expect(page.get_by_text("1 of 1 live")).to_be_visible()

    run_async(scenario())


def test_two_sellers_see_nothing_of_each_other(
    person: Person, browser_context: BrowserContext, run_async: RunAsync
) -> None:
    api = person.api
    api.sign_in()
    listing = api.listing(title="My own secret coat")
    job_id = api.post(listing["id"])["jobId"]
    stranger = str(api.stranger().headers["authorization"]).removeprefix("Bearer ")

    async def scenario() -> None:
        await person.sign_in(stranger)
        for path in ("/", "/listings", "/activity", "/marketplaces"):
            await person.go(path)
            await expect(person.page.locator("main")).not_to_contain_text("secret coat")
        person.errors.clear()
        await person.go(f"/jobs/{job_id}")
        await expect(person.page.get_by_role("heading", name="That did not work")).to_be_visible()
        person.errors.clear()  # the browser says that the page is a 404

    run_async(scenario())


def test_the_grid_is_searched_while_typing_and_posts_what_is_chosen(person: Person, run_async: RunAsync) -> None:
    api = person.api
    api.sign_in()
    for title in ("Red coat", "Blue jeans", "Red scarf"):
        api.listing(title=title)

    async def scenario() -> None:
        page = person.page
        await person.sign_in(to="/listings")
        await expect(page.locator(".tile")).to_have_count(3)
        await page.keyboard.press("/")
        await page.keyboard.type("red ")
        await expect(page.locator(".tile")).to_have_count(2)
        await expect(page).to_have_url(re.compile("q=red"))
        for box in await page.locator(".tile [name=listing]").all():
            await box.check()
        await page.get_by_role("button", name="Post selected").click()
        await page.wait_for_url("**/post?listing=*&listing=*")
        await page.get_by_role("button", name="Post to 3 marketplaces").click()
        await page.wait_for_url("**/activity")
        await expect(page.locator("#jobs > li")).to_have_count(2)

    run_async(scenario())
