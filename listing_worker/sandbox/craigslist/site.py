"""The Craigslist replica: plain server-rendered pages on the hosts of craigslist.org (fact sheet: craigslist).

A posting is a chain of small pages (`chain.py`, `steps.py`); with an account it goes live when the last one is
answered, without one only by an e-mailed link. Mails and text messages are kept: `received()` tells them.
Posting the same title and text again while the first is live is refused as too similar. The fifth posting of a day in
the fifth area asks for a phone code.

`faults.variant` takes words of `variants.py`, separated by commas or spaces.
"""

from __future__ import annotations

import re
import secrets
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Host, Mount, Route, Router
from starlette.staticfiles import StaticFiles

from listing_worker.sandbox.craigslist import account, form, images, manage, public, steps
from listing_worker.sandbox.craigslist.catalogue import slug_of
from listing_worker.sandbox.craigslist.chain import Chain, letters
from listing_worker.sandbox.craigslist.pages import HERE
from listing_worker.sandbox.craigslist.places import AREAS, BY_CODE, Area
from listing_worker.sandbox.craigslist.variants import VARIANTS
from listing_worker.sandbox.site import Account, Received, Site

IMAGE_HOST = "images.craigslist.org"
TWO_DAYS = 48 * 3600
LIFE = 45 * 24 * 3600


