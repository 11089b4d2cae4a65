"""Chromium for the PDF and for the browser tests: the one that is installed.

Playwright would download a browser of its own; any Chromium or Chrome from
version 131 on, the first with page margins that CSS can fill, does as well.
"""

from __future__ import annotations

import os
import shutil

from playwright.sync_api import Browser, Playwright

PLACES = (
    "chromium-headless-shell",  # has no window to draw, so it is faster
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
)
HOW = (
    "Chromium was not found. Debian, Ubuntu: apt-get install chromium. "
    "macOS, Windows: install Google Chrome. "
    "Elsewhere: set the environment variable CHROMIUM to its path."
)


def find() -> str:
    """Return the browser's path: CHROMIUM's, or the first that is there."""
    wanted = os.environ.get("CHROMIUM")
    for place in (wanted,) if wanted else PLACES:
        path = shutil.which(place)
        if path:
            return path
    raise FileNotFoundError(f"CHROMIUM={wanted}: {HOW}" if wanted else HOW)


def arguments() -> list[str]:
    """What it is started with, silent: it looks for no updates."""
    quiet = [
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
    ]
    root = getattr(os, "geteuid", lambda: 1)() == 0
    return [*quiet, "--no-sandbox"] if root else quiet  # root has none


def launch(playwright: Playwright) -> Browser:
    """Start it."""
    return playwright.chromium.launch(executable_path=find(), args=arguments())
