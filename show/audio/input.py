"""An audio input: blocks of sound with the engine clock at which they came in.

PortAudio calls in a thread of its own; blocks are handed to the event loop, in order. A device
that stops is opened again until it is back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from show.audio import devices
from show.audio.devices import AudioError, Device

log = logging.getLogger(__name__)

BLOCK = 0.01
"""Seconds of a block."""
SILENT = 2.0
"""Seconds without a block after which a device is taken to be gone."""
LOOK = 0.5
Handle = Callable[[float, NDArray[np.float32]], None]
"""Takes the engine clock of the first sample, and a block [T]."""


class AudioInput:
    """One channel of an input. pattern: of its name, "" for the default. channel: from 1.

    device: the one that is open, None while it is away. error: why it is away.
    """

    def __init__(
        self,
        pattern: str,
        channel: int,
        handle: Handle,
        *,
        now: Callable[[], float],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.pattern = pattern
        self.device: Device | None = None
        self.error: str | None = None
        self._channel, self._handle, self._now, self._changed = channel, handle, now, changed
        self._stream: Any = None
        self._heard = 0.0
        self._rate = 48_000.0
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Open the device; raises AudioError where it is not there."""
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._start)
        self._task = asyncio.create_task(self._watch(), name=f"audio {self.pattern}")

    async def close(self) -> None:
        """Close the device; closing twice is harmless."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        await asyncio.to_thread(self._stop)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            stream = self._stream
            if stream is not None and stream.active and self._now() - self._heard < SILENT:
                continue
            await asyncio.to_thread(self._stop)
            try:
                await asyncio.to_thread(self._start)
            except AudioError as error:
                self._say(str(error))
            else:
                self._say(None)

    def _say(self, error: str | None) -> None:
        if error == self.error:
            return
        self.error = error
        log.warning("audio input %r: %s", self.pattern, error or "is back")
        self._changed()

    def _start(self) -> None:
        device = devices.find(self.pattern, "input")
        if device.inputs < self._channel:
            raise AudioError(f"no channel {self._channel}, {device.name} has {device.inputs}")
        sounddevice = devices.library()
        self._rate = device.rate
        try:
            self._stream = sounddevice.InputStream(
                device=device.number,
                channels=self._channel,
                samplerate=device.rate,
                blocksize=round(BLOCK * device.rate),
                dtype="float32",
                callback=self._receive,
            )
            self._heard = self._now()
            self._stream.start()
        except sounddevice.PortAudioError as error:
            raise AudioError(f"{device.name} cannot be opened: {error}") from None
        self.device = device

    @property
    def rate(self) -> float:
        """Samples a second."""
        return self._rate

    def _stop(self) -> None:
        stream, self._stream, self.device = self._stream, None, None
        if stream is not None:
            stream.abort(ignore_errors=True)
            stream.close(ignore_errors=True)

    def _receive(self, data: NDArray[np.float32], frames: int, times: Any, status: object) -> None:
        """Take a block in a thread of PortAudio."""
        self._heard = now = self._now()
        age = times.currentTime - times.inputBufferAdcTime
        clock = now - (age if 0.0 < age < SILENT else frames / self._rate)
        sound = data[:, self._channel - 1].copy()
        with contextlib.suppress(RuntimeError):  # the loop has just been closed
            self._loop.call_soon_threadsafe(self._handle, clock, sound)
