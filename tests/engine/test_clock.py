from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Callable

import pytest

from engine.clock import Alarm, ThreadAlarm, Tick, Ticker, TimerAlarm, open_alarm
from tests.kit import VirtualAlarm

ALARMS: list[Callable[[], Alarm]] = [ThreadAlarm]
if sys.platform == "linux":
    ALARMS.append(TimerAlarm)


async def ticks(
    ticker: Ticker, count: int, work: Callable[[int], None] | None = None
) -> list[Tick]:
    found: list[Tick] = []
    async for tick in ticker:
        found.append(tick)
        if work is not None:
            work(len(found))
        if len(found) == count:
            break
    return found


async def test_deadlines_are_absolute() -> None:
    alarm = VirtualAlarm(lateness=[0.001, 0.004, 0.0, 0.002])
    found = await ticks(Ticker(50, alarm, 10.0), 4)
    assert [tick.asked for tick in found] == pytest.approx([10.0, 10.02, 10.04, 10.06])
    assert [tick.actual for tick in found] == pytest.approx([10.001, 10.024, 10.04, 10.062])


async def test_no_drift_over_an_hour() -> None:
    ticker = Ticker(60, VirtualAlarm(), 0.0)
    found = await ticks(ticker, 3600)
    assert found[-1].asked == 3599 / 60
    assert ticker.late == 0


async def test_a_stall_is_skipped_and_counted_never_a_burst() -> None:
    alarm = VirtualAlarm()

    def stall(count: int) -> None:
        if count == 2:
            alarm.time += 0.095  # to 0.195: no deadline has passed
        if count == 5:
            alarm.time += 0.34  # to 0.74: three have

    ticker = Ticker(10, alarm, 0.0)
    found = await ticks(ticker, 8, stall)
    asked = [round(tick.asked, 6) for tick in found]
    assert asked == [0.0, 0.1, 0.2, 0.3, 0.4, 0.7, 0.8, 0.9]
    assert ticker.late == 2  # 0.5 and 0.6; 0.7 was served 0.04 late, less than half an interval


async def test_a_tick_more_than_half_an_interval_late_counts_as_late() -> None:
    ticker = Ticker(10, VirtualAlarm(lateness=[0.0, 0.06, 0.04]), 0.0)
    await ticks(ticker, 3)
    assert ticker.late == 1


async def test_it_starts_now_where_no_start_is_given() -> None:
    alarm = VirtualAlarm()
    alarm.time = 5.0
    assert (await ticks(Ticker(10, alarm), 1))[0].asked == 5.0


@pytest.mark.parametrize("make", ALARMS)
async def test_a_real_alarm_is_never_early_and_seldom_late(make: Callable[[], Alarm]) -> None:
    alarm = make()
    found = await ticks(Ticker(200, alarm, alarm.now() + 0.01), 100)
    alarm.close()
    alarm.close()
    late = [tick.actual - tick.asked for tick in found]
    assert min(late) >= 0
    assert statistics.median(late) < 0.003


@pytest.mark.parametrize("make", ALARMS)
async def test_other_tasks_run_between_ticks_even_when_late(make: Callable[[], Alarm]) -> None:
    alarm, ran = make(), 0

    async def other() -> None:
        nonlocal ran
        while True:
            ran += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await ticks(Ticker(500, alarm), 20, lambda _: time.sleep(0.003))
    task.cancel()
    alarm.close()
    assert ran >= 20


@pytest.mark.parametrize("make", ALARMS)
async def test_a_cancelled_wait_does_not_wake_the_next(make: Callable[[], Alarm]) -> None:
    alarm = make()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(alarm.until(alarm.now() + 0.05), 0.005)
    deadline = alarm.now() + 0.1
    assert await alarm.until(deadline) >= deadline
    alarm.close()


@pytest.mark.parametrize("make", ALARMS)
async def test_a_wait_can_be_ended_before_its_deadline(make: Callable[[], Alarm]) -> None:
    alarm = make()
    for deadline in (float("inf"), alarm.now() + 60):
        began = alarm.now()
        asyncio.get_running_loop().call_later(0.02, alarm.wake)
        assert await alarm.until(deadline) - began < 10
    alarm.wake()  # nobody waits
    deadline = alarm.now() + 0.05
    assert await alarm.until(deadline) >= deadline
    alarm.close()


async def test_the_best_alarm_of_the_machine() -> None:
    alarm = open_alarm()
    assert isinstance(alarm, TimerAlarm if sys.platform == "linux" else ThreadAlarm)
    assert await alarm.until(alarm.now() - 1.0) >= 0  # a deadline that has passed is there at once
    alarm.close()
