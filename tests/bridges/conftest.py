"""What the bridges' tests share: everything that posting needs on a real Postgres, and the seeds' messages."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from listing_worker.api.auth import make_verifier
from listing_worker.api.marketplaces import RegisteredMarketplaces
from listing_worker.api.owner import Owner, ensure_owner
from listing_worker.api.ports import Resources
from listing_worker.settings import Settings
from listing_worker.storage import rows
from listing_worker.storage.photos import FolderPhotos
from listing_worker.storage.store import Store
from listing_worker.utils import log
from listing_worker.utils.images import prepare_photo
from tests.api.conftest import FakeEvents, FakeQueue, photo

Json = dict[str, Any]


@dataclass
class Posts:
    """A place to post from: its parts, and what came of it."""

    wired: Resources
    queue: FakeQueue
    owner: Owner

    @property
    def store(self) -> Store:
        return self.wired.store

    def upload(self, number: int = 0) -> str:
        """The id of a photo as `POST /api/photos` gives it."""
        prepared = prepare_photo(photo(number))
        self.wired.photos.put(self.owner.user_id, prepared.photo.id, prepared.data)
        return prepared.photo.id

    def spec(self, *targets: str, **changes: Any) -> Json:
        base: Json = {
            "title": "Free People Floral Wrap Midi Dress",
            "description": "Worn twice, as new. Wrap style with a tie, lined, no flaws at all.",
            "price": 48.00,
            "condition": "good",
            "category": "Women > Dresses > Midi",
            "attributes": {"brand": "Free People", "color": "Blue", "size": "M"},
            "location": {"zip": "95112"},
            "media_s3_keys": changes.pop("media_s3_keys", None) or [self.upload()],
            "target_marketplaces": list(targets) or ["ebay"],
        }
        return {**base, **changes}

    def jobs(self) -> list[rows.JobRow]:
        return self.store.jobs_page(self.owner.user_id, 100, None, None)

    def listings(self) -> list[rows.ListingRow]:
        return self.store.find_listings(self.owner.user_id, text=None, limit=100, before=None, before_id=None)


MakePosts = Callable[..., Posts]


@pytest.fixture
def make_posts(store: Store, tmp_path: Path) -> MakePosts:
    def make(**parts: Any) -> Posts:
        settings = Settings(_env_file=None, data_dir=tmp_path)
        owner = ensure_owner(tmp_path)
        queue = FakeQueue()
        wired = Resources(
            settings=settings,
            store=store,
            photos=FolderPhotos(tmp_path / "photos"),
            queue=queue,
            events=FakeEvents(),
            marketplaces=RegisteredMarketplaces(),
            verifier=make_verifier(settings, owner),
            owner=owner,
            **parts,
        )
        return Posts(wired, queue, owner)

    return make


@pytest.fixture
def posts(make_posts: MakePosts) -> Posts:
    return make_posts()


@pytest.fixture(autouse=True)
def lines() -> Iterator[io.StringIO]:
    """What is logged, as it would be written."""
    written = io.StringIO()
    log.configure("INFO", "json", written)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # the double's own lines
    yield written
    structlog.reset_defaults()
