from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.osc_packet import OscPacket

from engine import address
from engine.errors import AddressError
from engine.frame import FrameFlag
from engine.lights.state import LightState
from engine.lights.teller import Teller
from engine.osc.figurant import Bundle
from engine.sinks.osc import PONG, OscSink, ask
from tests.kit import frame


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        found.setblocking(False)
        yield found


def url(receiver: socket.socket) -> str:
    return f"osc://127.0.0.1:{receiver.getsockname()[1]}"


async def receive(receiver: socket.socket) -> bytes:
    async with asyncio.timeout(5):
        return await asyncio.get_running_loop().sock_recv(receiver, 65536)


async def test_a_frame_is_one_bundle_that_python_osc_reads(receiver: socket.socket) -> None:
    sink = OscSink(url(receiver), ["red", "blue"], delay=0.04)
    await sink.open()
    shown = replace(frame(12.5, 7.25, performers=2), flags=FrameFlag.BLACKOUT)
    shown.joints[1] = np.arange(51).reshape(17, 3)
    await sink.send(shown, b"")
    messages = [timed.message for timed in OscPacket(await receive(receiver)).messages]
    await sink.close()
    await sink.close()
    assert [message.address for message in messages] == [
        "/figurant/frame",
        "/figurant/red/pose",
        "/figurant/red/level",
        "/figurant/red/color",
        "/figurant/blue/pose",
        "/figurant/blue/level",
        "/figurant/blue/color",
        "/figurant/clock",
        "/figurant/flags",
    ]
    assert messages[0].params == [750, 12.5, "00:00:12:00"]
    assert messages[1].params == [12.5] * 51
    assert messages[4].params == list(range(51))
    assert [messages[i].params[0] for i in (2, 5)] == pytest.approx(shown.level.tolist())
    assert messages[6].params == pytest.approx(shown.color[1].tolist())
    assert messages[7].params == [7.25, 0.04]
    assert messages[8].params == [FrameFlag.BLACKOUT]


async def test_a_receiver_may_ask_for_the_clock(receiver: socket.socket) -> None:
    sink = OscSink(url(receiver), [], now=lambda: 42.5)
    await sink.open()
    await sink.send(frame(performers=0), b"")
    loop = asyncio.get_running_loop()
    _, engine = await loop.sock_recvfrom(receiver, 65536)
    for nonsense in (b"", b"/figurant/clock/ping", build("/figurant/clock/ping", [1.5, 2.5])):
        receiver.sendto(nonsense, engine)
    receiver.sendto(build("/figurant/clock/ping", [1.5]), engine)
    (timed,) = OscPacket(await receive(receiver)).messages
    assert (timed.message.address, timed.message.params) == ("/figurant/clock/pong", [1.5, 42.5])
    await sink.close()


async def test_it_tells_what_the_lights_are_asked_to_do(receiver: socket.socket) -> None:
    state = LightState(master=0.5)
    sink = OscSink(url(receiver), [], teller=Teller(lambda: state))
    await sink.open()
    for clock in (10.0, 10.1, 11.2):  # at first, and after a second
        await sink.send(frame(clock, clock, performers=0), b"")
    told = [OscPacket(await receive(receiver)).messages[0].message for _ in range(5)]
    await sink.close()
    where = ["/figurant/lights", "/figurant/frame"]
    assert [message.address for message in told] == [*where, "/figurant/frame", *where]
    assert LightState.from_json(json.loads(told[0].params[0])) == state


def build(where: str, numbers: list[float]) -> bytes:
    """A message as another program makes it."""
    builder = OscMessageBuilder(where)
    for number in numbers:
        builder.add_arg(number, builder.ARG_TYPE_DOUBLE)
    return bytes(builder.build().dgram)


def test_the_show_time_keeps_its_64_bits() -> None:
    data = Bundle([]).pack(frame(7200.123456789, performers=0))
    timed, *_ = OscPacket(data).messages
    assert timed.message.params[1] == 7200.123456789


