"""The ping by which a receiver measures the engine's clock: JSON in, JSON out.

`{"type": "ping", "t": number}` is answered `{"type": "pong", "t": the same, "clock": engine
clock in seconds}`. The receiver halves the way there and back.
"""

from __future__ import annotations

import json
import math


def answer(text: str | bytes, clock: float) -> str | None:
    """Give the answer to a ping at an engine clock, None for anything that is no ping."""
    t = _asked(text)
    return None if t is None else json.dumps({"type": "pong", "t": t, "clock": clock})


def _asked(text: str | bytes) -> float | None:
    """Give the t of a ping, None for anything else."""
    try:
        message = json.loads(text)
        if isinstance(message, dict) and message.get("type") == "ping":
            t = message.get("t")
            if isinstance(t, int | float) and math.isfinite(t):
                return t
    except (ValueError, OverflowError, RecursionError):
        return None
    return None
