"""Show time under MIDI timecode that jitters: the chase beside what one would write first.

Quarter frames with ±5 ms of jitter, 5 % lost and 2 % doubled go, in turn, into
- last timecode: the last complete timecode as it is, as bare mido gives it;
- last quarter frame: the same, two frames later, and on from the last message at speed 1;
- chase: show.midi.mtc_reader and show.chase.
Errors are those of a show's frames, 60 a second, from half a second after the start, over
several seeds, on virtual clocks: the same on every machine. A jolt is a frame whose show
time lies before the last one's, or more than 10 ms from where that one led.

Run: .venv/bin/python benchmarks/timecode_chase.py [seconds of each run]
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from show.chase.chase import After, Chase
from show.chase.source import JITTER
from show.midi.mtc_reader import MtcReader
from show.timecode import RATES, Rate
from tests.show.chase.unsteady import QuarterFrame, Wire, quarter_frames, steady

SEEDS = 6
FRAMES = 60.0
SETTLED = 0.5
SPEEDS = (1.0, -1.0, 0.25, 4.0)
Take = Callable[[QuarterFrame], None]
At = Callable[[float], float | None]


def last_timecode(rate: Rate) -> tuple[Take, At]:
    pieces: dict[int, int] = {}
    found: list[float | None] = [None]

    def take(message: QuarterFrame) -> None:
        pieces[message.piece] = message.digit
        if message.piece == 7 and len(pieces) == 8:
            found[0] = assembled(pieces, rate)

    return take, lambda clock: found[0]


def last_quarter_frame(rate: Rate) -> tuple[Take, At]:
    pieces: dict[int, int] = {}
    found: list[float | None] = [None, None]

    def take(message: QuarterFrame) -> None:
        pieces[message.piece] = message.digit
        if message.piece == 7 and len(pieces) == 8:
            seconds = assembled(pieces, rate)
            if seconds is not None:
                found[:] = seconds + 2 / float(rate.real), message.clock
        elif found[0] is not None:
            found[:] = found[0] + 1 / (4 * float(rate.real)), message.clock

    def at(clock: float) -> float | None:
        return None if found[0] is None or found[1] is None else found[0] + clock - found[1]

    return take, at


def chase(rate: Rate) -> tuple[Take, At]:
    reader = MtcReader(rate)
    found = Chase(freewheel=1.0, after=After.HOLD, jitter=JITTER)

    def take(message: QuarterFrame) -> None:
        reading = reader.quarter_frame(message.clock, message.piece, message.digit)
        if reading is not None:
            found.read(reading)

    return take, lambda clock: found.at(clock).seconds


def assembled(pieces: dict[int, int], rate: Rate) -> float | None:
    low = [pieces[n] for n in range(8)]
    hours = low[6] | (low[7] & 1) << 4
    try:
        return rate.seconds(
            (hours, low[4] | low[5] << 4, low[2] | low[3] << 4, low[0] | low[1] << 4)
        )
    except ValueError:
        return None


WAYS = {"last timecode": last_timecode, "last quarter frame": last_quarter_frame, "chase": chase}


def measure(
    make: Callable[[Rate], tuple[Take, At]], rate: Rate, speed: float, seconds: float
) -> tuple[np.ndarray, float, int]:
    """Give the errors in seconds, the longest time to the first show time, and jolts."""
    errors: list[float] = []
    locks: list[float] = []
    jolts = 0
    for seed in range(SEEDS):
        first = 4 * rate.number((1, 0, 0, 0)) + seed
        coming = quarter_frames(rate, first, steady(speed), seconds, Wire(), seed)
        start = first / (4 * float(rate.real))
        seen = list(frames(make(rate), coming, seconds))
        locks.append(next((clock for clock, shown in seen if shown is not None), np.inf))
        shown = [(c, s) for c, s in seen if c > SETTLED and s is not None]
        errors += [abs(s - start - speed * c) for c, s in shown]
        for (c0, s0), (c1, s1) in itertools.pairwise(shown):
            moved = (s1 - s0) * np.sign(speed)
            jolts += moved < 0 or abs(moved - abs(speed) * (c1 - c0)) > 0.01
    return np.array(errors), max(locks), jolts


def frames(
    way: tuple[Take, At], coming: Iterable[QuarterFrame], seconds: float
) -> Iterable[tuple[float, float | None]]:
    take, at = way
    messages = iter(coming)
    message = next(messages, None)
    for clock in np.arange(0.0, seconds, 1 / FRAMES):
        while message is not None and message.clock <= clock:
            take(message)
            message = next(messages, None)
        yield float(clock), at(float(clock))


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    print(f"error of show time in ms, {SEEDS} runs of {seconds:g} s each; jitter, losses, doubles")
    heads = "".join(f"{head:>8}" for head in ("median", "p99", "max", "lock", "jolts"))
    print(f"{'rate':9}{'speed':>6}  {'way':20}{heads}")
    for name, rate in RATES.items():
        for speed in SPEEDS:
            for way, make in WAYS.items():
                errors, lock, jolts = measure(make, rate, speed, seconds)
                p50, p99 = np.percentile(errors, (50, 99)) * 1e3
                numbers = f"{p50:8.2f}{p99:8.2f}{errors.max() * 1e3:8.2f}{lock * 1e3:8.0f}{jolts:8}"
                print(f"{name:9}{speed:6g}  {way:20}{numbers}")


if __name__ == "__main__":
    main()
