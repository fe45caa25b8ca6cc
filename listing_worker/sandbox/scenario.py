"""A scenario: a day on the marketplaces, composed of switches and accounts, as a file for tests and people.

    title = "The answer to publish is lost"
    text = "What a worker does that does not know whether it has listed."

    [sites.poshmark.switches]          # any switch of faults.py, by name
    publish_lost = true

    [[sites.poshmark.accounts]]        # beside the account that every replica has
    username = "second@example.com"
    password = "sandbox-password"
    handle = "second"

TOML, so that a file may explain itself. The same document as JSON goes to the admin port (`PUT /scenario`). A scenario
replaces what was set before: switches that it does not name are off. Ready-made ones are in `scenarios/`.
"""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from listing_worker.sandbox.faults import Faults
from listing_worker.sandbox.registry import SITES
from listing_worker.sandbox.site import Account, Site

FOLDER = Path(__file__).parent / "scenarios"


class BadScenario(ValueError):
    """The document is no scenario; the message says what is wrong and where."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SellerAccount(_Strict):
    username: str = Field(min_length=1)
    password: str = Field(min_length=1)
    handle: str = Field(min_length=1)
    first_name: str = "Sam"


class SiteDay(_Strict):
    switches: dict[str, bool | int | float | str] = {}
    accounts: tuple[SellerAccount, ...] = ()


class Scenario(_Strict):
    title: str = Field(min_length=1)
    text: str = ""
    sites: dict[str, SiteDay] = {}

    @classmethod
    def of(cls, document: object) -> Scenario:
        """From a parsed document. Raises BadScenario."""
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            first = error.errors()[0]
            raise BadScenario(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None

    @classmethod
    def read(cls, name: str) -> Scenario:
        """From a file, or from a ready-made one by its name. Raises BadScenario, or OSError for a file that is none."""
        path = Path(name)
        if not path.suffix and (FOLDER / f"{name}.toml").is_file():
            path = FOLDER / f"{name}.toml"
        try:
            return cls.of(tomllib.loads(path.read_text(encoding="utf-8")))
        except tomllib.TOMLDecodeError as error:
            raise BadScenario(f"{path}: {error}") from None
        except FileNotFoundError:
            ready = ", ".join(ready_made())
            raise BadScenario(f"no file {path}; ready-made scenarios: {ready}") from None

    def play(self, sites: Mapping[str, Site]) -> None:
        """Sets every site's switches and adds its accounts, all or nothing. Raises BadScenario.

        What the sites received stays, and so does who is signed in. A replica that does not run is passed over.
        """
        unknown = sorted(set(self.sites) - set(SITES))
        if unknown:
            raise BadScenario(f"no such site: {', '.join(unknown)}; there are {', '.join(SITES)}")
        faults = {name: self._faults(name) for name in {*sites, *self.sites}}
        for name, site in sites.items():
            site.faults = faults[name]
            for each in self.sites.get(name, SiteDay()).accounts:
                made = Account(each.username, each.password, each.handle, secrets.token_hex(12), each.first_name)
                site.accounts[made.username] = made

    def _faults(self, site: str) -> Faults:
        made = Faults()
        try:
            made.update(dict(self.sites.get(site, SiteDay()).switches))
        except ValueError as error:
            raise BadScenario(f"{site}: {error}") from None
        return made


def ready_made() -> dict[str, str]:
    """Names and titles of the scenarios that come along."""
    files = sorted(FOLDER.glob("*.toml"))
    return {path.stem: str(tomllib.loads(path.read_text(encoding="utf-8"))["title"]) for path in files}


def as_document(sites: Mapping[str, Site], title: str = "As it is now") -> dict[str, Any]:
    """The switches that are on, and the accounts beside the usual ones, in the shape of a scenario."""
    described: dict[str, Any] = {}
    for name, site in sites.items():
        usual = {account.username for account in site.default_accounts()}
        switches = {switch: value for switch, value in site.faults.as_json().items() if value}
        added = [a for a in site.accounts.values() if a.username not in usual]
        accounts = [{key: value for key, value in vars(a).items() if key != "id"} for a in added]
        if switches or accounts:
            described[name] = {"switches": switches, "accounts": accounts}
    return {"title": title, "sites": described}
