"""Changing, adopting and comparing as a person does it, in a real Chromium; every page kept as pictures."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.async_api import expect

from listing_worker.demo.photos import demo_photos
from listing_worker.inventory.matching.pictures import Shot
from listing_worker.utils.images import prepare_photo
from tests.api.conftest import Api, Json
from tests.api.test_adopting import TITLE, link_now
from tests.api.test_batches import finish, live
from tests.api.test_drift import MINE, done, report
from tests.api.web.conftest import WAIT, Person
from tests.fixtures.chromium import RunAsync

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=WAIT)
DESCRIPTION = (
    "Free People wrap midi dress with a floral print. Worn twice to weddings, no flaws that I can find. The tie is at "
    "the waist, the sleeves are short, and it falls to just below the knee. From a home without pets or smoke."
)


def with_photos(api: Api, listing: str, first: int) -> None:
    pictures = demo_photos()
    files = [("photos", (f"{n}.jpg", pictures[(first + n) % len(pictures)], "image/jpeg")) for n in range(2)]
    assert api.client.post(f"/api/listings/{listing}/photos", files=files).status_code == 201


def found_with_photos(api: Api, site: str, external_id: str, title: str, cents: int, first: int) -> str:
    """As if the account's list and the listing's page had been read, with real photos."""
    user = api.owner.user_id
    api.store.request_import(user, [site])
    claim = api.store.claim_import(user, site, "worker", 30)
    known = [
        {"external_id": row["external_id"], "url": row["url"], "title": row["title"], "price_cents": row["price_cents"]}
        for row in api.store.list_found(user, "all")
        if row["marketplace"] == site
    ]
    url = f"https://www.{site}.com/item/{external_id}"
    new = {"external_id": external_id, "url": url, "title": title, "price_cents": cents}
    put = api.store.put_found(user, site, claim["fence"], [*known, new], complete=True)
    pictures = demo_photos()
    for unread in put["unread"]:
        photos, prints = [], []
        for n in range(2):
            prepared = prepare_photo(pictures[(first + n) % len(pictures)])
            key = api.app.state.resources.photos.put(user, prepared.photo.id, prepared.data)
            photos.append(prepared.stored_at(key).photo.model_dump(mode="json"))
            prints.append(Shot.of(pictures[(first + n) % len(pictures)]).text)
        api.store.note_found(user, unread["id"], {"photos": photos, "prints": prints})
    api.store.finish_import(user, site, claim["fence"], {"seen": 1 + len(known), "linked": 0, "questions": 1}, None)
    return next(row["id"] for row in api.store.list_found(user, "all") if row["external_id"] == external_id)


def rows_of(api: Api, batch: str) -> list[Json]:
    rows: list[Json] = api.client.get(f"/api/batches/{batch}").json()["rows"]
    return rows


def test_one_listing_is_changed_after_its_difference_was_seen_then_undone(person: Person, run_async: RunAsync) -> None:
    api = person.api
    listing, _ = live(api, "poshmark", "ebay", "mercari", title=MINE, description=DESCRIPTION)
    with_photos(api, listing, 0)
    api.client.put("/api/price-rules/ebay", json={"ratio": 1.1, "ending": 99})

    async def scenario() -> None:
        page = person.page
        await person.sign_in(to=f"/listings/{listing}")
        await page.get_by_role("link", name="Change where it is live").click()
        await person.looks("change")
        await page.get_by_label("Price", exact=True).fill("42")
        await page.get_by_label("Description").fill(DESCRIPTION.replace("Worn twice", "Worn three times"))
        await page.get_by_role("button", name="Show what changes").click()
        ebay = page.locator("[data-marketplace=ebay]")
        await expect(ebay).to_contain_text("$46.99")
        await expect(ebay).to_contain_text("after fees")
        await person.looks("change-preview")
        await page.get_by_role("checkbox", name="One first").uncheck()
        await page.get_by_role("button", name="Change on 3 places").click()
        await page.wait_for_url("**/batches/*")
        batch = page.url.rpartition("/")[2]
        await person.looks("batch-working")
        for row in rows_of(api, batch):
            finish(api, row, "failed" if row["marketplace"] == "mercari" else "done")
        api.client.post(f"/api/batches/{batch}/pause")
        await expect(page.locator("[data-batch-state=paused]")).to_be_visible()
        await expect(page.locator("[data-marketplace=mercari]")).to_contain_text("Failed")
        await person.looks("batch-failed")
        await page.get_by_role("button", name="Try the failed again").click()
        await expect(page.get_by_text("1 under way")).to_be_visible()
        finish(api, next(row for row in rows_of(api, batch) if row["marketplace"] == "mercari"))
        api.client.post(f"/api/batches/{batch}/cancel")
        await expect(page.get_by_role("button", name="Undo")).to_be_visible()
        await page.get_by_role("button", name="Undo").click()
        await expect(page.get_by_text("This undoes")).to_be_visible()
        await person.go("/batches")
        await person.looks("batches")

    run_async(scenario())
    assert api.client.get(f"/api/listings/{listing}").json()["price"] == "48.00"


def test_a_selection_is_priced_and_taken_down_from_the_grid(person: Person, run_async: RunAsync) -> None:
    api = person.api
    for n, (title, price) in enumerate([(MINE, "48"), ("Levi's 501 jeans", "39"), ("Nike Air Max 90", "72")]):
        listing, _ = live(api, "poshmark", "ebay", title=title, price=price, sku=f"S-{n}")
        with_photos(api, listing, n)

    async def scenario() -> None:
        page = person.page
        await person.sign_in(to="/listings")
        for box in await page.locator(".tile [name=listing]").all():
            await box.check()
        await person.looks("listings-selected")
        await page.get_by_role("button", name="Change…").click()
        await page.get_by_role("radio", name="By percent").check()
        await page.locator("#percent").fill("-10")
        await person.looks("change-many")
        await page.get_by_role("button", name="Show what changes").click()
        await person.looks("change-many-preview")
        await expect(page.get_by_role("checkbox", name="One first")).to_be_checked()
        await page.get_by_role("button", name="Change 6 prices").click()
        await expect(page.locator("[data-batch-state=rehearsing]")).to_be_visible()
        batch = page.url.rpartition("/")[2]
        finish(api, rows_of(api, batch)[0])
        api.store.move_batch(batch, ["rehearsing"], "rehearsed", "The first one went well. Look at it, then say go on.")
        await expect(page.locator("[data-batch-state=rehearsed]")).to_be_visible()
        await person.looks("batch-rehearsed")
        await page.get_by_role("button", name="Go on").click()
        await expect(page.locator("[data-batch-state=running]")).to_be_visible()

    run_async(scenario())


def test_what_is_live_already_is_adopted_by_answers(person: Person, run_async: RunAsync) -> None:
    api = person.api
    api.sign_in("ebay", "poshmark", "mercari")
    mine = api.listing(0, title=TITLE, sku=None)
    with_photos(api, mine["id"], 0)
    found_with_photos(api, "ebay", "111111111111", "Free People floral midi dress boho blue", 4999, 0)
    here = found_with_photos(api, "ebay", "222222222222", "Coach leather crossbody bag", 12000, 3)
    found_with_photos(api, "poshmark", "b" * 24, "Patagonia fleece, men's medium", 5500, 5)
    link_now(api)

    async def scenario() -> None:
        page = person.page
        await person.sign_in(to="/adopting")
        await person.looks("adopting")
        question = page.locator(".question").first
        await question.get_by_role("button", name="The same item").click()
        await expect(page.get_by_text("Noted: the same item.")).to_be_visible()
        row = page.locator(f"#f-{here}")
        await row.get_by_text("Make a listing of it").click()
        await row.get_by_label("Description").fill("Barely used.")
        await row.get_by_label("Condition").select_option("like_new")
        await row.get_by_label("Category").fill("Women > Bags > Crossbody Bags")
        await person.looks("adopting-make")
        await row.get_by_role("button", name="Make the listing").click()
        await expect(page.get_by_text("It is a listing of yours now.")).to_be_visible()
        await person.looks("adopting-linked")
        await page.get_by_role("button", name="Unlink Coach").click()
        await expect(page.get_by_text("Unlinked.")).to_be_visible()

    run_async(scenario())


def test_when_an_item_sells_and_the_rules(person: Person, run_async: RunAsync) -> None:
    api = person.api
    listing, _ = live(api, "poshmark", "ebay", title=MINE)
    with_photos(api, listing, 0)

    async def scenario() -> None:
        page = person.page
        await person.sign_in(to=f"/listings/{listing}")
        await page.get_by_role("link", name="When it sells").click()
        await page.get_by_role("checkbox", name="Poshmark").check()
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("Saved.")).to_be_visible()
        await expect(page.get_by_role("checkbox", name="Poshmark")).to_be_checked()
        await page.get_by_text("It was sold", exact=True).click()
        await page.get_by_role("button", name="Sold on eBay").click()
        await expect(page.get_by_role("heading", name="Being taken down")).to_be_visible()
        await person.looks("when-sold")
        await person.go("/rules")
        ebay = page.get_by_role("region", name="eBay")
        await ebay.get_by_role("radio", name="Times").check()
        await ebay.get_by_role("textbox", name="Times").fill("1.1")
        await ebay.get_by_label("Ends in").fill("99")
        await ebay.get_by_role("button", name="Save price rule eBay").click()
        await expect(ebay.get_by_text("Saved.")).to_be_visible()
        await person.looks("rules")

    run_async(scenario())
    assert api.client.get("/api/price-rules").json()["rules"] == {"ebay": {"ratio": 1.1, "ending": 99}}


def test_differences_are_compared_and_settled(person: Person, run_async: RunAsync) -> None:
    api = person.api
    listing, postings = live(api, "ebay", title=MINE, description=DESCRIPTION)
    with_photos(api, listing, 0)

    async def scenario() -> None:
        page = person.page
        await person.sign_in(to="/drift")
        await person.looks("drift-first")
        await page.get_by_role("button", name="Compare all").click()
        await page.wait_for_url("**/batches/*")
        fields = [
            report("title", MINE, "Wrap dress, blue"), report("price", "48.00", "$52.00"),
            report("condition", "Good", "Fair"),
            report("description", DESCRIPTION, DESCRIPTION.replace("twice", "once")),
        ]  # fmt: skip
        photos = {"same": False, "ours": 3, "message": "Photos differ from yours: missing: 1."}
        [row] = rows_of(api, page.url.rpartition("/")[2])
        done(api, row["operation_id"], fields=fields, photos=photos, seen_at=datetime.now(UTC).isoformat())
        await page.get_by_role("link", name="Differences").click()
        card = page.locator(f"#p-{postings['ebay']}")
        await expect(card).to_contain_text("Wrap dress, blue")
        await person.looks("drift")
        await card.locator("[data-field=title]").get_by_role("button", name="Keep theirs").click()
        await expect(card.locator("[data-field=title]")).to_have_count(0)
        await card.locator("[data-field=photos]").get_by_role("button", name="Leave it").click()
        await expect(card.locator("[data-field=photos]")).to_have_count(0)
        price = card.locator("[data-field=price]")
        await price.get_by_text("Say something else on both").click()
        await price.get_by_label("What both shall say").fill("50")
        await price.get_by_role("button", name="Change both").click()
        await expect(price).to_contain_text("Being sent there.")
        await person.looks("drift-settled")

    run_async(scenario())
    assert api.client.get(f"/api/listings/{listing}").json()["overrides"]["ebay"]["title"] == "Wrap dress, blue"
