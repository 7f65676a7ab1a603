"""The clock: ticks at absolute deadlines, never relative sleeps.

The engine's clock is `time.monotonic`. asyncio's own timers round to milliseconds; an
`Alarm` does not. It is a timerfd where the kernel has one (Linux), else a thread that
sleeps. Time is passed in: tests give an alarm of their own that only counts.
"""

from __future__ import annotations

import asyncio
import ctypes
import math
import os
import queue
import sys
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

LONGEST_WAIT = 3600.0
"""Seconds after which a wait ends whatever its deadline: one woken in vain looks again."""
LATE = 0.5
"""A tick is late when it comes more than this part of an interval after its deadline."""


class Alarm(Protocol):
    """Something that tells the time and wakes at a deadline."""

    def now(self) -> float:
        """Give the engine clock in seconds."""
        ...

    async def until(self, deadline: float) -> float:
        """Return not before the deadline; give the clock then. Let other tasks run.

        One task waits at a time. A deadline may be infinite where `wake` ends the wait.
        """
        ...

    def wake(self) -> None:
        """End the wait that is on, if any, before its deadline."""
        ...

    def close(self) -> None:
        """Free what the alarm holds; closing twice is harmless."""
        ...


@dataclass(frozen=True, slots=True)
class Tick:
    """One tick: when it was asked for and when it came, seconds of the engine clock."""

    asked: float
    actual: float


class Ticker:
    """Ticks at start + k / rate, an async iterator without an end.

    A deadline that passed while the last tick was worked on is served at once; older ones
    are skipped, so a stall is never followed by a burst. `late` counts the skipped ones
    and those served more than half an interval late.
    start: the first tick, engine clock; now where it is None.
    """

    def __init__(self, rate: float, alarm: Alarm, start: float | None = None) -> None:
        self.interval = 1.0 / rate
        self.late = 0
        self._rate = rate
        self._alarm = alarm
        self.start = start
        self._k = -1

    async def __aiter__(self) -> AsyncIterator[Tick]:
        start = self._alarm.now() if self.start is None else self.start
        while True:
            passed = math.floor((self._alarm.now() - start) * self._rate)
            k = max(self._k + 1, passed)
            self.late += k - self._k - 1
            self._k = k
            asked = start + k / self._rate
            actual = await self._alarm.until(asked)
            if actual - asked > LATE * self.interval:
                self.late += 1
            yield Tick(asked, actual)


def open_alarm() -> Alarm:
    """Give the best alarm of this machine; needs a running event loop."""
    return TimerAlarm() if sys.platform == "linux" else ThreadAlarm()


class TimerAlarm:
    """A timerfd with absolute deadlines, read by the event loop (Linux, timerfd_create(2))."""

    def __init__(self) -> None:
        self._fd = _timerfd_create()
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None
        self._loop.add_reader(self._fd, self._wake)

    def now(self) -> float:
        """Give the engine clock in seconds."""
        return time.monotonic()

    async def until(self, deadline: float) -> float:
        """Return not before the deadline; give the clock then."""
        self._waiter = self._loop.create_future()
        at = min(deadline, time.monotonic() + LONGEST_WAIT)
        _timerfd_settime(self._fd, max(1, round(at * 1e9)))
        await self._waiter
        return time.monotonic()

    def wake(self) -> None:
        """End the wait that is on."""
        if self._waiter is not None:
            _finish(self._waiter)

    def close(self) -> None:
        """Free what the alarm holds."""
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _wake(self) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:  # re-armed between its expiry and this call
            return
        self.wake()


class ThreadAlarm:
    """A thread that waits until the deadline, where there is no timerfd."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._asked: queue.SimpleQueue[tuple[float, asyncio.Future[None]] | None] = (
            queue.SimpleQueue()
        )
        self._waiter: asyncio.Future[None] | None = None
        self._thread = threading.Thread(target=self._sleep, name="alarm", daemon=True)
        self._thread.start()

    def now(self) -> float:
        """Give the engine clock in seconds."""
        return time.monotonic()

    async def until(self, deadline: float) -> float:
        """Return not before the deadline; give the clock then."""
        self._waiter = self._loop.create_future()
        self._asked.put((min(deadline, time.monotonic() + LONGEST_WAIT), self._waiter))
        await self._waiter
        return time.monotonic()

    def wake(self) -> None:
        """End the wait that is on."""
        if self._waiter is not None:
            _finish(self._waiter)

    def close(self) -> None:
        """Free what the alarm holds."""
        self._asked.put(None)

    def _sleep(self) -> None:
        asked = self._asked.get()
        while asked is not None:
            deadline, waiter = asked
            try:  # a wait that was ended is followed by another, or by the end
                asked = self._asked.get(timeout=max(deadline - time.monotonic(), 0.0))
            except queue.Empty:
                if not self._loop.is_closed():
                    self._loop.call_soon_threadsafe(_finish, waiter)
                asked = self._asked.get()


def _finish(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


class _Timespec(ctypes.Structure):
    _fields_ = (("tv_sec", ctypes.c_long), ("tv_nsec", ctypes.c_long))


class _Itimerspec(ctypes.Structure):
    _fields_ = (("it_interval", _Timespec), ("it_value", _Timespec))


_LIBC = ctypes.CDLL(None, use_errno=True)
_CLOCK_MONOTONIC = 1
_TFD_TIMER_ABSTIME = 1


def _timerfd_create() -> int:
    if sys.version_info >= (3, 13):
        return os.timerfd_create(_CLOCK_MONOTONIC, flags=os.TFD_NONBLOCK | os.TFD_CLOEXEC)
    fd = int(_LIBC.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC))
    if fd < 0:
        raise OSError(ctypes.get_errno(), "timerfd_create")
    return fd


def _timerfd_settime(fd: int, at_ns: int) -> None:
    if sys.version_info >= (3, 13):
        os.timerfd_settime_ns(fd, flags=os.TFD_TIMER_ABSTIME, initial=at_ns)
        return
    spec = _Itimerspec(_Timespec(0, 0), _Timespec(*divmod(at_ns, 1_000_000_000)))
    if _LIBC.timerfd_settime(fd, _TFD_TIMER_ABSTIME, ctypes.byref(spec), None) < 0:
        raise OSError(ctypes.get_errno(), "timerfd_settime")
