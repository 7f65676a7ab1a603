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
from show.midi.midi_clock import MidiClockReader
from show.midi.mtc_reader import MtcReader
from show.midi.ports import MidiInput
from show.timecode import Rate

Read = Callable[[Reading], None]
"""Takes a reading."""


BPM = 120.0
"""Tempo of a MIDI clock at which the show is as fast as time, where its address names none."""


class Reader(Protocol):
    """Makes readings of MIDI messages. rate: what they say the timecode's is."""

    rate: Rate

    def message(self, clock: float, message: mido.Message) -> Reading | None:
        """Take a message; give what it says, None where that is nothing."""
        ...


class Source(Protocol):
    """Where a timecode comes from. jitter: standard deviation of its readings' clocks, seconds."""

    jitter: float

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


class MidiSource:
    """A timecode from a MIDI port. reader: makes readings of its messages; read: takes them."""

    jitter = 0.003

    def __init__(
        self,
        address: TimecodeAddress,
        reader: Reader,
        read: Read,
        *,
        now: Callable[[], float],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._address, self._reader, self._read = address, reader, read
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
    if found.scheme == "mtc":
        return MidiSource(found, MtcReader(settings.rate), read, now=now, changed=changed)
    if found.scheme == "midiclock":
        bpm = found.options.get("bpm", BPM)
        beats = MidiClockReader(bpm, settings.start, settings.rate)
        return MidiSource(found, beats, read, now=now, changed=changed)
    from show.audio import ltc_source

    if ltc_source.is_file(found):
        return ltc_source.LtcFileSource(found, read, settings.rate, now=now)
    return ltc_source.LtcSource(found, read, settings.rate, now=now, changed=changed)
