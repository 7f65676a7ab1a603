"""Passages: movement that is known beforehand, on the reference body."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import features, skeleton
from engine.clip import Clip

Array = NDArray[np.float32]
Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Track:
    """A clip at the model's rate, on the reference body: vectors [T, 52], placements [T, 3]."""

    vectors: Array
    placements: Float

    @classmethod
    def of(cls, clip: Clip, rate: float, reference: Array) -> Track:
        """Encode a clip; raises ValueError where it is shorter than two steps."""
        joints = features.resample(clip.joints, clip.fps, rate)
        lengths = np.median(skeleton.bone_lengths(joints), axis=0)
        body = features.Body.of(lengths, reference)
        vectors, placements = features.encode(joints, rate, body)
        placements[:, :2] /= body.scale
        return cls(vectors, placements)


@dataclass(frozen=True, slots=True)
class Passage:
    """Poses that stand fixed on the stage: root [T, 3] and bone directions [T, 16, 3]."""

    root: Float
    unit: Float

    @classmethod
    def of(cls, track: Track, at: Float, anchor: int = 0) -> Passage:
        """Lay a track on the stage so that its pose `anchor` stands at `at` (x, y, yaw)."""
        placed = track.placements - track.placements[anchor]
        turned = at[2] - track.placements[anchor, 2]
        placed[:, :2] = features.turn(placed[:, :2], np.full(len(placed), turned))
        placed += at
        root = np.column_stack([placed[:, :2], track.vectors[:, features.HEIGHT]])
        return cls(root, features.pose_directions(placed, track.vectors))

    @classmethod
    def still(cls, root: Float, unit: Float) -> Passage:
        """Give a passage of one pose: root [3], unit [16, 3]."""
        return cls(root[None].copy(), unit[None].copy())

    def pose(self, step: int) -> tuple[Float, Float]:
        """Give root [3] and directions [16, 3] at a step; the last pose stays."""
        i = min(max(step, 0), len(self.root) - 1)
        return self.root[i], self.unit[i]
