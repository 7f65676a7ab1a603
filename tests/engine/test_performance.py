"""A frame is a function of show time: played through, jumped to, or after a restart."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import clip, live, score, skeleton, wire
from engine import performance as performance_module
from engine.frame import FrameFlag, PerformerState
from engine.motion_model import MotionModel
from engine.performance import Performance
from engine.shelf import Shelf, WritingShelf
from engine.state import State
from tests.conftest import RED, SALSA, make_performance
from tests.dancing import walking
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
    assert len(made._memory) <= 8
    assert wire.pack(made.at(7.77)) == wire.pack(reference.at(7.77))


class Counted:
    """A model that counts its steps."""

    def __init__(self, model: MotionModel, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps = 0
        step = model.step

        def counted(*inputs: Any) -> Any:
            self.steps += 1
            return step(*inputs)

        monkeypatch.setattr(model, "step", counted)


def test_a_portion_at_a_time_leads_to_the_same_bits(
    salsa_model: MotionModel, night: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_performance(salsa_model)
    for event in EVENTS:
        made.apply(event)
    counted = Counted(salsa_model, monkeypatch)
    portions = 0
    while not made.approach(12.0):
        assert counted.steps <= performance_module.PORTION
        counted.steps, portions = 0, portions + 1
    assert portions > 50
    assert wire.pack(made.at(12.0)) == night[12 * RATE]


def test_what_another_has_danced_need_not_be_danced_again(
    salsa_model: MotionModel,
    night: list[bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shelf = WritingShelf(tmp_path / "shelf", bytes(32))
    ahead = make_performance(salsa_model, kept=shelf.put)
    for event in EVENTS:
        ahead.apply(event)
    ahead.at(LENGTH)
    reader = Shelf(tmp_path / "shelf", bytes(32))
    made = make_performance(salsa_model, shelves=[reader])
    for event in EVENTS:
        made.apply(event)
    counted = Counted(salsa_model, monkeypatch)
    for i in np.random.default_rng(1).permutation(len(night))[:20]:
        counted.steps = 0
        assert wire.pack(made.at(i / RATE)) == night[i], i / RATE
        assert counted.steps <= 30 + 2
    assert made.reached(LENGTH) == 22.0
    # with another event the story is another one from there on
    made.apply(score.Event(8.1, "control", "energy", 0.1))
    counted.steps = 0
    assert wire.pack(made.at(7.9)) == night[474]
    assert wire.pack(made.at(12.0)) != night[720]
    assert counted.steps > 3.9 * 30
    # and when that is taken back, it is the old one again
    made.apply(score.Event(8.0, "locate", value=5))
    for event in EVENTS[5:]:
        made.apply(event)
    counted.steps = 0
    assert wire.pack(made.at(LENGTH - 1)) == night[int((LENGTH - 1) * RATE)]
    assert counted.steps <= 30 + 2
    shelf.close()
    reader.close()


def test_a_story_is_that_of_its_cues_contents(salsa_model: MotionModel, tmp_path: Path) -> None:
    kept: list[bytes] = []
    for color in (0.3, 0.4):
        made = make_performance(salsa_model, kept=lambda mark, state: kept.append(mark))
        made._color[:] = color
        made.apply(score.Event(0.0, "cue", "1"))
        made.at(2.5)
    other = make_performance(salsa_model, kept=lambda mark, state: kept.append(mark))
    other.apply(score.Event(0.0, "cue", "5"))
    other.at(2.5)
    assert len(kept) == 6
    assert kept[:2] == kept[2:4] != kept[4:]


def test_what_is_empty_is_skipped_and_changes_no_bit(
    salsa_model: MotionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_performance(salsa_model)
    made.apply(score.Event(60.0, "cue", "1"))
    steps = 0
    step = made._performers.step

    def counted(state: State) -> State:
        nonlocal steps
        steps += 1
        return step(state)

    monkeypatch.setattr(made._performers, "step", counted)
    seen = wire.pack(made.at(61.0))
    assert steps < 40
    slow = make_performance(salsa_model)
    slow.apply(score.Event(60.0, "cue", "1"))
    monkeypatch.setattr(slow._performers, "idle", lambda state: False)
    assert wire.pack(slow.at(61.0)) == seen


def test_a_cue_that_was_loaded_to_a_time_goes_on_from_there(salsa_model: MotionModel) -> None:
    whole = make_performance(salsa_model)
    whole.apply(score.Event(0.0, "cue", "1"))
    whole.at(4.0)
    made, hinted = make_performance(salsa_model), make_performance(salsa_model)
    hinted.apply(score.Event(1.0, "load", "1", 4.0))
    portions = 0
    while not hinted.prepare():
        portions += 1
    assert portions > 10
    for one in (made, hinted):
        one.apply(score.Event(2.0, "cue", "1", 4.0))
    assert wire.pack(made.at(2.0)) == wire.pack(hinted.at(2.0))
    assert np.array_equal(made._now.vector, whole._base.vector)
    assert np.array_equal(made._now.h, whole._base.h)
    assert made.at(2.0).joints[RED, 0, :2] == pytest.approx([-1.8, 0.0], abs=1e-5)
    assert made.at(2.75).level[RED] == 0.5  # its fade leads in from what was before
    assert wire.pack(made.at(9.0)) == wire.pack(hinted.at(9.0))


def test_a_clip_that_was_loaded_to_a_time_plays_on_from_there(salsa_model: MotionModel) -> None:
    whole, made = make_performance(salsa_model), make_performance(salsa_model)
    whole.apply(score.Event(0.0, "cue", "3"))
    made.apply(score.Event(2.0, "cue", "3", 5.0))
    for late in (0.0, 1.0, 30.0):
        a = whole.at(5.0 + late).joints[1]
        b = made.at(2.0 + late).joints[1]
        assert np.allclose(skeleton.bone_lengths(a), skeleton.bone_lengths(b))
        assert a[:, 2] == pytest.approx(b[:, 2], abs=1e-4)
    whole.at(35.0)
    assert made.at(2.0).joints[1, 0, :2] == pytest.approx([0, 0], abs=1e-4)


def live_performance(model: MotionModel) -> Performance:
    """Red goes on from live poses, or from a phrase; green from live poses or not at all."""
    phrase = SALSA / "seeds" / "red.npz"
    names = ("red", "green")
    return Performance(
        [
            score.Performer(name, (1.0, 0.3, 0.3), (x, 0.0))
            for name, x in zip(names, (-1, 1), strict=True)
        ],
        [
            score.Cue("1", 1.0, {name: score.Action("generate", phrase) for name in names}),
            score.Cue(
                "2",
                1.0,
                {
                    "red": score.Action("live", phrase, seed=3),
                    "green": score.Action("live", seed=4),
                },
            ),
        ],
        model=model,
        phrases={phrase: clip.load(phrase)},
        rate=60,
    )


def test_a_live_cue_goes_on_from_the_poses_in_its_event(salsa_model: MotionModel) -> None:
    poses = walking(31, 30.0).astype(np.float32) + np.float32([0.5, 1.0, 0.0])
    event = score.Event(1.0, "cue", "2", live={"red": live.written(poses)})
    made = live_performance(salsa_model)
    made.apply(event)
    frame = made.at(1.0)
    assert frame.joints[RED, 0, :2] == pytest.approx(poses[-1, 0, :2], abs=0.01)
    assert np.abs(frame.joints[RED] - poses[-1]).max() < 0.25  # its bones are the model's
    assert frame.age_ms.tolist() == [0, 65535]
    assert made.at(1.5).state.tolist() == [PerformerState.GENERATED, PerformerState.ABSENT]
    assert made.at(3.5).age_ms.tolist() == [2500, 65535]
    again = live_performance(salsa_model)
    again.apply(score.Event(**json.loads(json.dumps(asdict(event)))))
    assert wire.pack(again.at(9.0)) == wire.pack(made.at(9.0))
    other = live_performance(salsa_model)
    other.apply(replace(event, live={"red": live.written(poses[::-1])}))
    assert wire.pack(other.at(9.0)) != wire.pack(made.at(9.0))


def test_without_live_poses_there_is_the_phrase_or_a_hold(salsa_model: MotionModel) -> None:
    made = live_performance(salsa_model)
    made.apply(score.Event(0.0, "cue", "1"))
    made.apply(score.Event(3.0, "cue", "2"))
    assert made.at(4.0).state.tolist() == [PerformerState.GENERATED, PerformerState.HELD]
    assert made.at(4.0).age_ms.tolist() == [65535, 65535]
    made.apply(score.Event(5.0, "cue", "1"))
    assert made.at(6.0).state.tolist() == [PerformerState.GENERATED, PerformerState.GENERATED]
