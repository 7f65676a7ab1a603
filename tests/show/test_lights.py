"""The lights of a show: from events and frames to outputs and pages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.errors import AddressError
from engine.lights import message
from engine.lights.driver import Status
from engine.lights.levels import Levels
from engine.lights.outlet import Outlet
from engine.lights.state import LightState
from engine.score import Event
from show import show_file
from show.lamps import outlets
from show.lights import ShowLights, controls
from show.refusal import RefusedError
from show.show_file import Show
from tests.conftest import SALSA
from tests.engine.lights.rigs import frame

THREE = ((-1.0, 0.0), (0.0, 1.0), (1.0, 0.0))


class Keeper:
    """A driver that keeps what it is sent."""

    url = "keeper:"
    keep_alive = 60.0

    def __init__(self) -> None:
        self.sent: list[Levels] = []

    async def open(self) -> None:
        pass

    async def send(self, levels: Levels) -> None:
        self.sent.append(levels)

    async def close(self) -> None:
        pass

    def status(self) -> Status:
        return Status()


class House:
    """The salsa's lights, with a switch for the blackout and a clock to set."""

    def __init__(self, outlets: Sequence[Outlet] = ()) -> None:
        self.show: Show = show_file.read(SALSA)
        self.black = False
        self.clock = 100.0
        self.recorded: list[bytes] = []
        assert self.show.patch is not None
        self.lights = ShowLights(
            self.show,
            self.show.patch,
            outlets,
            now=lambda: self.clock,
            black=lambda: self.black,
            record=lambda packed, clock: self.recorded.append(packed),
        )

    async def see(self, show_time: float) -> Levels:
        await self.lights.sink.send(frame(show_time, THREE), b"")
        return message.unpack(self.recorded[-1])


async def test_cues_light_the_dancers() -> None:
    house = House()
    assert not (await house.see(0.0)).data.any()
    house.lights.hear(Event(0.0, "cue", "1"))
    lit = await house.see(5.0)
    assert lit.universes == (1, 2)
    assert lit.data.any()
    assert lit.data.max() <= 100  # the dimmer maximum
    assert [use.look for use in house.lights.state.layers[-1].uses] == ["night", "pools"]


async def test_blackout_does_not_wait_for_the_dance() -> None:
    keeper = Keeper()
    house = House([Outlet(keeper)])
    house.lights.hear(Event(0.0, "cue", "1"))
    async with house.lights.lamps.open():
        await house.see(5.0)
        house.black = True  # before a frame that says so
        assert not (await house.see(5.0)).data.any()
        assert house.lights.state.blackout
        for _ in range(3):
            await asyncio.sleep(0)
        assert keeper.sent
        assert not keeper.sent[-1].data.any()
        house.black = False
        assert (await house.see(5.1)).data.any()


async def test_the_stage_is_dark_when_the_show_has_ended() -> None:
    keeper = Keeper()
    house = House([Outlet(keeper)])
    house.lights.hear(Event(0.0, "cue", "1"))
    async with house.lights.lamps.open():
        await house.see(5.0)
    assert not keeper.sent[-1].data.any()


async def test_all_is_the_leds_that_there_are_and_no_more() -> None:
    house = House()
    house.lights.touch("all", (1.0,) * 6, 0.0)
    levels = await house.see(0.0)
    assert (levels.data == 100).sum() == 108 * 6
    assert levels.data[0, :504].min() == levels.data[1, :144].min() == 100
    house.lights.touch("108", None, 0.0)
    assert not (await house.see(0.1)).data[1, 138:].any()


@pytest.mark.parametrize("led", ["0", "109", "-1", "1.5", "x", "", "1" * 40, "²"])
async def test_an_led_that_is_not_there_is_refused(led: str) -> None:
    with pytest.raises(RefusedError, match=r"LED: found .*, expected 1 to 108"):
        House().lights.touch(led, None, 0.0)


async def test_all_8_bits_of_a_color_count() -> None:
    house = House()
    house.lights.touch("1", (17 / 255, 16 / 255, 1 / 255, 0.0, 0.0, 0.0), 0.0)
    sums = [0, 0, 0]
    for index in range(257):
        data = (await house.see(index / 60)).data
        sums = [total + int(value) for total, value in zip(sums, data[0, :3], strict=True)]
    assert [total / 257 for total in sums] == pytest.approx(
        [17 * 100 / 255, 16 * 100 / 255, 100 / 255], abs=0.01
    )


async def test_a_page_that_joins_gets_the_rig_and_the_very_bytes() -> None:
    house = House()
    assert house.show.patch is not None
    rig = json.loads(json.dumps(house.lights.lamps.door.hello))
    assert [fixture["order"] for fixture in rig["fixtures"]] == ["RGBWAUV"] * 9
    assert rig["fixtures"][8]["first"][11] == 2 * 512 + 138
    house.lights.hear(Event(0.0, "cue", "6"))
    levels = await house.see(5.0)
    told = message.unpack(message.pack(levels, house.show.patch.lengths))
    assert (told.data == levels.data).all()
    assert told.universes == levels.universes


async def test_a_resumed_show_has_the_light_that_was() -> None:
    events = [
        Event(0.0, "cue", "1"),
        Event(4.0, "control", "lights/master", 0.5),
        Event(12.0, "cue", "2"),
    ]
    straight, resumed = House(), House()
    for event in events:
        straight.lights.hear(event)
    for event in events:
        resumed.lights.hear(event)
    assert resumed.lights.state == straight.lights.state
    resumed.lights.hear(Event(3.0, "locate", "", 1.0))
    assert resumed.lights.state.master == 1.0
    assert LightState.from_json(resumed.lights.state.to_json()) == resumed.lights.state


def test_every_number_of_a_look_is_a_control() -> None:
    found = controls(show_file.read(SALSA).patch)
    assert (found["lights/master"].low, found["lights/master"].high) == (0.0, 1.0)
    assert (found["lights/pools/radius"].low, found["lights/pools/radius"].high) == (0.05, 50.0)
    assert "lights/pools/color" not in found
    assert controls(None) == {}


def test_an_output_of_the_lights_needs_a_patch_and_a_known_universe(tmp_path: Path) -> None:
    show = show_file.read(SALSA)
    assert show.patch is not None
    urls = ["osc://h:1", "artnet://h", "artnet://h"]
    found = outlets(urls, show.patch.lengths, show.title)
    assert [outlet.driver.url for outlet in found] == ["artnet://h"]
    with pytest.raises(AddressError, match="universes: found 3, expected one of 1, 2"):
        outlets(["artnet://h?universes=3"], show.patch.lengths, show.title)
    with pytest.raises(AddressError, match="artnet://h: found no lights, expected a patch"):
        outlets(urls, None, show.title)
