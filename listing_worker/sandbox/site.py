"""What every replica shares: accounts, browser sessions, what was received, misbehaviour switches.

A replica is a `Site` with its own pages. What it received is kept as `Received` records: **the oracle of every test**.
Values are recorded as the site's own form would store them (its option words, its category path), never translated.
"""

from __future__ import annotations

import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import Any

from PIL import Image
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from listing_worker.sandbox.faults import Faults


@dataclass
class Account:
    """A seller's account on a replica. Every replica has `seller@example.com` / `sandbox-password`."""

    username: str
    password: str
    handle: str
    id: str
    first_name: str = "Sam"


@dataclass
class ReceivedPhoto:
    """A photo as uploaded. `dhash` is a 64-bit difference hash in hex, for comparing content after re-encoding."""

    id: str
    sha256: str
    dhash: str
    width: int
    height: int
    byte_count: int
    content_type: str
    at: float
    data: bytes = field(repr=False)

    @classmethod
    def of(cls, photo_id: str, data: bytes, content_type: str) -> ReceivedPhoto:
        """Raises PIL.UnidentifiedImageError for something that is no image."""
        image = Image.open(BytesIO(data))
        width, height = image.size
        return cls(
            id=photo_id,
            sha256=sha256(data).hexdigest(),
            dhash=difference_hash(image),
            width=width,
            height=height,
            byte_count=len(data),
            content_type=content_type,
            at=time.time(),
            data=data,
        )

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "data"}


def difference_hash(image: Image.Image) -> str:
    """64 bits: is each of 8×8 grey cells brighter than its left neighbour? Stable under re-encoding and scaling."""
    grey = list(image.convert("L").resize((9, 8), Image.Resampling.LANCZOS).tobytes())
    bits = "".join("1" if grey[y * 9 + x + 1] > grey[y * 9 + x] else "0" for y in range(8) for x in range(8))
    return f"{int(bits, 2):016x}"


@dataclass
class Received:
    """A listing as the replica holds it, whatever its status: draft, live, pending_review, sold, delisted, deleted.

    Amounts in whole cents. `category` is the site's own path, broadest first. `fields` holds everything the form sent,
    raw, for whoever needs more. `publish_requests` counts publish requests that reached the server for this listing,
    refused ones included; `changes` the same for requests to change it afterwards.
    """

    id: str
    account: str
    status: str = "draft"
    url: str = ""
    title: str = ""
    description: str = ""
    price_cents: int | None = None
    original_price_cents: int | None = None
    condition: str = ""
    category: list[str] = field(default_factory=list)
    brand: str = ""
    size: str = ""
    colors: list[str] = field(default_factory=list)
    quantity: int = 1
    sku: str = ""
    shipping: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    attributes: dict[str, list[str]] = field(default_factory=dict)
    photos: list[ReceivedPhoto] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    created_at: float = field(default_factory=time.time)
    published_at: float | None = None
    visible_from: float = 0.0  # the closet shows it from this Unix second on
    publish_requests: int = 0
    changes: list[dict[str, Any]] = field(default_factory=list)  # requests to change it once published: {at, what}

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "photos": [p.as_json() for p in self.photos]}


@dataclass
class BrowserSession:
    """A signed-in browser, by its session cookie. `values` is for whatever a replica wants to remember."""

    token: str
    account: Account
    values: dict[str, Any] = field(default_factory=dict)


