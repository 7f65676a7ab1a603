"""Errors of prediction: none for what came, known ones for what is known."""

from __future__ import annotations

import numpy as np
import pytest

from engine.motion_model import MotionModel
from offline.evaluation import prediction
from tests.dancing import walking
from tests.offline.evaluation.motion import RATE, couples, sliding, still


def flat(clips: list[np.ndarray]) -> np.ndarray:
    return np.stack(clips).reshape(len(clips), len(clips[0]), -1)


def test_the_error_of_a_glide_is_its_way_also_between_frames() -> None:
    glide, stays = sliding(0.5)[None], still()[None]
    assert prediction.mpjpe(stays, glide, 30) == pytest.approx(50)
    assert prediction.mpjpe(stays, glide, 2.4) == pytest.approx(4)
    assert prediction.mpjpe(glide, glide, 7.5) == 0


def test_npss_of_the_same_is_nothing_and_of_a_frozen_one_much() -> None:
    real = [walking(60, seed=seed) for seed in range(8)]
    assert prediction.npss(flat(real), flat(real)) == 0
    other = [walking(60, seed=seed) for seed in range(20, 28)]
    frozen = [np.repeat(clip[:1], 60, axis=0) for clip in real]
    assert 0 < prediction.npss(flat(other), flat(real)) < prediction.npss(flat(frozen), flat(real))


def test_npss_of_two_tones_is_how_far_their_frequencies_are_apart() -> None:
    at = np.arange(60) / 60
    real = np.sin(2 * np.pi * 3 * at)[None, :, None]
    guess = np.cos(2 * np.pi * 7 * at)[None, :, None]
    # All power in bin 3 against bin 7: the cumulated spectra differ by 1 in four bins.
    assert prediction.npss(guess, real) == pytest.approx(4)
    assert prediction.npss(2 * real, real) == pytest.approx(0, abs=1e-9)


def test_npss_counts_each_number_by_the_real_power() -> None:
    at = np.arange(60) / 60
    low, high = np.sin(2 * np.pi * 2 * at), np.sin(2 * np.pi * 4 * at)
    real = np.stack([3 * low, low], axis=-1)[None]
    guess = np.stack([low, high], axis=-1)[None]
    assert prediction.npss(guess, real) == pytest.approx(2 * 1 / 10)


def test_predictions_begin_where_the_clip_is(salsa_model: MotionModel) -> None:
    clips = couples(1)
    real, guess = prediction.mean_predictions(salsa_model, clips)
    assert real.shape[0] == guess.shape[0] > 40
    assert real.shape[1] == guess.shape[1] + 1 == 33
    # The body of the model vector has constant bones, the formula's too.
    assert prediction.mpjpe(guess, real[:, 1:], 0) < 0.1


def test_clips_too_short_for_a_prediction_give_none(salsa_model: MotionModel) -> None:
    from offline.generate import Asked

    short = couples(1, frames=80)
    real, guess = prediction.mean_predictions(salsa_model, short)
    assert len(real) == len(guess) == 0
    assert prediction.measure(salsa_model, short, short, Asked()) is None


def test_the_energy_that_a_prediction_knows_is_that_of_the_past(salsa_model: MotionModel) -> None:
    from offline import dataset

    controls = salsa_model.metadata.controls
    joints = np.concatenate([still(60), walking(60)]).astype(np.float32)
    clip = couples(1)[0]
    example = dataset.encode_clip(clip, joints, controls, salsa_model.metadata.lengths, RATE)
    known = prediction.causal(example, {}, controls, RATE)[:, controls.ENERGY]
    assert known[:59].max() < 1e-3
    assert example.controls[45:59, controls.ENERGY].min() > 0.01
    assert known[-1] > 0.01
