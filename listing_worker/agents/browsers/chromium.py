"""Where Chromium is, how it is installed, and with which arguments it runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from listing_worker.errors import ConfigurationError
from listing_worker.settings import Settings, get_settings

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
QUIET = (
    "--disable-gpu",
    "--in-process-gpu",  # drawing is done by software either way: one process less
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
# Chromium obeys the last --disable-features only, so what Playwright 1.65 turns off is repeated here
PLAYWRIGHTS_OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "TcpPortRandomizationWin",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "Translate",
)
# Parts of the browser's own window that nobody looks at, drawn by pages of their own: without them a start costs
# 0.5 s of processor time instead of 1.45 s (Chromium 156, first two seconds, one blank page) and two processes less
UNSEEN = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "PreloadTopChromeWebUI",
    "PreloadTopChromeWebUILessNavigations",
    "WebUIReloadButton",
    "WebUIToolbar",
    "InitialWebUI",
    "SpareRendererForSitePerProcess",
)


def find_chromium(settings: Settings | None = None) -> Path:
    """The Chromium to use: CHROMIUM_PATH (by `settings`), else an installed one, else Playwright's own.

    Raises ConfigurationError with the commands to run.
    """
    named = (settings or get_settings()).chromium_path
    if named is not None:
        if not (named.is_file() and os.access(named, os.X_OK)):
            raise ConfigurationError(f"CHROMIUM_PATH names {named}, which is no program that can be run.")
        return named
    for program in PROGRAMS:
        found = shutil.which(program)
        if found:
            return Path(found)
    own = _playwrights_own()
    if own is not None:
        return own
    raise ConfigurationError(
        "No Chromium was found.",
        action="Run `python -m playwright install chromium`, or install Chromium and set CHROMIUM_PATH to its program.",
    )


def _playwrights_own() -> Path | None:
    """The newest Chromium that `playwright install` has put into its folder, or None."""
    root = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    folder = Path(root) if root and root != "0" else Path.home() / ".cache" / "ms-playwright"
    names = ("chromium-*/chrome-linux*/chrome", "chromium_headless_shell-*/chrome-linux*/headless_shell")
    for pattern in names:
        found = sorted(folder.glob(pattern), key=lambda p: p.stat().st_mtime)
        if found:
            return found[-1]
    return None


def install_chromium() -> Path:
    """Installs Chromium: by Playwright, else by apt when root. Raises ConfigurationError if neither works.

    May take minutes; the programs' own progress goes to the terminal.
    """
    steps = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        steps += [["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]]
    for command in steps:
        if subprocess.run(command, check=False).returncode == 0:
            try:
                return find_chromium()
            except ConfigurationError:
                continue
    raise ConfigurationError(
        "Chromium could not be installed.",
        action="Install it with your system's package manager (e.g. `apt-get install chromium`) and set CHROMIUM_PATH.",
    )


def allow_only(hosts: Iterable[str]) -> str:
    """The argument that lets Chromium reach these hosts ("*.x" allowed) and no others."""
    rules = ["MAP * ~NOTFOUND", *(f"EXCLUDE {host}" for host in hosts)]
    return f"--host-resolver-rules={', '.join(rules)}"


def base_arguments() -> list[str]:
    """Arguments for every run. No disguise: the user agent and the automation signs stay what they are."""
    arguments = [*QUIET, f"--disable-features={','.join((*PLAYWRIGHTS_OFF, *UNSEEN))}"]
    if os.geteuid() == 0 or not namespaces_allowed():
        arguments.append("--no-sandbox")  # Chromium refuses its sandbox as root, and does not start where it has none
    return arguments


@cache
def namespaces_allowed() -> bool:
    """Whether this host lets us have the namespaces that Chromium's sandbox is made of.

    Containers often do not (Docker's default seccomp profile); `listing-worker doctor` says so. True where it cannot be
    tried: Chromium then says itself what is missing.
    """
    unshare = shutil.which("unshare")
    if unshare is None:
        return True
    tried = subprocess.run(
        [unshare, "--user", "--map-root-user", "--pid", "--net", "--fork", "true"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    return tried.returncode == 0
