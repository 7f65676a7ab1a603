"""Timecode arithmetic: seconds to hours, minutes, seconds and frames, and back.

29.97 is SMPTE 12M drop-frame: 30 frames a second are counted at 30000/1001 a second, and
the numbers 00 and 01 are left out at the start of each minute but every tenth.
"""

from __future__ import annotations

import json
from fractions import Fraction

Timecode = tuple[int, int, int, int]
RATES: tuple[float, ...] = (24, 25, 29.97, 30)


def frames_per_second(rate: float) -> tuple[int, Fraction]:
    """Give the frames that are counted in a second of timecode, and those in a real one."""
    return (30, Fraction(30000, 1001)) if rate == 29.97 else (round(rate), Fraction(round(rate)))


def seconds(timecode: Timecode, rate: float) -> float:
    """Give the seconds since 00:00:00:00.

    Raises ValueError where the timecode does not exist at this rate.
    """
    hh, mm, ss, ff = timecode
    counted, real = frames_per_second(rate)
    if not (0 <= hh < 24 and 0 <= mm < 60 and 0 <= ss < 60 and 0 <= ff < counted):
        raise ValueError(f"found {text(timecode)}, expected at most 23:59:59:{counted - 1:02}")
    number = ((hh * 60 + mm) * 60 + ss) * counted + ff
    if rate == 29.97:
        if ss == 0 and ff < 2 and mm % 10:
            raise ValueError(f"found {text(timecode)}, which drop-frame leaves out")
        minutes = hh * 60 + mm
        number -= 2 * (minutes - minutes // 10)
    return float(number / real)


def text(timecode: Timecode) -> str:
    """Give hh:mm:ss:ff."""
    return "{:02}:{:02}:{:02}:{:02}".format(*timecode)


def parse(written: str, rate: float) -> float:
    """Give the seconds that "hh:mm:ss:ff" or "mm:ss" means.

    Raises ValueError where the text has neither form.
    """
    parts = written.split(":")
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        raise ValueError(f'found {quoted(written)}, expected "hh:mm:ss:ff" or "mm:ss"')
    numbers = [int(part) for part in parts]
    if len(numbers) == 4:
        return seconds((numbers[0], numbers[1], numbers[2], numbers[3]), rate)
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
