"""The cookie sign-in of the pages: who gets in, what a write must carry, and where nobody is sent."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from listing_worker.api.auth import SESSION_COOKIE, csrf_token
from tests.api.conftest import Api, error_of

PAGES = ("/", "/listings", "/listings/new", "/marketplaces", "/activity", "/connect")


def signed_in(api: Api, token: str | None = None) -> TestClient:
    client = TestClient(api.app, follow_redirects=False, raise_server_exceptions=False)
    answer = client.post("/sign-in", data={"token": token or api.owner.token(), "next": "/listings"})
    assert answer.status_code == 303 and answer.headers["location"] == "/listings"
    return client


def csrf_of(client: TestClient) -> str:
    return csrf_token(str(client.cookies[SESSION_COOKIE]))


@pytest.mark.parametrize("path", PAGES)
def test_without_a_sign_in_a_page_sends_to_the_sign_in_and_back(api: Api, path: str) -> None:
    answer = api.anonymous.get(path, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next={path}"


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(api: Api) -> None:
    client = TestClient(api.app, follow_redirects=False)
    answer = client.post("/sign-in", data={"token": api.owner.token(), "next": "/"})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "expires=" in cookie and "path=/" in cookie


def test_a_cookie_over_https_is_for_https_only(api: Api) -> None:
    client = TestClient(api.app, base_url="https://testserver", follow_redirects=False)
    assert "secure" in client.post("/sign-in", data={"token": api.owner.token()}).headers["set-cookie"].lower()


def test_a_wrong_token_does_not_sign_in(api: Api) -> None:
    answer = api.anonymous.post("/sign-in", data={"token": "nonsense", "next": "/"})
    assert answer.status_code == 401 and "set-cookie" not in answer.headers
    assert "does not sign you in" in answer.text and "nonsense" not in answer.text


@pytest.mark.parametrize(
    "next_", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb"]
)
def test_signing_in_never_leads_to_another_site(api: Api, next_: str) -> None:
    client = TestClient(api.app, follow_redirects=False)
    answer = client.post("/sign-in", data={"token": api.owner.token(), "next": next_})
    assert answer.headers["location"] == "/"


def test_signing_in_from_another_site_is_refused(api: Api) -> None:
    answer = api.anonymous.post(
        "/sign-in", data={"token": api.owner.token()}, headers={"Origin": "https://evil.example"}
    )
    error_of(answer, 403, "foreign_origin")


def test_a_write_by_cookie_needs_the_page_s_own_token(api: Api) -> None:
    client = signed_in(api)
    listing = {"title": "A", "description": "B", "price": 1, "condition": "good", "category": ["Other"]}
    error_of(client.post("/api/listings", json=listing), 403, "csrf")
    error_of(client.post("/api/listings", json=listing, headers={"X-CSRF-Token": "0" * 64}), 403, "csrf")
    good = {"X-CSRF-Token": csrf_of(client)}
    error_of(client.post("/api/listings", json=listing, headers={**good, "Origin": "null"}), 403, "foreign_origin")
    assert client.post("/api/listings", json=listing, headers=good).status_code == 201
    assert len(client.get("/api/listings").json()["listings"]) == 1  # reading needs none


@pytest.mark.parametrize(
    "path", ["/listings/new", "/post", "/sign-out", "/marketplaces/ebay/forget", "/marketplaces/ebay/sync"]
)
def test_a_form_without_the_token_changes_nothing(api: Api, path: str) -> None:
    api.sign_in("ebay")
    client = signed_in(api)
    answer = client.post(path, data={"title": "A"})
    assert answer.status_code == 403
    assert api.store.list_sessions(api.owner.user_id)[0]["status"] == "unproven"


def test_signing_out_ends_the_session_of_this_browser(api: Api) -> None:
    client = signed_in(api)
    assert client.post("/sign-out", data={"csrf": csrf_of(client)}).status_code == 303
    assert client.get("/listings").status_code == 303


def test_no_page_has_inline_script_or_style(api: Api) -> None:
    client = signed_in(api)
    for path in PAGES:
        answer = client.get(path)
        assert answer.status_code == 200, path
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|<style|\sstyle=|javascript:", answer.text), path


def test_what_is_not_there_is_a_page_that_leads_on(api: Api) -> None:
    client = signed_in(api)
    answer = client.get("/jobs/job_unknown", headers={"Accept": "text/html"})
    assert answer.status_code == 404 and "Go to Home" in answer.text


def test_a_stranger_sees_nothing_of_mine(api: Api) -> None:
    api.sign_in()
    listing = api.listing()
    job = api.post(listing["id"])
    stranger = signed_in(api, str(api.stranger().headers["authorization"]).removeprefix("Bearer "))
    for path in (f"/listings/{listing['id']}", f"/jobs/{job['jobId']}", f"/post?listing={listing['id']}"):
        assert stranger.get(path).status_code == 404, path
    for path in ("/", "/listings", "/activity"):
        assert listing["title"][:12] not in stranger.get(path).text
    token = {"csrf": csrf_of(stranger)}
    posting = job["automationResults"][0]["id"]
    for path in (f"/listings/{listing['id']}/delete", f"/jobs/{job['jobId']}/cancel", f"/postings/{posting}/retry"):
        assert stranger.post(path, data=token).status_code == 404, path
    assert stranger.get(f"/api/photos/{listing['photos'][0]['id']}").status_code == 404