def test_eight_performers_stay_below_the_limit_of_udp() -> None:
    names = ["a" * 32 + str(n) for n in range(8)]
    data = Bundle(names).pack(frame(performers=8))
    assert len(data) < 65_507
    assert len(OscPacket(data).messages) == 1 + 8 * 3 + 2


def test_the_index_wraps_as_an_osc_int() -> None:
    timed, *_ = OscPacket(Bundle([]).pack(frame(2.0**31, performers=0))).messages
    assert timed.message.params[0] >= 0


async def test_a_receiver_that_is_not_there_is_no_error_and_may_come_later(
    receiver: socket.socket,
) -> None:
    where = receiver.getsockname()
    sink = OscSink(url(receiver), ["red"])
    receiver.close()
    await sink.open()
    for _ in range(20):
        await sink.send(frame(), b"")
        await asyncio.sleep(0.001)  # the kernel's ICMP answer comes by itself
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as late:
        late.bind(where)
        late.setblocking(False)
        await sink.send(frame(3.0), b"")
        first = OscPacket(await receive(late)).messages[0].message
    await sink.close()
    assert first.params[1] == 3.0


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ("osc://127.0.0.1", "no port"),
        ("osc://:9000", "no host"),
        ("osc://host:99999", "Port out of range"),
        ("udp://host:9000", "scheme 'udp'"),
        ("host:9000", "scheme 'host'"),
        ("osc://host:9000/path", "more than a host and a port"),
        ("osc://[::1:9000", "Invalid IPv6 URL"),
        ("", "scheme 'none'"),
        ("osc://a\nb:9000", "unprintable characters"),
    ],
)
def test_a_wrong_url_is_named(wrong: str, found: str) -> None:
    with pytest.raises(AddressError, match="expected osc://host:port") as error:
        OscSink(wrong, [])
    assert found in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("format=vcm", "format: found 'vcm', expected one of figurant, joints, bisnad, vmc"),
        ("fromat=vmc", "found option 'fromat', expected 'format' perhaps"),
        ("scale=100", "scale: found format=figurant, expected format=bisnad"),
        ("format=bisnad&scale=-1", "scale: found '-1', expected a number above 0"),
        ("format=vmc&performer=green", "performer: found 'green', expected one of red, blue"),
        ("ttl=0", "ttl: found '0', expected 1 to 255"),
        ("interface=eth0", "interface: found 'eth0', expected an IPv4 address"),
    ],
)
def test_a_wrong_option_is_named(options: str, message: str) -> None:
    with pytest.raises(AddressError) as error:
        OscSink(f"osc://host:9000?{options}", ["red", "blue"])
    assert message in str(error.value)


@pytest.mark.parametrize("group", ["127.255.255.255", "239.19.59.1"])
async def test_a_network_or_a_group_hears_the_same_frame_and_may_ask_for_the_clock(
    group: str,
) -> None:
    loop = asyncio.get_running_loop()
    ears = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    port = 0
    for ear in ears:
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ear.bind(("", port))
        port = ear.getsockname()[1]
        ear.setblocking(False)
        if group.startswith("239"):
            member = socket.inet_aton(group) + socket.inet_aton("127.0.0.1")
            ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
    sink = OscSink(f"osc://{group}:{port}?interface=127.0.0.1", ["red"], now=lambda: 42.5)
    await sink.open()
    await sink.send(frame(1.5), b"")
    async with asyncio.timeout(5):
        for ear in ears:
            packet, sender = await loop.sock_recvfrom(ear, 65536)
            assert OscPacket(packet).messages[0].message.params[1] == 1.5
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.setblocking(False)
            await loop.sock_sendto(asker, ask(7.0), sender)
            answer = OscPacket(await loop.sock_recv(asker, 65536)).messages[0].message
    assert (answer.address, answer.params) == (PONG, [7.0, 42.5])
    await sink.close()
    for ear in ears:
        ear.close()


def test_an_address_has_host_and_port() -> None:
    assert address.parse("osc://[::1]:9000", "osc").host == "::1"
    assert address.parse("osc://:9000", "osc").port == 9000
