from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from show import timecode
from tests.kit import one_line


@pytest.mark.parametrize(
    ("written", "rate", "seconds"),
    [
        ("00:00:12:12", 25, 12.48),
        ("01:00:00:00", 24, 3600.0),
        ("00:00:00:29", 30, 29 / 30),
        ("2:30", 25, 150.0),
        ("90:00", 25, 5400.0),
        ("00:01:00:02", 29.97, 1800 * 1001 / 30000),  # drop-frame: 00 and 01 are left out
        ("00:10:00:00", 29.97, 17982 * 1001 / 30000),
    ],
)
def test_written_times(written: str, rate: float, seconds: float) -> None:
    assert timecode.parse(written, rate) == pytest.approx(seconds, abs=1e-9)


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        ("00:00:00:25", 25),
        ("24:00:00:00", 25),
        ("00:60:00:00", 25),
        ("1:60", 25),
        ("1:2:3", 25),
        ("12", 25),
        ("", 25),
        ("-1:00", 25),
        ("1:٣", 25),
        ("00:01:00:00", 29.97),
    ],
)
def test_times_that_do_not_exist_are_refused(written: str, rate: float) -> None:
    with pytest.raises(ValueError, match="found"):
        timecode.parse(written, rate)


@given(st.sampled_from(timecode.RATES), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_a_day_is_in_order(rate: float, hh: int, mm: int, ss: int) -> None:
    first, last = 2, timecode.frames_per_second(rate)[0] - 1
    a = timecode.seconds((hh, mm, ss, first), rate)
    b = timecode.seconds((hh, mm, ss, last), rate)
    assert 0 <= a < b < 86_487
    real = timecode.frames_per_second(rate)[1]
    assert round(b * real) - round(a * real) == last - first


@given(st.text(max_size=12), st.sampled_from(timecode.RATES))
def test_any_text_is_a_time_or_refused(text: str, rate: float) -> None:
    try:
        found = timecode.parse(text, rate)
    except ValueError as error:
        one_line(error)
    else:
        assert found >= 0


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
