"""A set of dances measured beside real ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.errors import ClipError
from offline.evaluation.reference import Reference
from tests.offline.evaluation.motion import RATE, couples, sliding, still


@pytest.fixture(scope="module")
def reference() -> Reference:
    clips = couples(4)
    return Reference(clips[2:], clips[:2], RATE)


def test_real_against_itself(reference: Reference) -> None:
    same = reference.measure(reference.held_out)
    assert same.energy == pytest.approx(1)
    assert same.jerk == pytest.approx(1)
    assert same.kinetic_fd == pytest.approx(0, abs=1e-6)
    assert same.geometric_fd == pytest.approx(0, abs=1e-6)
    assert same.novelty > 1
    assert len(reference.kinetic_floor.distances) == 4


def test_who_replays_training_clips_is_told_by_the_novelty_alone(reference: Reference) -> None:
    replay = reference.measure([clip[7:] for clip in reference.training])
    assert replay.novelty < 1e-3
    assert replay.kinetic_fd < 2 * reference.kinetic_floor.high
    assert replay.energy == pytest.approx(1, abs=0.3)


def test_a_frozen_body_and_a_gliding_one(reference: Reference) -> None:
    frozen = reference.measure([still(600).astype(np.float32)])
    assert frozen.frozen == 1
    assert frozen.energy == frozen.jerk == frozen.kinetic_diversity == 0
    glide = reference.measure([sliding(0.5, 600).astype(np.float32)])
    assert glide.support == pytest.approx(50, rel=1e-3)
    assert glide.kinetic_fd > frozen.kinetic_fd / 100
    assert glide.frozen == 0


def test_weights_make_two_dancers_of_one_clip_count_as_one(reference: Reference) -> None:
    one, other = (clip[:400] for clip in reference.held_out)
    twice = reference.measure([one, one, other], weights=[0.5, 0.5, 1.0])
    once = reference.measure([one, other])
    for key in ("energy", "jerk", "support", "root_range", "novelty"):
        assert getattr(twice, key) == pytest.approx(getattr(once, key), rel=1e-4), key
    assert twice.kinetic_fd == pytest.approx(once.kinetic_fd, rel=0.15)


def test_a_dance_ends_where_it_is_no_number(reference: Reference) -> None:
    broken = reference.held_out[0].copy()
    broken[400:410, 3] = np.inf
    found = reference.measure([broken])
    assert found.nan == 10
    assert found.minutes == pytest.approx(len(broken) / RATE / 60)
    assert np.isfinite(found.kinetic_fd)
    with pytest.raises(ClipError, match="expected at least 2"):
        reference.measure([broken[390:]])


def test_clips_too_short_are_refused() -> None:
    clips = couples(2, frames=100)
    with pytest.raises(ClipError, match="held-out clips: found 0 windows of 4 s"):
        Reference(couples(1), clips, RATE)


def test_takes_that_are_on_both_sides_or_too_short_do_not_stop_it() -> None:
    one, other = couples(1)
    both = Reference([one], [other], RATE)
    assert len(both.kinetic_floor.distances) == 2
    assert both.kinetic_floor.held_out == pytest.approx(both.kinetic_floor.distances[0])
    short = replace(one, joints=one.joints[:100], take="short")
    some = Reference([one, short], [other], RATE)
    assert len(some.kinetic_floor.distances) == 2
    assert np.isfinite(some.kinetic_floor.distances).all()
