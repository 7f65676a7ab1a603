from __future__ import annotations

import asyncio
import logging

import pytest

from engine.fanout import LONGEST_PAUSE, Fanout
from engine.frame import Frame
from engine.slot import Slot
from tests.kit import frame


class Recorder:
    """A sink that keeps what it gets and fails when it is told to."""

    def __init__(
        self, url: str = "test:", fail: int = 0, slow: asyncio.Event | None = None
    ) -> None:
        self.url = url
        self.opened = self.closed = 0
        self.times: list[float] = []
        self.got = asyncio.Event()
        self._fail, self._slow = fail, slow

    async def open(self) -> None:
        self.opened += 1

    async def send(self, frame: Frame, packed: bytes) -> None:
        if self._fail:
            self._fail -= 1
            raise OSError("no route to host")
        if self._slow is not None:
            await self._slow.wait()
        self.times.append(frame.show_time)
        self.got.set()

    async def close(self) -> None:
        self.closed += 1


class Pauses:
    """Keeps how long the lane wanted to wait, and lets other tasks run instead."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        await asyncio.sleep(0)


async def put(fanout: Fanout, count: int, first: int = 0) -> None:
    for n in range(first, first + count):
        fanout.put(frame(float(n)), b"packed")
        for _ in range(10):
            await asyncio.sleep(0)


async def test_every_sink_gets_every_frame_when_it_keeps_up() -> None:
    sinks = [Recorder(), Recorder()]
    async with Fanout(sinks) as fanout:
        await put(fanout, 5)
        assert [lane.sent for lane in fanout.lanes] == [5, 5]
        assert [lane.missed for lane in fanout.lanes] == [0, 0]
    assert sinks[0].times == sinks[1].times == [0, 1, 2, 3, 4]
    assert [sink.closed for sink in sinks] == [1, 1]


async def test_a_stuck_sink_misses_frames_and_slows_nobody() -> None:
    gate = asyncio.Event()
    stuck, well = Recorder(slow=gate), Recorder()
    async with Fanout([stuck, well]) as fanout:
        await put(fanout, 10)
        assert well.times == list(range(10))
        gate.set()
        await put(fanout, 0)
        await asyncio.wait_for(stuck.got.wait(), 1)
        for _ in range(10):
            await asyncio.sleep(0)
        assert stuck.times == [0, 9]  # what it was sending, then the newest
        assert fanout.lanes[0].missed == 8


async def test_a_failing_sink_is_logged_once_backs_off_and_comes_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    pauses, sink = Pauses(), Recorder("osc://gone:1", fail=6)
    async with Fanout([sink], pause=pauses, jitter=lambda: 1.0) as fanout:
        await put(fanout, 1)
        assert fanout.lanes[0].error == "no route to host"
        await put(fanout, 9, first=1)
        lane = fanout.lanes[0]
        assert (lane.sent, lane.missed, lane.error) == (4, 6, None)
    assert pauses.asked == [0.5, 1.0, *[LONGEST_PAUSE] * 4]
    assert sink.opened == sink.closed == 7
    logged = [record.getMessage() for record in caplog.records]
    assert logged == [
        "osc://gone:1: no route to host; trying again until it is back",
        "osc://gone:1: back after 6 attempts",
    ]


async def test_the_back_off_is_jittered() -> None:
    pauses = Pauses()
    async with Fanout([Recorder(fail=2)], pause=pauses, jitter=lambda: 0.0) as fanout:
        await put(fanout, 3)
    assert pauses.asked == [0.25, 0.5]


async def test_a_sink_that_fails_while_closing_is_only_a_fault() -> None:
    class BadCloser(Recorder):
        async def close(self) -> None:
            raise RuntimeError("close")

    async with Fanout([BadCloser(fail=1), Recorder()], pause=Pauses()) as fanout:
        await put(fanout, 3)
        assert fanout.lanes[0].sent == 2
        assert fanout.lanes[1].sent == 3


async def test_a_sink_that_hangs_while_closing_does_not_hold_up_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.fanout.CLOSING_TIME", 0.01)

    class Hanging(Recorder):
        async def close(self) -> None:
            await asyncio.Event().wait()

    async with asyncio.timeout(2), Fanout([Hanging()]) as fanout:
        await put(fanout, 1)
    assert fanout.lanes[0].sent == 1


async def test_the_newest_wins_in_a_slot() -> None:
    slot: Slot[int] = Slot()
    waiting = asyncio.create_task(slot.take())
    await asyncio.sleep(0)
    slot.put(1)
    assert await waiting == 1
    slot.put(2)
    slot.put(3)
    assert await slot.take() == 3
    assert slot.missed == 1
