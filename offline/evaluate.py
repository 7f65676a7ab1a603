"""What a model dances, measured beside real clips that it never saw.

Everything is computed at the model's rate. Real clips are measured against one another
too (training against held-out), since no model can come closer than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from scipy.special import log_softmax, logsumexp

from engine import features, skeleton
from engine.clip import Clip
from engine.errors import ModelError
from engine.motion_model import MIXTURE_OUTPUTS, NOISE, MotionModel
from offline import dataset, metrics
from offline.generate import Asked, generate, phrase_of, typical_tags

Array = NDArray[np.float32]
WINDOW_SECONDS = 4.0
PHRASE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured of some poses; ratios are against the held-out clips.

    frozen: share of whole seconds below 5 % of the real mean kinetic energy. skate,
    support: cm/s. penetration: cm. bone_error, root_range, wander: m. max_speed: m/s.
    kinetic_fd: Fréchet distance of kinetic features in windows of 4 s.
    """

    minutes: float
    nan: int
    bone_error: float
    energy: float
    frozen: float
    skate: float
    support: float
    penetration: float
    jerk: float
    root_range: float
    wander: float
    max_speed: float
    kinetic_fd: float

    def to_dict(self) -> dict[str, float]:
        """Give it as a JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A model's dance beside real dance: rows by name, and the held-out log-likelihood."""

    rows: dict[str, Measures]
    log_likelihood: float
    held_out: tuple[str, ...]


def split(model: MotionModel, clips: Sequence[Clip]) -> tuple[list[Clip], list[Clip]]:
    """Give (training, held-out) clips of a dataset, as the model's metadata tell them apart.

    Clips that the model does not name are held out. Raises ModelError where none is left.
    """
    trained = set(model.metadata.training.get("clips", ()))
    held = [clip for clip in clips if clip.name not in trained and not clip.warnings]
    held = held or [clip for clip in clips if clip.name not in trained]
    if not held:
        raise ModelError(
            model.path,
            "held-out clips",
            found="none in the dataset",
            expected="clips that training never saw",
        )
    return [clip for clip in clips if clip.name in trained], held


def evaluate(
    model: MotionModel, clips: Sequence[Clip], minutes: float, seeds: int, asked: Asked
) -> Evaluation:
    """Dance `minutes` from each of `seeds` phrases of held-out clips, and measure."""
    rate = model.metadata.rate
    train, held = split(model, clips)
    real = [features.resample(c.joints, c.fps, rate) for c in held]
    phrases, wishes = [], []
    for i in range(seeds):
        clip = held[i % len(held)]
        latest = max(clip.seconds - PHRASE_SECONDS, 0.0)
        phrases.append(
            phrase_of(clip, latest * (0.3 + 0.5 * i / max(seeds - 1, 1)), PHRASE_SECONDS)
        )
        tags = asked.tags or typical_tags(model, clip)
        wishes.append(Asked(asked.energy, asked.temperature, asked.sigma, tags, asked.seed + i))
    danced = list(generate(model, phrases, wishes, minutes * 60))
    rest = float(np.mean([metrics.rest_height(r) for r in real]))
    reference = model.metadata.lengths
    rows = {"held-out clips": measure(real, real, rate, rest, None)}
    if train:
        known = [features.resample(c.joints, c.fps, rate) for c in train]
        rows["training clips"] = measure(known, real, rate, rest, None)
    rows["generated"] = measure(danced, real, rate, rest, reference)
    likelihood = float(np.mean([held_out_likelihood(model, clip) for clip in held]))
    return Evaluation(rows, likelihood, tuple(clip.name for clip in held))


def measure(
    sequences: Sequence[Array],
    real: Sequence[Array],
    rate: float,
    rest: float,
    lengths: Array | None,
) -> Measures:
    """Measure poses [T, 17, 3] at `rate` beside real ones.

    rest: height of a standing ankle, m. lengths [16]: what bones should have, None for
    each sequence's own median.
    """
    real_energy = float(np.mean([metrics.mean_energy(r, rate) for r in real]))
    seconds = [len(s) // round(rate) for s in sequences]
    frozen = [metrics.frozen_seconds(s, rate, real_energy) for s in sequences]

    def mean(values: Sequence[float]) -> float:
        return float(np.average(values, weights=[len(s) for s in sequences]))

    def features_of(poses: Sequence[Array]) -> NDArray[np.float64]:
        cut = metrics.windows(poses, rate, WINDOW_SECONDS)
        return np.array([metrics.kinetic_features(w, rate) for w in cut])

    def bone_error(joints: Array) -> float:
        own = np.median(skeleton.bone_lengths(joints), 0) if lengths is None else lengths
        return metrics.bone_length_error(joints, own)

    return Measures(
        minutes=sum(len(s) for s in sequences) / rate / 60,
        nan=int(sum(np.isnan(s).any(axis=(1, 2)).sum() for s in sequences)),
        bone_error=max(bone_error(s) for s in sequences),
        energy=mean([metrics.mean_energy(s, rate) for s in sequences]) / real_energy,
        frozen=sum(frozen) / max(sum(seconds), 1),
        skate=mean([metrics.foot_skate(s, rate, rest) for s in sequences]),
        support=mean([metrics.support_speed(s, rate) for s in sequences]),
        penetration=mean([metrics.floor_penetration(s, rest) for s in sequences]),
        jerk=mean([metrics.jerk(s, rate) for s in sequences])
        / float(np.mean([metrics.jerk(r, rate) for r in real])),
        root_range=mean([metrics.root_range(s, rate) for s in sequences]),
        wander=max(
            float(np.linalg.norm(s[:, 0, :2] - np.median(s[:, 0, :2], 0), axis=-1).max())
            for s in sequences
        ),
        max_speed=max(float(metrics.speeds(s, rate).max()) for s in sequences),
        kinetic_fd=metrics.frechet_distance(features_of(sequences), features_of(real)),
    )


def held_out_likelihood(model: MotionModel, clip: Clip) -> float:
    """Mean log-likelihood in nats a frame of a clip's real steps, in the mixture's basis."""
    metadata = model.metadata
    joints = features.resample(clip.joints, clip.fps, metadata.rate)
    example = dataset.encode_clip(clip, joints, metadata.controls, metadata.lengths, metadata.rate)
    session: ort.InferenceSession = model.session
    h, c = model.zeros(1)
    zero = np.zeros((1, NOISE), np.float32)
    ones = np.ones((1, 2), np.float32)
    names = ["next_h", "next_c", *MIXTURE_OUTPUTS]
    total = 0.0
    for t in range(len(example.vectors) - 1):
        inputs = {
            "vector": example.vectors[t : t + 1],
            "previous": example.vectors[max(t - 1, 0)][None],
            "controls": example.controls[t : t + 1],
            "h": h,
            "c": c,
            "noise": zero,
            "temperatures": ones,
        }
        h, c, logits, means, log_sigmas = session.run(names, inputs)
        step = (example.vectors[t + 1] - example.vectors[t]) @ metadata.to_basis
        z = (step - means[0]) / np.exp(log_sigmas[0])
        each = -0.5 * (z**2 + 2 * log_sigmas[0] + np.log(2 * np.pi)).sum(-1)
        total += float(logsumexp(log_softmax(logits[0]) + each))
    return total / (len(example.vectors) - 1)
