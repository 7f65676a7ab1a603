"""Predictions: what a model thinks comes next, beside what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine import features, skeleton
from engine.clip import Clip
from engine.controls import Controls
from engine.motion_model import NOISE, MotionModel
from engine.starts import WARM_UP
from offline import dataset
from offline.dataset import Example
from offline.evaluation.conditions import matched
from offline.evaluation.physical import root_relative
from offline.evaluation.teacher import GREEDY, teach
from offline.generate import Asked, generate, phrase_of, typical_tags

Array = NDArray[np.float32]
Float = NDArray[np.float64]

HORIZONS = (0.08, 0.16, 0.32, 0.4, 1.0)
"""Seconds ahead at which the mean prediction is measured."""
EVERY = 0.5
"""Seconds between the frames of a clip that predictions begin from."""
FROM, TO = 2.0, 4.0
"""Seconds of the continuation whose spectrum is compared."""
APART = 2.0
"""Seconds between the frames of a clip that continuations begin from."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Errors of prediction on held-out clips.

    horizons: s. mpjpe: of the mean prediction at each, cm. still, constant: of a body that
    stays as it is, and of one that goes on at its last velocity, cm. starts: how many.
    npss: of the dance that goes on from a phrase; npss_real: of a real one by a dancer of
    the same tags, from a training clip; npss_still: of a body that stays as it is.
    """

    horizons: tuple[float, ...]
    mpjpe: list[float]
    still: list[float]
    constant: list[float]
    starts: int
    npss: float
    npss_real: float
    npss_still: float


def measure(
    model: MotionModel, held_out: Sequence[Clip], training: Sequence[Clip], asked: Asked
) -> Prediction | None:
    """Measure a model's predictions; None where no held-out clip is long enough.

    asked: temperatures of the continuations, and tags, if not each clip's own.
    """
    real, means = mean_predictions(model, held_out)
    score = npss_scores(model, held_out, training, asked)
    if not len(real) or score is None:
        return None
    last, before = real[:, 1], real[:, 0]
    steps = np.arange(means.shape[1])[:, None, None]
    constant = last[:, None] + (last - before)[:, None] * steps
    still = np.broadcast_to(last[:, None], constant.shape)
    to_come = real[:, 1:]

    def errors(guess: NDArray[np.floating]) -> list[float]:
        return [mpjpe(guess, to_come, at * model.metadata.rate) for at in HORIZONS]

    return Prediction(HORIZONS, errors(means), errors(still), errors(constant), len(real), *score)


def mpjpe(guess: NDArray[np.floating], real: NDArray[np.floating], at: float) -> float:
    """Mean per joint position error in cm of poses [N, T, 17, 3], m, `at` frames ahead.

    In stage space, the root's way included. Between two frames both are blended.
    """
    i = int(at)
    part = at - i
    off = (guess[:, i] - real[:, i]).astype(np.float64)
    if part > 1e-6:
        off = (1 - part) * off + part * (guess[:, i + 1] - real[:, i + 1])
    return float(np.linalg.norm(off, axis=-1).mean() * 100)


def causal(example: Example, tags: Mapping[str, float], controls: Controls, rate: float) -> Array:
    """Give an example's controls [T, C] with the energy of the last 20 frames, for its tags.

    Training asks for the energy of the next 20; a prediction may not know it.
    """
    energy = features.kinetic_energy(example.joints, rate)
    total = np.concatenate([[0.0], np.cumsum(energy)])
    stop = np.arange(len(energy)) + 1
    start = np.maximum(stop - features.ENERGY_WINDOW, 0)
    rows = example.controls.copy()
    mean = (total[stop] - total[start]) / (stop - start)
    rows[:, controls.ENERGY] = controls.quantile(mean, tags)[:-1]
    return rows


def mean_predictions(model: MotionModel, clips: Sequence[Clip]) -> tuple[Array, Array]:
    """Predict a second from frames of clips: real poses and mean predictions.

    Real [N, T + 2, 17, 3] begins a frame before the last that the model saw, predicted
    [N, T + 1, 17, 3] with it. From two seconds on every half second. The model sees the
    clip from its beginning, then its own likeliest steps without spread; the energy asked
    for stays what it was in the 20 frames before, the way home is led on.
    """
    metadata = model.metadata
    rate, controls = metadata.rate, metadata.controls
    ahead = int(np.ceil(HORIZONS[-1] * rate)) + 1
    examples, rows, bodies = [], [], []
    for clip in clips:
        joints = features.resample(clip.joints, clip.fps, rate)
        example = dataset.encode_clip(clip, joints, controls, metadata.lengths, rate)
        examples.append(example)
        rows.append(causal(example, typical_tags(model, clip), controls, rate))
        own = np.median(skeleton.bone_lengths(joints), 0)
        bodies.append(features.Body.of(own, metadata.lengths))
    lessons = teach(model, [e.vectors for e in examples], rows)
    real, predicted = [np.empty((0, ahead + 2, 17, 3), np.float32)], []
    for example, row, body, lesson in zip(examples, rows, bodies, lessons, strict=True):
        at = np.arange(round(WARM_UP * rate), len(row) - ahead, round(EVERY * rate))
        if not len(at):
            continue
        home = np.median(example.joints[:, skeleton.HIP, :2].astype(np.float64), axis=0)
        start = example.joints[at]
        placements = np.column_stack([start[:, skeleton.HIP, :2], features.heading(start)])
        vector, previous, asked = example.vectors[at], example.vectors[at - 1], row[at].copy()
        h = np.moveaxis(lesson.h[at - 1], 0, 1)
        c = np.moveaxis(lesson.c[at - 1], 0, 1)
        still = np.zeros((len(at), NOISE), np.float32)
        temperatures = np.repeat(GREEDY, len(at), 0)
        poses = [features.decode(placements, vector, body)]
        for _ in range(ahead):
            asked[:, controls.HOME] = controls.way_home(placements, home, body.scale)
            after, h, c, _ = model.step(vector, previous, asked, h, c, still, temperatures)
            previous, vector = vector, after
            features.advance(placements, vector, 1 / rate, body.scale)
            poses.append(features.decode(placements, vector, body))
        predicted.append(np.stack(poses, axis=1))
        real.append(example.joints[at[:, None] + np.arange(-1, ahead + 1)])
    if not predicted:
        return real[0], real[0][:, 1:]
    return np.concatenate(real[1:]), np.concatenate(predicted)


def npss(guess: NDArray[np.floating], real: NDArray[np.floating]) -> float:
    """Normalized power spectrum similarity of sequences [N, T, D]; 0 for the same movement.

    Gopalakrishnan et al., A neural temporal model for human motion prediction (2019),
    section 3.3: the distance between the normalized power spectra, cumulated over the
    frequencies, of each number of each sequence, averaged by the real one's power. The
    real mean of each number is taken from both first, so that movement counts and not the
    posture around which it goes. A still one's power is all at frequency 0.
    """
    middle = real.mean(axis=1, keepdims=True, dtype=np.float64)

    def spectrum(values: NDArray[np.floating]) -> tuple[Float, Float]:
        power = np.abs(np.fft.rfft(values - middle, axis=1)) ** 2
        power[:, 0] += 1e-12
        whole = power.sum(axis=1)
        return np.cumsum(power / whole[:, None], axis=1), whole

    (one, _), (other, weight) = spectrum(guess), spectrum(real)
    return float(np.average(np.abs(one - other).sum(axis=1), weights=weight))


def npss_scores(
    model: MotionModel, held_out: Sequence[Clip], training: Sequence[Clip], asked: Asked
) -> tuple[float, float, float] | None:
    """NPSS at 2 to 4 s of what the stage shows, of other real dance, and of standing still.

    Dancers go on for 4 s from every second second of the held-out clips; their joints are
    compared relative to the hip and the heading.
    """
    rate = model.metadata.rate
    part = slice(round(FROM * rate), round(TO * rate))
    long = round(TO * rate) + 1
    phrases: list[Clip] = []
    wishes: list[Asked] = []
    real, last = [], []
    for clip in held_out:
        energy, tags = matched(model, clip)
        poses = root_relative(features.resample(clip.joints, clip.fps, rate))
        first = round(WARM_UP * rate)
        for at in range(first, len(poses) - long, round(APART * rate)):
            phrases.append(phrase_of(clip, (at - first) / rate, WARM_UP + 1 / rate))
            wishes.append(replace(asked, energy=energy, tags=asked.tags or tags, seed=len(wishes)))
            real.append(poses[at : at + long][part])
            last.append(poses[at])
    if not real:
        return None
    danced = generate(model, phrases, wishes, long / rate)
    rng = np.random.default_rng(0)
    others = []
    for phrase in phrases:
        alike = [c for c in training if set(c.tags) == set(phrase.tags)] or list(training)
        alike = [c for c in alike if c.seconds > TO + 1] or alike
        clip = alike[rng.integers(len(alike))]
        poses = root_relative(features.resample(clip.joints, clip.fps, rate))
        at = int(rng.integers(0, max(len(poses) - long, 1)))
        others.append(np.resize(poses[at : at + long], (long, 17, 3))[part])

    def score(guess: NDArray[np.floating]) -> float:
        flat = np.array(real).reshape(len(real), part.stop - part.start, -1)
        return npss(guess.reshape(flat.shape), flat)

    still = np.repeat(np.array(last)[:, None], part.stop - part.start, axis=1)
    return (
        score(np.stack([root_relative(d)[part] for d in danced])),
        score(np.array(others)),
        score(still),
    )
