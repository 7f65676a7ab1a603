"""Clips as examples, and the split that keeps takes together."""

from __future__ import annotations

import numpy as np
import pytest

from engine import features
from engine.clip import Clip
from engine.controls import Controls
from engine.errors import ClipError, TrainingError
from offline import dataset
from tests.dancing import walking

RATE = 30.0


def clip(name: str, take: str, seed: int = 0, tags: tuple[str, ...] = ("salsa",)) -> Clip:
    joints = walking(240, 60.0, seed).astype(np.float32)
    return Clip(joints, 60.0, "maria", tags, take=take, name=name)


CLIPS = [
    clip(str(i), f"take{i % 5}", i, ("salsa", "calm" if i < 5 else "lively")) for i in range(10)
]


def controls() -> Controls:
    return dataset.controls_of(CLIPS, CLIPS, RATE)


@pytest.mark.parametrize("seed", range(20))
def test_a_take_is_never_on_both_sides(seed: int) -> None:
    train, held = dataset.split(CLIPS, None, 0.4, seed)
    assert not {c.take for c in train} & {c.take for c in held}
    assert len({c.take for c in held}) == 2
    assert len(train) + len(held) == len(CLIPS)


def test_takes_can_be_held_out_by_name() -> None:
    _, held = dataset.split(CLIPS, ["take3"], 0.4, 0)
    assert [c.name for c in held] == ["3", "8"]


def test_an_unknown_take_is_named() -> None:
    with pytest.raises(TrainingError, match=r"--hold-out: found nobody, expected take0"):
        dataset.split(CLIPS, ["nobody"], 0.2, 0)


def test_one_take_cannot_be_split() -> None:
    with pytest.raises(TrainingError, match="at least 2"):
        dataset.split([clip("a", "t"), clip("b", "t")], None, 0.2, 0)


def test_only_tags_that_tell_clips_apart_become_controls() -> None:
    assert controls().names == ("energy", "home_left", "home_back", "calm", "lively")


def test_examples_by_phase_speed_and_mirror() -> None:
    own = controls()
    reference = dataset.reference_lengths(CLIPS)
    plain = dataset.make_examples(CLIPS[:1], own, reference, RATE)
    assert len(plain) == 1
    assert plain[0].vectors.shape == (120, features.SIZE)
    assert plain[0].controls.shape == (119, 5)
    many = dataset.make_examples(
        CLIPS[:1], own, reference, RATE, mirror=True, shifts=True, speeds=(0.9, 1.0)
    )
    assert len(many) == 8
    assert len(many[0].vectors) > len(plain[0].vectors)


def test_every_fifth_example_is_danced_without_a_tag() -> None:
    own = controls()
    lengths = dataset.reference_lengths(CLIPS)
    some = CLIPS[:1] + CLIPS[5:6]
    wishes = {"mirror": True, "shifts": True, "speeds": (0.8, 0.9, 1.0, 1.1, 1.2)}
    told = dataset.make_examples(some, own, lengths, RATE, untagged=True, **wishes)
    without = [e for e in told if not e.controls[:, 3:].any()]
    assert (len(told), len(without)) == (40, 8)
    assert {e.name for e in without} == {"0", "5"}
    every = dataset.make_examples(some, own, lengths, RATE, **wishes)
    assert all(e.controls[:, 3:].any() for e in every)


def test_the_energy_control_is_the_quantile_of_what_is_about_to_be_danced() -> None:
    examples = dataset.make_examples(CLIPS, controls(), dataset.reference_lengths(CLIPS), RATE)
    energy = np.concatenate([e.controls[:, Controls.ENERGY] for e in examples])
    assert energy.mean() == pytest.approx(0.5, abs=0.03)
    assert np.histogram(energy, 4, (0, 1))[0] == pytest.approx(len(energy) / 4, rel=0.15)


def test_the_way_home_leads_home() -> None:
    placements = np.array([[1.0, 1.5, 0.7], [-1.0, 0.5, -2.0], [9.0, 0.0, 0.3]])
    way = Controls.way_home(placements, np.zeros(2))
    back = features.turn(way.astype(float), placements[:, 2])
    assert placements[:2, :2] + back[:2] == pytest.approx(np.zeros((2, 2)), abs=1e-6)
    assert np.linalg.norm(way[2]) == pytest.approx(2.0)


def test_an_empty_folder_is_said(tmp_path) -> None:
    with pytest.raises(ClipError, match="no clips"):
        dataset.load_clips(tmp_path)
