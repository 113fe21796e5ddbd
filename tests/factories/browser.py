"""A real browser for tests: Debian's Chromium through Playwright; where there is none, one line says so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
expect.set_options(
    timeout=180_000
)  # milliseconds; a page on a busy machine may take longer than the usual five seconds
NEEDED = pytest.mark.skipif(not CHROMIUM, reason="no chromium here: apt-get install chromium runs the tests of pages")


@contextmanager
def browser(*more: str) -> Iterator[Browser]:
    """more: arguments of the command line."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", *more]
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield opened
        finally:
            opened.close()
