"""The lamps on the pages: from the very bytes that go out, under the dancers that they follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.async_api import Page

from engine import wire
from engine.frame import Frame, FrameFlag
from engine.lights import message
from engine.lights.rig import Rig
from engine.sinks.recording import RecordingSink
from show import patch_file
from tests.browser.conftest import OpenPage
from tests.browser.looking import Picture, handle, look, until
from tests.browser.stand_in import COLORS, NAMES, StandIn, walkers
from tests.conftest import SALSA
from tests.engine.lights.rigs import using

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Lights = tuple[dict[str, Any], Callable[[Frame], bytes]]


@pytest.fixture
def pools() -> Lights:
    """The salsa's rig with a pool under each dancer."""
    patch = patch_file.read(SALSA / "patch.toml")
    rig = Rig(patch, NAMES)
    state = using("pools")

    def levels(frame: Frame) -> bytes:
        return message.pack(rig.levels(frame, state), patch.lengths)

    return message.rig(patch), levels


async def drawn(page: Page, pictures: int = 6) -> None:
    before = (await handle(page))["framesDrawn"]
    await until(page, f"f.framesDrawn > {before} + {pictures}")


async def floor(page: Page, performer: int) -> Picture:
    """The floor around a performer's feet, [n, 3]."""
    picture = await look(page)
    x, y = (await handle(page))["performers"][performer]["screen"]
    high = len(picture)
    below, aside = slice(round(y + 0.2 * high), round(y + 0.42 * high)), round(0.17 * high)
    at = picture[below, max(0, round(x) - aside) : round(x) + aside]
    return at.reshape(-1, 3)


async def test_pools_of_light_follow_the_dancers(
    stand_in: StandIn, open_page: OpenPage, pools: Lights, artifacts: Path
) -> None:
    stand_in.lights = pools
    page = await open_page(f"{stand_in.url}/?quality=2")
    await until(page, "f.lights && f.levelsReceived > 20 && f.framesDrawn > 10")
    await drawn(page)
    await page.screenshot(path=artifacts / "lights.png")
    lit = [await floor(page, p) for p in range(3)]
    await page.keyboard.press("l")
    await until(page, "!f.lights")
    await drawn(page)
    plain = [await floor(page, p) for p in range(3)]
    for channel in range(3):
        gained = lit[channel].mean(axis=0) - plain[channel].mean(axis=0)
        assert gained.argmax() == channel, gained
        assert gained[channel] > 8, gained
    await page.keyboard.press("l")
    await until(page, "f.lights && f.levelsReceived > 20")

    def moved(show_time: float) -> NDArray[np.float32]:
        return walkers(show_time) + np.array([0.0, 1.4, 0.0], np.float32)

    before = [region.mean() for region in lit]
    stand_in.poses = moved
    await drawn(page, 12)
    for p in range(3):  # they went upstage, and their light with them
        assert (await floor(page, p)).mean() > 0.4 * before[p]


async def test_the_audience_sees_no_lamps_unless_the_production_says_so(
    stand_in: StandIn, open_page: OpenPage, pools: Lights
) -> None:
    rig, levels = pools
    stand_in.lights = (rig | {"projection": False}, levels)
    page = await open_page(f"{stand_in.url}/?quality=4")
    await until(page, "f.framesDrawn > 10")
    assert not (await handle(page))["lights"]
    assert stand_in.lights_asked == 0
    await page.keyboard.press("l")
    await until(page, "f.lights && f.levelsReceived > 5")


async def test_a_show_without_lights_is_not_asked_for_them(
    stand_in: StandIn, open_page: OpenPage
) -> None:
    page = await open_page(f"{stand_in.url}/?quality=4")
    await until(page, "f.framesDrawn > 10")
    await page.keyboard.press("l")
    await drawn(page)
    assert not (await handle(page))["lights"]
    assert stand_in.lights_asked == 0


async def test_black_hides_the_lamps_too(
    stand_in: StandIn, open_page: OpenPage, pools: Lights
) -> None:
    stand_in.lights = pools
    page = await open_page(f"{stand_in.url}/?quality=4")
    await until(page, "f.lights && f.levelsReceived > 20 && f.framesDrawn > 10")
    stand_in.flags = FrameFlag.BLACKOUT
    await until(page, "f.blackout")
    assert (await look(page)).max() <= 2


async def test_the_player_shows_the_lights_of_a_recording(
    stand_in: StandIn, open_page: OpenPage, pools: Lights, tmp_path: Path, artifacts: Path
) -> None:
    rig, levels = pools
    hello = wire.hello(
        title="Night",
        rate=50,
        performers=[(name, "#fff") for name in NAMES],
        stage=(8, 6),
        delay=0.04,
        clock=7.0,
    )
    sink = RecordingSink(tmp_path / "night.mcap", hello, rig)
    await sink.open()
    frame = Frame(
        index=0,
        show_time=0.0,
        clock=7.0,
        timecode=(0, 0, 0, 0),
        flags=FrameFlag.NONE,
        joints=walkers(0.0),
        level=np.ones(3, np.float32),
        color=COLORS,
        state=np.ones(3, np.uint8),
        age_ms=np.full(3, 65535, np.uint16),
    )
    for n in range(150):
        shown = replace(frame, index=n, show_time=n / 50, clock=7 + n / 50)
        sink.levels(levels(shown), shown.clock)
        await sink.send(shown, wire.pack(shown))
    await sink.close()
    stand_in.sequences = tmp_path
    await stand_in.stop()
    await stand_in.start()
    page = await open_page(f"{stand_in.url}/player?src=/sequences/night.mcap", 1000, 620)
    await until(page, "f.lights && f.framesDrawn > 10")
    await drawn(page)
    await page.screenshot(path=artifacts / "player_lights.png")
    lit = (await floor(page, 1)).mean(axis=0)
    await page.keyboard.press("i")
    await until(page, "!f.lights")
    await drawn(page)
    gained = lit - (await floor(page, 1)).mean(axis=0)
    assert gained.argmax() == 1, gained
    assert gained[1] > 4, gained
