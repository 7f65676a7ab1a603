from __future__ import annotations

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from show.chase.reading import Reading
from show.chase.transport import Transport
from show.midi.mtc_reader import MtcReader
from show.midi.mtc_sender import MtcSender
from show.timecode import PAL, RATES, Rate


class Line:
    """A sender and a reader with a wire between them, on a clock that the test turns."""

    def __init__(self, rate: Rate, seconds: float, speed: float = 1.0) -> None:
        self.clock = 0.0
        self.transport = Transport(0.0, seconds, speed)
        self.reader = MtcReader(rate)
        self.messages: list[mido.Message] = []
        self.readings: list[Reading] = []
        self.sender = MtcSender(self.transport, rate, self._take)

    def _take(self, message: mido.Message) -> None:
        self.messages.append(message)
        reading = self.reader.message(self.clock, message)
        if reading is not None:
            self.readings.append(reading)

    def until(self, clock: float) -> None:
        while True:
            self.sender.send(self.clock)
            due = self.sender.due(self.clock)
            if due > clock:
                self.clock = clock
                return
            self.clock = max(due, self.clock + 1e-6)


def test_it_locates_and_then_runs_four_times_a_frame() -> None:
    line = Line(PAL, 60.0)
    line.until(1.0)
    assert [m.type for m in line.messages[:2]] == ["sysex", "quarter_frame"]
    assert line.messages[1].frame_type == 0
    assert len(line.messages) == pytest.approx(101, abs=1)


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
@given(st.floats(10, 80_000), st.sampled_from([1.0, 0.25, 4.0, -1.0, -2.5]))
def test_what_it_sends_says_where_the_transport_is(rate: Rate, start: float, speed: float) -> None:
    line = Line(rate, start, speed)
    line.until(1.5)
    assert len(line.readings) > 4
    for reading in line.readings[1:]:
        assert reading.seconds == pytest.approx(line.transport.at(reading.clock), abs=1e-4)


def test_a_stop_a_locate_and_a_turn() -> None:
    line = Line(PAL, 60.0)
    line.until(1.0)
    line.transport.run(1.0, 0.0)
    line.until(2.0)
    assert line.readings[-1].speed == 0.0
    assert line.readings[-1].seconds == pytest.approx(61.0, abs=0.04)
    line.transport.set(2.0, 600.0)
    line.until(2.1)
    assert line.readings[-1] == Reading(line.readings[-1].clock, 600.0, 0.0)
    quiet = len(line.messages)
    line.until(3.0)
    assert len(line.messages) == quiet
    line.transport.run(3.0, -1.0)
    line.until(4.0)
    assert line.readings[-1].seconds == pytest.approx(599.0, abs=0.02)
    assert line.readings[-1].speed == -1.0


def test_what_is_too_late_is_left_out() -> None:
    line = Line(PAL, 60.0)
    line.until(1.0)
    line.clock = 1.5  # something has held up the sender
    sent = len(line.messages)
    line.until(2.0)
    assert len(line.messages) - sent == pytest.approx(50, abs=2)
    assert line.readings[-1].seconds == pytest.approx(62.0, abs=0.02)
