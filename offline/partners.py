"""Who danced with whom: partners of one duet belong to one take."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from engine.clip import Clip
from engine.skeleton import HIP

NEAREST, FARTHEST = 0.2, 2.5
"""Metres between the hips of partners, at the median over the clip."""


def partner(clip: Clip, others: Iterable[Clip]) -> Clip | None:
    """The one other clip that ran at the same time in the same space, if there is just one.

    The same number of frames at the same rate, and hips (in metres on the floor) as far
    from each other as two who dance together.
    """
    found = [
        other
        for other in others
        if other.frames == clip.frames
        and other.fps == clip.fps
        and NEAREST <= distance(clip, other) <= FARTHEST
    ]
    return found[0] if len(found) == 1 else None


def distance(clip: Clip, other: Clip) -> float:
    """Metres on the floor between two clips' hips, the median over time."""
    way = clip.joints[:, HIP, :2].astype(np.float64) - other.joints[:, HIP, :2]
    return float(np.median(np.linalg.norm(way, axis=-1)))