class Site(ABC):
    """One replica. Subclasses set the class attributes and give `routes`; everything is kept in memory."""

    name: str
    display_name: str
    hosts: tuple[str, ...]  # all host names it answers, sub-domains and CDNs included
    home: str  # https://…/
    variant_words: Mapping[str, str] = {}  # words that the switch `variant` takes, and what each does
    statuses: tuple[str, ...] = ("live", "pending_review", "sold", "delisted", "deleted")  # of a published listing

    def __init__(self, canary: str) -> None:
        self.canary = canary
        self.faults = Faults()
        self.solved: set[str] = set()
        self.accounts: dict[str, Account] = {}
        self.sessions: dict[str, BrowserSession] = {}
        self.listings: dict[str, Received] = {}
        self.photos: dict[str, ReceivedPhoto] = {}
        self.requests: list[dict[str, Any]] = []
        self.publish_requests = 0
        self.reset()

    @abstractmethod
    def routes(self) -> list[BaseRoute]:
        """Starlette routes for all hosts of this site; a handler looks at `request.url.hostname` where it matters."""

    def default_accounts(self) -> list[Account]:
        return [Account("seller@example.com", "sandbox-password", "samsells", secrets.token_hex(12))]

    def reset(self) -> None:
        """Forgets everything received, every session and every switch; accounts are as at the start."""
        self.faults = Faults()
        self.solved.clear()
        self.sessions.clear()
        self.listings.clear()
        self.photos.clear()
        self.requests.clear()
        self.publish_requests = 0
        self.accounts = {account.username: account for account in self.default_accounts()}

    # ---- sign-in ----

    def sign_in(self, username: str, password: str) -> BrowserSession | None:
        """A new browser session, or None for wrong credentials. Its token carries the canary: whoever leaks a cookie
        is found by searching for it."""
        account = self.accounts.get(username)
        if account is None or not secrets.compare_digest(account.password, password):
            return None
        session = BrowserSession(f"{self.canary}.{secrets.token_urlsafe(24)}", account)
        self.sessions[session.token] = session
        return session

    def session_of(self, request: Request, cookie: str) -> BrowserSession | None:
        """The browser session of a request's cookie; None when signed out or when the `signed_out` switch is on."""
        if self.faults.signed_out:
            return None
        return self.sessions.get(request.cookies.get(cookie, ""))

    # ---- challenges ----

    def challenged(self, browser: str) -> bool:
        """Whether this browser, by what it is known by (a cookie's value), has to answer the challenge first."""
        return self.faults.challenge and browser not in self.solved

    def solve(self, browser: str | None = None) -> str:
        """A person has answered: the browser is let through from now on. Without one, a value for its cookie."""
        browser = browser or secrets.token_urlsafe(16)
        self.solved.add(browser)
        return browser

    # ---- what was received ----

    def note_request(self, request: Request) -> None:
        self.requests.append(
            {"at": time.time(), "method": request.method, "host": request.url.hostname, "path": request.url.path}
        )
        del self.requests[:-2000]

    def keep_photo(self, data: bytes, content_type: str, photo_id: str | None = None) -> ReceivedPhoto:
        photo = ReceivedPhoto.of(photo_id or secrets.token_hex(12), data, content_type)
        self.photos[photo.id] = photo
        return photo

    def count_publish(self, listing: Received) -> None:
        """Call once for every publish request that arrives, before deciding on it."""
        listing.publish_requests += 1
        self.publish_requests += 1

    def note_change(self, listing: Received, what: str) -> None:
        """Call once for every request that arrives to change a published listing, before deciding on it."""
        listing.changes.append({"at": time.time(), "what": what})

    def make_live(self, listing: Received, status: str = "live") -> None:
        """Publishes, once everything is valid; the `late_in_closet` switch delays when the closet shows it."""
        listing.status = "pending_review" if self.faults.pending_review else status
        listing.published_at = time.time()
        listing.visible_from = listing.published_at + self.faults.late_in_closet

    def closet(self, account: Account, visible: Callable[[Received], bool] = lambda _: True) -> list[Received]:
        """The account's published listings as its closet shows them, newest first."""
        now = time.time()
        shown = [
            listing
            for listing in self.listings.values()
            if listing.account == account.username
            and listing.status in {"live", "pending_review"}
            and listing.visible_from <= now
            and visible(listing)
        ]
        return sorted(shown, key=lambda listing: -(listing.published_at or 0))

    def received(self) -> dict[str, Any]:
        """The oracle's answer for `GET /received`."""
        return {
            "site": self.name,
            "publish_requests": self.publish_requests,
            "listings": [listing.as_json() for listing in self.listings.values()],
            "requests": self.requests[-500:],
        }


Handler = Callable[[Request], Any]


def not_found() -> Response:
    return Response("Not found", status_code=404, media_type="text/plain")
