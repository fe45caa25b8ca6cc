"""Fetches and builds the corpora that nobody here wrote, pinned: `python -m bench.corpora` (make corpora).

MiniWoB++ comes from PyPI into the environment; the component libraries come from npm into .run/corpora, where esbuild
(from npm too) makes one page of each. Nothing of it is imported by the worker.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = Path(__file__).resolve().parent / "components"
BUILT = ROOT / ".run" / "corpora"
LIBRARIES = ("mui", "antd", "radix")
MINIWOB = "miniwob==1.1.0"
HTML = (
    '<!doctype html><meta charset="utf-8"><title>{0}</title><body><div id="root"></div><script src="{0}.js"></script>'
)


def built() -> bool:
    return all((BUILT / f"{name}.html").is_file() and (BUILT / f"{name}.js").is_file() for name in LIBRARIES)


def fetch_miniwob() -> None:
    """Installs the package without its dependencies: only its pages are wanted."""
    if importlib.util.find_spec("miniwob") is not None:
        return
    uv = Path(sys.executable).with_name("uv")
    by_uv = [str(uv), "pip", "install", "--python", sys.executable, "--no-deps", MINIWOB]
    by_pip = [sys.executable, "-m", "pip", "install", "--no-deps", MINIWOB]
    subprocess.run(by_uv if uv.exists() else by_pip, check=True)


def build_components() -> None:
    """npm install, then one bundle and one page per library. Raises SystemExit without npm."""
    if shutil.which("npm") is None:
        raise SystemExit("npm is needed to fetch the component libraries: install Node.js 20 or newer.")
    BUILT.mkdir(parents=True, exist_ok=True)
    for file in SOURCES.iterdir():
        shutil.copy(file, BUILT)
    install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    subprocess.run(install, cwd=BUILT, check=True)
    for name in LIBRARIES:
        bundle = ["--bundle", "--minify", '--define:process.env.NODE_ENV="production"', "--log-level=warning"]
        subprocess.run(
            ["node_modules/.bin/esbuild", f"{name}.jsx", *bundle, f"--outfile={name}.js"], cwd=BUILT, check=True
        )
        (BUILT / f"{name}.html").write_text(HTML.format(name), encoding="utf-8")


def main() -> None:
    fetch_miniwob()
    build_components()
    print(f"Built: {', '.join(str(BUILT / f'{name}.html') for name in LIBRARIES)}")


if __name__ == "__main__":
    main()
