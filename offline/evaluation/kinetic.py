"""Kinetic features: how much of a body moves, and how.

After fairmotion (Gopinath and Won, 2020) and Onuma et al., FMDistance: a fast and
effective distance function for motion capture data (2008), on the 17 joints.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from offline.evaluation import windows

KINDS = ("horizontal energy, m²/s²", "vertical energy, m²/s²", "acceleration, m/s²")
SIZE = 17 * len(KINDS)


def kinetic_features(joints: NDArray[np.floating], fps: float) -> NDArray[np.float64]:
    """Kinetic features [N, 51] of the windows of poses [T, 17, 3] in metres.

    Of each joint in turn: mean squared horizontal speed (m²/s²), mean squared vertical
    speed (m²/s²), mean size of the acceleration (m/s²).
    """
    velocity = np.diff(joints.astype(np.float64), axis=0) * fps
    acceleration = np.diff(velocity, axis=0) * fps
    across = velocity[..., 0] ** 2 + velocity[..., 1] ** 2
    effort = np.sqrt(np.vecdot(acceleration, acceleration))
    first, long = windows.starts(len(joints), fps), windows.size(fps)
    parts = [
        windows.means(across, first, long - 1),
        windows.means(velocity[..., 2] ** 2, first, long - 1),
        windows.means(effort, first, long - 2),
    ]
    return np.stack(parts, axis=-1).reshape(len(first), SIZE)
