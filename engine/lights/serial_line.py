"""A serial line: pictures to a device that may be slow, unplugged or plugged in elsewhere.

A thread writes, since a write may block. It takes the newest picture when the line has
carried the last one: a slow device misses pictures, which are counted, and never falls
behind by more than one.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from engine.lights.driver import Route, Status
from engine.lights.framing import FRAMINGS, Frame
from engine.lights.levels import Levels
from engine.lights.serial_device import find

if TYPE_CHECKING:
    from serial import Serial

KEEP_ALIVE = 1.0
STALL = 2.0
"""Seconds without a byte taken after which a device is given up and opened again."""
FAREWELL = 0.5
"""Seconds that the last picture gets when the line is closed."""
LOOK_AGAIN = 0.005


class SerialDriver:
    """Sends by one of engine.lights.framing.FRAMINGS.

    target: as engine.lights.serial_device.find takes it. baud: 0 for the protocol's own.
    locate: gives the path of the device in a URL and target; raises AddressError.
    """

    keep_alive = KEEP_ALIVE

    def __init__(
        self,
        url: str,
        target: str,
        protocol: str,
        routes: Sequence[Route],
        *,
        baud: int = 0,
        locate: Callable[[str, str], str] = find,
    ) -> None:
        """Raises AddressError where the universes do not fit the protocol."""
        self.url = url
        self._target, self._routes, self._locate = target, routes, locate
        self._framing = FRAMINGS[protocol]
        self._framing.make(url, routes)
        self._baud = baud or self._framing.baud
        self._writer: _Writer | None = None
        self._dropped = 0

    def check(self) -> None:
        """Raise AddressError where there is no such device now."""
        self._locate(self.url, self._target)

    async def open(self) -> None:
        """Find and open the device; raises AddressError or OSError."""
        self._writer = await asyncio.to_thread(self._begin)

    async def send(self, levels: Levels) -> None:
        """Leave a picture for the line; raises OSError where the device has gone."""
        if self._writer is None:
            raise OSError("the line is closed")
        self._writer.put(levels)

    async def close(self) -> None:
        """Let the last picture go out, and close the device; closing twice is harmless."""
        writer, self._writer = self._writer, None
        if writer is not None:
            self._dropped += writer.dropped
            await asyncio.to_thread(writer.end)

    def status(self) -> Status:
        """Tell which device it is, how long a picture takes, and how many it missed."""
        writer = self._writer
        if writer is None:
            return Status(self._dropped)
        detail = f"{writer.path}, {writer.seconds * 1e3:.0f} ms a picture"
        return Status(self._dropped + writer.dropped, detail)

    def _begin(self) -> _Writer:
        from serial import Serial

        path = self._locate(self.url, self._target)
        port = Serial(path, self._baud, write_timeout=STALL, exclusive=True)
        frame = self._framing.make(self.url, self._routes)
        return _Writer(path, port, frame, lambda size: self._framing.seconds(self._baud, size))


class _Writer:
    """The thread that writes to an open port. seconds: what the last picture took."""

    def __init__(
        self, path: str, port: Serial, frame: Frame, seconds: Callable[[int], float]
    ) -> None:
        self.path = path
        self.dropped = 0
        self.seconds = 0.0
        self._port, self._frame, self._least = port, frame, seconds
        self._newest: Levels | None = None
        self._ended = False
        self._error: OSError | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"serial {path}", daemon=True)
        self._thread.start()

    def put(self, levels: Levels) -> None:
        """Leave a picture; one that still lies there is dropped."""
        with self._changed:
            if self._error is not None:
                raise self._error
            if self._newest is not None:
                self.dropped += 1
            self._newest = levels
            self._changed.notify()

    def end(self) -> None:
        """Write what lies there and close the port."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join(FAREWELL)
        self._port.close()
        self._thread.join(FAREWELL)

    def _run(self) -> None:
        try:
            while (levels := self._take()) is not None:
                began = time.monotonic()
                self._write(self._frame(levels), began)
                self.seconds = time.monotonic() - began
        except (OSError, TypeError) as error:  # a TypeError: the port was closed meanwhile
            with self._changed:
                self._error = error if isinstance(error, OSError) else OSError("closed")

    def _take(self) -> Levels | None:
        with self._changed:
            while self._newest is None and not self._ended:
                self._changed.wait()
            levels, self._newest = self._newest, None
            return levels

    def _write(self, data: bytes, began: float) -> None:
        """Write and wait until the line has carried it; what the device answers is thrown away.

        Raises OSError where it takes nothing for too long.
        """
        self._port.write(data)
        if self._port.in_waiting:
            self._port.reset_input_buffer()
        least = began + self._least(len(data))
        left, since = self._port.out_waiting, began
        while left or time.monotonic() < least:
            time.sleep(min(LOOK_AGAIN, max(least - time.monotonic(), 0.001)))
            before, left = left, self._port.out_waiting
            now = time.monotonic()
            since = now if left < before or not left else since
            if now - since > STALL:
                raise OSError(f"{self.path} takes nothing")
