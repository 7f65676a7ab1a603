"""How two who dance together stand to each other, and how that differs between couples.

Distances are told between the hips on the floor, facing as the angle between the two
headings: 0 where both face the same way, 180 where they face against each other. Two
sets of couples are compared by the 1-Wasserstein distance of what was pooled over their
frames (Villani, Optimal Transport, 2009): how far the one has to be moved, on average, to
become the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from engine import features, skeleton
from engine.clip import Clip
from engine.motion_model import MotionModel
from offline import dataset
from offline.evaluation.conditions import PHRASE_SECONDS, matched
from offline.generate import Asked, Place, generate, phrase_of

Array = NDArray[np.float32]
Float = NDArray[np.float64]
Couple = tuple[Array, Array]
QUANTILES = 1001


def distance(couple: Couple) -> Float:
    """Metres [T] between the hips of two dancers, float [T, 17, 3] each, on the floor."""
    one, other = (d[:, skeleton.HIP, :2].astype(np.float64) for d in couple)
    apart: Float = np.linalg.norm(one - other, axis=-1)
    return apart


def facing(couple: Couple) -> Float:
    """Degrees [T], 0..180, between the headings of two dancers, float [T, 17, 3] each."""
    turned = features.heading(couple[0]) - features.heading(couple[1])
    return np.asarray(np.degrees(np.abs((turned + np.pi) % (2 * np.pi) - np.pi)), np.float64)


def wasserstein(a: Float, b: Float) -> float:
    """1-Wasserstein distance of two sets of numbers, by their quantiles."""
    at = np.linspace(0, 1, QUANTILES)
    return float(np.abs(np.quantile(a, at) - np.quantile(b, at)).mean())


@dataclass(frozen=True, slots=True)
class Together:
    """What was measured of couples beside others.

    distance: median, m. distance_off: Wasserstein distance of the distances, cm. facing:
    median, degrees. facing_off: Wasserstein distance of the facings, degrees.
    """

    distance: float
    distance_off: float
    facing: float
    facing_off: float

    def to_dict(self) -> dict[str, float]:
        """Give it as a JSON object."""
        return asdict(self)


def compare(couples: Sequence[Couple], real: Sequence[Couple]) -> Together:
    """Measure couples beside real ones."""
    apart, real_apart = (np.concatenate([distance(c) for c in s]) for s in (couples, real))
    turned, real_turned = (np.concatenate([facing(c) for c in s]) for s in (couples, real))
    return Together(
        distance=float(np.median(apart)),
        distance_off=100 * wasserstein(apart, real_apart),
        facing=float(np.median(turned)),
        facing_off=wasserstein(turned, real_turned),
    )


@dataclass(frozen=True, slots=True)
class Duets:
    """Couples beside the held-out ones: real ones of training, together, and side by side.

    real: the held-out couples themselves. training: real against real, the floor.
    together: two generated dancers that answer each other. apart: the same two, on the
    same places, that do not know of each other.
    """

    real: Together
    training: Together
    together: Together
    apart: Together


SECONDS = 60.0
"""How long each couple dances."""
STARTS = 3
"""Phrases of each held-out couple that they go on from."""
SETTLED = 5.0
"""Seconds at the beginning of a clip that do not count: couples come together first."""


def measure(
    model: MotionModel, training: Sequence[Clip], held_out: Sequence[Clip], asked: Asked
) -> Duets | None:
    """Let couples dance on from the held-out ones, and measure how they stand to each other.

    Each dancer is asked for what its own clip had; both begin where the real ones stood.
    None where there is no couple on either side.
    """
    rate = model.metadata.rate
    known, unseen = _couples(training), _couples(held_out)
    if not known or not unseen:
        return None
    phrases: list[Clip] = []
    wishes: list[Asked] = []
    places: list[Place] = []
    partners: list[int | None] = []
    for couple in unseen:
        latest = couple[0].seconds - PHRASE_SECONDS
        for start in np.linspace(SETTLED, max(latest, SETTLED), STARTS):
            first = len(phrases)
            for i, clip in enumerate(couple):
                phrase = phrase_of(clip, min(float(start), latest), PHRASE_SECONDS)
                energy, tags = matched(model, clip)
                phrases.append(phrase)
                wishes.append(
                    Asked(energy, asked.temperature, asked.sigma, tags, asked.seed + first + i)
                )
                places.append(_place(phrase.joints[-1]))
                partners.append(first + 1 - i)

    def danced(answered: Sequence[int | None]) -> list[Couple]:
        dances = generate(model, phrases, wishes, SECONDS, places=places, partners=answered)
        return list(zip(dances[::2], dances[1::2], strict=True))

    real = [_poses(couple, rate) for couple in unseen]
    return Duets(
        real=compare(real, real),
        training=compare([_poses(couple, rate) for couple in known], real),
        together=compare(danced(partners), real),
        apart=compare(danced([None] * len(partners)), real),
    )


def _couples(clips: Sequence[Clip]) -> list[tuple[Clip, Clip]]:
    """Give the couples among clips, each once."""
    pairs = dataset.partners(clips)
    return [(c, pairs[c.name]) for c in clips if c.name in pairs and c.name < pairs[c.name].name]


def _poses(couple: tuple[Clip, Clip], rate: float) -> Couple:
    """Give what a couple danced after it had come together, at `rate`."""
    first = round(SETTLED * rate)
    one, other = (features.resample(c.joints, c.fps, rate)[first:] for c in couple)
    return one, other


def _place(joints: Array) -> Place:
    """Give where a pose [17, 3] stands, and where it faces."""
    x, y = joints[skeleton.HIP, :2].tolist()
    return Place(x, y, float(np.degrees(features.heading(joints))))
