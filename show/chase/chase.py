"""The timecode chase: what show time is while a timecode from outside runs, and when it fails.

The word is the timecode world's: to chase is to follow a timecode wherever it goes. On a
lighting desk a chase is an effect.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from show.chase.reading import Reading
from show.chase.tracker import Tracker

LOST = 0.1
"""Seconds without a reading after which a timecode that runs evenly is lost."""
LOST_READINGS = 5
"""Running intervals after which one that comes seldom is."""
JUMP = 0.2
"""Seconds by which a reading may be off and the timecode still run on: more is a locate."""
SURE = 0.04
"""Seconds that readings must agree on another place before a timecode that runs is there."""
AGREE = 0.03
"""Seconds that they may be apart, and agree."""
SHARE = 0.2


class ChaseState(StrEnum):
    """What the chase does.

    stopped: there is no timecode, or it stands. locked: it runs, and is followed.
    freewheeling: it is lost, and time goes on as it did. internal: it stays lost, and the
    internal clock has taken over.
    """

    STOPPED = "stopped"
    LOCKED = "locked"
    FREEWHEELING = "freewheeling"
    INTERNAL = "internal"


class After(StrEnum):
    """What follows when a timecode stays lost.

    hold: time stands still. internal: it goes on by the internal clock. stop: it stands
    still, and everyone fades out.
    """

    HOLD = "hold"
    INTERNAL = "internal"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Position:
    """Where the timecode is at a clock: seconds since 00:00:00:00, None where nobody knows."""

    state: ChaseState
    seconds: float | None
    speed: float


class Chase:
    """Follows one timecode.

    freewheel: seconds that it goes on without readings. after: what follows then. jitter:
    standard deviation of the readings' clocks, seconds.
    """

    def __init__(self, *, freewheel: float, after: After, jitter: float) -> None:
        self.freewheel, self.after = freewheel, after
        self._jitter = jitter
        self._tracker: Tracker | None = None
        self._rest: float | None = None
        self._interval = 0.0
        self._heard = -math.inf
        self._elsewhere: Reading | None = None

    def read(self, reading: Reading) -> None:
        """Take in a reading; they come in the order of their clocks."""
        tracker = self._tracker
        if reading.speed == 0.0:
            self._rest, self._tracker = reading.seconds, None
        elif tracker is not None and self._goes_on(tracker, reading):
            passed = reading.clock - self._heard
            self._interval += SHARE * (min(passed, LOST) - self._interval)
            tracker.read(reading.clock, reading.seconds)
            self._elsewhere = None
        elif tracker is None or self._is_elsewhere(tracker, reading):
            self._tracker = Tracker(
                reading.clock, reading.seconds, jitter=self._jitter, speed=reading.speed
            )
            self._interval, self._elsewhere = 0.0, None
        else:
            return
        self._heard = reading.clock

    def at(self, clock: float) -> Position:
        """Give where the timecode is at a clock."""
        tracker = self._tracker
        if tracker is None:
            return Position(ChaseState.STOPPED, self._rest, 0.0)
        silence = clock - self._heard
        if silence <= max(LOST, LOST_READINGS * self._interval):
            return Position(ChaseState.LOCKED, tracker.at(clock), tracker.speed)
        if silence <= self.freewheel:
            return Position(ChaseState.FREEWHEELING, tracker.at(clock), tracker.speed)
        end = self._heard + self.freewheel
        if self.after is After.INTERNAL:
            return Position(ChaseState.INTERNAL, tracker.at(end) + clock - end, 1.0)
        return Position(ChaseState.STOPPED, tracker.at(end), 0.0)

    def _is_elsewhere(self, tracker: Tracker, reading: Reading) -> bool:
        """Tell whether the timecode has gone elsewhere, or a message has only been held up.

        A locate and a turn go on from there; messages that were held up come all at once.
        """
        first = self._elsewhere
        if reading.clock - self._heard > self.freewheel:
            return True
        if tracker.speed * reading.speed < 0.0 and abs(self._off(tracker, reading)) <= JUMP:
            return True
        if first is not None:
            passed = reading.clock - first.clock
            if abs(first.seconds + reading.speed * passed - reading.seconds) <= AGREE:
                return passed >= SURE
        self._elsewhere = reading
        return False

    def _goes_on(self, tracker: Tracker, reading: Reading) -> bool:
        """Tell whether a reading is of the run that is followed, or of one elsewhere."""
        turned = tracker.speed * reading.speed < 0.0
        near = JUMP * max(1.0, abs(tracker.speed))
        return not turned and abs(self._off(tracker, reading)) <= near

    @staticmethod
    def _off(tracker: Tracker, reading: Reading) -> float:
        return reading.seconds - tracker.at(reading.clock)
