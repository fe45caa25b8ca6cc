"""Fetches and builds the corpora that nobody here wrote, pinned: `python -m bench.corpora` (make corpora).

MiniWoB++ comes from PyPI into the environment; the component libraries come from npm into .run/corpora, where esbuild
(from npm too) makes one page of each. npm's bullmq, which the bridge's slow tests add jobs with, goes to .run/bullmq.
Nothing of it is imported by the worker.
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
PRODUCER = ROOT / "tests" / "bridges" / "producer"
BULLMQ = ROOT / ".run" / "bullmq"
LIBRARIES = ("mui", "antd", "radix")
MINIWOB = "miniwob==1.1.0"
INSTALL = ("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
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
    subprocess.run(INSTALL, cwd=BUILT, check=True)
    for name in LIBRARIES:
        bundle = ["--bundle", "--minify", '--define:process.env.NODE_ENV="production"', "--log-level=warning"]
        subprocess.run(
            ["node_modules/.bin/esbuild", f"{name}.jsx", *bundle, f"--outfile={name}.js"], cwd=BUILT, check=True
        )
        (BUILT / f"{name}.html").write_text(HTML.format(name), encoding="utf-8")


def fetch_bullmq() -> None:
    """npm install, pinned by tests/bridges/producer/package.json."""
    BULLMQ.mkdir(parents=True, exist_ok=True)
    shutil.copy(PRODUCER / "package.json", BULLMQ)
    subprocess.run(INSTALL, cwd=BULLMQ, check=True)


def main() -> None:
    fetch_miniwob()
    build_components()
    fetch_bullmq()
    print(f"Built: {', '.join(str(BUILT / f'{name}.html') for name in LIBRARIES)}")


if __name__ == "__main__":
    main()
