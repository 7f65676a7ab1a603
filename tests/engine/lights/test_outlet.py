"""The URLs of the lights' outputs, as an operator types them."""

from __future__ import annotations

import pytest

from engine.errors import AddressError
from engine.lights.artnet import ArtNetDriver
from engine.lights.driver import Route
from engine.lights.outlet import SCHEMES, is_outlet, outlet
from engine.lights.sacn import SacnDriver
from engine.lights.serial_line import SerialDriver
from tests.kit import one_line

USED = {1: 324, 2: 324}


def routed(url: str) -> list[tuple[int, int]]:
    """The universes of the patch with their numbers on the wire."""
    driver = outlet(url, USED).driver
    assert isinstance(driver, ArtNetDriver)
    return [(row, packet[14] | packet[15] << 8) for row, packet in driver._packets]


@pytest.mark.parametrize(
    ("url", "numbers"),
    [
        ("artnet://", [(0, 1), (1, 2)]),
        ("artnet://10.0.0.7:6454", [(0, 1), (1, 2)]),
        ("artnet://node?universes=2", [(1, 2)]),
        ("artnet://node?universes=1-2&offset=-1", [(0, 0), (1, 1)]),
        ("artnet://node?universes=2:300,1:7", [(1, 300), (0, 7)]),
    ],
)
def test_universes_go_out_under_the_numbers_asked_for(
    url: str, numbers: list[tuple[int, int]]
) -> None:
    assert routed(url) == numbers


def test_times_and_the_end_are_of_every_output() -> None:
    plain = outlet("sacn://", USED)
    assert (plain.delay, plain.rate, plain.stays) == (0.0, None, False)
    full = outlet("ddp://wled.local?delay_ms=-40&fps=44&end=hold", USED)
    assert (full.delay, full.rate, full.stays) == (-0.04, 44.0, True)


def test_sacn_takes_its_options() -> None:
    driver = outlet("sacn://?priority=150&sync=7&source=Stage+left", USED, "Salsa").driver
    assert isinstance(driver, SacnDriver)
    _, packet, group = driver._packets[1]
    assert packet[44:56] == b"Stage left\0\0"
    assert (packet[108], packet[109:111], group) == (150, b"\0\7", "239.255.0.2")
    unicast = outlet("sacn://10.0.0.7", USED, "Salsa").driver
    assert isinstance(unicast, SacnDriver)
    assert unicast._packets[0][2] is None
    assert unicast._packets[0][1][44:49] == b"Salsa"


def test_serial_takes_a_device_and_a_protocol() -> None:
    driver = outlet("serial:/dev/tty*?protocol=dmx4all&universes=2&baud=250000", USED).driver
    assert isinstance(driver, SerialDriver)
    assert (driver._target, driver._baud) == ("/dev/tty*", 250000)
    assert driver._routes == [Route(1, 2, 2, 324)]
    usb = outlet("serial:0403:6001:EN1?protocol=enttec&universes=1", USED).driver
    assert isinstance(usb, SerialDriver)
    assert usb._target == "0403:6001:EN1"


@pytest.mark.parametrize(
    ("url", "rest"),
    [
        ("artnt://node", "found scheme 'artnt', expected 'artnet' perhaps, or one of artnet, sacn"),
        ("node", "found scheme 'none', expected one of artnet, sacn, ddp, wled, serial"),
        ("artnet://node?universe=1", "found option 'universe', expected 'universes' perhaps"),
        ("artnet://node?priority=1", "found option 'priority', expected one of universes,"),
        ("artnet://node?sync=1&sync=1", "found option 'sync' twice, expected it once"),
        ("artnet://node?sync=yes", "sync: found 'yes', expected one of 0, 1"),
        ("artnet://node?universes=3", "universes: found 3, expected one of 1, 2"),
        ("artnet://node?universes=2-1", "universes: found '2-1', expected such as 1-2"),
        ("artnet://node?universes=", "universes: found '', expected such as 1-4,7 or 1:10"),
        ("artnet://node?universes=1:40000", "found universe 1 as 40000, expected 0 to 32767"),
        ("artnet://node?offset=-2", "found universe 1 as -1, expected 0 to 32767"),
        ("artnet://node:99999", "Port out of range"),
        ("artnet://node/left", "found more than a host and a port, expected artnet://[node]"),
        ("artnet://node?interface=eth0", "interface: found 'eth0', expected the address of a"),
        ("sacn://?offset=-1", "found universe 1 as 0, expected 1 to 63999"),
        ("sacn://?priority=201", "priority: found '201', expected a whole number from 0 to 200"),
        ("sacn://?sync=0", "sync: found '0', expected a whole number from 1 to 63999"),
        ("sacn://?delay_ms=soon", "delay_ms: found 'soon', expected a number from -2000 to 2000"),
        ("sacn://?fps=1000", "fps: found '1000', expected a number from 5 to 240"),
        ("sacn://?end=drk", "end: found 'drk', expected 'dark' perhaps, or one of dark, hold"),
        ("ddp://", "found no host, expected ddp://host"),
        ("ddp://x?pixel=rgbww", "found 'rgbww', expected 'rgbw' perhaps, or one of rgb, rgbw"),
        ("wled://x?timeout=1", "timeout: found '1', expected a whole number from 2 to 255"),
        ("serial:?protocol=tpm2", "found no device, expected serial:DEVICE?protocol=P"),
        ("serial://host?protocol=tpm2", "found no device"),
        ("serial:/dev/x", "found no protocol, expected protocol=enttec|dmx4all|dmx4all-channels|"),
        ("serial:/dev/x?protocol=entec", "found 'entec', expected 'enttec' perhaps, or one of"),
        ("serial:/dev/x?protocol=enttec", "found universes 1, 2, expected one: universes=1"),
        ("serial:/dev/x?protocol=tpm2&baud=fast", "baud: found 'fast', expected a whole number"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(url: str, rest: str) -> None:
    with pytest.raises(AddressError) as raised:
        outlet(url, USED)
    one_line(raised.value)
    assert rest in str(raised.value)
    assert url in str(raised.value)


def test_a_device_that_is_not_there_is_found_missing_before_the_curtain() -> None:
    made = outlet("serial:/dev/nowhere?protocol=tpm2", USED)
    with pytest.raises(AddressError, match="no such device"):
        made.check()
    outlet("artnet://no.such.node", USED).check()  # it may come later


def test_the_schemes_are_known() -> None:
    assert all(is_outlet(f"{scheme}:") for scheme in SCHEMES)
    assert not is_outlet("osc://x")
