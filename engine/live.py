"""Live poses: the last second of what a person in front of a camera has done.

Poses come in at any rate, for a performer by name, in metres and stage space. What a cue
takes of them goes into its event, so that the night can be danced again without the person.
"""

from __future__ import annotations

import base64
import binascii
from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import skeleton

Array = NDArray[np.float32]

SECOND = 1.0
"""Seconds of live poses that a dance begins from."""
SHORTEST = 0.5
"""Seconds of them that are enough."""
FRESH = 0.5
"""Seconds after which the newest pose is too old to begin from."""
FARTHEST = 20.0
"""Metres from the origin beyond which no joint can be."""
BONES = (0.02, 1.2)
"""Metres: the shortest and the longest bone that a person can have."""
FASTEST = 25.0
"""m/s: what is faster is another person, or a fault of the tracker: a new second begins."""
MOST = 240
"""Poses that are kept of a performer."""


class LivePoses:
    """Keeps the last second of poses of each performer.

    heard: poses that were taken. refused: those that no person can have, by performer's
    name; "" for those of nobody in this show. jumps: poses that did not go on from the last.
    """

    def __init__(self, performers: Sequence[str]) -> None:
        self.heard = self.jumps = 0
        self.refused: dict[str, int] = {}
        self._poses: dict[str, deque[tuple[float, Array]]] = {
            name: deque(maxlen=MOST) for name in performers
        }

    def receive(self, performer: str, numbers: Sequence[float], clock: float) -> str | None:
        """Take a pose of 51 numbers that came at an engine clock; give why it is refused."""
        fault = self._fault(performer, numbers)
        if fault is not None:
            name = performer if performer in self._poses else ""
            self.refused[name] = self.refused.get(name, 0) + 1
            return fault
        self.heard += 1
        pose = np.array(numbers, np.float32).reshape(17, 3)
        poses = self._poses[performer]
        if poses and not _goes_on(*poses[-1], clock, pose):
            self.jumps += 1
            poses.clear()
        poses.append((clock, pose))
        return None

    def age(self, performer: str, clock: float) -> float | None:
        """Give the seconds since a performer's newest pose, None where none has come."""
        poses = self._poses[performer]
        return clock - poses[-1][0] if poses else None

    def state(self, clock: float) -> dict[str, Any]:
        """Give age in seconds (None where none has come) and refused poses of each performer.

        Those of whom nothing was heard are left out.
        """
        return {
            name: {"age": self.age(name, clock), "refused": self.refused.get(name, 0)}
            for name in self._poses
            if self._poses[name] or name in self.refused
        }

    def last_second(self, performer: str, clock: float, rate: float) -> Array | None:
        """Give the last second of a performer's poses [T, 17, 3] at a rate.

        None where the newest is too old, or they are too few.
        """
        poses = [(at, pose) for at, pose in self._poses[performer] if at > clock - FRESH - SECOND]
        if len(poses) < 4 or clock - poses[-1][0] > FRESH:
            return None
        end, begin = poses[-1][0], max(poses[0][0], poses[-1][0] - SECOND)
        if end - begin < SHORTEST:
            return None
        at = end - np.arange(int((end - begin) * rate + 1e-6), -1, -1) / rate
        known = np.array([time for time, _ in poses])
        numbers = np.array([pose.ravel() for _, pose in poses], np.float64)
        columns = [np.interp(at, known, column) for column in numbers.T]
        return np.array(columns, np.float32).T.reshape(-1, 17, 3)

    def _fault(self, performer: str, numbers: Sequence[float]) -> str | None:
        if performer not in self._poses:
            return f"a pose of {performer[:40]!r}, expected one of {', '.join(self._poses)}"
        if len(numbers) != 51:
            return f"{len(numbers)} numbers, expected 51"
        if not all(isinstance(n, int | float) and abs(n) < 1e9 for n in numbers):
            return "no finite numbers, expected 51 of them"
        pose = np.array(numbers, np.float64).reshape(17, 3)
        if np.abs(pose).max() > FARTHEST:
            return f"a joint at {np.abs(pose).max():g} m, expected at most {FARTHEST:g}"
        lengths = skeleton.bone_lengths(pose)
        if lengths.min() < BONES[0] or lengths.max() > BONES[1]:
            found = f"bones of {lengths.min():.2f} to {lengths.max():.2f} m"
            return f"{found}, expected {BONES[0]} to {BONES[1]} m"
        return None


def _goes_on(before: float, pose: Array, at: float, then: Array) -> bool:
    way = float(np.sqrt(np.vecdot(then - pose, then - pose).max()))
    return at > before and way <= FASTEST * max(at - before, 0.02)


def written(poses: Array) -> str:
    """Give poses [T, 17, 3] as a text: base64 of their float32 numbers, little-endian."""
    return base64.b64encode(poses.astype("<f4").tobytes()).decode("ascii")


def read(text: str) -> Array:
    """Give the poses [T, 17, 3] that `written` wrote; raises ValueError where it is none."""
    try:
        data = base64.b64decode(text, validate=True)
        return np.frombuffer(data, "<f4").reshape(-1, 17, 3).astype(np.float32)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"found no live poses: {error}") from None
