from __future__ import annotations

import random

import mido
import pytest

from show.chase.chase import After, Chase, ChaseState
from show.chase.reading import Reading
from show.midi.midi_clock import MidiClockReader
from show.timecode import PAL

CLOCK = mido.Message("clock")
START, CONTINUE, STOP = (mido.Message(name) for name in ("start", "continue", "stop"))
EACH = 60 / 120 / 24


def clocks(
    reader: MidiClockReader, count: int, *, at: float = 0.0, tempo: float = 1.0
) -> list[Reading]:
    found = [reader.message(at + n * EACH / tempo, CLOCK) for n in range(count)]
    return [reading for reading in found if reading is not None]


def reader(start: float = 0.0) -> MidiClockReader:
    return MidiClockReader(120, start, PAL)


def test_the_first_clock_after_a_start_is_the_first_beat() -> None:
    found = reader(3600.0)
    assert clocks(found, 24) == []  # it only tells the tempo
    assert found.message(1.0, START) is None
    readings = clocks(found, 49, at=1.0)
    assert readings[0] == Reading(1.0, 3600.0, pytest.approx(1.0))
    assert readings[48].seconds == pytest.approx(3601.0)


def test_a_stop_a_song_position_and_on_from_there() -> None:
    found = reader()
    found.message(0.0, START)
    clocks(found, 25)
    assert found.message(0.51, STOP) == Reading(0.51, pytest.approx(0.5), 0.0)
    assert found.message(0.52, STOP) is None
    assert clocks(found, 5, at=0.6) == []
    placed = found.message(0.8, mido.Message("songpos", pos=64))
    assert placed == Reading(0.8, pytest.approx(8.0), 0.0)
    found.message(0.9, CONTINUE)
    assert clocks(found, 3, at=1.0)[-1].seconds == pytest.approx(8.0 + 2 * EACH)


def test_another_tempo_is_another_speed() -> None:
    found = reader()
    found.message(0.0, START)
    readings = clocks(found, 24 * 8, tempo=1.5)
    assert readings[-1].speed == pytest.approx(1.5, rel=0.01)
    assert readings[-1].seconds == pytest.approx(191 * EACH)


def test_a_double_is_no_beat() -> None:
    found = reader()
    found.message(0.0, START)
    clocks(found, 10)
    assert found.message(9 * EACH + 0.001, CLOCK) is None


def test_the_chase_runs_evenly_on_clocks_that_jitter() -> None:
    found, rng = reader(), random.Random(3)
    chase = Chase(freewheel=1.0, after=After.HOLD)
    found.message(0.0, START)
    errors = []
    for n in range(24 * 20):
        clock = n * EACH + rng.uniform(-0.003, 0.003)
        reading = found.message(clock, CLOCK)
        if reading is not None:
            chase.read(reading)
        position = chase.at(n * EACH + 0.004)
        if n > 48:
            assert position.state is ChaseState.LOCKED
            assert position.seconds is not None
            errors.append(abs(position.seconds - n * EACH - 0.004))
    assert sorted(errors)[len(errors) * 99 // 100] < 0.003
