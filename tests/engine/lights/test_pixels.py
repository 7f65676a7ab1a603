"""DDP and WLED: golden bytes, and what a display makes of them."""

from __future__ import annotations

import struct

import pytest

from engine.errors import AddressError
from engine.lights.ddp import DdpDriver
from engine.lights.udp import UdpSender
from engine.lights.wled import WledDriver
from tests.engine.lights.wire import Ear, ramp, routes


class Display:
    """A DDP display as its description has it: a buffer, shown when the push flag comes."""

    def __init__(self) -> None:
        self.buffer = bytearray(1 << 16)
        self.shown = b""
        self.sequences: list[int] = []
        self.size = 0

    def feed(self, packet: bytes) -> None:
        flags, sequence, kind, to, offset, length = struct.unpack_from(">BBBBIH", packet)
        assert flags >> 6 == 1
        assert (kind, to) in ((0x0B, 1), (0x1B, 1))
        assert len(packet) == 10 + length <= 1450
        self.sequences.append(sequence)
        self.buffer[offset : offset + length] = packet[10:]
        self.size = max(self.size, offset + length)
        if flags & 1:
            self.shown = bytes(self.buffer[: self.size])


async def test_ddp_byte_by_byte() -> None:
    with Ear() as ear:
        driver = DdpDriver("ddp:", UdpSender("127.0.0.1", ear.port), routes((1, 2), 6))
        await driver.open()
        await driver.send(ramp())
        (packet,) = ear.hear(1)
        await driver.close()
    assert packet.hex(" ") == "41 01 0b 01 00 00 00 00 00 0c 01 02 03 04 05 06 02 03 04 05 06 07"


@pytest.mark.parametrize(("pixel", "length"), [("rgb", 510), ("rgbw", 512)])
async def test_a_long_strip_is_shown_when_its_last_part_has_come(pixel: str, length: int) -> None:
    universes = tuple(range(1, 11))
    display = Display()
    with Ear() as ear:
        sender = UdpSender("127.0.0.1", ear.port)
        driver = DdpDriver("ddp:", sender, routes(universes, length), pixel=pixel)
        await driver.open()
        for _ in range(5):
            await driver.send(ramp(universes))
            for packet in ear.hear(4):
                assert not display.shown
                display.feed(packet)
            assert display.shown == ramp(universes).data[:, :length].tobytes()
            display.shown = b""
        await driver.close()
    assert display.sequences == [*range(1, 16), *range(1, 6)]


async def test_wled_byte_by_byte() -> None:
    with Ear() as ear:
        sender = UdpSender("127.0.0.1", ear.port)
        driver = WledDriver("wled:", sender, routes((1, 2), 3), timeout=5)
        await driver.open()
        await driver.send(ramp())
        assert ear.hear(1)[0].hex(" ") == "02 05 01 02 03 02 03 04"
        await driver.close()
        driver = WledDriver("wled:", sender, routes((1,), 4), pixel="rgbw")
        await driver.open()
        await driver.send(ramp((1,)))
        assert ear.hear(1)[0].hex(" ") == "03 02 01 02 03 04"
        await driver.close()


@pytest.mark.parametrize(
    ("pixel", "length", "protocol", "most"), [("rgb", 510, 4, 489), ("rgbw", 512, 5, 366)]
)
async def test_a_long_strip_goes_to_wled_in_parts(
    pixel: str, length: int, protocol: int, most: int
) -> None:
    universes = (1, 2, 3, 4)
    size = len(pixel)
    with Ear() as ear:
        sender = UdpSender("127.0.0.1", ear.port)
        driver = WledDriver("wled:", sender, routes(universes, length), pixel=pixel)
        await driver.open()
        await driver.send(ramp(universes))
        parts = ear.hear(-(-4 * length // (most * size)))
        await driver.close()
    whole = b""
    for part in parts:
        kind, timeout, index = struct.unpack_from(">BBH", part)
        assert (kind, timeout) == (protocol, 2)
        assert index * size == len(whole)
        assert (len(part) - 4) % size == 0
        assert len(part) <= 1472
        whole += part[4:]
    assert whole == ramp(universes).data[:, :length].tobytes()


@pytest.mark.parametrize("driver", [DdpDriver, WledDriver])
def test_half_a_pixel_is_refused(driver: type[DdpDriver] | type[WledDriver]) -> None:
    with pytest.raises(AddressError) as raised:
        driver("ddp://x", UdpSender("x", 1), routes((3,), 512))
    assert str(raised.value) == (
        "ddp://x: found 512 channels in universe 3, expected whole pixels of 3 channels"
    )
