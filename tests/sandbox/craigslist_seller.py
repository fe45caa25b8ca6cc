"""A person's hands on the Craigslist replica, without a browser: pages are read, forms are filled and sent.

The site is plain HTML, so a reader of forms is enough; what a script does is tested in a real Chromium.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from listing_worker.sandbox.craigslist.site import CraigslistSite
from listing_worker.sandbox.server import HostSwitch

ACCOUNTS, POST = "https://accounts.craigslist.org", "https://post.craigslist.org"
TITLE, BODY = "Oak chair, four legs", "Solid oak.\nOne owner.\n\nPickup only."
FORM = {"PostingTitle": TITLE, "PostingBody": BODY, "postal": "85004", "price": "45"}


@dataclass
class Form:
    """A form as a browser would send it: `values` holds what is filled, ticked or chosen already."""

    attributes: dict[str, str]
    values: dict[str, str] = field(default_factory=dict)
    options: dict[str, dict[str, str]] = field(default_factory=dict)  # by field: label → value, of radios and selects
    buttons: list[dict[str, str]] = field(default_factory=list)

    def has(self, name: str) -> bool:
        return name in self.values or name in self.options or any(b.get("name") == name for b in self.buttons)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select = ""
        self._pending: tuple[str, str] | None = None  # a radio or an option waits for its label
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value if value is not None else "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(found))
        if not self.forms:
            return
        form, name = self.forms[-1], found.get("name", "")
        if tag == "input" and name:
            self._input(form, name, found)
        elif tag == "select":
            self._select = name
            form.options[name] = {}
        elif tag == "option":
            self._pending = (self._select, found.get("value", ""))
            if "selected" in found or self._select not in form.values:
                form.values[self._select] = found.get("value", "")
        elif tag == "textarea":
            self._area = name
            form.values[name] = ""
        elif tag == "button":
            form.buttons.append(found)

    def _input(self, form: Form, name: str, found: dict[str, str]) -> None:
        kind = found.get("type", "text")
        if kind == "submit":
            form.buttons.append(found)
        elif kind == "radio":
            self._pending = (name, found["value"])
            form.options.setdefault(name, {})
            if "checked" in found:
                form.values[name] = found["value"]
        elif kind == "checkbox":
            form.options.setdefault(name, {})
            if "checked" in found:
                form.values[name] = found.get("value", "on")
        else:
            form.values[name] = found.get("value", "")

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if self._area:
            self.forms[-1].values[self._area] += data.removeprefix("\n")
        elif self._pending and text:
            name, value = self._pending
            self.forms[-1].options[name][text] = value
            self._pending = None

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        if tag == "select":
            self._select = ""


class Seller:
    """`page` is the last answer; every request follows redirects, as a browser does."""

    def __init__(self, site: CraigslistSite) -> None:
        self.site = site
        self.client = TestClient(HostSwitch([site]), base_url=POST)
        self.page = self.client.get("https://www.craigslist.org/about/sites")

    # ---- reading ----

    @property
    def step(self) -> str:
        return self.page.url.params.get("s", "")

    @property
    def text(self) -> str:
        return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.page.text)))

    @property
    def forms(self) -> list[Form]:
        reader = _Forms()
        reader.feed(self.page.text)
        return reader.forms

    def form(self, having: str) -> Form:
        """The first form with a field or button of that name, or with that id."""
        return next(f for f in self.forms if f.has(having) or f.attributes.get("id") == having)

    # ---- doing ----

    def open(self, address: str) -> None:
        self.page = self.client.get(address, headers={"accept": "text/html"})

    def send(
        self, form: Form, changes: dict[str, str] | None = None, *, button: str = "", photo: Path | None = None
    ) -> None:
        """Presses the form's first button, or the one of that name."""
        pressed = next((b for b in form.buttons if not button or b.get("name") == button), {})
        data = {**form.values, **(changes or {})}
        if pressed.get("name"):
            data[pressed["name"]] = pressed.get("value", "")
        address = self.page.url.join(form.attributes.get("action", ""))
        files = {"file": (photo.name, photo.read_bytes(), "image/jpeg")} if photo else None
        self.page = self.client.post(str(address), data=data, files=files)

    def sign_in(self, password: str = "sandbox-password") -> None:
        self.open(f"{ACCOUNTS}/login")
        self.send(self.form("inputPassword"), {"inputEmailHandle": "seller@example.com", "inputPassword": password})

    def choose(self, label: str) -> None:
        """One radio of a page of radios, by its label, and "continue"."""
        form = self.form("go")
        name = "n" if "n" in form.options else "id"
        self.send(form, {name: form.options[name][label]})

    def to_form(self, code: str = "boi", kind: str = "for sale by owner", category: str = "furniture") -> None:
        """From the address of an area without sub-areas to the form."""
        self.open(f"{POST}/c/{code}")
        if self.step == "copyfromanother":
            self.send(self.form("brand_new_post"))
        self.choose(kind)
        self.choose(category)

    def to_preview(self, photos: list[Path] | None = None, **changes: str) -> None:
        """From the form to the preview, photos by the plain uploader."""
        self.send(self.form("postingForm"), {**FORM, **changes})
        self.send(self.form("lat"))
        self.add_photos(photos or [])
        self.send(next(f for f in self.forms if f.values.get("a") == "fin"))

    def add_photos(self, photos: list[Path]) -> None:
        self.open(f"{self.page.url.copy_set_param('uploader', 'classic')}")
        for photo in photos:
            self.send(next(f for f in self.forms if f.values.get("a") == "add"), photo=photo)

    def publish(self) -> None:
        self.send(self.form("publish_top"))

    def post(self, code: str = "boi", photos: list[Path] | None = None, **changes: str) -> dict[str, Any]:
        """A whole posting; the site's record of it."""
        self.to_form(code)
        self.to_preview(photos, **changes)
        self.publish()
        return next(reversed(self.site.listings.values())).as_json()
