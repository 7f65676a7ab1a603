"""The rig: from a frame and the light state to the levels, for every output alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.frame import Frame, FrameFlag
from engine.lights.levels import Levels
from engine.lights.mixer import Mixer
from engine.lights.output import Output
from engine.lights.patch import Patch
from engine.lights.places import Places
from engine.lights.state import LightState


class Rig:
    """The lights of a patch."""

    def __init__(self, patch: Patch, performers: Sequence[str]) -> None:
        """Take the performers' names in the order of the frame."""
        pixels = Places([fixture.positions for fixture in patch.fixtures])
        self._mixer = Mixer(pixels, patch.looks, performers, patch.flashes)
        self._output = Output(patch)

    def levels(self, frame: Frame, state: LightState) -> Levels:
        """Give the levels of a frame.

        Frames come in the order in which they are shown; where looks remember light (trail,
        energy) it follows from those of the last seconds.
        """
        light = self._mixer.mix(frame, state)
        blackout = self.black(frame, state)
        data = self._output.levels(light, master=state.master, blackout=blackout, frame=frame.index)
        return Levels(frame.show_time, frame.clock, self._output.universes, data)

    def dark(self, levels: Levels) -> Levels:
        """Give levels without light; channels with a fixed value keep it."""
        return replace(levels, data=self._output.dark.copy())

    @staticmethod
    def black(frame: Frame, state: LightState) -> bool:
        """Tell whether there is a blackout, by the frame or by the state."""
        return state.blackout or bool(frame.flags & FrameFlag.BLACKOUT)
