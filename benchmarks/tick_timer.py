"""How late ticks come at 60 Hz: asyncio.sleep, loop.call_at and the engine's alarms.

All of them tick in turn in one run of one event loop, so that they share the machine's
load. Run: .venv/bin/python benchmarks/tick_timer.py [seconds for each]
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

import numpy as np

from engine.clock import ThreadAlarm, Ticker, TimerAlarm

RATE = 60.0
SLICES = 5
Measure = Callable[[int], Awaitable[list[float]]]


async def asyncio_sleep(ticks: int) -> list[float]:
    start = time.monotonic() + 0.1
    late = []
    for k in range(ticks):
        deadline = start + k / RATE
        await asyncio.sleep(deadline - time.monotonic())
        late.append(time.monotonic() - deadline)
    return late


async def call_at(ticks: int) -> list[float]:
    loop = asyncio.get_running_loop()
    start = loop.time() + 0.1
    late = []
    for k in range(ticks):
        woken: asyncio.Future[None] = loop.create_future()
        deadline = start + k / RATE
        loop.call_at(deadline, woken.set_result, None)
        await woken
        late.append(loop.time() - deadline)
    return late


async def timer_alarm(ticks: int) -> list[float]:
    return await _ticker(TimerAlarm(), ticks)


async def thread_alarm(ticks: int) -> list[float]:
    return await _ticker(ThreadAlarm(), ticks)


async def _ticker(alarm: TimerAlarm | ThreadAlarm, ticks: int) -> list[float]:
    late: list[float] = []
    async for tick in Ticker(RATE, alarm, alarm.now() + 0.1):
        late.append(tick.actual - tick.asked)
        if len(late) == ticks:
            break
    alarm.close()
    return late


async def measure(seconds: float) -> dict[str, list[float]]:
    ways: dict[str, Measure] = {
        "asyncio.sleep": asyncio_sleep,
        "loop.call_at": call_at,
        "engine.clock, thread": thread_alarm,
    }
    if sys.platform == "linux":
        ways["engine.clock, timerfd"] = timer_alarm
    late: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(SLICES):
        for name, way in ways.items():
            late[name] += await way(round(seconds * RATE / SLICES))
    return late


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    late = asyncio.run(measure(seconds))
    print(f"lateness of ticks at {RATE:g} Hz, milliseconds ({seconds:g} s each)")
    for name, values in late.items():
        p50, p99 = np.percentile(values, (50, 99)) * 1e3
        print(f"  {name:24} median {p50:6.3f}   p99 {p99:6.3f}")


if __name__ == "__main__":
    main()
