"""What is concluded from the seller's pages: status from the listing's own page and the lists, absence only where every
list is proven the seller's and complete, changes on the tiny marketplace."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from listing_worker.agents.after.data import AfterPublishing, Change, Mark, Orders, OwnList, OwnPage, Pictures
from listing_worker.agents.after.orders import Sale
from listing_worker.agents.base import Deed, Effect, Standing
from listing_worker.agents.marketplace import RecipeAgent
from listing_worker.agents.recipe import Publication, PublishRequest, at, css, text
from listing_worker.errors import FormChanged, ListingInvalid, PublishRefused, ReadBackDiffers
from listing_worker.models import ChangeIntent, ListingStatus, Money, OperationKind, Proof
from tests.agents.market import HOME, LISTING, RECIPE, Market, MarketVocabulary

pytestmark = pytest.mark.browser

CLOSET = RECIPE.closet
AFTER = AfterPublishing(
    own_page=OwnPage(
        there=at(css("h1.title")),
        owner=at(css(".edit")),
        gone=at(text("No such item")),
        marks=(
            Mark(status=ListingStatus.SOLD, sign=at(css(".ribbon", has_text="SOLD"))),
            Mark(status=ListingStatus.DELISTED, sign=at(css(".ribbon", has_text="INACTIVE"))),
        ),
        plain=ListingStatus.ACTIVE,
        price=at(css(".price")),
        timeout=1_500,
    ),
    lists=(
        OwnList(status=ListingStatus.ACTIVE, closet=CLOSET, own=at(css("#me")), total=r"(\d+) items"),
        OwnList(
            status=ListingStatus.SOLD, closet=CLOSET.model_copy(update={"url": f"{HOME}/sold"}), own=at(css("#me"))
        ),
    ),
    edit=Change(
        url=f"{HOME}/edit/{{id}}",
        ready=at(css("#title")),
        filled=at(css("#title")),
        press=Publication(
            button=at(css("#update")),
            request=PublishRequest(url=r"/api/publish$", error_path="errors"),
            listing_url=f"{HOME}/item/{{id}}",
            errors=at(css("#error")),
            proof_timeout=2_500,
            refusal_quiet=300,
        ),
    ),
    delist=Change(
        url=f"{HOME}/edit/{{id}}",
        ready=at(css("#more")),
        lead_up=(at(css("#more")),),
        press=Publication(
            button=at(css("#end")),
            success=at(css("#ended")),
            listing_url=f"{HOME}/item/{{id}}",
            proof_timeout=2_500,
        ),
    ),
)


class LiveMarket(RecipeAgent):
    recipe = RECIPE
    vocabulary = MarketVocabulary()
    after = AFTER


def item(*, owner: bool = True, ribbon: str = "", price: str = "$48.00") -> dict[str, Any]:
    edit = "<a class=edit>Edit</a>" if owner else ""
    ribbons = "".join(f"<i class=ribbon>{word}</i>" for word in ribbon.split())
    return {"body": f"<h1 class=title>Dress</h1><b class=price>{price}</b>{ribbons}{edit}"}


def own_list(*ids: str, me: bool = True, claims: int | None = None) -> dict[str, Any]:
    tiles = "".join(f'<li class=tile><a href="/item/{one}">Dress</a><b>$48</b></li>' for one in ids)
    sign = "<a id=me>Sam</a>" if me else ""
    total = f"<p>{len(ids) if claims is None else claims} items</p>"
    return {"body": f"<h1>My listings</h1>{sign}{total}<ul>{tiles}</ul>"}


def standing(page: Page, run_async: Any, **pages: dict[str, Any]) -> Standing:
    async def scenario() -> Standing:
        market = Market(pages={"/sold": own_list(), "/closet": own_list(), **{f"/{k}": v for k, v in pages.items()}})
        if "item" in pages:
            market.pages["/item/m1"] = market.pages.pop("/item")
        await market.serve(page.context)
        return await LiveMarket().status(page, "m1")

    answer: Standing = run_async(scenario())
    return answer


@pytest.mark.parametrize(
    ("ribbon", "status"),
    [("", ListingStatus.ACTIVE), ("SOLD", ListingStatus.SOLD), ("INACTIVE", ListingStatus.DELISTED)],
)
def test_the_sellers_own_view_of_the_page_decides(
    browser_page: Page, run_async: Any, ribbon: str, status: ListingStatus
) -> None:
    seen = standing(browser_page, run_async, item=item(ribbon=ribbon))
    assert (seen.status, seen.price_cents, seen.url) == (status, 4800, f"{HOME}/item/m1")


def test_an_order_names_its_items_once_and_a_cancelled_one_none(browser_page: Page, run_async: Any) -> None:
    orders = Orders(
        url=f"{HOME}/orders",
        ready=at(css("table")),
        row="tr",
        number=('a[href*="orderid="]', "href", r"orderid=(\d+-\d+)"),
        item=('a[href*="/item/"]', "href", r"/item/(\w+)"),
        void=r"(?i)\bcancel",
        timeout=1_500,
    )

    def row(order: str, *items: str, stands: str = "Paid") -> str:
        links = "".join(f'<a href="/item/{one}">Dress</a>' for one in items)
        return f'<tr><td><a href="/o?orderid={order}">{order}</a></td><td>{links}</td><td>{stands}</td></tr>'

    class Ordered(LiveMarket):
        after = AFTER.model_copy(update={"orders": orders})

    async def scenario() -> tuple[Sale, ...] | None:
        rows = row("1-1", "m1", "m1", "m2") + row("1-2", "m3", stands="Canceled by buyer") + "<tr><td>m4</td></tr>"
        market = Market(pages={"/orders": {"body": f"<table>{rows}</table>"}})
        await market.serve(browser_page.context)
        assert await LiveMarket().own_orders(browser_page) is None
        return await Ordered().own_orders(browser_page)

    assert run_async(scenario()) == (Sale("1-1", "m1"), Sale("1-1", "m2"))


def test_two_signs_that_contradict_each_other_are_unknown(browser_page: Page, run_async: Any) -> None:
    assert standing(browser_page, run_async, item=item(ribbon="SOLD INACTIVE")).status is ListingStatus.UNKNOWN


def test_a_page_that_anybody_could_see_counts_only_if_the_lists_agree(browser_page: Page, run_async: Any) -> None:
    sold = item(owner=False, ribbon="SOLD")
    assert standing(browser_page, run_async, item=sold).status is ListingStatus.SOLD
    assert standing(browser_page, run_async, item=sold, closet=own_list("m1")).status is ListingStatus.UNKNOWN
    assert standing(browser_page, run_async, item=item(owner=False), closet=own_list("m1")).status is (
        ListingStatus.ACTIVE
    )
    assert standing(browser_page, run_async, item=item(owner=False)).status is ListingStatus.UNKNOWN


def test_gone_needs_every_list_complete(browser_page: Page, run_async: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scar: a stale session or half a page made live listings look gone."""
    monkeypatch.setattr("listing_worker.agents.after.own_lists.OWN_WITHIN", 200)
    missing = {"body": "<h1>No such item</h1>", "status": 404}
    assert standing(browser_page, run_async, item=missing).status is ListingStatus.GONE
    for doubt in (
        {"closet": own_list("m2", claims=30)},  # the page itself says that there are more
        {"closet": own_list("m2", me=False)},  # not proven to be ours
        {"sold": own_list(me=False)},
        {"closet": own_list("m1")},  # one page says gone, the other has it
    ):
        assert standing(browser_page, run_async, item=missing, **doubt).status is ListingStatus.UNKNOWN, doubt


