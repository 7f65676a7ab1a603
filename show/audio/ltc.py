"""Linear timecode, a word of 80 bits a frame (SMPTE 12M-1, 8).

Bits 0 to 63 hold the digits, as BCD, with user bits between; 64 to 79 are the sync word,
which tells forward from reverse. A polarity bit makes the number of zeros even, so that every
word begins with the same polarity.
"""

from __future__ import annotations

from show import timecode
from show.timecode import Rate, Timecode

BITS = 80
SYNC = 0b0011111111111101
"""The sync word in the order of its bits, the first one first."""
REVERSED_SYNC = 0b1011111111111100
DROP_BIT, POLARITY_BIT, POLARITY_BIT_25 = 10, 27, 59
FIELDS = ((0, 4, 8, 2), (16, 4, 24, 3), (32, 4, 40, 3), (48, 4, 56, 2))
"""Of frames, seconds, minutes, hours: place and length of the units, then of the tens."""


def encode(written: Timecode, rate: Rate) -> list[int]:
    """Give the bits of a timecode, in the order in which they are sent."""
    bits = [0] * BITS
    for value, (units, unit_bits, tens, ten_bits) in zip(reversed(written), FIELDS, strict=True):
        for n in range(unit_bits):
            bits[units + n] = value % 10 >> n & 1
        for n in range(ten_bits):
            bits[tens + n] = value // 10 >> n & 1
    bits[DROP_BIT] = int(rate.drop)
    bits[64:] = [SYNC >> 15 - n & 1 for n in range(16)]
    if bits.count(0) % 2:
        bits[POLARITY_BIT_25 if rate == timecode.PAL else POLARITY_BIT] = 1
    return bits


def decode(word: int) -> tuple[Timecode, bool] | None:
    """Give the timecode in a word, and whether it drops frames; None where it holds none.

    word: bit n of the number is the bit that is sent as the n-th.
    """
    digits = [
        (word >> units & (1 << unit_bits) - 1, word >> tens & (1 << ten_bits) - 1)
        for units, unit_bits, tens, ten_bits in FIELDS
    ]
    if any(units > 9 for units, _ in digits):
        return None
    ff, ss, mm, hh = (10 * tens + units for units, tens in digits)
    if ff > 29 or ss > 59 or mm > 59 or hh > 23:
        return None
    return (hh, mm, ss, ff), bool(word >> DROP_BIT & 1)


def turned(word: int) -> int:
    """Give a word with its bits the other way round."""
    return int(f"{word:0{BITS}b}"[::-1], 2)
