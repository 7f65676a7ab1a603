"""A state of the dance from one engine to another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import checkpoint_message, wire
from engine.motion_model import MotionModel
from engine.performance import Performance
from engine.score import Event
from engine.state import State
from tests.conftest import make_performance

STORY = (Event(0.5, "cue", "1"), Event(2.0, "cue", "3"), Event(4.0, "cue", "5"))


def told(model: MotionModel, seconds: float) -> tuple[Performance, list[bytes]]:
    """A performance that has danced a while, and its checkpoints as they are sent."""
    sent: list[bytes] = []
    made = make_performance(model, kept=lambda m, s: sent.append(checkpoint_message.pack(m, s)))
    for event in STORY:
        made.apply(event)
    made.at(seconds)
    return made, sent


def test_another_engine_goes_on_from_it_with_the_same_bits(salsa_model: MotionModel) -> None:
    first, sent = told(salsa_model, 6.0)
    second, _ = told(salsa_model, 0.0)
    mark, state = checkpoint_message.unpack(sent[-1])
    second.at(5.99)
    second._base, second._heard = _spoilt(second._base), -1
    assert wire.pack(second.at(6.5)) != wire.pack(first.at(6.5))
    assert second.adopt(mark, state)
    assert wire.pack(second.at(7.0)) == wire.pack(first.at(7.0))


def test_it_is_tried_again_until_the_dance_has_come_there(salsa_model: MotionModel) -> None:
    _, sent = told(salsa_model, 6.0)
    second, _ = told(salsa_model, 1.0)
    mark, state = checkpoint_message.unpack(sent[-1])
    assert not second.adopt(mark, state)
    second.at(6.0)
    assert second.adopt(mark, state)


def test_another_story_is_not_gone_on_from(salsa_model: MotionModel) -> None:
    _, sent = told(salsa_model, 6.0)
    second, _ = told(salsa_model, 6.0)
    second.apply(Event(4.2, "control", "energy", 0.1))
    expected = wire.pack(second.at(7.0))
    second.at(6.5)
    assert second.adopt(*checkpoint_message.unpack(sent[-1])), "done with, that is"
    assert wire.pack(second.at(7.0)) == expected


def test_a_second_of_state_is_small(salsa_model: MotionModel) -> None:
    _, sent = told(salsa_model, 6.0)
    assert max(map(len, sent)) < 200_000


@given(st.binary(max_size=300))
def test_no_bytes_are_anything_but_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match="found"):
        checkpoint_message.unpack(data)


def test_a_torn_one_is_named(salsa_model: MotionModel) -> None:
    _, sent = told(salsa_model, 6.0)
    for cut in (10, 18, 100, len(sent[-1]) // 2, len(sent[-1]) - 1):
        with pytest.raises(ValueError, match="found no checkpoint"):
            checkpoint_message.unpack(sent[-1][:cut])


def _spoilt(state: State) -> State:
    """A state as another processor might round it, much enlarged."""
    return replace(state, vector=state.vector + np.float32(1e-3))