def test_a_page_that_does_not_load_is_unknown(browser_page: Page, run_async: Any) -> None:
    seen = standing(browser_page, run_async, item={"body": "<p>…</p>"})
    assert seen.status is ListingStatus.UNKNOWN
    assert "did not show" in seen.seen


PAGED = """<h1>My listings</h1><a id=me>Sam</a><p>3 items</p><ul></ul><button id=next>Next</button><script>
  const pages = [['m1', 'm2'], %(second)s]; let at = 0;
  const show = () => { document.querySelector('ul').innerHTML =
    pages[at].map(i => `<li class=tile><a href="/item/${i}">Dress</a></li>`).join('');
    next.disabled = at === pages.length - 1; };
  const next = document.getElementById('next');
  next.onclick = () => { at++; setTimeout(show, 60); }; show();
</script>"""


@pytest.mark.parametrize(("second", "ids", "complete"), [("['m3']", ["m1", "m2", "m3"], True), ("[]", None, False)])
def test_a_paged_list_is_read_to_its_end_or_not_complete(
    browser_page: Page,
    run_async: Any,
    monkeypatch: pytest.MonkeyPatch,
    second: str,
    ids: list[str] | None,
    complete: bool,
) -> None:
    monkeypatch.setattr("listing_worker.agents.after.own_lists.NEXT_WITHIN", 600)

    class Paged(LiveMarket):
        after = AFTER.model_copy(
            update={"lists": (AFTER.lists[0].model_copy(update={"next": at(css("#next"))}), AFTER.lists[1])}
        )

    async def scenario() -> Any:
        market = Market(pages={"/closet": {"body": PAGED % {"second": second}}})
        await market.serve(browser_page.context)
        return await Paged().own_listings(browser_page)

    view = run_async(scenario())
    assert view.complete is complete
    if ids is not None:
        assert [each.external_id for each in view.listings] == ids


