"""The settings of a show's timecode: the table [timecode] of show.toml."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import AddressError
from show import timecode
from show.chase import address
from show.chase.chase import After
from show.timecode import Rate
from show.toml_table import Table, shown

LONGEST_FREEWHEEL = 60.0
LONGEST_LATENCY = 1.0


@dataclass(frozen=True, slots=True)
class TimecodeSettings:
    """Where show time comes from, and how its timecode counts.

    source: a URL. start: timecode at the top of the show, seconds since 00:00:00:00.
    freewheel: seconds that the show goes on when the timecode is lost, and after: what
    follows. latency: seconds by which the timecode comes late.
    """

    source: str = address.INTERNAL
    rate: Rate = timecode.PAL
    start: float = 0.0
    freewheel: float = 1.0
    after: After = After.HOLD
    latency: float = 0.0

    def at(self, show_time: float) -> timecode.Timecode:
        """Give the timecode of a show time."""
        return self.rate.at(self.start + show_time)


def read(table: Table) -> TimecodeSettings:
    """Give the settings in a table; raises ProductionError where one is wrong."""
    source = table.text("source", address.INTERNAL)
    try:
        address.parse(source)
    except AddressError as error:
        raise table.error("source", shown(source), str(error.expected)) from None
    rate = table.rate("rate", timecode.PAL)
    settings = TimecodeSettings(
        source=source,
        rate=rate,
        start=table.time("start", 0.0, rate),
        freewheel=table.number("freewheel", 1.0, 0.0, LONGEST_FREEWHEEL),
        after=After(table.choice("after", [str(after) for after in After], str(After.HOLD))),
        latency=table.number("latency", 0.0, -LONGEST_LATENCY, LONGEST_LATENCY),
    )
    table.done()
    return settings
