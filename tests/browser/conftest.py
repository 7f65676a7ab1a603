"""A headless Chromium for the pages' tests, and pages that fail a test by their own errors."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.stand_in import DIST, StandIn
from tests.missing import skip_or_fail

ARTIFACTS = Path(__file__).resolve().parents[2] / "artifacts"
ARGUMENTS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

OpenPage = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium with WebGL by SwiftShader. Tests that use it run in the session's event loop."""
    chromium = shutil.which("chromium")
    if chromium is None:
        skip_or_fail("no chromium on the path: 'apt install chromium'")
    if not (DIST / "index.html").is_file():
        skip_or_fail(f"{DIST}: the pages are not built: './setup.sh test'")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser) -> AsyncIterator[OpenPage]:
    """Opens an address in a page of its own, 640x360 unless told; its errors fail the test."""
    pages: list[Page] = []
    errors: list[str] = []

    async def open_at(url: str, width: int = 640, height: int = 360) -> Page:
        page = await browser.new_page(viewport={"width": width, "height": height})
        page.on("pageerror", lambda error: errors.append(str(error)))
        pages.append(page)
        await page.goto(url)
        return page

    yield open_at
    for page in pages:
        await page.close()
    assert errors == []


@pytest_asyncio.fixture(loop_scope="session")
async def stand_in() -> AsyncIterator[StandIn]:
    """A server that speaks the doors' contract with three walking figures."""
    async with StandIn() as server:
        yield server


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where screenshots go."""
    ARTIFACTS.mkdir(exist_ok=True)
    return ARTIFACTS