def test_a_list_that_ends_where_a_page_is_full_is_not_believed(browser_page: Page, run_async: Any) -> None:
    plain = AFTER.lists[0].model_copy(update={"total": "", "page_size": 2})

    class Full(LiveMarket):
        after = AFTER.model_copy(update={"lists": (plain, AFTER.lists[1])})

    async def scenario(*ids: str) -> bool:
        market = Market(pages={"/closet": own_list(*ids)})
        await market.serve(browser_page.context)
        return (await Full().own_listings(browser_page)).complete

    assert run_async(scenario("m1")) is True
    assert run_async(scenario("m1", "m2")) is False


EDIT = """<h1>Edit</h1><input id=title value="Floral Wrap Midi Dress"><input id=price value="%(price)s">
<p id=error hidden></p><button id=update>Update</button><button id=more>More</button><div id=menu></div><script>
  const keeps = %(keeps)s;
  if (!keeps) price.oninput = () => { price.value = '48.00'; };
  update.onclick = async () => { const a = await fetch('/api/publish', {method: 'POST', body: '{}'}); };
  more.onclick = () => { menu.innerHTML = '<button id=end>End</button>';
    document.getElementById('end').onclick = () => { menu.innerHTML = '<p id=ended>Ended</p>'; }; };
</script>"""


def changed(
    page: Page, run_async: Any, kind: OperationKind, *, price: str = "48.00", keeps: str = "true", **answer: Any
) -> tuple[Proof | None, list[ChangeIntent], int, Market]:
    intents: list[ChangeIntent] = []
    presses: list[int] = []

    async def commit(intent: ChangeIntent) -> None:
        assert not presses
        intents.append(intent)

    market = Market(pages={"/edit/m1": {"body": EDIT % {"price": price, "keeps": keeps}}})
    market.answer = {"status": 200, "json": answer}

    async def scenario() -> Proof | None:
        await market.serve(page.context)
        listing = LISTING.model_copy(update={"price": Money.of(41)})
        deed = Deed(kind, "m1", listing, commit=commit, may_press=lambda: presses.append(len(intents)))
        agent = LiveMarket()
        proof: Proof | None = await getattr(agent, kind.value)(page, deed)
        return proof

    proof = run_async(scenario())
    assert presses == [1] * len(presses), "every press has its intent"
    return proof, intents, len(presses), market


def test_a_price_is_filled_read_back_committed_and_pressed_once(browser_page: Page, run_async: Any) -> None:
    proof, intents, presses, market = changed(browser_page, run_async, OperationKind.CHANGE_PRICE)
    assert proof is not None
    assert proof.external_id == "m1"
    assert [(i.kind, i.external_id, i.meant) for i in intents] == [
        (OperationKind.CHANGE_PRICE, "m1", {"price": "41.00"})
    ]
    assert (presses, market.publishes) == (1, 1)


