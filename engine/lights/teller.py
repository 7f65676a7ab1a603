"""Tells the light state to one listener: when it has changed, and once a second."""

from __future__ import annotations

import json
from collections.abc import Callable

from engine.lights.state import LightState

AGAIN = 1.0
"""Seconds of the engine's clock after which the same is told again, for whoever came late."""


class Teller:
    """Asked at every frame; state: gives the state now."""

    def __init__(self, state: Callable[[], LightState]) -> None:
        self._state = state
        self._told: LightState | None = None
        self._due = 0.0

    def tell(self, clock: float) -> str | None:
        """Give the state as JSON where it is time to tell it, at an engine clock."""
        state = self._state()
        if state is self._told and self._due - AGAIN <= clock < self._due:
            return None
        self._told, self._due = state, clock + AGAIN
        return json.dumps(state.to_json(), separators=(",", ":"))
