from __future__ import annotations

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from engine import clock_ping


def test_a_ping_is_answered_with_its_own_time_and_the_clock() -> None:
    answer = clock_ping.answer('{"type": "ping", "t": 12.5}', 42.0)
    assert answer is not None
    assert json.loads(answer) == {"type": "pong", "t": 12.5, "clock": 42.0}
    assert clock_ping.answer(b'{"type": "ping", "t": 12.5}', 42.0) == answer


@given(st.text() | st.binary() | st.recursive(st.none() | st.floats(), st.lists).map(json.dumps))
def test_nothing_else_is_answered_or_a_fault(text: str | bytes) -> None:
    assert clock_ping.answer(text, 1.0) is None


@given(st.floats() | st.integers())
def test_only_a_finite_number_is_a_ping(t: float) -> None:
    answer = clock_ping.answer(json.dumps({"type": "ping", "t": t}), 1.0)
    try:
        assert (answer is not None) == math.isfinite(t)
    except OverflowError:
        assert answer is None
