"""The Chromium of the system, in which the site and the page are tried."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")

_OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


@contextmanager
def launched() -> Iterator[Any]:
    """Have a browser until the end of this; needs Playwright."""
    sync_api = import_module("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_OPTIONS))
        yield browser
        browser.close()


def stays_here(url: str) -> bool:
    """Return whether what is loaded comes from the disk or the page itself."""
    return url.startswith(("file:", "data:", "blob:"))
