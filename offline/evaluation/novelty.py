"""Novelty: how far a window of dance is from the nearest that training saw.

Who replays training clips wins every other measure, so none counts without this one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine import features
from offline.evaluation import windows
from offline.evaluation.physical import root_relative

Array = NDArray[np.float32]
Float = NDArray[np.float64]

COARSE = 6
"""Frames between those by which windows are looked for."""
STRIDE = 2
"""Frames between the training windows that are looked through."""
NEAREST = 8
"""Training windows that are then measured exactly, with those a frame beside them."""
MOST = 1000
"""Windows of a set that are measured at most, evenly taken."""
CHUNK = 250


class Novelty:
    """Windows of the training clips, to find the nearest of any other.

    A training window may begin at any frame. Poses are compared with the hip in the origin
    and every frame turned to face the same way, so the figure tells postures and their
    timing apart, not ways across the floor.
    """

    def __init__(self, training: Sequence[Array], fps: float, mirror: bool) -> None:
        """Take poses [T, 17, 3] of the clips at `fps`; mirror: their mirror images as well."""
        self.fps = fps
        self._long = windows.size(fps)
        seen = [c for c in training if len(c) >= self._long]
        seen += [np.asarray(features.mirror(c), np.float32) for c in seen] if mirror else []
        self._poses = np.concatenate([root_relative(c) for c in seen])
        ends = np.cumsum([len(c) for c in seen])
        self._first = np.concatenate(
            [
                np.arange(end - len(c), end - self._long + 1)
                for c, end in zip(seen, ends, strict=True)
            ]
        )
        self._starts = self._first[::STRIDE]
        self._coarse = self._cut(self._poses, self._starts)
        self._norms = np.einsum("nd,nd->n", self._coarse, self._coarse)

    def _cut(self, poses: Array, first: NDArray[np.intp]) -> Array:
        """Give coarse windows [N, D] of poses that begin at frames `first`."""
        at = first[:, None] + np.arange(COARSE // 2, self._long, COARSE)
        cut: Array = poses[at].reshape(len(first), -1)
        return cut

    def distances(self, joints: Array) -> Float:
        """Distance in cm [N] of each window of poses [T, 17, 3] to the nearest training window.

        The mean over its frames and the 17 joints. Looked for by the mean square over
        every sixth frame; the eight nearest are measured on all frames.
        """
        return self.nearest([joints])[0]

    def nearest(self, sequences: Sequence[Array]) -> list[Float]:
        """Give the distances of each sequence's windows, of at most 1,000 windows in all."""
        total = sum(len(windows.starts(len(s), self.fps)) for s in sequences)
        every = max(1, -(-total // MOST))
        found = []
        for joints in sequences:
            poses = root_relative(joints)
            first = windows.starts(len(joints), self.fps)[::every]
            parts = [
                self._measure(poses, first[i : i + CHUNK]) for i in range(0, len(first), CHUNK)
            ]
            found.append(np.concatenate(parts) if parts else np.empty(0))
        return found

    def _measure(self, poses: Array, first: NDArray[np.intp]) -> Float:
        asked = self._cut(poses, first)
        squares = self._norms - 2 * (asked @ self._coarse.T)
        count = min(NEAREST, squares.shape[1])
        near = np.argpartition(squares, count - 1, axis=1)[:, :count]
        last = len(self._first) - 1
        beside = near[:, :, None] * STRIDE + np.arange(1 - STRIDE, STRIDE)
        candidates = self._first[np.clip(beside, 0, last)].reshape(len(first), -1)
        frames = np.arange(self._long)
        out = np.empty(len(first))
        for i, start in enumerate(first):
            way = self._poses[candidates[i][:, None] + frames] - poses[start : start + self._long]
            out[i] = np.sqrt(np.vecdot(way, way)).mean((1, 2)).min() * 100
        return out
