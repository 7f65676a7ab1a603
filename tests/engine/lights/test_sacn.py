"""sACN's bytes: held against the standard's table, and read by an implementation not ours."""

from __future__ import annotations

import struct

from sacn.messages.data_packet import DataPacket, calculate_multicast_addr
from sacn.messages.sync_packet import SyncPacket
from sacn.messages.universe_discovery import UniverseDiscoveryPacket

from engine.lights import sacn
from engine.lights.sacn import SacnDriver
from engine.lights.udp import UdpSender
from tests.engine.lights.wire import Ear, ramp, routes

CID = bytes(range(16))
GOLDEN = bytes.fromhex(
    "0010" "0000" "4153432d45312e3137000000"  # preamble, postamble, ACN packet identifier
    "726e" "00000004" "000102030405060708090a0b0c0d0e0f"  # root: length 622, vector, CID
    "7258" "00000002" + "4b69 7420c39c".replace(" ", "") + "00" * 58  # framing: "Kit Ü"
    + "96" "0007" "05" "20" "012c"  # priority 150, sync universe 7, sequence, options, universe
    "720b" "02" "a1" "0000" "0001" "0201" "00"  # DMP: 513 values, start code 0
)  # fmt: skip


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def make(ear: Ear, clock: Clock | None = None, **options: int) -> SacnDriver:
    return SacnDriver(
        "sacn:",
        UdpSender("127.0.0.1", ear.port),
        routes((1, 300)),
        multicast=False,
        sender=CID,
        name="Kit Ü",
        now=clock or Clock(),
        **options,
    )


def test_the_packet_byte_by_byte() -> None:
    packet = sacn.data_packet(CID, "Kit Ü", 150, 7, 300)
    packet[sacn.SEQUENCE], packet[sacn.OPTIONS] = 5, sacn.FORCE_SYNC
    assert bytes(packet) == GOLDEN + bytes(512)
    assert len(packet) == 638


def test_a_long_name_is_cut_between_characters() -> None:
    packet = sacn.data_packet(CID, "Ü" * 40, 100, 0, 1)
    assert bytes(packet[44:108]) == ("Ü" * 31).encode() + b"\0\0"


async def test_another_implementation_reads_what_is_sent() -> None:
    with Ear() as node:
        driver = make(node, priority=150, sync=7)
        await driver.open()
        await driver.send(ramp((1, 300)))
        one, other, sync, discovery = node.hear(4)
        await driver.close()
    read = DataPacket.make_data_packet(tuple(other))
    assert (read.universe, read.priority, read.syncAddr, read.sequence) == (300, 150, 7, 1)
    assert read.sourceName == "Kit Ü"
    assert bytes(read.dmxData) == ramp((1, 300)).data[1].tobytes()
    assert DataPacket.make_data_packet(tuple(one)).universe == 1
    told = SyncPacket.make_sync_packet(tuple(sync))
    assert (told.syncAddr, told.sequence) == (7, 1)
    assert list(
        UniverseDiscoveryPacket.make_universe_discovery_packet(tuple(discovery)).universes
    ) == [1, 300]


def test_the_groups_are_the_standards() -> None:
    for universe in (1, 255, 256, 63999):
        assert sacn.group(universe) == calculate_multicast_addr(universe)


async def test_the_sequence_wraps_and_discovery_comes_every_ten_seconds() -> None:
    clock = Clock()
    with Ear() as node:
        driver = make(node, clock)
        await driver.open()
        sequences = []
        for n in range(258):
            clock.now = n * 0.05
            await driver.send(ramp((1, 300)))
            data = node.hear(3 if n in (0, 200) else 2)
            sequences.append(data[0][sacn.SEQUENCE])
            assert [len(d) for d in data[:2]] == [638, 638]
        await driver.close()
    assert sequences == [n % 256 for n in range(1, 259)]


async def test_a_stream_ends_with_three_terminated_packets() -> None:
    with Ear() as node:
        driver = make(node)
        await driver.open()
        await driver.send(ramp((1, 300)))
        node.hear(3)
        await driver.close()
        last = node.hear(6)
        await driver.close()
        assert node.silent()
    assert all(data[sacn.OPTIONS] == 0x40 for data in last)
    universes = [struct.unpack_from(">H", data, 113)[0] for data in last]
    assert universes == [1, 300] * 3
    assert [data[sacn.SEQUENCE] for data in last[::2]] == [2, 3, 4]
    assert DataPacket.make_data_packet(tuple(last[0])).option_StreamTerminated


async def test_a_stream_that_never_began_needs_no_end() -> None:
    with Ear() as node:
        driver = make(node)
        await driver.open()
        await driver.close()
        assert node.silent()


def test_a_sender_has_one_name_on_every_run() -> None:
    assert sacn.cid("Salsa", "sacn://") == sacn.cid("Salsa", "sacn://")
    assert len({sacn.cid("Salsa", "sacn://"), sacn.cid("Tango", "sacn://")}) == 2


def test_many_universes_are_listed_on_pages() -> None:
    pages = sacn.discovery_packets(CID, "Kit", range(1, 1026))
    read = [UniverseDiscoveryPacket.make_universe_discovery_packet(tuple(p)) for p in pages]
    assert [(p.page, p.lastPage, len(p.universes)) for p in read] == [
        (0, 2, 512),
        (1, 2, 512),
        (2, 2, 1),
    ]
