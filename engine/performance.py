"""The performance: a frame is a function of show time.

`Performance.at(show_time)` gives the same frame, bit for bit, played through, jumped to or
after a restart: noise comes from (seed, performer, step), states of the dance are kept as
checkpoints along the way, and what happened (cues, controls, panic) is an event with a
show time. An event acts on the step that it falls into, from the frame after it on.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine import features, score
from engine.clip import Clip
from engine.frame import Frame, FrameFlag, PerformerState
from engine.motion_model import MotionModel
from engine.performer import Performers
from engine.state import State

CHECKPOINT_SECONDS = 10.0
MOST_CHECKPOINTS = 1024
"""Beyond that, every other one is dropped and they are laid twice as far apart."""
NO_AGE = 65535
_EARLY = 1e-6
"""Steps: a show time this close before a step counts as on it."""


def pal(show_time: float) -> tuple[int, int, int, int]:
    """Give the timecode of a show time at 25 frames a second."""
    seconds, frame = divmod(math.floor(show_time * 25 + _EARLY), 25)
    return seconds // 3600 % 24, seconds // 60 % 60, seconds % 60, frame


class Performance:
    """All performers of a production over show time."""

    def __init__(
        self,
        performers: Sequence[score.Performer],
        cues: Sequence[score.Cue],
        *,
        model: MotionModel,
        phrases: Mapping[Path, Clip],
        rate: float,
        timecode: Callable[[float], tuple[int, int, int, int]] = pal,
    ) -> None:
        """Prepare every cue, so that none has to be prepared during the show.

        rate: frames a second. timecode: gives hours, minutes, seconds and frames at a show time.
        """
        self.rate = rate
        self._timecode = timecode
        self.events: list[score.Event] = []
        # Of each event: where it is looked for.
        self._times: list[float] = []
        self._steps: list[int] = []
        self._cues = {cue.number: cue for cue in cues}
        self._performers = Performers(performers, cues, model, phrases)
        self._step_rate = self._performers.rate
        self._color = np.array([p.color for p in performers], np.float32).reshape(-1, 3)
        self._age = np.full(len(performers), NO_AGE, np.uint16)
        self._every = round(CHECKPOINT_SECONDS * self._step_rate)
        silence = self._performers.silence()
        self._checkpoints: list[State] = [silence]
        self._base = self._now = self._next = silence
        self._heard = -1

    def apply(self, event: score.Event) -> None:
        """Take in an event; what came after its show time is danced anew.

        A locate takes events back, and is none of them itself. Raises KeyError for a cue
        that the production does not have.
        """
        if event.kind == "locate":
            self._take_back(int(event.value))
            return
        if event.kind == "cue" and event.name not in self._cues:
            raise KeyError(event.name)
        step = self._step_of(event.show_time)
        place = bisect.bisect_right(self._times, event.show_time)
        self.events.insert(place, event)
        self._times.insert(place, event.show_time)
        self._steps.insert(place, step)
        self._dance_anew(step)

    def at(self, show_time: float, clock: float = 0.0) -> Frame:
        """Give the frame at a show time in seconds; clock: what the frame's `clock` will say."""
        show_time = max(show_time, 0.0)
        step = self._step_of(show_time)
        self._seek(step)
        heard = bisect.bisect_right(self._times, show_time)
        if heard != self._heard:
            self._now = self._after_events(self._base, heard)
            self._next = self._performers.step(self._now)
            self._heard = heard
        return self._frame(show_time, step, clock)

    # --- inside ---------------------------------------------------------------------

    def _step_of(self, show_time: float) -> int:
        return math.floor(show_time * self._step_rate + _EARLY)

    def _take_back(self, kept: int) -> None:
        """Take back all events but the first `kept`."""
        if kept < len(self.events):
            step = self._steps[kept]
            del self.events[kept:], self._times[kept:], self._steps[kept:]
            self._dance_anew(step)

    def _dance_anew(self, step: int) -> None:
        """Forget what was danced after a step, since its events have changed."""
        while self._checkpoints[-1].step > step:
            self._checkpoints.pop()
        if self._base.step > step:
            self._base = self._now = self._next = self._checkpoints[-1]
        self._heard = -1

    def _seek(self, step: int) -> None:
        """Make `_base` the state at `step`, before the events that fall into it."""
        if self._base.step == step:
            return
        if step != self._base.step + 1:
            i = bisect.bisect_right(self._checkpoints, step, key=lambda state: state.step) - 1
            if not self._checkpoints[i].step <= self._base.step <= step:
                self._base = self._checkpoints[i]
                self._heard = -1
        while self._base.step < step:
            heard = self._events_before(self._base.step + 1)
            if heard != self._heard:
                self._next = self._performers.step(self._after_events(self._base, heard))
            self._base = self._next
            self._heard = -1
            self._keep(self._base)

    def _events_before(self, step: int) -> int:
        return bisect.bisect_left(self._steps, step)

    def _after_events(self, state: State, heard: int) -> State:
        """Give the state after the events of its own step, up to number `heard`."""
        for event in self.events[self._events_before(state.step) : heard]:
            state = self._take_in(state, event)
        return state

    def _take_in(self, state: State, event: score.Event) -> State:
        match event.kind:
            case "cue":
                return self._performers.begin(state, self._cues[event.name], event.show_time)
            case "control":
                return self._performers.control(state, event.name, event.value)
            case "panic":
                return self._performers.fade_out(state, event.show_time, event.value)
            case "blackout":
                setting = state.setting.copy()
                setting.blackout = bool(event.value)
            case "hold":
                setting = state.setting.copy()
                setting.held = bool(event.value)
        return replace(state, setting=setting)

    def _keep(self, state: State) -> None:
        """Keep a state as a checkpoint where one is due."""
        if state.step % self._every or state.step <= self._checkpoints[-1].step:
            return
        self._checkpoints.append(state)
        if len(self._checkpoints) > MOST_CHECKPOINTS:
            self._every *= 2
            self._checkpoints = [s for s in self._checkpoints if s.step % self._every == 0]

    def _frame(self, show_time: float, step: int, clock: float) -> Frame:
        now, after = self._now, self._next
        part = show_time * self._step_rate - step
        if part < _EARLY:
            joints = now.joints
        else:
            root = now.root + (after.root - now.root) * part
            unit = now.unit + (after.unit - now.unit) * part
            unit /= np.sqrt(np.einsum("pbk,pbk->pb", unit, unit))[..., None]
            joints = features.build(root, unit, self._performers.body)
        setting = now.setting
        level = setting.level(show_time)
        state = setting.mode
        if not level.all():
            gone = (level == 0) & (setting.level_to == 0)
            state = np.where(gone, np.uint8(PerformerState.ABSENT), state)
        flags = FrameFlag.NONE
        if setting.held:
            flags |= FrameFlag.HELD
        if setting.panic:
            flags |= FrameFlag.PANIC
        if setting.blackout:
            flags |= FrameFlag.BLACKOUT
            level = np.zeros_like(level)
        return Frame(
            index=math.floor(show_time * self.rate + _EARLY),
            show_time=show_time,
            clock=clock,
            timecode=self._timecode(show_time),
            flags=flags,
            joints=joints,
            level=level,
            color=self._color,
            state=state,
            age_ms=self._age,
        )
