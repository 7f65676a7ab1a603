"""Serial lines: golden bytes, and pseudo-terminals with a decoder at their other end."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import AddressError
from engine.lights.driver import Route
from engine.lights.framing import FRAMINGS, REFRESH
from engine.lights.levels import Levels
from engine.lights.serial_device import Device, find
from engine.lights.serial_line import SerialDriver
from tests.engine.lights.widgets import Adalight, Decoder, Dmx4All, Enttec, Plug, Tpm2
from tests.engine.lights.wire import ramp, routes

WIDGETS: dict[str, Callable[[], Decoder]] = {
    "enttec": Enttec,
    "dmx4all": Dmx4All,
    "dmx4all-channels": Dmx4All,
    "adalight": Adalight,
    "tpm2": Tpm2,
}


def picture(*slots: int, universe: int = 1) -> Levels:
    data = np.zeros((1, 512), np.uint8)
    data[0, : len(slots)] = slots
    return Levels(0.0, 0.0, (universe,), data)


def framed(protocol: str, length: int, *pictures: Levels) -> list[str]:
    frame = FRAMINGS[protocol].make("serial:", routes((1,), length))
    return [frame(levels).hex(" ") for levels in pictures]


async def send_for(driver: SerialDriver, seconds: float) -> None:
    for _ in range(round(seconds * 100)):
        await driver.send(ramp((3,)))
        await asyncio.sleep(0.01)


def test_enttec_byte_by_byte() -> None:
    assert framed("enttec", 3, picture(1, 2, 3)) == [
        "7e 06 19 00 00 01 02 03 " + "00 " * 21 + "e7"  # 24 slots at least
    ]
    (whole,) = framed("enttec", 512, picture(9))
    assert whole.startswith("7e 06 01 02 00 09")


def test_adalight_byte_by_byte() -> None:
    assert framed("adalight", 6, picture(1, 2, 3, 4, 5, 6)) == [
        "41 64 61 00 01 54 01 02 03 04 05 06"
    ]


def test_tpm2_byte_by_byte() -> None:
    assert framed("tpm2", 3, picture(7, 8, 9)) == ["c9 da 00 03 07 08 09 36"]


def test_dmx4all_byte_by_byte() -> None:
    assert framed("dmx4all", 6, picture(1, 2), picture(1, 3), picture(1, 3)) == [
        "ff 00 00 06 01 02 00 00 00 00",  # everything, then what has changed
        "ff 01 00 01 03",
        "",
    ]
    assert framed("dmx4all-channels", 2, picture(1, 2), picture(1, 3)) == [
        "e2 00 01 e2 01 02",
        "e2 01 03",
    ]


def test_dmx4all_blocks_cross_no_border() -> None:
    (whole,) = framed("dmx4all", 512, ramp((1,)))
    data = bytes.fromhex(whole)
    heads = [(0, "ff000 0ff"), (259, "ffff0001"), (264, "ff0001ff"), (523, "ffff0101")]
    for at, head in heads:
        assert data[at : at + 4].hex() == head.replace(" ", "")
    assert len(data) == 512 + 4 * 4


@given(st.lists(st.lists(st.sampled_from((0, 1, 255)), min_size=300, max_size=300), max_size=6))
def test_a_dmx4all_shows_every_picture(pictures: list[list[int]]) -> None:
    for protocol in ("dmx4all", "dmx4all-channels"):
        frame = FRAMINGS[protocol].make("serial:", routes((1,), 300))
        device = Dmx4All()
        for slots in pictures:
            device.feed(frame(picture(*slots)))
            assert list(device.slots[:300]) == slots


def test_a_dmx4all_that_lost_a_byte_is_right_again_after_a_while() -> None:
    frame = FRAMINGS["dmx4all"].make("serial:", routes((1,), 12))
    device = Dmx4All()
    frame(picture(5))  # lost on its way
    for _ in range(REFRESH):
        device.feed(frame(picture(5)))
    assert device.slots[0] == 5


@pytest.mark.parametrize(
    ("protocol", "rows", "line"),
    [
        ("enttec", routes(), "serial:x: found universes 1, 2, expected one: universes=1"),
        ("dmx4all", routes(), "serial:x: found universes 1, 2, expected one: universes=1"),
        ("adalight", routes((4,)), "found 512 channels in universe 4, expected whole pixels of 3"),
        ("tpm2", routes(range(1, 130), 510), "found 21930 pixels, expected 21845 at most"),
    ],
)
def test_universes_that_do_not_fit(protocol: str, rows: Sequence[Route], line: str) -> None:
    with pytest.raises(AddressError) as raised:
        SerialDriver("serial:x", "x", protocol, rows)
    assert line in str(raised.value)


@pytest.mark.parametrize("protocol", WIDGETS)
async def test_a_device_shows_what_is_sent_and_comes_back_elsewhere(
    protocol: str, tmp_path: Path
) -> None:
    name = tmp_path / "usb-kit_widget-if00"
    driver = SerialDriver("serial:", str(tmp_path / "usb-kit*"), protocol, routes((1,), 510))
    with pytest.raises(AddressError, match="no such device"):
        driver.check()
    for show_time in (1, 2):  # the second device has another path, and the same name
        with Plug(WIDGETS[protocol](), name) as plug:
            driver.check()
            await driver.open()
            levels = ramp((show_time,))
            await driver.send(levels)
            await asyncio.to_thread(plug.until, levels.data[0, :510].tobytes())
            assert driver.status().detail.startswith(plug.path)
            plug.pull()
            with pytest.raises(OSError, match=r"Input/output error|failed"):
                await send_for(driver, seconds=2)
            await driver.close()


async def test_a_slow_line_drops_pictures_and_never_falls_behind(tmp_path: Path) -> None:
    with Plug(Enttec(), tmp_path / "usb-kit") as plug:
        slow = SerialDriver("serial:", str(plug.name), "tpm2", routes((1,), 30), baud=9600)
        plug.decoder = Tpm2()
        await slow.open()
        for n in range(60):  # 36 ms a picture on this line, and they come all at once
            await slow.send(picture(n))
        await asyncio.to_thread(plug.until, bytes([59]), 10.0)
        await slow.close()
        plug.read()
    assert slow.status().dropped + plug.decoder.pictures == 60
    assert slow.status().dropped > 0


async def test_the_last_picture_goes_out_before_the_line_is_closed(tmp_path: Path) -> None:
    with Plug(Enttec(), tmp_path / "usb-kit") as plug:
        driver = SerialDriver("serial:", str(plug.name), "enttec", routes((1,)))
        await driver.open()
        await driver.send(picture(1))
        await driver.send(picture(2))
        await driver.close()
        await driver.close()
        await asyncio.to_thread(plug.until, bytes([2]))
        with pytest.raises(OSError, match="closed"):
            await driver.send(picture(3))


async def test_two_programs_do_not_write_to_one_device(tmp_path: Path) -> None:
    with Plug(Enttec(), tmp_path / "usb-kit") as plug:
        first, second = (
            SerialDriver("serial:", str(plug.name), "enttec", routes((1,))) for _ in range(2)
        )
        await first.open()
        with pytest.raises(OSError, match="lock"):
            await second.open()
        await first.close()


LISTED = [
    Device("/dev/ttyUSB0", "DMX USB PRO", "0403:6001:EN1"),
    Device("/dev/ttyUSB1", "DMX USB PRO", "0403:6001:EN2"),
    Device("/dev/ttyACM0", "NanoDMX", "03eb:2018"),
]


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("03EB:2018", "/dev/ttyACM0"),
        ("0403:6001:EN2", "/dev/ttyUSB1"),
        ("/dev/null", "/dev/null"),
        ("/dev/nul[l]", "/dev/null"),
    ],
)
def test_devices_are_found_by_path_pattern_and_usb(target: str, path: str) -> None:
    assert find("serial:", target, lambda: LISTED) == path


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("0403:6001", "serial:x: found /dev/ttyUSB0, /dev/ttyUSB1, expected one device"),
        ("0403:6001:EN3", "found no such device, expected one of /dev/ttyUSB0 (DMX USB PRO, 0403"),
        ("/dev/nowhere", "found no such device, expected one of /dev/ttyUSB0"),
        ("/dev/nowhere*", "found no such device"),
    ],
)
def test_devices_that_are_not_there_are_named_with_those_that_are(target: str, line: str) -> None:
    with pytest.raises(AddressError) as raised:
        find("serial:x", target, lambda: LISTED)
    assert line in str(raised.value)
    with pytest.raises(AddressError, match="none at all"):
        find("serial:x", target, list)


def test_every_protocol_has_a_widget() -> None:
    assert WIDGETS.keys() == FRAMINGS.keys()
    assert len(set(itertools.chain(FRAMINGS))) == len(FRAMINGS)
