"""The decoder of linear timecode: sound in, frames out, forward and in reverse.

From edge to edge it is one half of a bit or two (biphase mark: an edge at the start of each
bit, one in the middle of a 1). The length of a half is followed from edge to edge, so that a
shuttle is read as well as an even run. A frame counts when another agrees with it, in number
and in time: noise holds a sync word every few seconds, but no two that do.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from show import timecode
from show.audio import ltc
from show.audio.edges import EdgeFinder
from show.timecode import Rate, Timecode

FOLLOW = 0.15
"""Part of a new half in the running one."""
UNFIT = 8
"""Edges that do not fit, of the last 32, after which the length of a half is sought anew."""
SEARCHED = 64
"""Edges from which the length of a half is found."""
LONGEST = 4 * ltc.BITS
"""Bits without a frame after which the length of a half is sought anew."""
MOST, FIT = 0.75, 0.3
"""Part of the edges that must fit the length of a half, and how well, in halves."""
GUESSES = (240e-6, 40e-6, 120e-6, 60e-6, 700e-6)
"""Lengths of half a bit in seconds, one of which is near enough to find the true one."""
AGREE = 0.25
"""Frames by which two that agree may be apart in time."""
FARTHEST = 10
"""Frames between two that agree."""
_MASK = (1 << ltc.BITS) - 1


@dataclass(frozen=True, slots=True)
class LtcFrame:
    """A frame that has been read.

    timecode: what it says, and drop: whether frames are dropped. first, end: where it begins
    and ends, samples since the first one. reverse: it was played backwards, from its end.
    """

    timecode: Timecode
    drop: bool
    first: float
    end: float
    reverse: bool

    @property
    def samples(self) -> float:
        """Its length."""
        return self.end - self.first


class LtcDecoder:
    """Decodes one sound. hint: the rate expected; rate: what it turns out to be."""

    def __init__(self, sample_rate: float, hint: Rate) -> None:
        self.rate = self._hint = hint
        self._edges, self._sample_rate = EdgeFinder(sample_rate), sample_rate
        self._half: float | None = None
        self._guess = 0
        self._last: float | None = None
        self._waiting: list[float] = []
        self._unfit: deque[bool] = deque(maxlen=32)
        self._middle = False
        self._since = 0
        self._word = 0
        self._ends: deque[float] = deque(maxlen=ltc.BITS + 1)
        self._before: LtcFrame | None = None
        self._held: LtcFrame | None = None

    def decode(self, block: NDArray[np.float32]) -> list[LtcFrame]:
        """Give the frames that the next block of a sound, [T] from -1 to 1, completes."""
        found: list[LtcFrame] = []
        block = np.nan_to_num(np.clip(block, -8.0, 8.0))
        half = self._half or GUESSES[self._guess] * self._sample_rate
        for edge in self._edges.find(block, half).tolist():
            if self._half is None:
                self._search(edge, found)
            else:
                self._edge(edge, self._half, found)
        return found

    def _search(self, edge: float, found: list[LtcFrame]) -> None:
        """Find the length of a half from enough edges, then read them; else guess another."""
        self._waiting.append(edge)
        if len(self._waiting) < SEARCHED:
            return
        edges, self._waiting = self._waiting, []
        self._half = half_of(np.diff(edges))
        if self._half is None:
            self._guess = (self._guess + 1) % len(GUESSES)
            return
        self._last = None
        self._restart()
        for waiting in edges:
            if self._half is not None:
                self._edge(waiting, self._half, found)

    def _edge(self, edge: float, half: float, found: list[LtcFrame]) -> None:
        last, self._last = self._last, edge
        if last is None:
            self._ends.append(edge)
            return
        passed = edge - last
        halves = passed / half
        fits = 0.5 < halves < 2.5
        self._unfit.append(not fits)
        if not fits:
            if halves <= 0.5:
                self._last = last  # a spike: the edge before it stands
            self._restart()
            if sum(self._unfit) > UNFIT:
                self._lose()
            return
        if halves < 1.5:
            self._half = half + FOLLOW * (passed - half)
            self._middle = not self._middle
            if not self._middle:
                self._bit(1, edge, found)
            return
        self._half = half + FOLLOW * (passed / 2 - half)
        if self._middle:
            self._restart()  # the middles were the starts
        self._bit(0, edge, found)

    def _lose(self) -> None:
        """Know the length of a half no longer."""
        self._half, self._since = None, 0
        self._guess = (self._guess + 1) % len(GUESSES)
        self._unfit.clear()

    def _restart(self) -> None:
        """Begin a new word, at the start of a bit."""
        self._middle = False
        self._ends.clear()

    def _bit(self, bit: int, edge: float, found: list[LtcFrame]) -> None:
        self._word = (self._word << 1 | bit) & _MASK
        self._ends.append(edge)
        self._since += 1
        if self._since > LONGEST:
            self._lose()
        if len(self._ends) <= ltc.BITS:
            return
        forward = self._word & 0xFFFF == ltc.SYNC
        if not forward and self._word >> 64 != ltc.REVERSED_SYNC:
            return
        read = ltc.decode(ltc.turned(self._word) if forward else self._word)
        if read is not None:
            self._since = 0
            frame = LtcFrame(*read, self._ends[0], edge, not forward)
            self._take(frame, found)

    def _take(self, frame: LtcFrame, found: list[LtcFrame]) -> None:
        """Give out a frame that agrees with the last one; hold one that does not yet."""
        held, self._held = self._held, None
        if self._before is not None and self._agree(self._before, frame):
            self._before = frame
            found.append(frame)
        elif held is not None and self._agree(held, frame):
            self._before = frame
            found += (held, frame)
        else:
            self._held = frame

    def _agree(self, before: LtcFrame, frame: LtcFrame) -> bool:
        """Tell whether a frame follows another, at the rate it has or at a likelier one."""
        if before.reverse is not frame.reverse:
            return False
        passed = (frame.end - before.end) / frame.samples
        if passed > FARTHEST:
            return False
        for rate in self._rates(frame.drop):
            try:
                step = rate.number(frame.timecode) - rate.number(before.timecode)
            except ValueError:
                continue
            step = (step + rate.day // 2) % rate.day - rate.day // 2
            if abs((-step if frame.reverse else step) - passed) < AGREE:
                self.rate = rate
                return True
        return False

    def _rates(self, drop: bool) -> tuple[Rate, ...]:
        """Give the rates that a frame may have, the likeliest first."""
        if drop:
            return (timecode.NTSC_DROP,)
        rates = (self.rate, self._hint, timecode.PAL, timecode.THIRTY, timecode.FILM)
        return tuple(rate for rate in dict.fromkeys(rates) if not rate.drop)


def half_of(between: NDArray[np.float64]) -> float | None:
    """Give the length of a half that most edges fit, None where none does.

    between: from edge to edge, one half or two.
    """
    likely = np.quantile(between, (0.05, 0.2, 0.5))
    best, most = None, MOST * len(between)
    for half in (*likely, *(likely / 2)):
        one = np.abs(between / half - 1) < FIT
        both = one | (np.abs(between / half - 2) < FIT)
        if one.any() and both.sum() > most:
            best, most = float(np.median(between[one])), float(both.sum())
    return best
