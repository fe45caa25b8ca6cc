"""`listing-worker pack-extension`: the browser extension as a zip for a web store.

Reproducible: the same sources give the same bytes. The store's package has no local addresses and no `key`; whom it may
speak with is named by `--app`.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Annotated, Any

import typer

from listing_worker.errors import ConfigurationError

PARTS = ("src", "marketplaces", "icons")
_LOCAL = ("http://localhost/", "http://127.0.0.1/")
_PLACEHOLDER = "https://app.example.com/*"
_MOMENT = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say


def pack_extension(
    app: Annotated[list[str] | None, typer.Option(help="Origin of your web app, e.g. https://app.example.org.")] = None,
    to: Annotated[Path, typer.Option(help="Where to write it.")] = Path("dist/listing-worker-extension.zip"),
) -> None:
    """Pack the extension for a web store: no local addresses, no key, the same bytes each time."""
    from listing_worker.demo.extension import extension_source

    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(pack(extension_source(), app or []))
    typer.echo(f"{to}  {to.stat().st_size} bytes")


def pack(source: Path, origins: list[str]) -> bytes:
    """The zip. Raises ConfigurationError for an origin that is not https."""
    import io

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        manifest = store_manifest(json.loads((source / "manifest.json").read_text()), origins)
        _add(archive, "manifest.json", (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode())
        files = sorted(file for part in PARTS for file in (source / part).rglob("*") if file.is_file())
        for file in files:
            _add(archive, file.relative_to(source).as_posix(), file.read_bytes())
    return buffer.getvalue()


def store_manifest(manifest: dict[str, Any], origins: list[str]) -> dict[str, Any]:
    """The manifest as a store takes it (fact: extension-stack §5)."""
    for origin in origins:
        if not origin.startswith("https://") or "*" in origin:
            raise ConfigurationError(f"{origin} is no https origin.", action="Give it like https://app.example.org")
    kept = {name: value for name, value in manifest.items() if name != "key"}
    named = [f"{origin.rstrip('/')}/*" for origin in origins]
    matches = [m for m in manifest["externally_connectable"]["matches"] if not m.startswith(_LOCAL)]
    kept["externally_connectable"] = {"matches": named or matches or [_PLACEHOLDER]}
    return kept


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _MOMENT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data)
