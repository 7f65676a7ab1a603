"""Real clips that motion is measured against, cut and counted once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from engine import features, skeleton
from engine.clip import Clip
from engine.errors import ClipError
from offline.evaluation import likeness, physical, windows
from offline.evaluation.geometric import geometric_features
from offline.evaluation.kinetic import kinetic_features
from offline.evaluation.likeness import Floor
from offline.evaluation.novelty import Novelty

Array = NDArray[np.float32]
Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured of some poses; "of real" is a ratio to the held-out clips.

    nan: frames that are no number. bone_error: m. energy: of real. frozen: share of whole
    seconds below 5 % of the real mean energy. skate, support: cm/s. contact: PFC.
    penetration: cm. jerk: of real. root_range, wander: m. max_speed: m/s. kinetic_fd,
    geometric_fd: Fréchet distance to the held-out clips. kinetic_diversity,
    geometric_diversity: mean distance of two windows. novelty: cm.
    """

    minutes: float
    nan: int
    bone_error: float
    energy: float
    frozen: float
    skate: float
    support: float
    contact: float
    penetration: float
    jerk: float
    root_range: float
    wander: float
    max_speed: float
    kinetic_fd: float
    geometric_fd: float
    kinetic_diversity: float
    geometric_diversity: float
    novelty: float

    def to_dict(self) -> dict[str, float]:
        """Give it as a JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Features:
    """Features of the windows of a sequence: kinetic [N, 51], geometric [N, 39]."""

    kinetic: Float
    geometric: Float

    @classmethod
    def of(cls, joints: Array, fps: float) -> Features:
        """Give those of poses [T, 17, 3]."""
        return cls(kinetic_features(joints, fps), geometric_features(joints, fps))

    @classmethod
    def joined(cls, parts: Sequence[Features]) -> Features:
        """Give those of several sequences as one."""
        return cls(
            np.concatenate([part.kinetic for part in parts]),
            np.concatenate([part.geometric for part in parts]),
        )


class Reference:
    """Held-out and training clips at one rate: what is real, and how far real is from real.

    training, held_out: poses float32 [T, 17, 3] of the clips, metres.
    """

    def __init__(
        self,
        training: Sequence[Clip],
        held_out: Sequence[Clip],
        rate: float,
        *,
        mirror: bool = True,
    ) -> None:
        """Resample and measure; mirror: training saw the mirror images too.

        Raises ClipError where a side has not two windows of 4 s.
        """
        self.rate = rate
        self.clips = list(held_out)
        self.training = [features.resample(c.joints, c.fps, rate) for c in training]
        self.held_out = [features.resample(c.joints, c.fps, rate) for c in held_out]
        for side, real in (("training", self.training), ("held-out", self.held_out)):
            count = sum(len(windows.starts(len(joints), rate)) for joints in real)
            if count < 2:
                raise ClipError(
                    "dataset",
                    f"{side} clips",
                    found=f"{count} windows of {windows.SECONDS:g} s",
                    expected="at least 2, from clips that are longer",
                )
        self.energy = _mean(self.held_out, [physical.mean_energy(j, rate) for j in self.held_out])
        self.jerk = _mean(self.held_out, [physical.jerk(j, rate) for j in self.held_out])
        self.rest = _mean(self.held_out, [physical.rest_height(j) for j in self.held_out])
        """Height in metres of an ankle that stands."""
        self.max_speed = max(
            float(physical.speeds(j, rate).max()) for j in (*self.training, *self.held_out)
        )
        self.novelty = Novelty(self.training, rate, mirror)
        every = [*training, *held_out]
        seen = [Features.of(j, rate) for j in (*self.training, *self.held_out)]
        self.real = Features.joined(seen[len(self.training) :])
        # A take is on one side of a split; where it is not, each part counts as one.
        sides = [(c.take, i >= len(self.training)) for i, c in enumerate(every)]
        takes = sorted(set(sides))
        by_take = [
            Features.joined([f for f, side in zip(seen, sides, strict=True) if side == take])
            for take in takes
        ]
        held = [i for i, (_, out) in enumerate(takes) if out]
        self.kinetic_floor: Floor = likeness.floor([f.kinetic for f in by_take], held)
        self.geometric_floor: Floor = likeness.floor([f.geometric for f in by_take], held)

    def measure(
        self,
        sequences: Sequence[Array],
        *,
        weights: Sequence[float] | None = None,
        lengths: Array | None = None,
    ) -> Measures:
        """Measure poses [T, 17, 3] at the reference's rate, of any origin.

        weights: how much a frame of each sequence counts (1). lengths [16]: what bones
        should have, m; None for each sequence's own median. A sequence ends at its first
        frame that is no number. Raises ClipError where two windows are not left.
        """
        whole, rate = sequences, self.rate
        bad = [~np.isfinite(s).all(axis=(1, 2)) for s in whole]
        sequences = [
            s[: int(b.argmax())] if b.any() else s for s, b in zip(whole, bad, strict=True)
        ]
        share = np.ones(len(sequences)) if weights is None else np.asarray(weights, float)
        kept = [len(windows.starts(len(s), rate)) > 0 for s in sequences]
        share = share[kept]
        sequences = [s for s, k in zip(sequences, kept, strict=True) if k]
        found = [Features.of(s, rate) for s in sequences]
        count = sum(len(f.kinetic) for f in found)
        if count < 2:
            raise ClipError(
                "motion",
                found=f"{count} windows of {windows.SECONDS:g} s that are numbers",
                expected="at least 2",
            )
        danced = Features.joined(found)
        each = np.repeat(share, [len(f.kinetic) for f in found])
        novelty = self.novelty.nearest(sequences)
        novelty_share = np.repeat(share, [len(n) for n in novelty])

        def mean(values: Sequence[float]) -> float:
            return _mean(sequences, values, share)

        def bone_error(joints: Array) -> float:
            own = np.median(skeleton.bone_lengths(joints), 0) if lengths is None else lengths
            return physical.bone_length_error(joints, own)

        seconds = [len(s) // round(rate) for s in sequences]
        frozen = [physical.frozen_seconds(s, rate, self.energy) for s in sequences]
        frozen_share = [f / max(n, 1) for f, n in zip(frozen, seconds, strict=True)]
        return Measures(
            minutes=sum(len(s) for s in whole) / rate / 60,
            nan=int(sum(b.sum() for b in bad)),
            bone_error=max(bone_error(s) for s in sequences),
            energy=mean([physical.mean_energy(s, rate) for s in sequences]) / self.energy,
            frozen=mean(frozen_share),
            skate=mean([physical.foot_skate(s, rate, self.rest) for s in sequences]),
            support=mean([physical.support_speed(s, rate) for s in sequences]),
            contact=mean([physical.foot_contact(s, rate) for s in sequences]),
            penetration=mean([physical.floor_penetration(s, self.rest) for s in sequences]),
            jerk=mean([physical.jerk(s, rate) for s in sequences]) / self.jerk,
            root_range=mean([physical.root_range(s, rate) for s in sequences]),
            wander=max(physical.wander(s) for s in sequences),
            max_speed=max(float(physical.speeds(s, rate).max()) for s in sequences),
            kinetic_fd=likeness.frechet_distance(danced.kinetic, self.real.kinetic, each),
            geometric_fd=likeness.frechet_distance(danced.geometric, self.real.geometric, each),
            kinetic_diversity=likeness.diversity(danced.kinetic, each),
            geometric_diversity=likeness.diversity(danced.geometric, each),
            novelty=float(np.average(np.concatenate(novelty), weights=novelty_share)),
        )


def _mean(
    sequences: Sequence[Array], values: Sequence[float], weights: Float | None = None
) -> float:
    """Mean of a value for each sequence, by their frames (times weights)."""
    frames = np.array([len(s) for s in sequences], float)
    return float(np.average(values, weights=frames if weights is None else frames * weights))
