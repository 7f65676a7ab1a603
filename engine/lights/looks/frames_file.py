"""Deep.Dance's JSON for lights: something for each frame number, read with its faults named."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from engine.errors import ProductionError

LAST_FRAME = 1_000_000
MOST_VALUES = 50_000_000
"""Frames times pixels that a file may ask for."""


def read(path: Path, key: str) -> list[tuple[int, Any]]:
    """Give (frame, value), ascending, of {key: {"<frame>": value, …}}.

    Raises ProductionError where the file is missing or holds none.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProductionError(path, found=error.strerror, expected="a JSON file") from None
    except (ValueError, RecursionError) as error:
        raise ProductionError(path, found=f"no JSON: {error}", expected="a JSON file") from None
    frames = told.get(key) if isinstance(told, dict) else None
    if not isinstance(frames, dict) or not frames:
        raise ProductionError(path, key, found=repr(frames)[:40], expected='{"<frame>": …, …}')
    for name in frames:
        if not (name.isascii() and name.isdigit() and int(name) <= LAST_FRAME):
            expected = f"the number of a frame, 0 to {LAST_FRAME}"
            raise ProductionError(path, key, found=repr(name)[:40], expected=expected)
    return sorted((int(name), value) for name, value in frames.items())


def place(seconds: float, fps: float, length: int, play: str) -> float:
    """Give where among `length` frames a file is after so many seconds, a number of frames.

    play: "once", and then the last frame stays, or "loop".
    """
    frame = max(seconds, 0.0) * fps
    return math.fmod(frame, length) if play == "loop" else min(frame, length - 1.0)


PLAY = ("once", "loop")
