"""Key frames: colors for the whole rig or single pixels at frames, blended between them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from engine.errors import ProductionError
from engine.lights import parameter
from engine.lights.color import MIXED, light
from engine.lights.light import Light
from engine.lights.look import Moment, Plain
from engine.lights.looks import frames_file
from engine.lights.scene import Scene

_COLOR = re.compile(r"#?((?:[0-9a-fA-F]{6}){1,2})")
_LEDS = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?")


@dataclass(frozen=True, slots=True)
class KeyFrames(Plain):
    """``{"colors": {"<frame>": color or {"<leds>": color, …}, …}}``, from frame 0 at the cue.

    A color has six digits (sRGB) or twelve (emitters, as in Deep.Dance's HTTP call). LEDs
    are "all", a number from 1 on, or "1-12". A pixel goes from each color that names it to
    the next one, in linear light.
    """

    level: float = parameter.level()
    file: str = parameter.file()
    fps: float = parameter.number(25.0, 1.0, 120.0)
    play: str = parameter.word("once", frames_file.PLAY)
    frames: NDArray[np.int64] = field(
        default_factory=lambda: np.zeros(1, np.int64), compare=False, repr=False
    )
    keys: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros((1, 9, 1), np.float32), compare=False, repr=False
    )
    """Light [K, 3 or 9, N] of all pixels at frames [K]."""

    def loaded(self, folder: Path, pixels: int) -> Self:
        """Give the look with its file; raises ProductionError where it is wrong."""
        path = folder / self.file
        told = frames_file.read(path, "colors")
        if len(told) * pixels * 9 > frames_file.MOST_VALUES:
            raise ProductionError(
                path,
                "colors",
                found=f"{len(told)} key frames for {pixels} pixels",
                expected=f"at most {frames_file.MOST_VALUES // (9 * pixels)}",
            )
        frames = np.array([frame for frame, _ in told])
        keys = np.full((len(told), 9, pixels), np.nan, np.float32)
        for key, (frame, value) in zip(keys, told, strict=True):
            leds = value if isinstance(value, dict) else {"all": value}
            for name, color in leds.items():
                key[:, _chosen(path, frame, name, pixels)] = _light(path, frame, color)[:, None]
        for pixel in range(pixels):
            named = ~np.isnan(keys[:, 0, pixel])
            for row in range(9):
                values = keys[named, row, pixel] if named.any() else np.zeros(1)
                known = frames[named] if named.any() else np.zeros(1)
                keys[:, row, pixel] = np.interp(frames, known, values)
        return replace(
            self, frames=frames, keys=keys if keys[:, MIXED:].any() else keys[:, :MIXED].copy()
        )

    def add(self, scene: Scene, moment: Moment, to: Light) -> None:
        """Add the light of the moment."""
        length = int(self.frames[-1]) + 1
        at = frames_file.place(moment.seconds, self.fps, length, self.play)
        after = min(int(np.searchsorted(self.frames, at, "right")), len(self.frames) - 1)
        before = max(after - 1, 0)
        span = max(float(self.frames[after] - self.frames[before]), 1e-9)
        part = np.float32(min(max((at - self.frames[before]) / span, 0.0), 1.0))
        mixed = self.keys[before] * (1 - part) + self.keys[after] * part
        to.put(mixed * np.float32(self.level))


def _chosen(path: Path, frame: int, name: str, pixels: int) -> slice:
    if name == "all":
        return slice(None)
    match = _LEDS.fullmatch(name)
    if match:
        first, last = int(match[1]), int(match[2] or match[1])
        if 1 <= first <= last <= pixels:
            return slice(first - 1, last)
    expected = f'"all", 1 to {pixels}, or "1-12"'
    raise ProductionError(path, f"frame {frame}", found=f"LED {name!r}"[:40], expected=expected)


def _light(path: Path, frame: int, color: object) -> NDArray[np.float32]:
    match = _COLOR.fullmatch(color) if isinstance(color, str) else None
    if match is None:
        expected = "a color of 6 or 12 hexadecimal digits"
        raise ProductionError(path, f"frame {frame}", found=repr(color)[:40], expected=expected)
    return np.array(light("#" + match[1]), np.float32)
