from __future__ import annotations

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from show.chase.reading import Reading
from show.midi import mtc
from show.midi.messages import LONGEST, MessageParser
from show.midi.mtc_reader import MtcReader
from show.timecode import FILM, FILM_NTSC, NTSC, NTSC_DROP, PAL, RATES, THIRTY, Rate

rates = st.sampled_from(list(RATES.values()))


def send(
    reader: MtcReader, rate: Rate, quarters: range, *, clock: float = 0.0, speed: float = 1.0
) -> list[Reading]:
    """The readings of quarter frames that come as they should."""
    readings = []
    reverse = quarters.step < 0
    for n, quarter in enumerate(quarters):
        piece, digit = mtc.quarter_frame(quarter % (4 * rate.day), rate, reverse=reverse)
        at = clock + n / (4 * float(rate.real) * speed)
        reading = reader.quarter_frame(at, piece, digit)
        if reading is not None:
            readings.append(reading)
    return readings


def test_the_pieces_of_a_timecode() -> None:
    """MIDI 1.0, MIDI Time Code: 01:37:52:16 at 30 frames, drop-frame."""
    assert mtc.digits((1, 37, 52, 16), NTSC_DROP) == (0, 1, 4, 3, 5, 2, 1, 4)
    first = 4 * NTSC_DROP.number((1, 37, 52, 16))
    pieces = [mtc.quarter_frame(first + n, NTSC_DROP) for n in range(8)]
    assert [piece for piece, _ in pieces] == list(range(8))
    assert [digit for _, digit in pieces] == [0, 1, 4, 3, 5, 2, 1, 4]


def test_in_reverse_the_last_piece_is_sent_first() -> None:
    first = 4 * PAL.number((10, 0, 0, 0))
    pieces = [mtc.quarter_frame(first - n, PAL, reverse=True) for n in range(8)]
    assert [piece for piece, _ in pieces] == [7, 6, 5, 4, 3, 2, 1, 0]
    assert [digit for _, digit in reversed(pieces)] == list(mtc.digits((10, 0, 0, 0), PAL))


def test_a_full_frame() -> None:
    data = mtc.full_frame((1, 2, 3, 4), PAL)
    assert (
        bytes(mido.Message("sysex", data=data).bytes()).hex(" ") == "f0 7f 7f 01 01 21 02 03 04 f7"
    )
    assert mtc.read_full_frame(data, PAL) == (PAL, (1, 2, 3, 4))


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_the_two_frames_of_age_are_corrected_exactly(rate: Rate) -> None:
    number = rate.number((0, 59, 59, rate.counted - 2))
    number += number % 2
    readings = send(MtcReader(rate), rate, range(4 * number, 4 * number + 40))
    assert len(readings) == 33  # from the eighth piece on
    for n, reading in enumerate(readings, 7):
        assert reading.seconds == pytest.approx(float((number + n / 4) / rate.real), abs=1e-9)
        assert reading.speed == 1.0
    back = send(MtcReader(rate), rate, range(4 * number, 4 * number - 40, -1))
    for n, reading in enumerate(back, 7):
        assert reading.seconds == pytest.approx(float((number - n / 4) / rate.real), abs=1e-9)
        assert reading.speed == -1.0


@given(rates, st.integers(0, 10**7), st.sampled_from([1, -1]), st.integers(1, 60))
def test_what_is_sent_is_what_is_read(rate: Rate, start: int, step: int, more: int) -> None:
    first = start % (4 * rate.day)
    reader = MtcReader(rate)
    quarters = range(first, first + step * (16 + more), step)
    readings = send(reader, rate, quarters)
    assert len(readings) >= 1 + more
    assert reader.rate == rate
    day = float(rate.day / rate.real)
    for quarter, reading in zip(reversed(quarters), reversed(readings), strict=False):
        off = reading.seconds - float(quarter / (4 * rate.real))
        assert min(abs(off), abs(off - day), abs(off + day)) < 1e-6


@pytest.mark.parametrize(
    ("sent", "hint", "found"),
    [
        (FILM_NTSC, FILM_NTSC, FILM_NTSC),
        (FILM_NTSC, FILM, FILM),
        (NTSC, NTSC, NTSC),
        (NTSC, PAL, THIRTY),
        (PAL, NTSC, PAL),
        (NTSC_DROP, NTSC, NTSC_DROP),
    ],
)
def test_the_hint_tells_rates_that_share_their_bits(sent: Rate, hint: Rate, found: Rate) -> None:
    reader = MtcReader(hint)
    assert send(reader, sent, range(800, 840))
    assert reader.rate is found


