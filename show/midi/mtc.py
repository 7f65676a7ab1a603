"""MIDI timecode on the wire: quarter frames and full frames.

MIDI 1.0 Detailed Specification, MIDI Time Code. A quarter frame `F1 0nnndddd` carries
piece n of hh:mm:ss:ff, and comes four times a frame. Eight make one timecode, which was
true when the first of them was sent: piece 0 forward, piece 7 in reverse. Here every
quarter frame has a place of its own, counted in quarters since 00:00:00:00, so that the
age of a timecode is corrected exactly: a complete one lies 7 quarters back.
"""

from __future__ import annotations

from collections.abc import Sequence

from show import timecode
from show.timecode import Rate, Timecode

TYPES = (timecode.FILM, timecode.PAL, timecode.NTSC_DROP, timecode.THIRTY)
"""Rates by their bits in piece 7 and in a full frame."""
SLOWER = {timecode.FILM: timecode.FILM_NTSC, timecode.THIRTY: timecode.NTSC}
"""Rates that share the bits of another: 23.976 with 24, 29.97 non-drop with 30."""
FULL_FRAME = (0x01, 0x01)
EVERYONE = 0x7F
REAL_TIME = 0x7F


def type_of(rate: Rate) -> int:
    """Give the bits of a rate."""
    shared = {slower: plain for plain, slower in SLOWER.items()}
    return TYPES.index(shared.get(rate, rate))


def rate_of(bits: int, hint: Rate) -> Rate:
    """Give the rate that the bits mean; the hint says which of two that share them."""
    rate = TYPES[bits & 3]
    return hint if SLOWER.get(rate) == hint else rate


def digits(written: Timecode, rate: Rate) -> tuple[int, ...]:
    """Give what the eight pieces of a timecode carry, four bits each."""
    hh, mm, ss, ff = written
    return tuple(
        n for byte in (ff, ss, mm, hh | type_of(rate) << 5) for n in (byte & 15, byte >> 4)
    )


def first_of(quarter: int, piece: int, *, reverse: bool) -> int:
    """Give the quarter of the first piece of a timecode from that of any of its pieces."""
    return quarter + 7 - piece if reverse else quarter - piece


def quarter_frame(quarter: int, rate: Rate, *, reverse: bool = False) -> tuple[int, int]:
    """Give the piece that is sent at a quarter since 00:00:00:00, and what it carries."""
    piece = (quarter + 7) % 8 if reverse else quarter % 8
    number = first_of(quarter, piece, reverse=reverse) // 4
    return piece, digits(rate.timecode(number), rate)[piece]


def full_frame(written: Timecode, rate: Rate) -> tuple[int, ...]:
    """Give the data of the system exclusive message that locates everyone to a timecode."""
    hh, mm, ss, ff = written
    return (REAL_TIME, EVERYONE, *FULL_FRAME, hh | type_of(rate) << 5, mm, ss, ff)


def read_full_frame(data: Sequence[int], hint: Rate) -> tuple[Rate, Timecode] | None:
    """Give rate and timecode of a full frame, None where the data are something else."""
    if len(data) != 8 or data[0] != REAL_TIME or tuple(data[2:4]) != FULL_FRAME:
        return None
    rate, written = rate_of(data[4] >> 5, hint), (data[4] & 31, data[5], data[6], data[7])
    try:
        rate.number(written)
    except ValueError:
        return None
    return rate, written
