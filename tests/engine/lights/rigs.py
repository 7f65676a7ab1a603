"""Rigs from a few lines of TOML, and frames of figures that stand where they are told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.frame import Frame, FrameFlag
from engine.lights.light import Light
from engine.lights.look import Look, Moment
from engine.lights.patch import Patch
from engine.lights.places import Places
from engine.lights.rig import Rig
from engine.lights.scene import Scene
from engine.lights.state import Layer, LightState, Use
from show import patch_file
from tests.dancing import STANDING

NAMES = ("red", "green", "blue")
COLORS = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], np.float32)
RATE = 60.0
ROW = """
[[fixture]]
channels = "RGB"
pixels = 21
address = "1.1"
line = [[-2, 0], [2, 0]]
"""
"""Pixels 0.2 m apart, one at centre stage."""


def patch(folder: Path, text: str) -> Patch:
    """The patch that a text of TOML says."""
    path = folder / "patch.toml"
    path.write_text(text, encoding="utf-8")
    return patch_file.read(path)


def frame(
    show_time: float,
    places: Sequence[tuple[float, float]] = ((0.0, 0.0),),
    *,
    level: float = 1.0,
    flags: FrameFlag = FrameFlag.NONE,
    joints: NDArray[np.float32] | None = None,
) -> Frame:
    """Figures that stand at places, in red, green and blue."""
    count = len(places)
    if joints is None:
        joints = np.tile(STANDING.astype(np.float32), (count, 1, 1))
        joints[:, :, :2] += np.array(places, np.float32)[:, None]
    return Frame(
        index=round(show_time * RATE),
        show_time=show_time,
        clock=100.0 + show_time,
        timecode=(0, 0, 0, 0),
        flags=flags,
        joints=joints,
        level=np.full(count, level, np.float32),
        color=COLORS[:count],
        state=np.ones(count, np.uint8),
        age_ms=np.zeros(count, np.uint16),
    )


def light_of(look: Look, rig: Patch, *frames: Frame, turns: float = 0.0) -> Light:
    """The light that a look gives of the last of some frames."""
    places = Places([fixture.positions for fixture in rig.fixtures])
    scene, memory = Scene(places, NAMES), Light(places.count)
    light = Light(places.count)
    for seen in frames:
        scene.take(seen)
        light.clear()
        look.add(scene, Moment(seen.show_time, turns, memory), light)
    return light


def using(*looks: str) -> LightState:
    """The state in which these looks are on."""
    return LightState((Layer(tuple(Use(look) for look in looks), 0.0, 0.0),))


def rig_of(found: Patch) -> Rig:
    """The rig of a patch, for dancers called red, green and blue."""
    return Rig(found, NAMES)
