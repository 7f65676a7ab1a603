"""Art-Net and sACN as somebody else receives them: olad, on a machine of its own."""

from __future__ import annotations

import asyncio
import time

import numpy as np
import pytest

from engine.lights.lanes import LightLanes
from engine.lights.levels import Levels
from engine.lights.outlet import Outlet, outlet
from tests.olad import Olad
from tests.stage_network import Machine

ARTNET, SACN = (1, 2), (5, 6)
USED = dict.fromkeys((*ARTNET, *SACN), 512)


def picture(seed: int) -> Levels:
    data = np.random.default_rng(seed).integers(0, 256, (len(USED), 512), np.uint8)
    return Levels(0.0, 0.0, tuple(USED), data)


async def send(made: Outlet, levels: Levels) -> None:
    """Send once, and leave without a word."""
    await made.driver.open()
    await made.driver.send(levels)


@pytest.mark.parametrize("where", ["artnet://{inside}", "artnet://{broadcast}"])
async def test_art_net_arrives(olad: Olad, stage: Machine, where: str) -> None:
    url = where.format(inside=stage.inside, broadcast=stage.broadcast)
    levels = picture(len(where))
    made = outlet(url + "?universes=1,2&sync=1", USED)
    await send(made, levels)
    for row, universe in enumerate(ARTNET):
        olad.until(universe, levels.data[row].tobytes())
    await made.driver.close()


@pytest.mark.parametrize("where", ["sacn://{inside}?", "sacn://?interface={here}&"])
async def test_sacn_arrives(olad: Olad, stage: Machine, where: str) -> None:
    url = where.format(inside=stage.inside, here=stage.here)
    levels = picture(len(where))
    made = outlet(url + "universes=5,6", USED)
    await send(made, levels)
    for row, universe in enumerate(SACN, len(ARTNET)):
        olad.until(universe, levels.data[row].tobytes())
    await made.driver.close()


async def test_a_higher_priority_wins_until_its_stream_is_terminated(
    olad: Olad, stage: Machine
) -> None:
    low, high = picture(1), picture(2)
    one = outlet(f"sacn://{stage.inside}?universes=5&priority=90", USED, "low")
    await send(one, low)
    took = []
    for _ in range(3):  # a busy machine may be late once
        other = outlet(f"sacn://{stage.inside}?universes=5&priority=150", USED, "high")
        await send(other, high)
        olad.until(5, high.data[2].tobytes())
        await one.driver.send(low)
        assert olad.dmx(5) == high.data[2].tobytes()
        await other.driver.close()
        began = time.monotonic()
        while olad.dmx(5) != low.data[2].tobytes():
            await one.driver.send(low)
            await asyncio.sleep(0.02)
        took.append(time.monotonic() - began)
    assert min(took) < 2.0  # olad forgets a source that only falls silent after 2.5 s
    await one.driver.close()


async def test_levels_that_do_not_change_are_kept_alive(olad: Olad, stage: Machine) -> None:
    """A lower source that sends all the time does not get through in twice the timeout."""
    low, high = picture(3), picture(4)
    one = outlet(f"sacn://{stage.inside}?universes=6&priority=90", USED, "low")
    await send(one, low)
    async with LightLanes([outlet(f"sacn://{stage.inside}?universes=6", USED, "high")]) as lanes:
        lanes.put(high, 0.0)
        await asyncio.to_thread(olad.until, 6, high.data[3].tobytes())
        for _ in range(50):
            await one.driver.send(low)
            assert await asyncio.to_thread(olad.dmx, 6) == high.data[3].tobytes()
            await asyncio.sleep(0.1)
    await one.driver.close()
