"""The projection page in a real browser, with a server that a test can turn."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from engine.frame import FrameFlag
from tests.browser.conftest import OpenPage
from tests.browser.looking import handle, look, near, until
from tests.browser.stand_in import NAMES, StandIn

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_three_figures_are_seen_in_their_colours_and_move(
    stand_in: StandIn, open_page: OpenPage, artifacts: Path
) -> None:
    page = await open_page(stand_in.url)
    await until(page, "f.framesDrawn > 10 && f.framesReceived > 20 && !f.stale")
    first = await look(page)
    performers = (await handle(page))["performers"]
    assert [performer["name"] for performer in performers] == list(NAMES)
    for channel, performer in enumerate(performers):
        pixels = near(first, performer["screen"])
        strongest = pixels[pixels.max(axis=1) > 60]
        assert len(strongest) > 100, performer
        assert np.median(strongest.argmax(axis=1)) == channel, performer
    xs = [performer["screen"][0] for performer in performers]
    assert xs[0] < xs[1] < xs[2], "stage left is to the right of the audience"

    await page.screenshot(path=artifacts / "projection.png")
    drawn = (await handle(page))["framesDrawn"]
    await until(page, f"f.framesDrawn > {drawn} + 8")
    moved = np.abs(await look(page) - first).max(axis=2) > 40
    for performer in performers:
        x = round(performer["screen"][0])
        assert moved[:, x - 60 : x + 60].sum() > 50, performer


async def test_pictures_lag_by_one_to_two_frames_of_the_show(
    stand_in: StandIn, open_page: OpenPage
) -> None:
    page = await open_page(stand_in.url)
    await until(page, "f.framesReceived > 150 && f.lastLatencyMs > 0")
    latencies = []
    for _ in range(15):
        latencies.append((await handle(page))["lastLatencyMs"])
        await asyncio.sleep(0.05)
    assert 10 < np.median(latencies) < 90


async def test_a_stream_that_stops_is_shown_as_stale_within_half_a_second(
    stand_in: StandIn, open_page: OpenPage, artifacts: Path
) -> None:
    page = await open_page(f"{stand_in.url}/?quality=4")
    await until(page, "f.framesDrawn > 10 && !f.stale")
    stand_in.sending = False
    await until(page, "f.stale", 5)
    found = await handle(page)
    assert 0.4 <= found["staleSince"] - found["lastArrival"] <= 0.5
    assert "NO SIGNAL" in await page.inner_text("#signal")
    await until(page, f"f.framesDrawn > {found['framesDrawn']} + 3")
    picture = await look(page)
    await page.screenshot(path=artifacts / "stale.png")
    for performer in found["performers"]:
        pixels = near(picture, performer["screen"], 6)
        assert (pixels.max(axis=1) - pixels.min(axis=1)).max() < 12, "a stale body is grey"
        assert pixels.max() > 15, "a stale body is still to be seen"
    await page.wait_for_function(
        "document.getElementById('signal').textContent === 'NO SIGNAL 2 s'", timeout=5000
    )
    again = await look(page)
    below = slice(150, None)
    assert np.abs(again[below] - picture[below]).max() < 12, "a stale picture stands still"

    stand_in.sending = True
    await until(page, "!f.stale", 5)
    assert await page.inner_text("#signal") == ""


async def test_a_held_show_is_not_stale(stand_in: StandIn, open_page: OpenPage) -> None:
    page = await open_page(stand_in.url)
    await until(page, "f.framesDrawn > 5 && !f.stale")
    still = stand_in.poses(1.0)
    stand_in.poses = lambda _: still
    stand_in.flags = FrameFlag.HELD
    drawn = (await handle(page))["framesDrawn"]
    await until(page, f"f.framesDrawn > {drawn} + 15")
    assert (await handle(page))["stale"] is False
    assert await page.inner_text("#signal") == ""


async def test_it_comes_back_after_a_restart_of_the_server(
    stand_in: StandIn, open_page: OpenPage
) -> None:
    page = await open_page(stand_in.url)
    await until(page, "f.framesDrawn > 5 && !f.stale")
    await stand_in.stop()
    await until(page, "f.stale", 5)
    stand_in.clock_offset = -5000.0
    await stand_in.start()
    await until(page, "!f.stale", 10)
    received = (await handle(page))["framesReceived"]
    await until(page, f"f.framesReceived > {received} + 30 && f.lastLatencyMs < 500", 10)


async def test_a_locate_jumps_without_stale_or_blending(
    stand_in: StandIn, open_page: OpenPage
) -> None:
    page = await open_page(stand_in.url)
    await until(page, "f.framesDrawn > 5 && f.showTime > 0.5")
    for offset in (100.0, 0.0):
        cuts = (await handle(page))["cuts"]
        stand_in.show_offset = offset
        await until(page, f"f.cuts === {cuts} + 1 && Math.abs(f.showTime - {offset}) < 20", 5)
        assert (await handle(page))["stale"] is False


async def test_level_fades_a_body_and_its_light(stand_in: StandIn, open_page: OpenPage) -> None:
    page = await open_page(f"{stand_in.url}/?quality=4")
    still = stand_in.poses(0.0)
    stand_in.poses = lambda _: still
    await until(page, "f.framesDrawn > 5 && !f.stale")
    light = []
    for level in (1.0, 0.5, 0.0):
        stand_in.level[1] = level
        await until(page, f"Math.abs(f.performers[1].level - {level}) < 0.01", 5)
        drawn = (await handle(page))["framesDrawn"]
        await until(page, f"f.framesDrawn > {drawn} + 3")
        found = await handle(page)
        x = round(found["performers"][1]["screen"][0])
        strip = (await look(page))[:, x - 40 : x + 40, 1]
        light.append(float(strip.astype(np.float64).mean()))
    assert light[0] > 1.3 * light[1] > 1.3 * 1.3 * light[2]
    assert light[2] < 0.25 * light[0], "neither glow nor shadow is left"


async def test_blackout_is_black(stand_in: StandIn, open_page: OpenPage) -> None:
    page = await open_page(stand_in.url)
    await until(page, "f.framesDrawn > 5 && !f.stale")
    stand_in.flags = FrameFlag.BLACKOUT
    await until(page, "f.blackout", 5)
    await page.keyboard.press("h")
    await page.wait_for_timeout(400)
    assert (await look(page)).max() == 0
    stand_in.flags = FrameFlag.NONE
    await until(page, "!f.blackout", 5)
    drawn = (await handle(page))["framesDrawn"]
    await until(page, f"f.framesDrawn > {drawn} + 3")
    assert (await look(page)).max() > 60


async def test_keys_command_the_show_and_wake_the_overlay(
    stand_in: StandIn, open_page: OpenPage, artifacts: Path
) -> None:
    page = await open_page(stand_in.url, 1280, 720)
    await until(page, "f.framesDrawn > 3 && !f.stale")
    overlay = page.locator("#overlay")
    assert await overlay.evaluate("e => e.classList.contains('on')") is False
    for key in (" ", "Backspace", "ArrowLeft", "h", "p", "b"):
        await page.keyboard.press(key)
    await page.wait_for_function("document.getElementById('error').textContent !== ''")
    sent = [command["command"] for command in stand_in.commands]
    assert sent == ["go", "back", "back", "hold", "panic", "blackout"]
    assert await overlay.evaluate("e => e.classList.contains('on')") is True
    assert "2" in await page.inner_text("#running")
    assert "Duet" in await page.inner_text("#running")
    assert "Trio" in await page.inner_text("#standby")
    assert "after the lift" in await page.inner_text("#notes")
    assert await page.inner_text("#error") == "no cue before 1"
    await page.wait_for_timeout(500)
    await page.screenshot(path=artifacts / "overlay.png")
    await page.wait_for_function(
        "!document.getElementById('overlay').classList.contains('on')", timeout=12000
    )


async def test_cameras_and_trails(stand_in: StandIn, open_page: OpenPage) -> None:
    page = await open_page(stand_in.url)
    await until(page, "f.framesDrawn > 5 && !f.stale")
    seen = {}
    for key, view in (("2", "front"), ("3", "top"), ("4", "follow"), ("1", "orbit")):
        await page.keyboard.press(key)
        await until(page, f"f.view === '{view}'")
        await page.wait_for_timeout(1500)
        performers = (await handle(page))["performers"]
        seen[view] = [tuple(performer["screen"]) for performer in performers]
        for x, y in seen[view]:
            assert 0 < x < 640, view
            assert 0 < y < 360, view
    assert len({positions[0] for positions in seen.values()}) == 4
    await page.keyboard.press("t")
    await until(page, "f.trails")
