"""A real browser without a network, for the tests that look at pages."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

AXE = Path(__file__).parent / "axe" / "axe.min.js"
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 800}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium; without one the test is skipped, and fails where CI=true."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium: install the package chromium")
        pytest.skip("no Chromium here")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, path: Path, *, size: dict[str, int] | None = None) -> Iterator[Page]:
    """Open a page from its file with the network cut; any request or error fails the test."""
    troubles: list[str] = []
    context = browser.new_context(viewport=size or DESKTOP, offline=True)  # type: ignore[arg-type]
    page = context.new_page()

    def asked(request: Any) -> None:
        if not request.url.startswith(("file:", "data:", "blob:", "about:")):
            troubles.append(f"asked for {request.url}")

    page.on("request", asked)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.goto(path.as_uri())
    page.wait_for_selector("[data-ready=yes]")
    yield page
    context.close()
    assert troubles == []


def grave_faults(page: Page) -> list[tuple[str, str, str]]:
    """Return what axe-core finds serious or worse on a page: the rule, where, and how to mend it."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then((done) => done.violations)")
    return [
        (each["id"], each["nodes"][0]["html"][:200], each["nodes"][0]["failureSummary"])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
