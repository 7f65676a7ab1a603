"""The lights as a sink: levels of every frame, made once, for all who show them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.frame import Frame
from engine.lights.levels import Levels
from engine.lights.rig import Rig
from engine.lights.state import LightState


class LightsSink:
    """Makes levels with a rig.

    state: gives the light state of a frame. takers: called with the levels, and whether
    they are a blackout; they never wait.
    """

    url = "lights:"

    def __init__(
        self,
        rig: Rig,
        state: Callable[[Frame], LightState],
        takers: Sequence[Callable[[Levels, bool], None]],
    ) -> None:
        self._rig, self._state, self._takers = rig, state, takers

    async def open(self) -> None:
        """Do nothing."""

    async def send(self, frame: Frame, packed: bytes) -> None:
        """Make the levels of a frame and give them on."""
        state = self._state(frame)
        levels = self._rig.levels(frame, state)
        for take in self._takers:
            take(levels, Rig.black(frame, state))

    async def close(self) -> None:
        """Do nothing: who shows the levels goes by themselves."""