def test_a_price_that_is_there_already_is_not_pressed(browser_page: Page, run_async: Any) -> None:
    proof, intents, presses, market = changed(browser_page, run_async, OperationKind.CHANGE_PRICE, price="41.00")
    assert (proof, intents, presses, market.publishes) == (None, [], 0, 0)


def test_a_form_that_does_not_take_the_price_stops_before_the_intent(browser_page: Page, run_async: Any) -> None:
    with pytest.raises(ReadBackDiffers):
        changed(browser_page, run_async, OperationKind.CHANGE_PRICE, keeps="false")


def test_what_the_site_refuses_is_told(browser_page: Page, run_async: Any) -> None:
    with pytest.raises(PublishRefused, match="Not now"):
        changed(browser_page, run_async, OperationKind.CHANGE_PRICE, errors=[{"message": "Not now"}])


def test_a_press_without_a_request_is_proved_by_its_view(browser_page: Page, run_async: Any) -> None:
    proof, intents, presses, _ = changed(browser_page, run_async, OperationKind.DELIST)
    assert proof is not None
    assert (len(intents), presses) == (1, 1)


def test_what_the_data_does_not_tell_cannot_be_done(browser_page: Page, run_async: Any) -> None:
    assert not LiveMarket().can(OperationKind.RELIST)
    with pytest.raises(ListingInvalid, match="relist"):
        changed(browser_page, run_async, OperationKind.RELIST)

    class Bare(LiveMarket):
        after = None

    assert not Bare().can(OperationKind.CHECK)
    assert Bare().can(OperationKind.DRY_RUN)
    with pytest.raises(FormChanged):
        run_async(Bare().status(browser_page, "m1"))


def test_a_field_that_the_form_does_not_have_is_refused_before_a_page_opens(browser_page: Page, run_async: Any) -> None:
    async def scenario() -> None:
        deed = Deed(OperationKind.EDIT, "m1", LISTING, ("title", "colors"))
        await LiveMarket().edit(browser_page, deed)

    with pytest.raises(ListingInvalid, match="colors"):
        run_async(scenario())
    assert browser_page.url == "about:blank"


@pytest.mark.parametrize(
    ("kind", "ribbon", "price", "holds"),
    [
        (OperationKind.DELIST, "INACTIVE", "$48", True),
        (OperationKind.DELIST, "SOLD", "$48", True),
        (OperationKind.DELIST, "", "$48", False),
        (OperationKind.RELIST, "", "$48", True),
        (OperationKind.RELIST, "INACTIVE", "$48", False),
        (OperationKind.CHANGE_PRICE, "", "$41", True),
        (OperationKind.CHANGE_PRICE, "", "$48", False),
        (OperationKind.CHANGE_PRICE, "SOLD", "$41", False),
    ],
)
def test_whether_a_deed_took_effect_is_seen_on_the_listing(
    browser_page: Page, run_async: Any, kind: OperationKind, ribbon: str, price: str, holds: bool
) -> None:
    async def scenario() -> Effect:
        market = Market(pages={"/item/m1": item(ribbon=ribbon, price=price)})
        await market.serve(browser_page.context)
        listing = LISTING.model_copy(update={"price": Money.of(41)})
        return await LiveMarket().in_effect(browser_page, Deed(kind, "m1", listing))

    assert run_async(scenario()).holds is holds


def test_pictures_are_read_in_order_each_once(browser_page: Page, run_async: Any) -> None:
    class Pictured(LiveMarket):
        after = AFTER.model_copy(
            update={
                "own_page": AFTER.own_page.model_copy(
                    update={"pictures": Pictures(css="img", name=r"/img/(\w+)_", larger=(r"_small", "_large"))}
                )
            }
        )

    async def scenario() -> list[bytes] | None:
        tags = "".join(f'<img src="/img/{name}_small.jpg">' for name in ("b", "a", "b"))
        market = Market(pages={"/item/m1": {"body": f"<h1 class=title>D</h1>{tags}"}})
        for name in ("a", "b"):
            market.pages[f"/img/{name}_large.jpg"] = {"body": name, "content_type": "image/jpeg"}
        await market.serve(browser_page.context)
        return await Pictured().live_pictures(browser_page, "m1")

    assert run_async(scenario()) == [b"b", b"a"]
