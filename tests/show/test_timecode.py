from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from show import timecode
from show.timecode import FILM, FILM_NTSC, NTSC, NTSC_DROP, PAL, RATES, THIRTY, Rate
from tests.kit import one_line

rates = st.sampled_from(list(RATES.values()))


@pytest.mark.parametrize(
    ("written", "rate", "seconds"),
    [
        ("00:00:12:12", PAL, 12.48),
        ("01:00:00:00", FILM, 3600.0),
        ("01:00:00:00", FILM_NTSC, 3603.6),
        ("01:00:00:00", NTSC, 3603.6),
        ("00:00:00:29", THIRTY, 29 / 30),
        ("2:30", PAL, 150.0),
        ("90:00", PAL, 5400.0),
        ("00:01:00:02", NTSC_DROP, 1800 * 1001 / 30000),  # 00 and 01 are left out
        ("00:10:00;00", NTSC_DROP, 17982 * 1001 / 30000),
        ("01:00:00;00", NTSC_DROP, 107892 * 1001 / 30000),
    ],
)
def test_written_times(written: str, rate: Rate, seconds: float) -> None:
    assert timecode.parse(written, rate) == pytest.approx(seconds, abs=1e-9)


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        ("00:00:00:25", PAL),
        ("24:00:00:00", PAL),
        ("00:60:00:00", PAL),
        ("1:60", PAL),
        ("1:2:3", PAL),
        ("12", PAL),
        ("", PAL),
        ("-1:00", PAL),
        ("1:٣", PAL),
        ("00:01:00:00", NTSC_DROP),
        ("23:59:00:01", NTSC_DROP),
    ],
)
def test_times_that_do_not_exist_are_refused(written: str, rate: Rate) -> None:
    with pytest.raises(ValueError, match="found"):
        timecode.parse(written, rate)


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_every_frame_of_a_day_is_counted_once(rate: Rate) -> None:
    every = 1009  # and all around each minute, where drop-frame leaves numbers out
    numbers = {*range(0, rate.day, every), rate.day - 1}
    for minute in range(0, 24 * 60):
        edge = rate.number((minute // 60, minute % 60, 0, 2))
        numbers |= {(edge + n) % rate.day for n in range(-4, 3)}
    for number in sorted(numbers):
        assert rate.number(rate.timecode(number)) == number
    assert rate.timecode(rate.day) == (0, 0, 0, 0)
    assert rate.number(rate.last) == rate.day - 1


@given(rates, st.integers(0, 24 * 3600 * 30))
def test_frames_to_timecode_and_back_over_a_day(rate: Rate, number: int) -> None:
    number %= rate.day
    written = rate.timecode(number)
    assert rate.number(written) == number
    assert timecode.parse(timecode.text(written), rate) == rate.seconds(written)
    assert rate.at(rate.seconds(written)) == written
    middle = float((number + Fraction(1, 2)) / rate.real)
    assert rate.at(middle) == written


@given(rates, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_a_day_is_in_order(rate: Rate, hh: int, mm: int, ss: int) -> None:
    first, last = 2, rate.counted - 1
    a = rate.seconds((hh, mm, ss, first))
    b = rate.seconds((hh, mm, ss, last))
    assert 0 <= a < b < 86_487
    assert rate.number((hh, mm, ss, last)) - rate.number((hh, mm, ss, first)) == last - first


def test_drop_frame_stays_with_the_wall_clock() -> None:
    """SMPTE 12M: the residual error is about 86 ms a day; non-drop loses 86.4 s."""
    assert NTSC_DROP.day / NTSC_DROP.real == pytest.approx(86_400, abs=0.1)
    assert NTSC.day / NTSC.real == pytest.approx(86_486.4)


@given(st.text(max_size=12), rates)
def test_any_text_is_a_time_or_refused(text: str, rate: Rate) -> None:
    try:
        found = timecode.parse(text, rate)
    except ValueError as error:
        one_line(error)
    else:
        assert found >= 0


def test_rates_by_name() -> None:
    assert timecode.rate("25") is PAL
    assert timecode.rate("29.97") is timecode.rate("29.97df") is NTSC_DROP
    assert timecode.rate("29.97ndf") is NTSC
    with pytest.raises(ValueError, match=r'found "60", expected one of 23\.976'):
        timecode.rate("60")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.5, "0.5 s"),
        (12, "12 s"),
        (59.96, "1:00"),
        (90, "1:30"),
        (3723.4, "1:02:03.4"),
    ],
)
def test_durations_for_people(seconds: float, text: str) -> None:
    assert timecode.clock_text(seconds) == text
