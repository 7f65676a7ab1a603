from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from engine import wire
from engine.clock import Tick, Ticker
from engine.fanout import Fanout
from engine.frame import Frame, FrameFlag
from engine.loop import BUCKETS, RECENT, Loop
from engine.score import Event
from tests.kit import DummyStage, VirtualAlarm, frame

RATE = 50.0


class Keep(Fanout):
    """A fan-out that keeps what is put into it."""

    def __init__(self) -> None:
        super().__init__([])
        self.frames: list[Frame] = []
        self.packed: list[bytes] = []

    def put(self, frame: Frame, packed: bytes) -> None:
        self.frames.append(frame)
        self.packed.append(packed)


def plain(clock: float) -> tuple[float, Sequence[Event]]:
    return clock, ()


async def limited(ticker: Ticker, count: int, each: Callable[[int], None]) -> AsyncIterator[Tick]:
    n = 0
    async for tick in ticker:
        if n == count:
            return
        each(n)
        yield tick
        n += 1


def ticks(count: int, each: Callable[[int], None] = lambda _: None) -> AsyncIterator[Tick]:
    return limited(Ticker(RATE, VirtualAlarm(), 0.0), count, each)


async def test_each_tick_gives_the_frame_of_its_deadline_packed_once() -> None:
    fanout, stage = Keep(), DummyStage(3)
    loop = Loop(stage, plain, fanout, RATE)
    await loop.run(ticks(5))
    assert [f.show_time for f in fanout.frames] == [0.0, 0.02, 0.04, 0.06, 0.08]
    assert [f.clock for f in fanout.frames] == [0.0, 0.02, 0.04, 0.06, 0.08]
    assert fanout.packed == [wire.pack(f) for f in fanout.frames]
    assert (loop.ticks, loop.last_tick, loop.last_frame) == (5, 0.08, fanout.frames[-1])


async def test_events_reach_the_stage_before_the_frame_of_their_tick() -> None:
    stage = DummyStage()
    seen: list[int] = []

    class Watching(DummyStage):
        def at(self, show_time: float, clock: float = 0.0) -> Frame:
            seen.append(len(self.events))
            return super().at(show_time, clock)

    def direct(clock: float) -> tuple[float, Sequence[Event]]:
        return clock, [Event(clock, "cue", "1")] if clock == 0.02 else []

    stage = Watching()
    await Loop(stage, direct, Keep(), RATE).run(ticks(3))
    assert seen == [0, 1, 1]


async def test_a_fault_holds_the_last_frame_is_logged_once_a_cause_and_passes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage, fanout = DummyStage(), Keep()
    loop = Loop(stage, plain, fanout, RATE)

    def fault(n: int) -> None:
        faults = {2: ValueError("nan"), 3: ValueError("other nan"), 4: KeyError("x"), 6: None}
        if n in faults:
            stage.fail = faults[n]

    with caplog.at_level(logging.ERROR):
        await loop.run(ticks(8, fault))
    held = [bool(f.flags & FrameFlag.HELD) for f in fanout.frames]
    assert held == [False, False, True, True, True, True, False, False]
    assert [f.show_time for f in fanout.frames[1:6]] == [0.02] * 5
    assert fanout.frames[4].clock == 0.08  # a held frame says when it was sent
    assert loop.summary().faults == 4
    assert len(caplog.records) == len(loop.faults) == 2
    assert loop.faults[0] == "no new frame: ValueError: nan"


async def test_a_far_show_time_is_danced_to_over_ticks_that_are_never_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage, fanout = DummyStage(), Keep()
    loop = Loop(stage, plain, fanout, RATE)
    spent = [0.0]

    def costly() -> float:
        spent[0] += 0.002  # each look at the clock is 2 ms later
        return spent[0]

    monkeypatch.setattr("engine.loop.time.thread_time", costly)
    waiting = []

    def far(n: int) -> None:
        waiting.append(loop.waiting)
        if n == 2:
            stage.left = 9  # portions; four fit into a tick

    await loop.run(ticks(7, far))
    held = [bool(f.flags & FrameFlag.HELD) for f in fanout.frames]
    assert held == [False, False, True, True, False, False, False]
    assert [f.show_time for f in fanout.frames] == [0.0, 0.02, 0.02, 0.02, 0.08, 0.1, 0.12]
    assert waiting == [False, False, False, True, True, False, False]
    assert loop.summary().waits == 2
    assert loop.summary().faults == 0


async def test_what_may_come_is_prepared_in_the_time_that_is_left() -> None:
    class Preparing(DummyStage):
        portions = 40

        def prepare(self) -> bool:
            self.portions -= 1
            return self.portions <= 0

    stage = Preparing()
    await Loop(stage, plain, Keep(), RATE).run(ticks(3))
    assert stage.portions <= 0


async def test_a_fault_before_the_first_frame_sends_nothing() -> None:
    stage, fanout = DummyStage(), Keep()
    stage.fail = ValueError("nan")
    loop = Loop(stage, plain, fanout, RATE)
    await loop.run(ticks(3))
    assert (fanout.frames, loop.ticks) == ([], 3)


async def test_an_event_that_is_refused_takes_no_other_with_it() -> None:
    class Picky(DummyStage):
        def apply(self, event: Event) -> None:
            if event.name == "bad":
                raise KeyError(event.name)
            super().apply(event)

    def direct(clock: float) -> tuple[float, Sequence[Event]]:
        names = ("bad", "2") if clock == 0.02 else ()
        return clock, [Event(clock, "cue", name) for name in names]

    stage = Picky()
    await Loop(stage, direct, Keep(), RATE).run(ticks(4))
    assert [event.name for event in stage.events] == ["2"]


async def test_frames_move_to_a_thread_when_they_cost_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Clock:
        now = 0.0

        def perf_counter(self) -> float:
            return self.now

        thread_time = perf_counter

    clock, threads = Clock(), []

    class Slow(DummyStage):
        def at(self, show_time: float, clock_: float = 0.0) -> Frame:
            clock.now += 0.3 / RATE
            threads.append(threading.current_thread() is threading.main_thread())
            return frame(show_time, clock_)

    monkeypatch.setattr("engine.loop.time", clock)
    fanout = Keep()
    await Loop(Slow(), plain, fanout, RATE).run(ticks(RECENT + 20))
    assert all(threads[:RECENT])
    assert not any(threads[RECENT:])
    assert len(fanout.frames) == RECENT + 20
    assert all(f.show_time == n / RATE for n, f in enumerate(fanout.frames))


async def test_quick_frames_stay_inline() -> None:
    threads: set[bool] = set()

    class Watching(DummyStage):
        def at(self, show_time: float, clock: float = 0.0) -> Frame:
            threads.add(threading.current_thread() is threading.main_thread())
            return frame(show_time, clock)

    await Loop(Watching(), plain, Keep(), 1.0).run(ticks(RECENT * 2))
    assert threads == {True}


async def test_the_summary_counts_and_the_histogram_holds_every_tick() -> None:
    loop = Loop(DummyStage(), plain, Keep(), RATE)
    assert loop.summary().ticks == 0
    await loop.run(ticks(30))
    summary = loop.summary()
    assert summary.ticks == sum(loop.buckets) == 30
    assert 0 < summary.p50 <= summary.p99
    assert len(loop.buckets) == len(BUCKETS) + 1


async def test_cancelling_ends_the_run() -> None:
    loop = Loop(DummyStage(), plain, Keep(), RATE)
    task = asyncio.create_task(loop.run(ticks(10**9)))
    while loop.ticks < 3:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
