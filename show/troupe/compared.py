"""Frames of two engines side by side: a hash that shows that they agree, or how far they are."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable

import numpy as np

from engine import wire
from engine.frame import Frame
from engine.loop import Stage
from engine.score import Event
from engine.state import State

CLOCK = slice(24, 32)
"""Where a frame's bytes tell the engine clock, which is not part of the dance."""
LASTING = 30
"""Frames in a row that differ before it counts: an event may arrive a frame late."""
FAR = 99_999.0
FAULT = 0.5
"""Millimetres; what is below is told, but is no fault: another processor rounds differently."""


def frame_hash(packed: bytes) -> str:
    """Give the hash of a frame's bytes without its clock."""
    return hashlib.blake2b(packed[: CLOCK.start] + packed[CLOCK.stop :], digest_size=8).hexdigest()


def distance(a: Frame, b: Frame) -> float:
    """Give how far, in millimetres, joints of the same performers are apart at most.

    FAR where more than the poses differs.
    """
    if a.joints.shape != b.joints.shape or a.flags != b.flags:
        return FAR
    if not (np.array_equal(a.level, b.level) and np.array_equal(a.state, b.state)):
        return FAR
    seen = a.level > 0
    if not seen.any():
        return 0.0
    apart = np.linalg.norm(a.joints[seen].astype(np.float64) - b.joints[seen], axis=-1)
    return float(apart.max() * 1000)


class ComparedStage:
    """A stage whose frames are compared with those that another engine sent.

    other: the frame that is danced now, as the other engine has it; None to compare with
    nothing. adopt: engine.performance.Performance.adopt. differs: as presence tells it.
    """

    def __init__(self, stage: Stage, adopt: Callable[[bytes, State], bool]) -> None:
        self.other: Frame | None = None
        self.differs: float | None = None
        self._stage, self._adopt = stage, adopt
        self._states: deque[tuple[bytes, State]] = deque(maxlen=1)
        self._apart = 0

    def apply(self, event: Event) -> None:
        """Take an event of any show time."""
        self._stage.apply(event)

    def approach(self, show_time: float) -> bool:
        """Do a little of what the frame needs; tell whether nothing is left."""
        if self._states and self.differs != 0.0 and self._adopt(*self._states[0]):
            self._states.clear()
        return self._stage.approach(show_time)

    def prepare(self) -> bool:
        """Do a little of what may be needed later; tell whether nothing is left."""
        return self._stage.prepare()

    def offer(self, mark: bytes, state: State) -> None:
        """Take a state of the other engine, for use where the frames differ."""
        self._states.append((mark, state))

    def at(self, show_time: float, clock: float = 0.0) -> Frame:
        """Give the frame of a show time."""
        frame = self._stage.at(show_time, clock)
        if self.other is not None and self.other.show_time == frame.show_time:
            self._compare(frame, self.other)
        return frame

    def _compare(self, frame: Frame, other: Frame) -> None:
        if frame_hash(wire.pack(frame)) == frame_hash(wire.pack(other)):
            self._apart, self.differs = 0, 0.0
            return
        self._apart += 1
        if self._apart >= LASTING:
            self.differs = max(distance(frame, other), 1e-3)
