"""The reader of MIDI timecode: quarter frames and full frames in, readings out.

Every quarter frame is a reading once it is known where the timecode stands, which takes
eight different pieces. Pieces may be lost or doubled: what counts is how many quarters lie
between two, by their numbers. A digit that does not fit means that the timecode has gone
elsewhere, and eight are needed anew. Where the direction turns, and after a full frame,
the timecode is taken to go on from where it was, until the pieces say otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import mido

from show.chase.reading import Reading
from show.midi import mtc
from show.timecode import Rate

SILENCE = 0.25
"""Seconds without a quarter frame after which the timecode may go on from anywhere."""
EARLY = 0.012
"""Seconds that quarter frames may come closer together than they were sent."""
BEHIND = 2
"""Quarters that a timecode that sets out may be behind where it was; up to five ahead."""
SHARE = 0.1
"""Least share of a new interval in the running one."""
MOST = 4
"""Quarters between two pieces, if those between are lost; beyond that it may be a turn."""
SLOW = 0.03
"""Seconds between quarter frames from which on one the other way round is a turn."""
FASTEST = 10.0
"""Quarter frames that come faster are old ones, which something has held up."""
EVEN = (0.8, 1.25)
"""Speeds that count as one: so few quarter frames do not tell them apart."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a piece carried last, and how many quarters had been counted then."""

    digit: int
    count: int


