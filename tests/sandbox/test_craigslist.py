"""The Craigslist replica's pages from sign-in to the live posting and what can be done with it (fact: craigslist)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from listing_worker.sandbox.craigslist import catalogue
from listing_worker.sandbox.craigslist.site import CraigslistSite
from listing_worker.sandbox.site import difference_hash
from tests.sandbox.craigslist_seller import ACCOUNTS, BODY, FORM, POST, TITLE, Seller


@pytest.fixture
def site() -> CraigslistSite:
    return CraigslistSite("canary-craigslist")


@pytest.fixture
def guest(site: CraigslistSite) -> Seller:
    return Seller(site)


@pytest.fixture
def seller(guest: Seller) -> Seller:
    guest.sign_in()
    return guest


# ---- signing in ----


def test_the_session_is_a_hidden_cookie_with_the_canary(seller: Seller) -> None:
    assert seller.page.url.path == "/login/home"
    assert "home of seller@example.com" in seller.text
    jar = {cookie.name: cookie for cookie in seller.client.cookies.jar}
    assert set(jar) == {"cl_session", "cl_login", "cl_b", "cl_tocmode", "cl_def_hp"}
    assert "canary-craigslist" in str(jar["cl_session"].value)
    assert all(cookie.domain == ".craigslist.org" and cookie.secure for cookie in jar.values())


def test_the_account_of_a_guest_is_the_login_page_and_leads_back(guest: Seller) -> None:
    guest.open(f"{ACCOUNTS}/login/home?show_tab=drafts")
    assert guest.page.url.path == "/login"
    assert guest.page.url.params["rp"] == f"{ACCOUNTS}/login/home?show_tab=drafts"
    form = guest.form("inputPassword")
    guest.send(form, {"inputEmailHandle": "seller@example.com", "inputPassword": "wrong"})
    assert "not correct" in guest.text
    guest.send(guest.form("inputPassword"), {"inputPassword": "sandbox-password"})
    assert guest.page.url.params["show_tab"] == "drafts"


def test_a_return_address_elsewhere_is_not_followed(guest: Seller) -> None:
    guest.open(f"{ACCOUNTS}/login?rp=https://evil.example/craigslist.org")
    guest.send(
        guest.form("inputPassword"), {"inputEmailHandle": "seller@example.com", "inputPassword": "sandbox-password"}
    )
    assert str(guest.page.url) == f"{ACCOUNTS}/login/home"


def test_a_mailed_link_signs_in_once(guest: Seller) -> None:
    guest.open(f"{ACCOUNTS}/login")
    guest.send(guest.form("inputPassword"), {"inputEmailHandle": "seller@example.com"}, button="emailLink")
    assert "check your email" in guest.text
    link = guest.site.received()["messages"][0]["link"]
    guest.open(link)
    assert guest.page.url.path == "/login/home"
    guest.open(link)
    assert guest.page.status_code == 404


# ---- the chain ----


def test_the_chain_goes_through_the_steps_of_the_sheet(seller: Seller) -> None:
    seller.open(f"{POST}/c/sfo")
    assert re.fullmatch(r"/k/\w{22}/\w{5}", seller.page.url.path)
    assert seller.step == "subarea"
    assert 'class="post subarea"' in seller.page.text
    seller.choose("city of san francisco")
    assert seller.step == "hood"
    seller.choose("noe valley")
    assert seller.step == "type"
    assert seller.form("go").options["id"]["for sale by owner"] == "fso"
    seller.choose("for sale by owner")
    assert seller.step == "cat"
    assert len(seller.form("go").options["id"]) == 45
    seller.choose("electronics")
    assert seller.step == "edit"
    seller.send(seller.form("postingForm"), FORM)
    assert seller.step == "geoverify"
    seller.send(seller.form("lat"))
    assert seller.step == "editimage"
    assert "this posting has 0 images" in seller.text
    seller.send(next(form for form in seller.forms if form.values.get("a") == "fin"))
    assert seller.step == "preview"
    assert "this is an unpublished draft" in seller.text
    seller.publish()
    assert (seller.step, seller.page.status_code) == ("", 200)
    assert "Thanks for posting" in seller.text
    (posting,) = seller.site.listings.values()
    assert re.fullmatch(r"https://sfbay\.craigslist\.org/sfc/ele/d/oak-chair-four-legs/\d{10}\.html", posting.url)
    assert f'href="{posting.url}"' in seller.page.text


def test_what_was_posted_is_recorded_field_by_field(seller: Seller, photo_files: list[Path]) -> None:
    seller.to_form()
    seller.to_preview(
        photo_files,
        geographic_area="North End",
        sale_manufacturer="Acme",
        sale_model="C-4",
        sale_size="40 x 40",
        condition="40",
        delivery_available="1",
        PostingBody=BODY.replace("\n", "\r\n") + "  \r\n",
    )
    seller.publish()
    posting = next(iter(seller.site.received()["listings"]))
    assert posting["status"] == "live"
    assert re.fullmatch(r"\d{10}", posting["id"])
    assert (posting["title"], posting["description"], posting["price_cents"]) == (TITLE, BODY, 4500)
    assert posting["category"] == ["for sale by owner", "furniture"]
    assert (posting["condition"], posting["brand"], posting["size"]) == ("40", "Acme", "40 x 40")
    assert posting["shipping"] == {"delivery": True, "zip": "85004"}
    assert posting["attributes"] == {
        "sale_model": ["C-4"],
        "language": ["5"],
        "Privacy": ["C"],
        "delivery_available": ["1"],
    }
    assert posting["fields"]["geographic_area"] == "North End"
    assert posting["fields"]["FromEMail"] == "seller@example.com"
    assert posting["fields"]["asked"]["map"]["postal"] == "85004"
    assert posting["publish_requests"] == 1
    assert [p["dhash"] for p in posting["photos"]] == [difference_hash(Image.open(path)) for path in photo_files]


def test_the_site_nearest_can_be_chosen_when_the_address_names_none(seller: Seller) -> None:
    seller.open(f"{POST}/")
    assert seller.step == "area"
    form = seller.form("n")
    seller.send(form, {"n": form.options["n"]["boise"]})
    assert seller.step == "type"


def test_an_account_with_postings_is_offered_to_copy_one(seller: Seller) -> None:
    seller.post()
    seller.open(f"{POST}/c/boi")
    assert seller.step == "copyfromanother"
    (posting,) = seller.site.listings.values()
    seller.send(next(f for f in seller.forms if "posting_id" in f.options), {"posting_id": posting.id})
    seller.choose("for sale by owner")
    seller.choose("furniture")
    assert seller.form("postingForm").values["PostingTitle"] == TITLE
    seller.open(f"{POST}/c/boi")
    seller.send(seller.form("brand_new_post"))
    assert seller.step == "type"


def test_a_step_ahead_bounces_back_and_an_open_chain_resumes_where_it_was(seller: Seller) -> None:
    seller.to_form()
    chain = str(seller.page.url.copy_with(query=None))
    seller.open(f"{chain}?s=editimage")
    assert seller.step == "edit"
    seller.send(seller.form("postingForm"), FORM)
    seller.open(chain)
    assert seller.step == "geoverify"
    seller.open(f"{chain}?s=edit")
    assert seller.form("postingForm").values["PostingBody"] == BODY


@pytest.mark.parametrize("token", ["", "U2FsdGVkX1made-up"])
def test_a_page_without_its_own_token_is_not_taken(seller: Seller, token: str) -> None:
    seller.to_form()
    seller.send(seller.form("postingForm"), {**FORM, "cryptedStepCheck": token})
    assert seller.step == "edit"
    assert seller.site.listings == {}


def test_a_page_is_taken_once(seller: Seller) -> None:
    seller.to_form()
    seller.to_preview()
    form = seller.form("publish_top")
    assert form.values["cryptedStepCheck"].startswith("U2FsdGVkX1")
    page = seller.page
    seller.send(form)
    seller.page = page
    seller.send(form)
    assert "Thanks for posting" in seller.text
    assert [p.status for p in seller.site.listings.values()] == ["live"]
    assert seller.site.publish_requests == 2


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"PostingTitle": ""}, "please enter a posting title"),
        ({"PostingTitle": "x" * 71}, "the posting title is too long"),
        ({"PostingBody": " \n"}, "please enter a description"),
        ({"postal": "somewhere"}, "please enter a valid ZIP / postal code"),
        ({"price": "45.50"}, "please enter a whole number"),
        ({"language": ""}, "please choose a language"),
        ({"condition": "70"}, "please choose a condition"),
    ],
)
def test_a_wrong_answer_comes_back_on_the_same_page(seller: Seller, change: dict[str, str], sentence: str) -> None:
    seller.to_form()
    seller.send(seller.form("postingForm"), {**FORM, **change})
    assert seller.step == "edit"
    assert sentence in seller.text
    assert seller.form("postingForm").values["sale_model"] == ""
    assert seller.site.listings == {}


def test_the_form_has_the_fields_and_presets_of_the_sheet(seller: Seller) -> None:
    seller.to_form()
    form = seller.form("postingForm")
    assert form.options["condition"] == {"-": "", **{label: value for value, label in catalogue.CONDITIONS.items()}}
    assert (form.values["language"], form.values["Privacy"]) == ("5", "C")
    assert form.values["FromEMail"] == "seller@example.com"
    named = {
        "price",
        "geographic_area",
        "postal",
        "sale_manufacturer",
        "sale_model",
        "sale_size",
        "contact_phone",
        "city",
    }
    assert named <= set(form.values)
    assert set(form.options["Privacy"].values()) == {"C", "P", "A"}


def test_contact_preferences_can_be_kept(seller: Seller) -> None:
    seller.post(Privacy="A", save_contact_preferences="1")
    seller.to_form()
    assert seller.form("postingForm").values["Privacy"] == "A"


# ---- photos ----


def test_photos_can_be_removed_and_put_in_order(seller: Seller, photo_files: list[Path]) -> None:
    seller.to_form()
    seller.send(seller.form("postingForm"), FORM)
    seller.send(seller.form("lat"))
    seller.add_photos(photo_files[:3])
    assert "this posting has 3 images" in seller.text
    assert seller.page.text.count('class="imgbox"') == 3
    first, second, third = (p.id for p in next(iter(seller.site.listings.values())).photos)
    seller.send(next(f for f in seller.forms if f.values.get("image") == second))
    seller.send(seller.form("order"), {"order": f"{third},{first}"})
    assert [p.id for p in next(iter(seller.site.listings.values())).photos] == [third, first]


def test_the_image_host_serves_what_was_uploaded_in_the_sites_sizes(seller: Seller, photo_files: list[Path]) -> None:
    seller.post(photos=photo_files[:1])
    (posting,) = seller.site.listings.values()
    seller.open(posting.url)
    found = re.search(r"https://images\.craigslist\.org/\w+_600x450\.jpg", seller.page.text)
    assert found
    assert seller.client.get(found[0]).headers["content-type"] == "image/jpeg"
    assert seller.client.get(found[0].replace("600x450", "7x7")).status_code == 404


def test_only_pictures_are_taken(seller: Seller, tmp_path: Path) -> None:
    (tmp_path / "note.jpg").write_text("no picture")
    seller.to_form()
    seller.send(seller.form("postingForm"), FORM)
    seller.send(seller.form("lat"))
    seller.add_photos([tmp_path / "note.jpg"])
    assert "this type of file is not supported" in seller.text
    assert "this posting has 0 images" in seller.text


# ---- after the post ----


def test_the_postings_table_tells_every_posting_with_its_price(seller: Seller) -> None:
    posting = seller.post()
    seller.open(f"{ACCOUNTS}/login/home?filter_page=1&show_tab=postings")
    assert f'<td class="status active" data-postingid="{posting["id"]}">' in seller.page.text
    assert f'<a href="{posting["url"]}">{TITLE} - $45</a>' in seller.page.text
    actions = [f.values["action"] for f in seller.forms if f.attributes.get("class", "").startswith("manage")]
    assert actions == ["display", "edit", "delete"]


def test_the_postings_table_has_pages_to_the_end(seller: Seller) -> None:
    seller.site.faults.update({"variant": "short_pages"})
    for number in range(5):
        seller.post(PostingTitle=f"Chair {number}")
    shown = []
    for number in (1, 2, 3):
        seller.open(f"{ACCOUNTS}/login/home?filter_page={number}&show_tab=postings")
        shown.append(re.findall(r'class="title"><a [^>]*>(Chair \d)', seller.page.text))
    assert shown == [["Chair 4", "Chair 3"], ["Chair 2", "Chair 1"], ["Chair 0"]]


def test_an_unfinished_posting_is_a_draft_that_can_be_taken_up(seller: Seller) -> None:
    seller.to_form()
    seller.send(seller.form("postingForm"), FORM)
    seller.open(f"{ACCOUNTS}/login/home?show_tab=drafts")
    found = re.search(rf'<a href="({POST}/k/[^"]+)">{TITLE} - \$45</a>', seller.page.text)
    assert found
    seller.open(found[1])
    assert seller.step == "geoverify"
    assert [p.status for p in seller.site.listings.values()] == ["draft"]


def test_a_draft_is_deleted_from_its_tab_and_its_address_leads_nowhere(seller: Seller) -> None:
    seller.to_form()
    seller.send(seller.form("postingForm"), FORM)
    chain = seller.page.url
    seller.open(f"{ACCOUNTS}/login/home?show_tab=drafts")
    form = next(f for f in seller.forms if f.values.get("action") == "delete")
    seller.send(form, {"crypt": "forged"})
    assert seller.page.status_code == 403
    assert [p.status for p in seller.site.listings.values()] == ["draft"]
    seller.send(form)
    assert [p.status for p in seller.site.listings.values()] == ["deleted"]
    seller.open(f"{ACCOUNTS}/login/home?show_tab=drafts")
    assert "no drafts" in seller.text
    seller.open(str(chain))
    assert seller.page.status_code == 404


def test_an_edit_changes_the_same_posting_and_is_no_second_publishing(seller: Seller, photo_files: list[Path]) -> None:
    posting = seller.post(photos=photo_files[:2])
    seller.open(f"{ACCOUNTS}/login/home")
    seller.send(next(f for f in seller.forms if f.values.get("action") == "edit"))
    assert seller.step == "edit"
    seller.send(seller.form("postingForm"), {"price": "40"})
    assert seller.site.listings[posting["id"]].price_cents == 4500, "nothing changes before the end"
    seller.send(seller.form("lat"))
    seller.send(next(f for f in seller.forms if f.values.get("a") == "fin"))
    seller.publish()
    changed = seller.site.listings[posting["id"]]
    assert (changed.price_cents, changed.url, len(changed.photos)) == (4000, posting["url"], 2)
    assert seller.site.publish_requests == 1


def test_a_deleted_posting_is_gone_for_everybody_and_says_why(seller: Seller) -> None:
    posting = seller.post()
    seller.open(f"{ACCOUNTS}/login/home")
    form = next(f for f in seller.forms if f.values.get("action") == "delete")
    assert form.attributes["data-delete-url"] == f"{ACCOUNTS}/posting/delete"
    wanted = {"posting_id": posting["id"], "action": "delete"}
    assert seller.client.post(f"{ACCOUNTS}/posting/delete", data=wanted).status_code == 403, "without its crypt"
    wanted["crypt"] = form.values["crypt"]
    assert seller.client.post(f"{ACCOUNTS}/posting/delete", data=wanted).json() == {"success": 1}
    seller.open(posting["url"])
    assert seller.page.status_code == 410
    assert "This posting has been deleted by its author." in seller.text
    seller.open(f"{ACCOUNTS}/login/home")
    assert 'class="status deleted"' in seller.page.text


def test_the_older_way_to_delete_asks_first_and_can_be_undone(seller: Seller) -> None:
    posting = seller.post()
    seller.site.faults.update({"variant": "classic_delete"})
    seller.open(f"{ACCOUNTS}/login/home")
    seller.send(next(f for f in seller.forms if f.values.get("action") == "delete"))
    assert seller.site.listings[posting["id"]].status == "live"
    seller.send(next(f for f in seller.forms if f.has("confirmed")))
    assert seller.site.listings[posting["id"]].status == "deleted"
    seller.send(next(f for f in seller.forms if f.values.get("action") == "undelete"))
    assert seller.site.listings[posting["id"]].status == "live"


@pytest.mark.parametrize(
    ("status", "word", "sentence"),
    [
        ("expired", "expired", "This posting has expired."),
        ("flagged", "removed", "This posting has been flagged for removal."),
    ],
)
def test_an_ended_posting_says_how_it_ended(seller: Seller, status: str, word: str, sentence: str) -> None:
    posting = seller.post()
    seller.site.listings[posting["id"]].status = status
    seller.open(posting["url"])
    assert seller.page.status_code == 410
    assert sentence in seller.text
    seller.open(f"{ACCOUNTS}/login/home")
    assert f'class="status {word}"' in seller.page.text


def test_a_repost_is_a_new_posting(seller: Seller) -> None:
    posting = seller.post()
    seller.site.listings[posting["id"]].status = "expired"
    seller.open(f"{POST}/manage/{posting['id']}?action=repost")
    assert seller.step == "edit"
    seller.to_preview()
    seller.publish()
    assert [p.status for p in seller.site.listings.values()] == ["expired", "live"]


def test_renewing_keeps_the_posting_and_waits_two_days(seller: Seller) -> None:
    posting = seller.post()
    seller.open(f"{POST}/manage/{posting['id']}")
    assert not any(f.values.get("action") == "renew" for f in seller.forms)
    seller.site.faults.update({"variant": "aged"})
    seller.open(f"{POST}/manage/{posting['id']}")
    seller.send(next(f for f in seller.forms if f.values.get("action") == "renew"))
    assert "this posting has been renewed" in seller.text
    assert list(seller.site.listings) == [posting["id"]]


def test_what_another_seller_posted_cannot_be_managed(seller: Seller) -> None:
    posting = seller.post()
    other = Seller(seller.site)
    other.open(f"{POST}/manage/{posting['id']}")
    assert other.page.url.path == "/login"
    seller.site.listings[posting["id"]].account = "somebody@example.com"
    seller.open(f"{POST}/manage/{posting['id']}?action=edit")
    assert seller.page.status_code == 404


def test_the_public_page_and_search_show_the_posting(seller: Seller) -> None:
    posting = seller.post(condition="40", sale_manufacturer="Acme")
    guest = Seller(seller.site)
    guest.open(posting["url"])
    assert f'<span id="titletextonly">{TITLE}</span>' in guest.page.text
    assert f'<section id="postingbody">{BODY}</section>' in guest.page.text
    assert f"post id: {posting['id']}" in guest.text
    guest.open(f"https://boise.craigslist.org/search/sss?postingID={posting['id']}")
    assert f'data-pid="{posting["id"]}"' in guest.page.text
    guest.open(f"https://miami.craigslist.org/search/sss?postingID={posting['id']}")
    assert "no results" in guest.text


def test_a_city_leads_to_its_own_posting_chain(guest: Seller) -> None:
    guest.open("https://phoenix.craigslist.org/")
    assert '<a id="post" href="https://post.craigslist.org/c/phx">create a posting</a>' in guest.page.text


def test_categories_are_the_sheets_own() -> None:
    every = {each.name: each for each in catalogue.categories("fso")}
    assert len(every) == 45
    assert [each.label for each in every.values() if each.fee] == [
        "cars & trucks ($5)",
        "motorcycles/scooters ($5)",
        "rvs ($5)",
    ]
    assert (every["furniture"].number, every["furniture"].code) == ("141", "fuo")
    assert len({each.number for each in every.values()}) == len({each.code for each in every.values()}) == 45
