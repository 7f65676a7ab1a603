"""A running show as another program meets it: no line of the engine's is used to read it.

The frames are decoded with `struct` from the layout that engine/wire.py writes down, OSC
by python-osc, commands come by HTTP and by python-osc's client.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import shutil
import socket
import struct
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from pythonosc.osc_packet import OscPacket
from pythonosc.udp_client import SimpleUDPClient

from tests.show.process import ROOT, Running

SALSA = ROOT / "cues" / "salsa"
SECONDS = 3.0


@dataclass(frozen=True)
class Dancer:
    """What a frame says of one performer."""

    state: int
    age: int
    level: float
    color: tuple[float, ...]
    joints: tuple[float, ...]


@dataclass(frozen=True)
class Seen:
    """A frame, and when it came by this end's clock."""

    at: float
    flags: int
    index: int
    timecode: tuple[int, ...]
    show_time: float
    clock: float
    dancers: list[Dancer]


def decode(data: bytes) -> Seen:
    """Read a binary frame of version 1."""
    magic, version, flags, count, index = struct.unpack_from("<4sBBHI", data, 0)
    assert (magic, version) == (b"FGRT", 1)
    assert len(data) == 32 + 224 * count
    timecode = struct.unpack_from("<4B", data, 12)
    show_time, clock = struct.unpack_from("<2d", data, 16)
    dancers = []
    for start in range(32, len(data), 224):
        state, zero, age, level = struct.unpack_from("<BBHf", data, start)
        assert zero == 0
        color = struct.unpack_from("<3f", data, start + 8)
        dancers.append(
            Dancer(state, age, level, color, struct.unpack_from("<51f", data, start + 20))
        )
    return Seen(time.monotonic(), flags, index, timecode, show_time, clock, dancers)


@dataclass(frozen=True)
class Bundle:
    """What OSC says of a frame: poses and levels by their addresses."""

    index: int
    show_time: float
    timecode: str
    told: dict[str, tuple[float, ...]]


def parse(packet: bytes) -> Bundle:
    """Read a bundle with python-osc."""
    head, *dancers = (timed.message for timed in OscPacket(packet).messages)
    assert head.address == "/figurant/frame"
    index, show_time, timecode = head.params
    return Bundle(index, show_time, timecode, {m.address: tuple(m.params) for m in dancers})


class Receiver:
    """A UDP socket of another program."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.url = f"osc://127.0.0.1:{self.socket.getsockname()[1]}"

    async def bundles(self, count: int) -> list[Bundle]:
        """Give the next bundles; those that have waited are thrown away, and the lights' state."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.socket.recv(65536)
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(20):
            found: list[Bundle] = []
            while len(found) < count:
                packet = await loop.sock_recv(self.socket, 65536)
                if not packet.startswith(b"/figurant/lights\0"):
                    found.append(parse(packet))
            return found


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def copy_salsa(folder: Path, control: int) -> Path:
    """The built-in production with a journal and an OSC port of its own, led by hand alone."""
    folder.mkdir()
    for name in ("model.onnx", "patch.toml"):
        (folder / name).symlink_to(SALSA / name)
    shutil.copytree(SALSA / "seeds", folder / "seeds")
    text = (SALSA / "show.toml").read_text(encoding="utf-8")
    assert ":9000" in text
    text = text.replace(":9000", f":{control}").replace("auto_continue = true", "")
    (folder / "show.toml").write_text(text, encoding="utf-8")
    return folder


def go(running: Running) -> None:
    """Give GO, as soon as the guard time of the last one is over."""
    deadline = time.monotonic() + 10
    while "go_guard" in running.post("go").get("error", ""):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def cue(running: Running) -> str:
    return str(running.state()["running"]["number"])


async def until_cue(running: Running, number: str) -> None:
    async with asyncio.timeout(10):
        while cue(running) != number:
            await asyncio.sleep(0.02)


@dataclass(frozen=True)
class House:
    """A running show, the port that it listens at for OSC, and two who listen to it."""

    running: Running
    control: int
    receivers: tuple[Receiver, Receiver]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    control = free_port()
    folder = copy_salsa(tmp_path_factory.mktemp("contract") / "salsa", control)
    receivers = (Receiver(), Receiver())
    outputs = itertools.chain(*(("--output", receiver.url) for receiver in receivers))
    with Running("run", folder, "--duration", 120, *outputs) as running:
        go(running)
        go(running)  # cue 3: all three dance
        assert cue(running) == "3"
        yield House(running, control, receivers)
    for receiver in receivers:
        receiver.socket.close()


@pytest.fixture
async def frames(house: House) -> AsyncIterator[ClientWebSocketResponse]:
    async with (
        ClientSession() as client,
        client.ws_connect(house.running.url + "/frames") as ws,
    ):
        yield ws


async def read(ws: ClientWebSocketResponse, count: int) -> list[Seen]:
    """The next frames; texts between them tell what the lights are asked to do."""
    seen: list[Seen] = []
    while len(seen) < count:
        message = await ws.receive(timeout=10)
        if message.type is WSMsgType.TEXT:
            assert json.loads(message.data)["type"] == "lights"
        else:
            seen.append(decode(message.data))
    return seen


def joints(dancer: Dancer) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array(dancer.joints).reshape(17, 3)


