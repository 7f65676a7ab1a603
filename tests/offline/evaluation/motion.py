"""Motion whose measures are known."""

from __future__ import annotations

import numpy as np

from engine.clip import Clip
from tests.dancing import STANDING, walking

RATE = 30.0


def still(frames: int = 150) -> np.ndarray:
    return np.tile(STANDING, (frames, 1, 1))


def sliding(speed: float, frames: int = 150) -> np.ndarray:
    """A standing figure that glides to the side at a speed in m/s."""
    joints = still(frames)
    joints[..., 0] += (np.arange(len(joints)) * speed / RATE)[:, None]
    return joints


def noise(frames: int, spread: float, seed: int = 0) -> np.ndarray:
    """A standing figure whose joints are off by white noise of a spread in metres."""
    return still(frames) + spread * np.random.default_rng(seed).standard_normal((frames, 17, 3))


def couples(count: int, frames: int = 600) -> list[Clip]:
    """Clips of so many couples that move as a formula says: two of each take."""
    return [
        Clip(
            walking(frames, RATE, seed=10 * take + who).astype(np.float32),
            RATE,
            f"dancer{who}",
            ("calm", "lively")[who : who + 1],
            take=f"{take}",
            name=f"{take}-{who}",
        )
        for take in range(count)
        for who in range(2)
    ]