class CraigslistSite(Site):
    name = "craigslist"
    display_name = "Craigslist"
    hosts = (
        "www.craigslist.org",
        "craigslist.org",
        "accounts.craigslist.org",
        "post.craigslist.org",
        IMAGE_HOST,
        *(f"{area.site}.craigslist.org" for area in AREAS),
    )
    home = "https://sfbay.craigslist.org/"
    variant_words = VARIANTS
    statuses = (*Site.statuses, "expired", "flagged")

    def default_accounts(self) -> list[Account]:
        """The account's name is its e-mail (fact: craigslist §2)."""
        return [Account("seller@example.com", "sandbox-password", "seller@example.com", secrets.token_hex(12))]

    def reset(self) -> None:
        self.chains: dict[str, Chain] = {}  # by token
        self.messages: list[dict[str, Any]] = []  # mails and text messages, oldest first
        self.links: dict[str, str] = {}  # what an e-mailed link opens: its last part → chain token, or user name
        self.contact_preferences: dict[str, dict[str, str]] = {}  # saved by the form's box, by user name
        super().reset()

    def received(self) -> dict[str, Any]:
        return {**super().received(), "messages": self.messages}

    @property
    def variant(self) -> frozenset[str]:
        return frozenset(re.findall(r"\w+", self.faults.variant))

    def routes(self) -> list[BaseRoute]:
        static = Mount("/static", StaticFiles(directory=HERE / "static"))
        city = Router([static, *public.city_routes(self)])
        return [
            Host("accounts.craigslist.org", Router([static, *account.routes(self), *manage.xhr_routes(self)])),
            Host("post.craigslist.org", Router([static, *steps.routes(self), *manage.routes(self)])),
            Host("www.craigslist.org", Router([static, *public.www_routes(self)])),
            Host(IMAGE_HOST, Router(images.cdn_routes(self))),
            Host("craigslist.org", Router([Route("/{path:path}", self._to_www)])),
            *[Host(f"{area.site}.craigslist.org", city) for area in AREAS],
        ]

    async def _to_www(self, request: Request) -> Response:
        return RedirectResponse(str(request.url.replace(hostname="www.craigslist.org")), 301)

    def tell(self, kind: str, to: str, text: str, link: str = "") -> None:
        """Sends a mail or a text message: kept, for tests and people to read."""
        self.messages.append({"kind": kind, "to": to, "text": text, "link": link, "at": time.time()})

    # ---- chains ----

    def new_chain(self, account: str, area: Area | None) -> Chain:
        chain = Chain(account, Received("", account), history=bool(account and self.postings(account)))
        chain.record.id = chain.token
        if area is not None:
            chain.asked["area"] = area.number
        self.chains[chain.token] = chain
        return chain

    def chain_of(self, posting: Received, mode: str) -> Chain:
        """A chain that changes a posting (`edit`) or makes a new one of it (`repost`)."""
        chain = Chain(posting.account, posting if mode == "edit" else Received("", posting.account), mode)
        if mode == "repost":
            chain.record.id = chain.token
        chain.asked = dict(posting.fields.get("asked", {}))
        chain.values = form.values_of(posting)
        chain.photos = list(posting.photos)
        self.chains[chain.token] = chain
        return chain

    def note(self, chain: Chain) -> None:
        """Keeps what a new posting says so far; one that is edited stays as it is until the edit is published."""
        if chain.mode != "edit":
            self.write(chain)
            self.listings[chain.record.id] = chain.record

    def write(self, chain: Chain) -> None:
        """The chain's answers, as the record tells them."""
        form.write(
            chain.record, chain.values, {**chain.asked, "category": chain.category.label if chain.category else ""}
        )
        chain.record.photos = list(chain.photos)

    def drafts(self, account: str) -> list[Chain]:
        """Unfinished postings whose form was answered once, newest first."""
        own = [
            c
            for c in self.chains.values()
            if c.account == account and c.mode != "edit" and c.record.published_at is None
        ]
        return [chain for chain in reversed(own) if chain.record.id in self.listings]

    def discard(self, chain: Chain) -> None:
        """Deletes a draft: the chain's address leads nowhere then."""
        chain.record.status = "deleted"
        del self.chains[chain.token]

    # ---- postings ----

    def postings(self, account: str) -> list[Received]:
        """Everything the account ever published, as the postings table shows it: newest first."""
        now = time.time()
        own = [p for p in self.listings.values() if p.account == account and p.published_at and p.visible_from <= now]
        return sorted(own, key=lambda posting: -(posting.published_at or 0))

    def published(self, chain: Chain) -> None:
        """The chain's draft becomes a posting with an id and an address of its own."""
        record = chain.record
        self.listings.pop(record.id, None)
        record.id = self._new_id()
        record.fields["share_token"] = letters(22)
        record.fields["ghost"] = "ghost" in self.variant
        record.url = self.share_url(record) if "share_links" in self.variant else self.classic_url(chain)
        self.listings[record.id] = record
        self.make_live(record)

    def classic_url(self, chain: Chain) -> str:
        area, category = chain.area or BY_CODE["sfo"], chain.category
        parts = [f"https://{area.site}.craigslist.org"]
        parts += [chain.subarea.code] if chain.subarea else []
        parts += [category.code if category else "for", "d", slug_of(chain.record.title), f"{chain.record.id}.html"]
        return "/".join(parts)

    def share_url(self, posting: Received) -> str:
        return f"https://www.craigslist.org/view/d/{slug_of(posting.title)}/{posting.fields['share_token']}"

    def _new_id(self) -> str:
        """Ten digits (fact: craigslist §6)."""
        while True:
            made = f"7{secrets.randbelow(10**9):09d}"
            if made not in self.listings:
                return made

    def twin_of(self, chain: Chain) -> Received | None:
        """A live posting of the same account with the same title and text."""
        wanted = (chain.record.title, chain.record.description)
        for posting in self.postings(chain.account) if chain.account else []:
            if posting.status == "live" and (posting.title, posting.description) == wanted:
                return posting
        return None

    def phone_needed(self, chain: Chain) -> bool:
        """About the fifth posting of a day over five areas (fact: craigslist §7)."""
        if "phone" in self.variant:
            return True
        today = [p for p in self.postings(chain.account) if (p.published_at or 0) > time.time() - 24 * 3600]
        areas = {str(p.fields.get("asked", {}).get("area")) for p in today} | {str(chain.asked.get("area"))}
        return bool(chain.account) and len(today) >= 4 and len(areas) >= 5

    def renewable(self, posting: Received) -> bool:
        """Every 48 hours, free postings only (fact: craigslist §8)."""
        last = float(posting.fields.get("renewed_at") or posting.published_at or 0)
        old_enough = "aged" in self.variant or time.time() - last >= TWO_DAYS
        return posting.status == "live" and old_enough and not posting.fields.get("fee")
