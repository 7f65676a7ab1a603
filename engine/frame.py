"""The frame: all performers at one show time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

import numpy as np
from numpy.typing import NDArray


class PerformerState(IntEnum):
    """What a performer is doing in a frame."""

    ABSENT = 0
    GENERATED = 1
    PLAYED = 2
    LIVE = 3
    HELD = 4


class FrameFlag(IntFlag):
    """What holds for the whole frame."""

    NONE = 0
    HELD = 1
    BLACKOUT = 2
    PANIC = 4
    REPLAY = 8


@dataclass(frozen=True, slots=True)
class Frame:
    """All P performers at one show time, in the order of show.toml.

    joints: float32 [P, 17, 3], metres, stage space. level: float32 [P], 0 (not to be
    seen) to 1. color: float32 [P, 3], sRGB 0..1. state: uint8 [P], a PerformerState.
    age_ms: uint16 [P], age of the live pose behind it, 65535 where nothing is live.
    show_time: seconds since the top of the show. clock: seconds of the engine's
    monotonic clock when the frame was made. timecode: hours, minutes, seconds, frames.
    """

    index: int
    show_time: float
    clock: float
    timecode: tuple[int, int, int, int]
    flags: FrameFlag
    joints: NDArray[np.float32]
    level: NDArray[np.float32]
    color: NDArray[np.float32]
    state: NDArray[np.uint8]
    age_ms: NDArray[np.uint16]
