"""Timecode arithmetic: seconds to hours, minutes, seconds and frames, and back.

29.97 drop-frame is SMPTE 12M: 30 frames a second are counted at 30000/1001 a second, and
the numbers 00 and 01 are left out at the start of each minute but every tenth. 23.976 and
29.97 non-drop count every number, and so fall behind the clock on the wall.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from fractions import Fraction

Timecode = tuple[int, int, int, int]
_EARLY = 1e-6
"""Frames: a time this close before a frame counts as on it."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How a timecode counts.

    name: as it is written. counted: frames numbered in a second of timecode. real: frames
    in a second of time. drop: whether numbers are left out to stay with the wall clock.
    """

    name: str
    counted: int
    real: Fraction
    drop: bool = False

    @property
    def day(self) -> int:
        """Frames from 00:00:00:00 to midnight."""
        return 24 * 6 * (600 * self.counted - 18 * self.drop)

    @property
    def last(self) -> Timecode:
        """The timecode before midnight."""
        return 23, 59, 59, self.counted - 1

    def number(self, timecode: Timecode) -> int:
        """Give the frames since 00:00:00:00.

        Raises ValueError where the timecode does not exist at this rate.
        """
        hh, mm, ss, ff = timecode
        if not (0 <= hh < 24 and 0 <= mm < 60 and 0 <= ss < 60 and 0 <= ff < self.counted):
            raise ValueError(f"found {text(timecode)}, expected at most {text(self.last)}")
        number = ((hh * 60 + mm) * 60 + ss) * self.counted + ff
        if self.drop:
            if ss == 0 and ff < 2 and mm % 10:
                raise ValueError(f"found {text(timecode)}, which drop-frame leaves out")
            minutes = hh * 60 + mm
            number -= 2 * (minutes - minutes // 10)
        return number

    def timecode(self, number: int) -> Timecode:
        """Give the timecode of a number of frames since 00:00:00:00; it wraps at midnight."""
        number %= self.day
        if self.drop:
            tens, rest = divmod(number, 600 * self.counted - 18)
            short = 60 * self.counted - 2
            number += 18 * tens + 2 * max(0, (rest - 2) // short)
        seconds, ff = divmod(number, self.counted)
        return seconds // 3600, seconds // 60 % 60, seconds % 60, ff

    def seconds(self, timecode: Timecode) -> float:
        """Give the seconds of time since 00:00:00:00; raises ValueError as `number` does."""
        return float(self.number(timecode) / self.real)

    def at(self, seconds: float) -> Timecode:
        """Give the timecode whose frame a time in seconds since 00:00:00:00 falls into."""
        return self.timecode(math.floor(seconds * float(self.real) + _EARLY))


FILM_NTSC = Rate("23.976", 24, Fraction(24000, 1001))
FILM = Rate("24", 24, Fraction(24))
PAL = Rate("25", 25, Fraction(25))
NTSC_DROP = Rate("29.97", 30, Fraction(30000, 1001), drop=True)
NTSC = Rate("29.97ndf", 30, Fraction(30000, 1001))
THIRTY = Rate("30", 30, Fraction(30))
RATES: dict[str, Rate] = {
    rate.name: rate for rate in (FILM_NTSC, FILM, PAL, NTSC_DROP, NTSC, THIRTY)
}


def rate(written: str) -> Rate:
    """Give the rate that is written so: "25", "29.97" for drop-frame, "29.97ndf".

    Raises ValueError where there is none.
    """
    found = RATES.get(written.removesuffix("df") if written == "29.97df" else written)
    if found is None:
        raise ValueError(f"found {quoted(written)}, expected one of {', '.join(RATES)}")
    return found


def text(timecode: Timecode) -> str:
    """Give hh:mm:ss:ff."""
    return "{:02}:{:02}:{:02}:{:02}".format(*timecode)


def parse(written: str, rate: Rate) -> float:
    """Give the seconds that "hh:mm:ss:ff" or "mm:ss" means.

    Drop-frame may be written with ";" before the frames. Raises ValueError where the text
    has neither form.
    """
    parts = written.replace(";", ":").split(":")
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        raise ValueError(f'found {quoted(written)}, expected "hh:mm:ss:ff" or "mm:ss"')
    numbers = [int(part) for part in parts]
    if len(numbers) == 4:
        return rate.seconds((numbers[0], numbers[1], numbers[2], numbers[3]))
    if len(numbers) == 2 and numbers[1] < 60:
        return float(numbers[0] * 60 + numbers[1])
    raise ValueError(f'found {quoted(written)}, expected "hh:mm:ss:ff" or "mm:ss"')


def quoted(written: str) -> str:
    """Give a text in quotes, on one line."""
    return json.dumps(written, ensure_ascii=False)


def clock_text(duration: float) -> str:
    """Give a duration for a person to read: 12 s, 1:30, 1:02:03, tenths where there are."""
    tenths = round(duration * 10)
    whole, tenth = divmod(tenths, 10)
    dot = f".{tenth}" if tenth else ""
    if whole < 60:
        return f"{whole}{dot} s"
    minutes, ss = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{ss:02}{dot}"
    return f"{minutes // 60}:{minutes % 60:02}:{ss:02}{dot}"
