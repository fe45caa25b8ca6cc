"""The API's view of the real agents."""

from __future__ import annotations

from listing_worker.api.marketplaces import RegisteredMarketplaces
from listing_worker.demo.listing import demo_listing
from listing_worker.models import Listing, Photo
from tests.api.conftest import Api, photo


def test_every_registered_marketplace_can_be_asked() -> None:
    marketplaces = RegisteredMarketplaces()
    marketplaces.warm_up()
    for name in marketplaces.names():
        assert marketplaces.display_name(name) and marketplaces.home_url(name).startswith("https://")


def test_a_listing_that_fits_has_no_reason_and_one_that_does_not_names_the_field() -> None:
    marketplaces = RegisteredMarketplaces()
    photo = Photo(id="p", sha256="0" * 64, width=1200, height=1200, byte_count=1, key="k")
    listing = Listing.model_validate({**demo_listing("1"), "id": "l", "user_id": "u", "photos": [photo]})
    assert [marketplaces.preflight(name, listing) for name in marketplaces.names()] == [None] * len(
        marketplaces.names()
    )
    long_title = listing.model_copy(update={"title": "x" * 200})
    reasons = [marketplaces.preflight(name, long_title) for name in marketplaces.names()]
    assert any(reason is not None and reason.field == "title" and "200" in reason.message for reason in reasons)


def test_cents_where_a_marketplace_wants_whole_dollars_block_that_one_only(api: Api) -> None:
    real = RegisteredMarketplaces()
    api.marketplaces.preflight = real.preflight  # type: ignore[method-assign]
    api.sign_in()
    listing_id = api.listing(photos=0, **{**demo_listing("1"), "price": "48.50"})["id"]
    files = [("photos", ("a.jpg", photo(size=(1000, 1000)), "image/jpeg"))]
    assert api.client.post(f"/api/listings/{listing_id}/photos", files=files).status_code == 201
    posted = api.post(listing_id)
    stands = {result["marketplace"]: result for result in posted["automationResults"]}
    failed = [result for result in stands.values() if result["status"] == "failed"]
    assert failed and all(result["reason"]["field"] == "price" for result in failed)
    assert any(result["status"] == "queued" for result in stands.values())
