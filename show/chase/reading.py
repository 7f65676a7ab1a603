"""A reading: what a timecode said, and when."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """At `clock` the timecode stood at `seconds`.

    clock: engine clock. seconds: of time since 00:00:00:00. speed: about how fast it runs,
    1 as it should, below 0 in reverse; 0 where it stands, or has been set to stand there.
    """

    clock: float
    seconds: float
    speed: float = 1.0
