"""The lanes on a virtual clock, and with real drivers, sockets and a broken one among them."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import math
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from engine.clock import open_alarm
from engine.lights.driver import Status
from engine.lights.lanes import LightLanes
from engine.lights.levels import Levels
from engine.lights.outlet import Outlet, outlet
from engine.receiver_report import Health
from tests.engine.lights.wire import Ear, ramp


class Time:
    """A clock that jumps to the next thing that somebody waits for."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def alarm(self) -> WaitingAlarm:
        return WaitingAlarm(self)

    async def wait(self, until: float, waiter: asyncio.Future[None]) -> None:
        heapq.heappush(self._waiting, (until, next(self._order), waiter))
        await waiter

    async def run(self, until: float) -> None:
        """Let time pass, and everyone do what is theirs to do."""
        while True:
            for _ in range(10):
                await asyncio.sleep(0)
            while self._waiting and self._waiting[0][2].done():
                heapq.heappop(self._waiting)
            if not self._waiting or self._waiting[0][0] > until:
                self.now = until
                return
            moment, _, waiter = heapq.heappop(self._waiting)
            self.now = max(self.now, moment)
            waiter.set_result(None)


class WaitingAlarm:
    def __init__(self, time: Time) -> None:
        self._time = time
        self._waiter: asyncio.Future[None] | None = None

    def now(self) -> float:
        return self._time.now

    async def until(self, deadline: float) -> float:
        self._waiter = asyncio.get_running_loop().create_future()
        await self._time.wait(deadline, self._waiter)
        return self._time.now

    def wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def close(self) -> None:
        pass


class Kept:
    """A driver that keeps what it is given, and when."""

    keep_alive = 1.0

    def __init__(self, time: Time, url: str = "test:", fail: int = 0) -> None:
        self.url = url
        self.shown: list[tuple[float, float]] = []
        self.closed = 0
        self._time, self._fail = time, fail

    async def open(self) -> None:
        pass

    async def send(self, levels: Levels) -> None:
        if self._fail:
            self._fail -= 1
            raise OSError("unplugged")
        self.shown.append((round(self._time.now, 6), levels.show_time))

    async def close(self) -> None:
        self.closed += 1

    def status(self) -> Status:
        return Status(0, "kept")


def lanes(
    time: Time, *outlets: Outlet, pause: Callable[[float], Coroutine[Any, Any, None]]
) -> LightLanes:
    return LightLanes(outlets, alarm=time.alarm, pause=pause, jitter=lambda: 1.0)


async def no_pause(_: float) -> None:
    await asyncio.sleep(0)


async def test_each_output_shows_a_frame_at_its_own_moment() -> None:
    time = Time()
    projector, leds = Kept(time), Kept(time)
    outlets = (Outlet(projector), Outlet(leds, delay=0.03))
    async with lanes(time, *outlets, pause=no_pause) as out:
        out.put(ramp(show_time=1), due=0.1)
        out.put(ramp(show_time=2), due=0.12)
        await time.run(0.5)
    assert projector.shown == [(0.1, 1), (0.12, 2)]
    assert leds.shown == [(0.13, 1), (0.15, 2)]


async def test_a_negative_delay_shifts_the_others() -> None:
    time = Time()
    slow, quick = Kept(time), Kept(time)
    async with lanes(time, Outlet(slow, delay=-0.05), Outlet(quick), pause=no_pause) as out:
        assert [lane.delay for lane in out.lanes] == [0.0, 0.05]
        out.put(ramp(show_time=1), due=0.1)
        await time.run(0.5)
    assert (slow.shown, quick.shown) == ([(0.1, 1)], [(0.15, 1)])


async def test_levels_are_repeated_until_new_ones_come() -> None:
    time = Time()
    driver = Kept(time)
    async with lanes(time, Outlet(driver), pause=no_pause) as out:
        out.put(ramp(show_time=1), due=0.0)
        await time.run(2.5)
        out.put(ramp(show_time=2), due=2.6)
        await time.run(3.0)
    assert driver.shown == [(0.0, 1), (1.0, 1), (2.0, 1), (2.6, 2)]


async def test_a_blackout_does_not_wait() -> None:
    time = Time()
    driver = Kept(time)
    async with lanes(time, Outlet(driver, delay=1.0), Outlet(Kept(time)), pause=no_pause) as out:
        out.put(ramp(show_time=1), due=0.0)
        await time.run(0.2)
        out.put_at_once(ramp(show_time=-1))
        await time.run(3.5)
        assert out.lanes[0].missed == 1
    assert [show_time for _, show_time in driver.shown] == [-1, -1, -1, -1]
    assert driver.shown[0][0] == 0.2


async def test_one_that_fails_is_logged_once_and_slows_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    time = Time()
    bad, good = Kept(time, "serial:bad", fail=3), Kept(time, "artnet://good")
    async with lanes(time, Outlet(bad), Outlet(good), pause=no_pause) as out:
        errors = []
        for n in range(6):
            out.put(ramp(show_time=n), due=n / 60)
            await time.run(n / 60)
            errors.append(out.lanes[0].error)
        assert errors == ["unplugged"] * 3 + [None] * 3
        assert out.lanes[0].missed == 3
        assert out.lanes[1].health() == Health("artnet://good", 6, 0, None, "kept")
    assert [n for _, n in good.shown] == [0, 1, 2, 3, 4, 5]
    assert [n for _, n in bad.shown] == [3, 4, 5]
    assert [record.getMessage() for record in caplog.records] == [
        "serial:bad: unplugged; trying again until it is back",
        "serial:bad: back after 3 attempts",
    ]


async def test_the_end_is_dark_but_for_what_is_to_stay() -> None:
    time = Time()
    goes, stays = Kept(time), Kept(time)
    async with lanes(time, Outlet(goes), Outlet(stays, stays=True), pause=no_pause) as out:
        out.put(ramp(show_time=1), due=0.0)
        await time.run(0.1)
        await out.end(ramp(show_time=-1))
    assert [n for _, n in goes.shown] == [1, -1]
    assert [n for _, n in stays.shown] == [1]
    assert (goes.closed, stays.closed) == (1, 1)


async def test_real_sockets_at_real_moments() -> None:
    """A node gets a frame when it is due, whatever its neighbour, which does not exist, does."""
    used = {1: 512}
    with Ear() as ear:
        outlets = [
            outlet("artnet://no.such.host.invalid", used),
            outlet(f"artnet://127.0.0.1:{ear.port}", used),
        ]
        alarm = open_alarm()
        async with LightLanes(outlets) as out:
            await asyncio.sleep(0.05)
            late = []
            for n in range(30):
                due = alarm.now() + 0.02
                out.put(ramp((1,), show_time=n), due)
                data = await asyncio.to_thread(ear.hear, 1)
                late.append(alarm.now() - due)
                assert data[0][12] == n + 1
        alarm.close()
        assert min(late) >= 0
        assert sorted(late)[15] < 0.1
        assert out.lanes[1].sent == 30
        assert math.isfinite(out.lanes[0].missed)
