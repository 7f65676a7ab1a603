from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.udp_client import SimpleUDPClient

from engine.errors import AddressError, FigurantError
from engine.sources.osc import OscSource, commands

Said = tuple[str, dict[str, object]]


def message(address: str, *arguments: object) -> bytes:
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument)
    return bytes(builder.build().dgram)


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (message("/figurant/go"), [("go", {})]),
        (message("/figurant/go", 1.0), [("go", {})]),
        (message("/figurant/go", 0.0), []),  # the button was let go
        (message("/figurant/go", "12.5"), [("go", {"cue": "12.5"})]),
        (message("/figurant/go/12.5"), [("go", {"cue": "12.5"})]),
        (message("/figurant/go/12.5", 1), [("go", {"cue": "12.5"})]),
        (message("/figurant/go/12.5", 0), []),
        (message("/figurant/locate", 3600.5), [("locate", {"show_time": 3600.5})]),
        (message("/figurant/back"), [("back", {})]),
        (message("/figurant/load/12.5", 30.0), [("load", {"cue": "12.5", "seconds": 30.0})]),
        (message("/figurant/arm/3", 0), [("arm", {"cue": "3", "value": False})]),
        (message("/figurant/arm/3"), [("arm", {"cue": "3"})]),
        (
            message("/figurant/seed/red", *range(51)),
            [("seed", {"performer": "red", "pose": list(range(51))})],
        ),
        (message("/figurant/seed/red"), [("seed", {"performer": "red", "pose": []})]),
        (message("/figurant/panic", 1), [("panic", {})]),
        (message("/figurant/panic", False), []),
        (message("/figurant/hold"), [("hold", {})]),
        (message("/figurant/hold", 1), [("hold", {"value": True})]),
        (message("/figurant/blackout", 0.0), [("blackout", {"value": False})]),
        (message("/figurant/standby", "12.5"), [("standby", {"cue": "12.5"})]),
        (message("/figurant/standby", 12), [("standby", {"cue": "12"})]),
        (message("/figurant/standby", 12.0), [("standby", {"cue": "12"})]),
        (message("/figurant/standby", 12.5), [("standby", {"cue": "12.5"})]),
        (
            message("/figurant/control/red/energy", 0.5),
            [("control", {"name": "red/energy", "value": 0.5})],
        ),
        (message("/other/go"), []),
        (message("/figurant/pose", 1), []),
    ],
)
def test_addresses_become_commands(packet: bytes, expected: list[Said]) -> None:
    assert list(commands(packet)) == expected


def test_a_bundle_gives_its_commands_in_order_at_once_whatever_its_time_tag() -> None:
    bundle = OscBundleBuilder(2_050_000_000)  # far in the future
    for address in ("/figurant/back", "/figurant/go"):
        builder = OscMessageBuilder(address)
        bundle.add_content(builder.build())
    inner = OscBundleBuilder(IMMEDIATELY)
    inner.add_content(OscMessageBuilder("/figurant/panic").build())
    bundle.add_content(inner.build())
    names = [name for name, _ in commands(bundle.build().dgram)]
    assert sorted(names) == ["back", "go", "panic"]
    assert names.index("back") < names.index("go")


@pytest.mark.parametrize(
    "packet",
    [b"", b"nonsense", b"#bundle\0", message("/figurant/standby"), message("/figurant/hold", "x")],
)
def test_what_is_wrong_is_a_value_error(packet: bytes) -> None:
    if packet == b"#bundle\0":
        with pytest.raises(ValueError, match="OSC"):
            list(commands(packet))
        return
    with pytest.raises(ValueError, match="found"):
        list(commands(packet))


def ignore(name: str, fields: Mapping[str, object], by: str) -> None:
    raise FigurantError(name, found="refused")


@given(st.binary(max_size=400))
def test_no_bytes_raise_out_of_the_source(packet: bytes) -> None:
    OscSource("osc://:9000", ignore).receive(packet)


@given(
    st.binary(max_size=60),
    st.integers(0, 60),
    st.sampled_from(["/figurant/go", "/figurant/control/red/energy", "/figurant/standby"]),
)
def test_no_broken_message_raises_out_of_the_source(junk: bytes, at: int, address: str) -> None:
    good = message(address, 0.5, "text", True, b"blob")
    broken = good[:at] + junk + good[at + len(junk) :]
    OscSource("osc://:9000", ignore).receive(broken)


def test_deeply_nested_bundles_do_not_raise_out_of_the_source() -> None:
    packet = b""
    while len(packet) < 60_000:
        inside = len(packet).to_bytes(4, "big") + packet if packet else b""
        packet = b"#bundle\0" + bytes(7) + b"\1" + inside
    source = OscSource("osc://:9000", ignore)
    source.receive(packet)
    assert source.refused == 1


async def test_it_hears_a_real_client_on_loopback_only() -> None:
    heard: list[Said] = []
    came = asyncio.Event()

    def handle(name: str, fields: Mapping[str, object], by: str) -> None:
        assert by == "osc"
        heard.append((name, dict(fields)))
        came.set()

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    source = OscSource(f"osc://:{port}", handle)
    await source.open()
    client = SimpleUDPClient("127.0.0.1", port)
    client.send_message("/figurant/standby", "2")
    async with asyncio.timeout(5):
        await came.wait()
    assert heard == [("standby", {"cue": "2"})]
    other = OscSource(f"osc://127.0.0.1:{port}", handle)
    with pytest.raises(AddressError, match=f"osc://127.0.0.1:{port}.*in use"):
        await other.open()
    source.close()
    source.close()
    client._sock.close()


def test_refusals_are_logged_ever_more_seldom(caplog: pytest.LogCaptureFixture) -> None:
    source = OscSource("osc://:9000", ignore)
    for _ in range(100):
        source.receive(message("/figurant/go"))
    assert (source.heard, source.refused, len(caplog.records)) == (100, 100, 7)