class MtcReader:
    """Reads the timecode of one port.

    hint: the rate expected, which tells 23.976 from 24 and 29.97 non-drop from 30. rate:
    what the timecode says it is.
    """

    def __init__(self, hint: Rate) -> None:
        self.rate = hint
        self._hint = hint
        self._last: tuple[float, int] | None = None
        self._interval: float | None = None
        self._intervals = 0
        self._direction = 0
        self._count = 0  # quarters, from anywhere
        self._zero: int | None = None  # quarter since 00:00:00:00 at which the count was 0
        self._sure = False
        self._seen: dict[int, _Seen] = {}
        self._stray: int | None = None  # a piece that does not follow the last one
        self._near: int | None = None  # quarter at which a full frame has put the timecode

    def message(self, clock: float, message: mido.Message) -> Reading | None:
        """Take any MIDI message; give what it says of the timecode."""
        if message.type == "quarter_frame":
            return self.quarter_frame(clock, message.frame_type, message.frame_value)
        if message.type == "sysex":
            return self.full_frame(clock, message.data)
        return None

    def quarter_frame(self, clock: float, piece: int, digit: int) -> Reading | None:
        """Take a quarter frame; give where the timecode stands, None while that is unknown."""
        if not self._advance(clock, piece, digit):
            return None
        if self._zero is not None and not self._fits(piece, digit, self._count, self._zero):
            self._lose()
        self._seen[piece] = _Seen(digit, self._count)
        if not self._sure and len(self._seen) == 8:
            self._assemble()
        speed = self._speed()
        if self._zero is None or abs(speed) > FASTEST:
            return None
        quarter = (self._zero + self._count) % (4 * self.rate.day)
        return Reading(clock, float(quarter / (4 * self.rate.real)), speed)

    def full_frame(self, clock: float, data: tuple[int, ...]) -> Reading | None:
        """Take system exclusive data; give where the timecode is put, None if they say nothing."""
        found = mtc.read_full_frame(data, self._hint)
        if found is None:
            return None
        self.rate, written = found
        self._begin()
        self._last = None
        self._near = 4 * self.rate.number(written)
        return Reading(clock, self.rate.seconds(written), 0.0)

    def _advance(self, clock: float, piece: int, digit: int) -> bool:
        """Count on to a piece; give False for a double of the last one."""
        last, self._last = self._last, (clock, piece)
        if last is None:
            return True
        passed, steps = clock - last[0], (piece - last[1]) % 8
        if passed > max(SILENCE, 8 * (self._interval or 0.0)):
            self._begin()
            return True
        soon = self._interval is None or passed < 4 * self._interval + EARLY
        if steps == 0 and soon:
            self._last = last
            return False
        stray, self._stray = self._stray, None
        if self._direction == 0:
            self._set_out({1: 1, 7: -1}.get(steps, 0) if soon else 0, piece, digit)
            return True
        follows = 0 if stray is None else {1: 1, 7: -1}.get((piece - stray) % 8, 0)
        turns = soon and steps == -self._direction % 8
        if turns and passed > SLOW:
            follows = -self._direction
        elif steps == self._direction % 8 or (not turns and not follows):
            follows = 0
            if self._count_on(steps, passed):
                return True
        if follows == 0:
            self._last, self._stray = last, piece  # one alone has only come out of order
            return False
        self._lose()
        if follows != self._direction:
            self._set_out(follows, piece, digit)
        return True

    def _begin(self) -> None:
        """Know nothing."""
        self._lose()
        self._direction, self._count, self._near = 0, 0, None
        self._interval, self._intervals = None, 0
        self._stray = None

    def _lose(self) -> None:
        """Know no longer where the timecode stands, but where it was."""
        if self._zero is not None:
            self._near = self._zero + self._count
        self._zero, self._sure = None, False
        self._seen.clear()

    def _set_out(self, direction: int, piece: int, digit: int) -> None:
        """Go in a direction, from near where the timecode was, where that fits the digits."""
        self._direction, self._count = direction, direction
        if direction == 0:
            self._seen.clear()
        elif self._near is not None:
            behind = BEHIND if direction > 0 else 7 - BEHIND
            quarter = piece - 7 * (direction < 0)
            here = self._near + (quarter - self._near + behind) % 8 - behind
            seen = {**self._seen, piece: _Seen(digit, direction)}
            for zero in (here - direction, here + 7 * direction):
                if all(self._fits(p, s.digit, s.count, zero) for p, s in seen.items()):
                    self._zero = zero
                    break
        self._near = None

    def _count_on(self, steps: int, passed: float) -> bool:
        """Count on; give False where so many cannot have been lost, or not so soon."""
        quarters = (steps if self._direction > 0 else 8 - steps) or 8
        interval = self._interval or 0.0
        if quarters > MOST or (quarters > 1 and passed < 0.8 * quarters * interval - EARLY):
            return False
        self._count += self._direction * quarters
        self._intervals += quarters
        share = max(SHARE, quarters / self._intervals)
        self._interval = interval * (1.0 - share) + passed / quarters * share
        return True

    def _speed(self) -> float:
        """Give about how fast the timecode runs."""
        if self._interval is None:
            return float(self._direction)
        speed = 1.0 / max(4.0 * float(self.rate.real) * self._interval, 1e-6)
        return self._direction * (1.0 if EVEN[0] < speed < EVEN[1] else speed)

    def _fits(self, piece: int, digit: int, count: int, zero: int) -> bool:
        """Tell whether a piece that comes at a count carries what it should."""
        first = mtc.first_of(zero + count, piece, reverse=self._direction < 0)
        return mtc.digits(self.rate.timecode(first // 4), self.rate)[piece] == digit

    def _assemble(self) -> None:
        """Find the timecode that fits all eight pieces, each at its own count."""
        d = [self._seen[piece].digit for piece in range(8)]
        self.rate = rate = mtc.rate_of(d[7] >> 1, self._hint)
        first = mtc.first_of(0, 0, reverse=self._direction < 0) + self._seen[0].count
        ss, mm, hh = d[2] | d[3] << 4, d[4] | d[5] << 4, d[6] | (d[7] & 1) << 4
        for high in (d[1] & 1, ~d[1] & 1):  # pieces 0 and 1 may be from two timecodes
            try:
                number = rate.number((hh, mm, ss, d[0] | high << 4))
            except ValueError:
                continue
            for shift in (0, rate.counted, -rate.counted):  # and so may the seconds
                zero = 4 * (number + shift) - first
                if all(self._fits(p, s.digit, s.count, zero) for p, s in self._seen.items()):
                    self._zero, self._sure, self._near = zero, True, None
                    return
