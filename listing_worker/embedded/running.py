"""The private servers of a data directory that run already: where they are, and how to stop them all."""

from __future__ import annotations

from pathlib import Path

from listing_worker.embedded import postgres, redis
from listing_worker.embedded.place import Place


def embedded_redis_url(data_dir: Path) -> str | None:
    """The address of the private Redis if it runs; starts nothing."""
    known = _known(data_dir, redis.NAME)
    return redis.url_of(known) if known else None


def embedded_postgres_url(data_dir: Path) -> str | None:
    """The address of the private Postgres if it runs; starts nothing."""
    known = _known(data_dir, postgres.NAME)
    return postgres.url_of(known) if known else None


def _known(data_dir: Path, name: str) -> Path | None:
    if not (data_dir / name).is_dir():
        return None
    known = Place.of(data_dir, name).read()
    return known.socket_folder if known is not None and known.running.alive else None


def stop_embedded(data_dir: Path) -> list[str]:
    """Stops the private servers of this data directory, whoever started them; names those that ran."""
    stopped = []
    for name in (redis.NAME, postgres.NAME):
        if not (data_dir / name).is_dir():
            continue
        place = Place.of(data_dir, name)
        with place.locked():
            known = place.read()
            if known is not None:
                if known.running.alive:
                    stopped.append(name)
                place.clear(known.running)
    return stopped
