from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine import wire
from engine.frame import Frame, FrameFlag
from engine.state import State
from show.troupe.compared import FAR, LASTING, ComparedStage, distance, frame_hash
from tests.kit import DummyStage, frame


def moved(shown: Frame, metres: float) -> Frame:
    joints = shown.joints.copy()
    joints[0, 3, 0] += metres
    return replace(shown, joints=joints)


def test_the_hash_is_of_the_dance_and_not_of_the_clock() -> None:
    first = wire.pack(frame(1.0, 5.0))
    assert frame_hash(first) == frame_hash(wire.pack(frame(1.0, 99.0)))
    assert frame_hash(first) != frame_hash(wire.pack(frame(1.1, 5.0)))
    assert frame_hash(first) != frame_hash(wire.pack(moved(frame(1.0, 5.0), 1e-6)))


def test_how_far_two_frames_are_apart() -> None:
    shown = frame(1.0, performers=2)
    assert distance(shown, shown) == 0.0
    assert distance(shown, moved(shown, 0.004)) == pytest.approx(4.0, rel=1e-3)
    unseen = replace(shown, level=np.array([0, 1], np.float32))
    assert distance(unseen, moved(unseen, 0.004)) == 0.0
    assert distance(shown, replace(shown, flags=FrameFlag.BLACKOUT)) == FAR
    assert distance(shown, unseen) == FAR
    assert distance(shown, frame(1.0)) == FAR


class Adopted:
    """Keeps the states that are taken, once the dance has come to them."""

    def __init__(self) -> None:
        self.ready = False
        self.taken: list[bytes] = []

    def __call__(self, mark: bytes, state: State) -> bool:
        if self.ready:
            self.taken.append(mark)
        return self.ready


def stage() -> tuple[ComparedStage, Adopted]:
    adopted = Adopted()
    return ComparedStage(DummyStage(), adopted), adopted


def test_frames_that_agree_say_so() -> None:
    compared, _ = stage()
    assert compared.differs is None
    compared.other = frame(1.0, 7.0)
    compared.at(1.0)
    assert compared.differs == 0.0


def test_an_event_that_came_a_frame_late_is_no_fault_and_a_lasting_difference_is() -> None:
    compared, _ = stage()
    for n in range(LASTING - 1):
        compared.other = moved(frame(n), 0.01)
        compared.at(n)
    assert compared.differs is None
    compared.other = moved(frame(99), 0.01)
    compared.at(99)
    assert compared.differs == pytest.approx(10.0, rel=1e-2)
    compared.other = frame(100)
    compared.at(100)
    assert compared.differs == 0.0


def test_another_show_time_is_not_compared() -> None:
    compared, _ = stage()
    compared.other = frame(1.0)
    compared.at(1.5)
    assert compared.differs is None


def test_a_state_of_the_other_is_taken_where_the_frames_differ_and_only_there() -> None:
    compared, adopted = stage()
    state: State = None  # type: ignore[assignment]
    compared.other = frame(1.0)
    compared.at(1.0)
    compared.offer(b"one", state)
    adopted.ready = True
    compared.approach(1.1)
    assert adopted.taken == []
    compared.differs = 3.0
    adopted.ready = False
    compared.approach(1.2)
    adopted.ready = True
    compared.approach(1.3)
    compared.approach(1.4)
    assert adopted.taken == [b"one"], "once, and when the dance had come there"
