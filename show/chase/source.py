"""The sources of a timecode: what a URL names, opened, and read into a chase."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import mido

from engine.errors import AddressError
from show.chase import address
from show.chase.address import TimecodeAddress
from show.chase.reading import Reading
from show.chase.settings import TimecodeSettings
from show.midi.mtc_reader import MtcReader
from show.midi.ports import MidiInput
from show.timecode import Rate

Read = Callable[[Reading], None]
"""Takes a reading."""
JITTER = 0.003
"""Standard deviation of the clocks of a timecode's readings, seconds."""


class Source(Protocol):
    """Where a timecode comes from."""

    @property
    def rate(self) -> Rate:
        """The rate that the timecode has, as far as it says."""
        ...

    @property
    def error(self) -> str | None:
        """Why the source is away, None while it is there."""
        ...

    async def open(self) -> None:
        """Open it; raises AddressError where it is not there."""
        ...

    async def close(self) -> None:
        """Close it; closing twice is harmless."""
        ...


class MtcSource:
    """MIDI timecode from a port. read: takes the readings."""

    def __init__(
        self,
        address: TimecodeAddress,
        read: Read,
        hint: Rate,
        *,
        now: Callable[[], float],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._address, self._read = address, read
        self._reader = MtcReader(hint)
        self._input = MidiInput(address.name, self._handle, now=now, changed=changed)

    @property
    def rate(self) -> Rate:
        """The rate that the timecode says it has."""
        return self._reader.rate

    @property
    def error(self) -> str | None:
        """Why the port is away."""
        return self._input.error

    async def open(self) -> None:
        """Open the port; raises AddressError where it is not there."""
        await self._input.open()
        if self._input.error is not None:
            await self._input.close()
            raise AddressError(self._address.url, found=self._input.error)

    async def close(self) -> None:
        """Close the port; closing twice is harmless."""
        await self._input.close()

    def _handle(self, clock: float, message: mido.Message) -> None:
        reading = self._reader.message(clock, message)
        if reading is not None:
            self._read(reading)


def source(
    settings: TimecodeSettings,
    read: Read,
    *,
    now: Callable[[], float],
    changed: Callable[[], None] = lambda: None,
) -> Source:
    """Give the source that a timecode's URL names; raises AddressError where there is none."""
    found = address.parse(settings.source)
    return MtcSource(found, read, settings.rate, now=now, changed=changed)
