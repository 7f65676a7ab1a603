"""The pages on a real show: the built-in production, its model, its cues, a real browser."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.async_api import Page

from tests.browser.conftest import OpenPage
from tests.browser.looking import Picture, handle, look, near, until
from tests.show.process import ROOT, Running
from tests.test_contract import copy_salsa, cue, free_port, until_cue

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

GUARD = 0.6
"""Seconds; a little more than the production's go_guard."""


@pytest.fixture
def salsa(tmp_path: Path) -> Path:
    return copy_salsa(tmp_path / "salsa", free_port())


@pytest.fixture
def running(salsa: Path) -> Iterator[Running]:
    with Running("run", salsa, "--duration", 120) as show:
        yield show


async def drawn(page: Page, frames: int) -> None:
    """Wait until so many more pictures have been drawn."""
    before = (await handle(page))["framesDrawn"]
    await until(page, f"f.framesDrawn >= {before + frames}")


async def assert_seen(page: Page, picture: Picture, performer: int) -> None:
    """Check that a figure is seen in its colour where the page says it is."""
    found = (await handle(page))["performers"][performer]
    pixels = near(picture, found["screen"])
    bright = pixels[pixels.max(axis=1) > 60]
    assert len(bright) > 50, found
    assert np.median(bright.argmax(axis=1)) == performer, found


def around(picture: Picture, performer: dict[str, Any]) -> Picture:
    return near(picture, performer["screen"], 60)


async def until_state(running: Running, key: str, value: object) -> None:
    async with asyncio.timeout(10):
        while running.state()[key] != value:
            await asyncio.sleep(0.02)


async def until_it_stands(running: Running) -> float:
    """Wait until show time is the same for thirty frames, and give it."""
    async with asyncio.timeout(10):
        state = running.state()
        while True:  # a loop that is late still shows what was before the hold
            before = state
            while state["ticks"]["total"] < before["ticks"]["total"] + 30:
                await asyncio.sleep(0.02)
                state = running.state()
            if state["show_time"] == before["show_time"]:
                return float(state["show_time"])


async def test_three_dancers_are_seen_and_dance(
    running: Running, open_page: OpenPage, artifacts: Path
) -> None:
    page = await open_page(f"{running.url}/?quality=4")
    await until(page, "f.framesReceived > 10 && f.framesDrawn > 3 && !f.stale")
    assert await page.title() == "Salsa for three · Figurant"
    for number in ("2", "3"):
        await page.keyboard.press(" ")
        await until_cue(running, number)
        await asyncio.sleep(GUARD)
    await until(page, "f.performers.length === 3 && f.performers.every(p => p.level > 0.98)")
    performers = (await handle(page))["performers"]
    assert [performer["name"] for performer in performers] == ["red", "green", "blue"]

    await page.keyboard.press("h")
    await until_state(running, "hold", True)
    await until_it_stands(running)
    await drawn(page, 12)  # the last frames are played out
    held = await look(page)
    for performer in range(3):
        await assert_seen(page, held, performer)
    await page.screenshot(path=artifacts / "show.png")
    performers = (await handle(page))["performers"]
    await drawn(page, 4)
    again = await look(page)
    for performer in performers:
        assert np.abs(around(again, performer) - around(held, performer)).max() < 12, "held"

    await page.keyboard.press("h")
    await until_state(running, "hold", False)
    later = (await handle(page))["showTime"] + 1.0
    await until(page, f"f.showTime > {later}")
    danced = await look(page)
    for performer in performers:
        moved = np.abs(around(danced, performer) - around(held, performer)).max(axis=1) > 40
        assert moved.sum() > 50, performer


async def test_keys_lead_the_show(running: Running, open_page: OpenPage) -> None:
    page = await open_page(f"{running.url}/?quality=4")
    await until(page, "f.framesDrawn > 3 && !f.stale")
    assert cue(running) == "1"
    await page.keyboard.press(" ")
    await until_cue(running, "2")

    await page.keyboard.press("h")
    await until_state(running, "hold", True)
    stood = await until_it_stands(running)
    assert (await handle(page))["stale"] is False
    await page.keyboard.press("h")
    await until_state(running, "hold", False)
    running.until(stood + 0.3)

    await page.keyboard.press("Backspace")
    await until_cue(running, "1")
    assert running.state()["standby"]["number"] == "2"

    await until(page, "f.performers[0].level > 0.3")
    await page.keyboard.press("p")
    await until_state(running, "panic", True)
    await until(page, "f.performers.every(p => p.level === 0)", 10)
    assert running.state()["faults"] == []


async def test_a_killed_show_is_stale_and_comes_back(
    salsa: Path, running: Running, open_page: OpenPage
) -> None:
    page = await open_page(f"{running.url}/?quality=4")
    await until(page, "f.framesDrawn > 5 && !f.stale")
    running.end(signal.SIGKILL)
    await until(page, "f.stale", 10)
    found = await handle(page)
    assert 0 < found["staleSince"] - found["lastArrival"] <= 0.5
    assert "NO SIGNAL" in await page.inner_text("#signal")
    with started_again(salsa, running.url.rpartition(":")[2]):
        await until(page, f"!f.stale && f.framesReceived > {found['framesReceived']} + 30", 30)
        await until(page, "f.performers[0].level > 0.9 && f.lastLatencyMs < 1000", 30)
        await drawn(page, 3)
        await assert_seen(page, await look(page), 0)
        assert await page.inner_text("#signal") == ""


@contextlib.contextmanager
def started_again(salsa: Path, port: str) -> Iterator[None]:
    """The same show on the same port, as whoever finds it dead would start it."""
    command = [sys.executable, "-m", "show.cli", "run", str(salsa), "--no-browser", "--port", port]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield
        finally:
            process.kill()


async def test_the_player_plays_a_phrase_that_ships(running: Running, open_page: OpenPage) -> None:
    page = await open_page(f"{running.url}/player?src=/sequences/seeds/red.npz", 1000, 620)
    await until(page, "f.sequences.length + f.errors.length > 0")
    found = await handle(page)
    assert found["errors"] == []
    (sequence,) = found["sequences"]
    assert sequence["name"] == "red.npz"
    assert found["duration"] == pytest.approx((sequence["frames"] - 1) / sequence["fps"])
    await until(page, "f.playing && f.time > 0.3")
    first = await look(page)
    await drawn(page, 8)
    await page.keyboard.press(" ")
    await until(page, "!f.playing")
    await drawn(page, 4)
    picture = await look(page)
    await assert_seen(page, picture, 0)
    (performer,) = (await handle(page))["performers"]
    moved = np.abs(around(picture, performer) - around(first, performer)).max(axis=1) > 40
    assert moved.sum() > 50
    listed = await page.locator("#library option").all_inner_texts()
    assert {"seeds/red.npz", "seeds/green.npz", "seeds/blue.npz"} <= set(listed)