async def test_the_frames_are_what_the_hello_says(
    house: House, frames: ClientWebSocketResponse
) -> None:
    hello = await frames.receive_json(timeout=10)
    assert (hello["type"], hello["wire"], hello["title"]) == ("hello", 1, "Salsa for three")
    assert [p["name"] for p in hello["performers"]] == ["red", "green", "blue"]
    seen = await read(frames, 60)
    first, last = seen[0], seen[-1]
    assert abs(first.clock - hello["clock"]) < 5
    for frame in seen:
        assert len(frame.dancers) == 3
        assert frame.flags & ~1 == 0  # a busy machine may hold a frame
        assert frame.index == int(frame.show_time * hello["rate"] + 1e-6)
        hours, minutes, seconds, part = frame.timecode
        told = hours * 3600 + minutes * 60 + seconds + part / 25
        assert -1e-6 < frame.show_time - told < 1 / 25 + 1e-6
        for dancer, performer in zip(frame.dancers, hello["performers"], strict=True):
            assert (dancer.state, dancer.age) == (1, 65535)
            assert 0 < dancer.level <= 1
            shown = "#" + "".join(f"{round(c * 255):02x}" for c in dancer.color)
            assert shown == performer["color"]
    for before, after in itertools.pairwise(seen):
        assert after.index > before.index
        assert after.clock > before.clock
    parents, ends = np.array(hello["skeleton"]["bones"]).T
    for p in range(3):
        poses = np.array([joints(frame.dancers[p]) for frame in seen])
        bones = np.linalg.norm(poses[:, ends] - poses[:, parents], axis=-1)
        assert np.ptp(bones, axis=0).max() < 1e-5, "bones keep their lengths"
        assert 0.9 < np.median(poses[:, 10, 2] - poses[:, (3, 6), 2].min(axis=1)) < 2.1
        assert np.linalg.norm(joints(last.dancers[p]) - joints(first.dancers[p])) > 0.05


async def test_they_come_at_the_shows_rate(frames: ClientWebSocketResponse) -> None:
    rate = (await frames.receive_json(timeout=10))["rate"]
    seen = await read(frames, round(SECONDS * rate))
    arrivals = np.array([frame.at for frame in seen])
    intervals = (arrivals[10:] - arrivals[:-10]) / 10  # a busy machine jitters
    assert np.median(intervals) == pytest.approx(1 / rate, rel=0.05)
    clocks = np.diff([frame.clock for frame in seen])
    assert np.median(clocks) == pytest.approx(1 / rate, rel=0.01)
    times = np.diff([frame.show_time for frame in seen])
    assert times == pytest.approx(clocks, abs=1e-6), "show time goes as the clock goes"


async def test_osc_and_websocket_tell_the_same(
    house: House, frames: ClientWebSocketResponse
) -> None:
    await frames.receive_json(timeout=10)
    first, second = house.receivers
    seen, *received = await asyncio.gather(read(frames, 60), first.bundles(60), second.bundles(60))
    told = {frame.index: frame for frame in seen}
    for bundles in received:
        common = [bundle for bundle in bundles if bundle.index in told]
        assert len(common) > 20
        for bundle in common:
            frame = told[bundle.index]
            assert bundle.show_time == frame.show_time
            assert bundle.timecode == "{:02}:{:02}:{:02}:{:02}".format(*frame.timecode)
            expected: dict[str, tuple[float, ...]] = {}
            for name, dancer in zip(("red", "green", "blue"), frame.dancers, strict=True):
                expected[f"/figurant/{name}/pose"] = dancer.joints
                expected[f"/figurant/{name}/level"] = (dancer.level,)
                expected[f"/figurant/{name}/color"] = dancer.color
            assert bundle.told.pop("/figurant/clock")[0] == frame.clock
            assert bundle.told.pop("/figurant/flags") == (frame.flags,)
            assert bundle.told == expected


async def test_http_and_osc_give_cues(house: House) -> None:
    running = house.running
    before = cue(running)
    standby = running.state()["standby"]["number"]
    go(running)
    await until_cue(running, standby)
    client = SimpleUDPClient("127.0.0.1", house.control)
    try:
        client.send_message("/figurant/back", [])
        await until_cue(running, before)
        client.send_message("/figurant/standby", 6)
        await asyncio.sleep(0.6)  # go_guard, by the show's clock
        client.send_message("/figurant/go", [])
        await until_cue(running, "6")
    finally:
        client._sock.close()
    assert running.state()["standby"]["number"] == "7"


async def test_a_receiver_that_goes_changes_nothing_for_the_other(
    house: House, frames: ClientWebSocketResponse
) -> None:
    gone, stays = house.receivers
    await frames.receive_json(timeout=10)
    await gone.bundles(5)
    gone.socket.close()
    seen, bundles = await asyncio.gather(read(frames, 60), stays.bundles(60))
    assert np.median(np.diff([bundle.index for bundle in bundles])) == 1
    assert np.median(np.diff([frame.index for frame in seen])) == 1
    state = house.running.state()
    health = {output["url"]: output for output in state["outputs"]}
    assert health[stays.url]["error"] is None
    assert health[stays.url]["sent"] > bundles[-1].index / 2
    assert state["faults"] == []
    assert house.running.process.poll() is None
