"""Art-Net's bytes, held against the tables of the specification."""

from __future__ import annotations

import itertools

import pytest

from engine.lights.artnet import ArtNetDriver, packet
from engine.lights.udp import UdpSender
from tests.engine.lights.wire import Ear, ramp, routes

HEADER = bytes.fromhex(
    "4172742d4e657400"  # ID "Art-Net" and a zero
    "0050"  # OpCode 0x5000, low byte first
    "000e"  # protocol version 14
    "01"  # sequence
    "00"  # physical port
    "0100"  # SubUni and Net: Port-Address 1
    "0200"  # 512 slots, high byte first
)
SYNC = bytes.fromhex("4172742d4e6574000052000e0000")


def test_the_packet_of_a_port_address() -> None:
    assert bytes(packet(0x1234)[:18]).hex() == "4172742d4e6574000050000e000034120200"
    assert len(packet(0)) == 18 + 512


async def test_every_universe_goes_to_its_port_address() -> None:
    with Ear() as node:
        driver = ArtNetDriver("artnet:", UdpSender("127.0.0.1", node.port), routes((1, 300)))
        await driver.open()
        await driver.send(ramp((1, 300)))
        one, other = node.hear(2)
        await driver.close()
    assert one == HEADER + ramp().data[0].tobytes()
    assert other[14:16] == bytes([300 & 0xFF, 300 >> 8])
    assert other[18:] == ramp((1, 300)).data[1].tobytes()


async def test_the_sequence_runs_from_1_to_255_and_again() -> None:
    with Ear() as node:
        driver = ArtNetDriver("artnet:", UdpSender("127.0.0.1", node.port), routes((1,)))
        await driver.open()
        heard = []
        for _ in range(257):
            await driver.send(ramp((1,)))
            heard += node.hear(1)
        await driver.close()
    assert [data[12] for data in heard] == [*range(1, 256), 1, 2]


async def test_an_art_sync_ends_every_picture() -> None:
    with Ear() as node:
        sender = UdpSender("127.0.0.1", node.port)
        driver = ArtNetDriver("artnet:", sender, routes(), sync=True)
        await driver.open()
        await driver.send(ramp())
        assert node.hear(3)[2] == SYNC
        await driver.close()
        await driver.close()
        with pytest.raises(OSError, match="closed"):
            await driver.send(ramp())


async def test_a_node_that_is_not_there_is_no_error() -> None:
    with Ear() as gone:
        port = gone.port
    driver = ArtNetDriver("artnet:", UdpSender("127.0.0.1", port), routes())
    await driver.open()
    for _ in itertools.repeat(None, 5):
        await driver.send(ramp())
    await driver.close()
    assert driver.status().dropped == 0


async def test_a_host_without_a_name_is() -> None:
    driver = ArtNetDriver("artnet:", UdpSender("no.such.host.invalid", 6454), routes())
    with pytest.raises(OSError, match=r"[Nn]ame|resolution|service"):
        await driver.open()