def test_a_jump_is_found_without_a_full_frame() -> None:
    reader = MtcReader(PAL)
    send(reader, PAL, range(8000, 8040))
    readings = send(reader, PAL, range(80000, 80032), clock=0.4)
    assert readings[-1].seconds == pytest.approx(80031 / 100)
    assert len([r for r in readings if r.seconds < 100]) <= 2


def test_a_turn_goes_on_from_where_it_was() -> None:
    reader = MtcReader(PAL)
    send(reader, PAL, range(8000, 8040))
    readings = send(reader, PAL, range(8038, 8000, -1), clock=0.41)
    assert len(readings) >= 36
    for reading in readings[1:]:
        assert reading.seconds == pytest.approx(80.38 - (reading.clock - 0.41))


@pytest.mark.parametrize("quarter", [8036, 8037, 8038, 8039])
def test_an_old_message_that_comes_again_is_no_turn(quarter: int) -> None:
    """As JACK does it where it misses a period."""
    reader = MtcReader(PAL)
    send(reader, PAL, range(8000, 8040))
    assert send(reader, PAL, range(quarter, quarter + 1), clock=0.395) == []
    readings = send(reader, PAL, range(8040, 8060), clock=0.4)
    assert [r.speed for r in readings] == [1.0] * 20
    assert readings[0].seconds == pytest.approx(80.4)


def test_after_a_full_frame_it_runs_from_there_at_once() -> None:
    reader = MtcReader(PAL)
    placed = reader.full_frame(0.0, mtc.full_frame((0, 1, 0, 0), PAL))
    assert placed == Reading(0.0, 60.0, 0.0)
    readings = send(reader, PAL, range(6000, 6008), clock=5.0)
    assert [r.seconds for r in readings] == pytest.approx([60 + n / 100 for n in range(1, 8)])


def test_old_messages_that_come_at_once_are_no_timecode() -> None:
    assert send(MtcReader(PAL), PAL, range(8000, 8100), speed=1000.0) == []


def test_after_a_silence_all_is_found_anew() -> None:
    reader = MtcReader(PAL)
    send(reader, PAL, range(8000, 8040))
    readings = send(reader, PAL, range(8040, 8060), clock=2.0)
    assert len(readings) == 13


bytes_of_mtc = st.builds(lambda piece: [0xF1, piece], st.integers(0, 255))
bytes_of_sysex = st.builds(
    lambda data: [0xF0, 0x7F, *data], st.lists(st.integers(0, 255), max_size=12)
)
junk = st.lists(bytes_of_mtc | bytes_of_sysex | st.lists(st.integers(0, 255), max_size=6))


@given(junk, rates)
def test_no_bytes_raise(pieces: list[list[int]], rate: Rate) -> None:
    parser, reader = MessageParser(), MtcReader(rate)
    for n, piece in enumerate(pieces):
        for message in parser.feed(piece):
            reading = reader.message(n * 0.01, message)
            if reading is not None:
                assert 0.0 <= reading.seconds < 90_000.0


@given(st.binary(max_size=300))
def test_noise_is_no_timecode(noise: bytes) -> None:
    parser, reader = MessageParser(), MtcReader(PAL)
    messages = parser.feed(noise)
    readings = [reader.message(n * 0.01, message) for n, message in enumerate(messages)]
    located = [m for m in messages if m.type == "sysex" and mtc.read_full_frame(m.data, PAL)]
    assert [r for r in readings if r is not None] == [] or located


def test_a_message_without_an_end_is_given_up() -> None:
    parser = MessageParser()
    for _ in range(LONGEST // 100 + 2):
        assert parser.feed([0xF0] + [1] * 99) == []
    assert parser.refused == 1
    assert [m.type for m in parser.feed([0xF7, 0x90, 60, 1])][-1] == "note_on"


def test_hours_beyond_the_day_are_no_timecode() -> None:
    assert mtc.read_full_frame((0x7F, 0x7F, 1, 1, 0x20 | 25, 0, 0, 0), PAL) is None
    assert mtc.read_full_frame((0x7F, 0x7F, 1, 2, 0x20, 0, 0, 0), PAL) is None
