"""Linear timecode from an audio input, or from a sound file that plays as time passes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import AddressError
from show.audio.devices import AudioError
from show.audio.input import AudioInput
from show.audio.ltc_reader import LtcReader
from show.chase.address import TimecodeAddress
from show.chase.reading import Reading
from show.timecode import Rate

log = logging.getLogger(__name__)

BLOCK = 0.02
"""Seconds of a file that are read at a time."""
Read = Callable[[Reading], None]


class LtcSource:
    """Linear timecode from an audio input. read: takes the readings."""

    jitter = 0.001

    def __init__(
        self,
        address: TimecodeAddress,
        read: Read,
        hint: Rate,
        *,
        now: Callable[[], float],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._address, self._read, self._hint = address, read, hint
        self._reader = LtcReader(48_000.0, hint)
        channel = int(address.options.get("channel", 1))
        self._input = AudioInput(address.name, channel, self._take, now=now, changed=changed)

    @property
    def rate(self) -> Rate:
        """The rate that the timecode has, as far as it says."""
        return self._reader.rate

    @property
    def error(self) -> str | None:
        """Why the input is away."""
        return self._input.error

    async def open(self) -> None:
        """Open the input; raises AddressError where it is not there."""
        try:
            await self._input.open()
        except AudioError as error:
            raise AddressError(self._address.url, found=error) from None
        self._reader = LtcReader(self._input.rate, self._hint)

    async def close(self) -> None:
        """Close the input; closing twice is harmless."""
        await self._input.close()

    def _take(self, clock: float, sound: NDArray[np.float32]) -> None:
        for reading in self._reader.block(clock, sound):
            self._read(reading)


class LtcFileSource:
    """Linear timecode from a sound file, from its beginning on, once."""

    jitter = 0.001

    def __init__(
        self, address: TimecodeAddress, read: Read, hint: Rate, *, now: Callable[[], float]
    ) -> None:
        self._address, self._read, self._hint, self._now = address, read, hint, now
        self._rate = hint
        self._task: asyncio.Task[None] | None = None
        self.error: str | None = None

    @property
    def rate(self) -> Rate:
        """The rate that the timecode has, as far as it says."""
        return self._rate

    async def open(self) -> None:
        """Begin to play; raises AddressError where the file is no sound, or has no such channel."""
        channel = int(self._address.options.get("channel", 1))
        sound, rate = await asyncio.to_thread(load, self._address, channel)
        self._task = asyncio.create_task(self._play(sound, rate), name=self._address.url)

    async def close(self) -> None:
        """Stop; closing twice is harmless."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _play(self, sound: NDArray[np.float32], rate: float) -> None:
        reader, size, start = LtcReader(rate, self._hint), round(BLOCK * rate), self._now()
        for begin in range(0, len(sound), size):
            clock = start + begin / rate
            await asyncio.sleep(max(0.0, clock + BLOCK - self._now()))
            for reading in reader.block(clock, sound[begin : begin + size]):
                self._read(reading)
            self._rate = reader.rate
        log.info("%s: the file has ended", self._address.url)


def load(address: TimecodeAddress, channel: int) -> tuple[NDArray[np.float32], float]:
    """Give one channel of a sound file, [T] from -1 to 1, and its samples a second.

    Raises AddressError where it is no sound, or has no such channel.
    """
    import soundfile

    try:
        sound, rate = soundfile.read(address.name, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise AddressError(
            address.url, found=str(error).rstrip("."), expected="a sound file"
        ) from None
    if channel > sound.shape[1]:
        found = f"{sound.shape[1]} channels"
        raise AddressError(address.url, "channel", found=found, expected=f"channel {channel}")
    return sound[:, channel - 1], float(rate)


def is_file(address: TimecodeAddress) -> bool:
    """Tell whether the name is that of a file."""
    return bool(address.name) and Path(address.name).is_file()
