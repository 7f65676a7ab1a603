"""A frame is a function of show time: played through, jumped to, or after a restart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import performance as performance_module
from engine import score, skeleton, wire
from engine.frame import FrameFlag, PerformerState
from engine.motion_model import MotionModel
from engine.performance import Performance
from tests.conftest import RED, make_performance
from tests.engine.measure import speeds

EVENTS = [
    score.Event(0.0, "cue", "1"),
    score.Event(3.013, "cue", "2"),
    score.Event(6.1, "cue", "3"),
    score.Event(7.3, "control", "energy", 0.9),
    score.Event(7.31, "control", "blue/lively", 0.2),
    score.Event(9.0, "cue", "4"),
    score.Event(12.7, "cue", "5"),
    score.Event(15.0, "blackout", value=1),
    score.Event(15.5, "blackout", value=0),
    score.Event(17.0, "panic", value=1.5),
    score.Event(20.0, "cue", "1"),
]
LENGTH = 22.0
RATE = 60


def played_through(made: Performance) -> list[bytes]:
    """Give the packed frames of a show in which each event comes when its time has come."""
    waiting = list(EVENTS)
    frames = []
    for i in range(int(LENGTH * RATE)):
        while waiting and waiting[0].show_time <= i / RATE:
            made.apply(waiting.pop(0))
        frames.append(wire.pack(made.at(i / RATE)))
    return frames


@pytest.fixture(scope="module")
def night(salsa_model: MotionModel) -> list[bytes]:
    return played_through(make_performance(salsa_model))


def test_jumping_gives_the_same_bits_as_playing_through(
    salsa_model: MotionModel, night: list[bytes]
) -> None:
    again = make_performance(salsa_model)
    for event in EVENTS:
        again.apply(event)
    for i in np.random.default_rng(0).permutation(len(night))[:250]:
        assert wire.pack(again.at(i / RATE)) == night[i], i / RATE


def test_a_restart_gives_the_same_bits(salsa_model: MotionModel, night: list[bytes]) -> None:
    again = make_performance(MotionModel.load(salsa_model.path))
    for event in reversed(EVENTS):
        again.apply(event)
    at = int(16.2 * RATE)
    assert [wire.pack(again.at(i / RATE)) for i in range(at, at + 30)] == night[at : at + 30]


def test_another_frame_rate_shows_the_same_dance(
    salsa_model: MotionModel, night: list[bytes]
) -> None:
    other = make_performance(salsa_model, rate=25)
    for event in EVENTS:
        other.apply(event)
    for i in range(0, len(night), 60 // 5):
        ours = wire.unpack(night[i])
        assert np.array_equal(other.at(i / RATE).joints, ours.joints)


def test_an_event_in_the_past_changes_what_came_after_and_nothing_before(
    salsa_model: MotionModel, night: list[bytes]
) -> None:
    changed = make_performance(salsa_model)
    played_through(changed)
    changed.apply(score.Event(10.005, "control", "blue/energy", 0.0))
    assert wire.pack(changed.at(10.0)) == night[600]
    later = changed.at(12.0).joints
    assert not np.array_equal(later[2], wire.unpack(night[720]).joints[2])
    assert np.array_equal(later[:2], wire.unpack(night[720]).joints[:2])


def test_a_locate_takes_events_back_as_if_they_had_not_been(
    salsa_model: MotionModel, night: list[bytes]
) -> None:
    made = make_performance(salsa_model)
    for event in EVENTS:
        made.apply(event)
    made.at(21.0)
    made.apply(score.Event(5.0, "locate", value=2))
    assert wire.pack(made.at(5.0)) == night[5 * RATE]
    reference = make_performance(salsa_model)
    for event in EVENTS[:2]:
        reference.apply(event)
    assert wire.pack(made.at(10.0)) == wire.pack(reference.at(10.0))
    for event in EVENTS[2:]:
        made.apply(event)
    made.apply(score.Event(0.5, "locate", value=len(EVENTS)))  # takes nothing back
    assert wire.pack(made.at(21.5)) == night[int(21.5 * RATE)]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0, LENGTH), min_size=1, max_size=6))
def test_any_order_of_looking_gives_the_same(
    looking: Callable[[float], bytes], fresh: Performance, times: list[float]
) -> None:
    for at in times:
        assert wire.pack(fresh.at(at)) == looking(at)


@pytest.fixture(scope="module")
def fresh(salsa_model: MotionModel) -> Performance:
    made = make_performance(salsa_model)
    for event in EVENTS:
        made.apply(event)
    return made


@pytest.fixture(scope="module")
def looking(salsa_model: MotionModel) -> Callable[[float], bytes]:
    """Look at a show time from the top, with nothing remembered."""

    def look(at: float) -> bytes:
        made = make_performance(salsa_model)
        for event in EVENTS:
            made.apply(event)
        return wire.pack(made.at(at))

    return look


def test_transitions_do_not_jump(salsa_model: MotionModel, night: list[bytes]) -> None:
    frames = [wire.unpack(data) for data in night]
    seen = np.array([f.level for f in frames]) > 0
    fast = speeds(np.array([f.joints for f in frames]), RATE)
    shown = seen[1:] & seen[:-1]
    assert fast[shown].max() <= salsa_model.metadata.max_speed * 1.01


def test_bones_keep_their_lengths_through_everything(
    salsa_model: MotionModel, night: list[bytes]
) -> None:
    joints = np.array([wire.unpack(data).joints for data in night])
    lengths = skeleton.bone_lengths(joints)
    assert np.abs(lengths - salsa_model.metadata.lengths).max() < 2e-6


def test_nobody_is_there_before_the_first_cue(salsa_model: MotionModel) -> None:
    frame = make_performance(salsa_model).at(1.0)
    assert not frame.level.any()
    assert set(frame.state) == {PerformerState.ABSENT}
    assert np.isfinite(frame.joints).all()


def test_a_performer_enters_at_its_home_facing_the_audience(salsa_model: MotionModel) -> None:
    made = make_performance(salsa_model)
    made.apply(score.Event(0.0, "cue", "1"))
    frame = made.at(0.0)
    assert frame.joints[RED, 0, :2] == pytest.approx([-1.8, 0.0], abs=1e-5)
    left, right = frame.joints[RED, [skeleton.LEFT_HIP, skeleton.RIGHT_HIP], 0]
    assert left > right


def test_levels_ramp_over_the_fade(salsa_model: MotionModel) -> None:
    made = make_performance(salsa_model)
    made.apply(score.Event(1.0, "cue", "1"))
    assert [float(made.at(t).level[RED]) for t in (1.0, 1.75, 2.5, 9.0)] == [0.0, 0.5, 1.0, 1.0]


def test_hold_keeps_the_pose_and_generation_goes_on_from_it(salsa_model: MotionModel) -> None:
    made = make_performance(salsa_model)
    made.apply(score.Event(0.0, "cue", "1"))
    made.apply(score.Event(4.0, "cue", "3"))
    assert made.at(9.0).state[RED] == PerformerState.HELD
    still = np.abs(made.at(9.0).joints[RED] - made.at(12.0).joints[RED]).max()
    assert still < 1e-3
    assert np.abs(made.at(4.0).joints[RED] - made.at(9.0).joints[RED]).max() < 0.6


def test_a_played_clip_is_what_is_shown(salsa_model: MotionModel) -> None:
    made = make_performance(salsa_model)
    made.apply(score.Event(0.0, "cue", "3"))
    frame = made.at(0.5)
    assert frame.state[1] == PerformerState.PLAYED
    assert frame.joints[1, 0, :2] != pytest.approx([0, 0], abs=1e-4)


def test_leaving_fades_out_and_ends_absent(salsa_model: MotionModel) -> None:
    made = make_performance(salsa_model)
    made.apply(score.Event(0.0, "cue", "1"))
    made.apply(score.Event(4.0, "cue", "4"))
    assert 0 < made.at(5.0).level[RED] < 1
    frame = made.at(6.5)
    assert frame.level[RED] == 0
    assert frame.state[RED] == PerformerState.ABSENT
    assert frame.level[1] == 1


def test_panic_fades_everyone_and_is_told(salsa_model: MotionModel) -> None:
    made = make_performance(salsa_model)
    made.apply(score.Event(0.0, "cue", "1"))
    made.apply(score.Event(4.0, "panic", value=2.0))
    assert made.at(5.0).flags & FrameFlag.PANIC
    assert made.at(5.0).level == pytest.approx([0.5, 0.5, 0.5])
    assert not made.at(6.0).level.any()


def test_blackout_wins_over_everything_and_goes(salsa_model: MotionModel) -> None:
    made = make_performance(salsa_model)
    made.apply(score.Event(0.0, "cue", "1"))
    made.apply(score.Event(3.0, "blackout", value=1))
    made.apply(score.Event(3.1, "cue", "2"))
    assert not made.at(3.5).level.any()
    assert made.at(3.5).flags & FrameFlag.BLACKOUT
    made.apply(score.Event(4.0, "blackout", value=0))
    assert made.at(4.0).level.all()


def test_an_unknown_cue_is_refused_and_an_unknown_control_changes_nothing(
    salsa_model: MotionModel,
) -> None:
    made = make_performance(salsa_model)
    made.apply(score.Event(0.0, "cue", "1"))
    before = wire.pack(made.at(2.0))
    with pytest.raises(KeyError):
        made.apply(score.Event(1.0, "cue", "99"))
    made.apply(score.Event(1.0, "control", "nonsense", 1.0))
    assert wire.pack(made.at(2.0)) == before


def test_timecode_counts_frames_of_its_rate(salsa_model: MotionModel) -> None:
    made = make_performance(salsa_model)
    assert made.at(0.04).timecode == (0, 0, 0, 1)
    assert made.at(59.96).timecode == (0, 0, 59, 24)
    assert made.at(60.0).timecode == (0, 1, 0, 0)


def test_checkpoints_stay_few(salsa_model: MotionModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(performance_module, "MOST_CHECKPOINTS", 8)
    monkeypatch.setattr(performance_module, "CHECKPOINT_SECONDS", 0.1)
    made = make_performance(salsa_model)
    made.apply(score.Event(0.0, "cue", "1"))
    reference = make_performance(salsa_model)
    reference.apply(score.Event(0.0, "cue", "1"))
    made.at(15.0)
    assert len(made._checkpoints) <= 8
    assert wire.pack(made.at(7.77)) == wire.pack(reference.at(7.77))
