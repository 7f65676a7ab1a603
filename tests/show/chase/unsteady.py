"""An unsteady timecode: quarter frames that come late, get lost and come twice, by a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from show.chase.chase import After, Chase, Position
from show.chase.source import JITTER
from show.midi import mtc
from show.midi.mtc_reader import MtcReader
from show.timecode import Rate

Floats = NDArray[np.float64]
Motion = Callable[[Floats], Floats]
"""Gives how many seconds of timecode have passed at clocks."""
GRID = 1e-4


def steady(speed: float) -> Motion:
    """A timecode at one speed."""
    return lambda clocks: speed * clocks


def ramp(before: float, after: float, at: float, seconds: float) -> Motion:
    """A timecode that goes evenly from one speed to another; at once where seconds is 0."""

    def moved(clocks: Floats) -> Floats:
        since = np.clip(clocks - at, 0.0, None)
        during = np.minimum(since, seconds)
        gained = (after - before) * (during**2 / (2 * seconds) if seconds else 0.0)
        return before * clocks + gained + (after - before) * (since - during)

    return moved


@dataclass(frozen=True, slots=True)
class Wire:
    """What happens to the quarter frames on their way. jitter: ± seconds, evenly spread."""

    jitter: float = 0.005
    lost: float = 0.05
    doubled: float = 0.02
    held_up: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class QuarterFrame:
    """One that arrives at a clock. quarter: where the timecode was when it was sent."""

    clock: float
    piece: int
    digit: int
    quarter: int


def quarter_frames(
    rate: Rate, first: int, motion: Motion, seconds: float, wire: Wire, seed: int
) -> Iterator[QuarterFrame]:
    """Yield what arrives, in order: MIDI never overtakes."""
    rng = random.Random(seed)
    clocks = np.arange(0.0, seconds, GRID)
    quarters = first + motion(clocks) * 4 * float(rate.real)
    whole = np.floor(quarters + 1e-9).astype(int)
    latest = -1.0
    for i in np.flatnonzero(np.diff(whole)):
        reverse = whole[i + 1] < whole[i]
        quarter = int(whole[i] if reverse else whole[i + 1])
        part = (quarter - quarters[i]) / (quarters[i + 1] - quarters[i])
        clock = clocks[i] + part * GRID + rng.uniform(-wire.jitter, wire.jitter)
        if wire.held_up and wire.held_up[0] <= clock < wire.held_up[1]:
            clock = wire.held_up[1]
        latest = max(latest, clock)
        if rng.random() >= wire.lost:
            piece, digit = mtc.quarter_frame(quarter, rate, reverse=bool(reverse))
            yield QuarterFrame(latest, piece, digit, quarter)
            if rng.random() < wire.doubled:
                latest += rng.uniform(0.0, 0.001)
                yield QuarterFrame(latest, piece, digit, quarter)


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame of a show that follows: clock, where the chase has the timecode, and the truth."""

    clock: float
    position: Position
    truth: float

    @property
    def error(self) -> float:
        """Seconds by which the chase is ahead; nan while it knows nothing."""
        seconds = self.position.seconds
        return float("nan") if seconds is None else seconds - self.truth


def follow(
    rate: Rate,
    motion: Motion,
    *,
    seconds: float,
    seed: int,
    wire: Wire | None = None,
    frames: float = 60.0,
    freewheel: float = 1.0,
    start: tuple[int, int, int, int] = (1, 0, 0, 0),
) -> list[Seen]:
    """Follow an unsteady timecode as a show does, at so many frames a second."""
    first = 4 * rate.number(start) + random.Random(seed).randrange(8)
    reader = MtcReader(rate)
    chase = Chase(freewheel=freewheel, after=After.HOLD, jitter=JITTER)
    arriving = quarter_frames(rate, first, motion, seconds, wire or Wire(), seed)
    coming = next(arriving, None)
    clocks = np.arange(0.0, seconds, 1.0 / frames)
    truths = first / (4 * float(rate.real)) + motion(clocks)
    seen = []
    for clock, truth in zip(clocks, truths, strict=True):
        while coming is not None and coming.clock <= clock:
            reading = reader.quarter_frame(coming.clock, coming.piece, coming.digit)
            if reading is not None:
                chase.read(reading)
            coming = next(arriving, None)
        seen.append(Seen(float(clock), chase.at(float(clock)), float(truth)))
    return seen
