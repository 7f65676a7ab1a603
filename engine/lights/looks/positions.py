"""Positions: Deep.Dance's file of LEDs for each frame, those under the dancer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from engine.errors import ProductionError
from engine.lights import parameter
from engine.lights.color import light
from engine.lights.light import Light
from engine.lights.look import Moment, Plain
from engine.lights.looks import frames_file
from engine.lights.scene import Scene

NEVER = -1_000_000_000


@dataclass(frozen=True, slots=True)
class Positions(Plain):
    """The LEDs that ``{"positions": {"<frame>": [led, …]}}`` names, from frame 0 at the cue.

    A frame that is not in the file is as the one before it. first: number of the first
    LED. fade: seconds in which one that goes out loses all but a twentieth.
    """

    level: float = parameter.level()
    color: str = parameter.color("#ffffff")
    file: str = parameter.file()
    fps: float = parameter.number(25.0, 1.0, 120.0)
    first: str = parameter.word("1", ("1", "0"))
    fade: float = parameter.number(0.2, 0.0, 60.0)
    play: str = parameter.word("once", frames_file.PLAY)
    last_lit: NDArray[np.int32] = field(
        default_factory=lambda: np.full((1, 1), NEVER, np.int32), compare=False, repr=False
    )
    """Of each frame and pixel [F, N]: the last frame up to it in which it was lit."""

    def loaded(self, folder: Path, pixels: int) -> Self:
        """Give the look with its file; raises ProductionError where it is wrong."""
        path = folder / self.file
        frames = frames_file.read(path, "positions")
        length = frames[-1][0] + 1
        if length * pixels > frames_file.MOST_VALUES:
            raise ProductionError(
                path,
                "positions",
                found=f"{length} frames for {pixels} pixels",
                expected=f"at most {frames_file.MOST_VALUES // pixels} frames",
            )
        listed = dict(frames)
        last_lit = np.full((length, pixels), NEVER, np.int32)
        lit = np.zeros(0, np.intp)
        for frame in range(length):
            if frame:
                last_lit[frame] = last_lit[frame - 1]
            if frame in listed:
                lit = self._pixels(path, frame, listed[frame], pixels)
            last_lit[frame, lit] = frame
        return replace(self, last_lit=last_lit)

    def add(self, scene: Scene, moment: Moment, to: Light) -> None:
        """Add the LEDs of the frame, blended into the next one's."""
        length = len(self.last_lit)
        at = frames_file.place(moment.seconds, self.fps, length, self.play)
        frame = min(int(at), length - 1)
        after = (frame + 1) % length if self.play == "loop" else min(frame + 1, length - 1)
        part = np.float32(at - frame)
        shade = self._shade(frame) * (1 - part) + self._shade(after) * part
        to.add(light(self.color), shade * np.float32(self.level))

    def _shade(self, frame: int) -> NDArray[np.float32]:
        """Give how bright each pixel [N] is in a frame."""
        since = (frame - self.last_lit[frame]).astype(np.float32)
        fading = np.float32(-3.0 / max(self.fade * self.fps, 1e-3))
        return np.asarray(np.exp(since * fading))

    def _pixels(self, path: Path, frame: int, told: object, pixels: int) -> NDArray[np.intp]:
        first = int(self.first)
        numbers = told if isinstance(told, list) else [told]
        for led in numbers:
            if type(led) is not int or not first <= led < first + pixels:
                raise ProductionError(
                    path,
                    f"frame {frame}",
                    found=f"LED {led!r}"[:40],
                    expected=f"{first} to {first + pixels - 1}",
                )
        return np.array(numbers, np.intp) - first
