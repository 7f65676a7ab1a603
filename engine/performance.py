"""The performance: a frame is a function of show time.

`Performance.at(show_time)` gives the same frame, bit for bit, played through, jumped to or
after a restart: noise comes from (seed, performer, step), states of the dance are kept as
checkpoints along the way, and what happened (cues, controls, panic) is an event with a
show time. An event acts on the step that it falls into, from the frame after it on.

A checkpoint bears a mark, a hash of all events before it and of what their cues ask for.
Whoever tells the same story up to there may go on from it: another place in the night, a
restart, or a process that danced ahead and left it on a shelf.
"""

from __future__ import annotations

import bisect
import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine import features, score
from engine.clip import Clip
from engine.frame import Frame, FrameFlag, PerformerState
from engine.memory import Memory
from engine.motion_model import MotionModel
from engine.performer import Performers
from engine.state import State

CHECKPOINT_SECONDS = 1.0
"""Between two checkpoints, so that what lies between is danced in a few milliseconds."""
MOST_CHECKPOINTS = 1024
"""In memory; beyond that, every other one is dropped and they are laid twice as far apart."""
PORTION = 4
"""Steps that are danced between two looks at the clock."""
NO_AGE = 65535
"""What a frame says of the age of a live pose where there is none, or it is older."""
_EARLY = 1e-6
"""Steps: a show time this close before a step counts as on it."""


def pal(show_time: float) -> tuple[int, int, int, int]:
    """Give the timecode of a show time at 25 frames a second."""
    seconds, frame = divmod(math.floor(show_time * 25 + _EARLY), 25)
    return seconds // 3600 % 24, seconds // 60 % 60, seconds % 60, frame


class Checkpoints(Protocol):
    """Where checkpoints are found: engine.memory.Memory, engine.shelf.Shelf."""

    def refresh(self) -> None:
        """Take in what has been added."""
        ...

    def last(self, mark: bytes, step: int) -> int | None:
        """Give the last step, not after `step`, of a checkpoint with a mark."""
        ...

    def find(self, mark: bytes, step: int) -> State | None:
        """Give the checkpoint that `last` tells of."""
        ...


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
        shelves: Sequence[Checkpoints] = (),
        kept: Callable[[bytes, State], None] = lambda mark, state: None,
    ) -> None:
        """Prepare every cue, so that none has to be prepared during the show.

        rate: frames a second. timecode: gives hours, minutes, seconds and frames at a show
        time. shelves: more checkpoints. kept: called with every checkpoint that is made.
        """
        self.rate = rate
        self._timecode = timecode
        self.events: list[score.Event] = []
        # Of each event: where it is looked for.
        self._times: list[float] = []
        self._steps: list[int] = []
        self._marks = [bytes(16)]
        self._cues = {cue.number: cue for cue in cues}
        self._cue_marks = {cue.number: _cue_mark(cue, phrases) for cue in cues}
        self._performers = Performers(performers, cues, model, phrases)
        self._step_rate = self._performers.rate
        self._color = np.array([p.color for p in performers], np.float32).reshape(-1, 3)
        self._every = round(CHECKPOINT_SECONDS * self._step_rate)
        self._memory = Memory(MOST_CHECKPOINTS, self._every)
        self._shelves: list[Checkpoints] = [self._memory, *shelves]
        self._kept = kept
        silence = self._performers.silence()
        self._memory.put(self._marks[0], silence, self._marks)
        self._base = self._now = self._next = silence
        self._heard = -1
        self._hint: score.Event | None = None

    @property
    def marks(self) -> Sequence[bytes]:
        """The marks of the story, from its beginning."""
        return self._marks

    def apply(self, event: score.Event) -> None:
        """Take in an event; what came after its show time is danced anew.

        A locate takes events back, and is none of them itself; a load only tells what may
        come. Raises KeyError for a cue that the production does not have.
        """
        if event.kind == "locate":
            self._take_back(int(event.value))
            return
        if event.kind == "load":
            self._hint = event
            return
        if event.kind == "cue" and event.name not in self._cues:
            raise KeyError(event.name)
        step = self._step_of(event.show_time)
        place = bisect.bisect_right(self._times, event.show_time)
        self.events.insert(place, event)
        self._times.insert(place, event.show_time)
        self._steps.insert(place, step)
        self._dance_anew(place, step)

    def approach(self, show_time: float) -> bool:
        """Do a little of what the frame at a show time needs; tell whether nothing is left.

        Whoever has other things to do calls it until then, and looks at the clock between.
        """
        step = self._step_of(show_time)
        self._leap(step)
        for _ in range(PORTION):
            if self._base.step == step:
                return self._ready(bisect.bisect_right(self._times, show_time))
            if self._ready(self._events_before(self._base.step + 1)):
                self._advance(step)
        return False

    def prepare(self) -> bool:
        """Do a little for the cue that was loaded last; tell whether nothing is left."""
        for shelf in self._shelves:
            shelf.refresh()
        if self._hint is not None and self._performers.prepare(
            self._cues[self._hint.name], self._hint
        ):
            self._hint = None
        return self._hint is None

    def adopt(self, mark: bytes, state: State) -> bool:
        """Go on from another engine's state, where the story up to it is the same.

        What was danced from there on is danced anew. Tell whether that is done with; not
        so before this dance has come to the state's step.
        """
        if self._base.step < state.step:
            return False
        if self._marks[self._events_before(state.step)] == mark:
            self._memory.put(mark, state, self._marks)
            self._base, self._heard = state, -1
        return True

    def reached(self, show_time: float) -> float:
        """Give how far on the way to a show time a checkpoint lies, in seconds."""
        for shelf in self._shelves:
            shelf.refresh()
        found = self._nearest(self._step_of(show_time), -1)
        return found[2] / self._step_rate if found else 0.0

    def at(self, show_time: float, clock: float = 0.0) -> Frame:
        """Give the frame at a show time in seconds; clock: what the frame's `clock` will say."""
        show_time = max(show_time, 0.0)
        while not self.approach(show_time):
            pass
        step = self._base.step
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
            self._dance_anew(kept, step)

    def _dance_anew(self, place: int, step: int) -> None:
        """Tell the story anew from an event on; what was danced after its step is another's."""
        del self._marks[place + 1 :]
        for event in self.events[place:]:
            self._marks.append(self._mark(event))
        if self._base.step > step:
            silence = self._memory.find(bytes(16), 0)
            assert silence is not None
            self._base = self._now = self._next = silence
        self._heard = -1

    def _mark(self, event: score.Event) -> bytes:
        """Give the mark of the story so far with an event more."""
        told = [event.show_time, event.kind, event.name, event.value, dict(event.live)]
        cue = self._cue_marks[event.name] if event.kind == "cue" else b""
        story = self._marks[-1] + json.dumps(told, sort_keys=True).encode() + cue
        return hashlib.blake2b(story, digest_size=16).digest()

    def _leap(self, step: int) -> None:
        """Make `_base` the last state, not after `step`, that is known."""
        base = self._base.step
        if step - 1 <= base <= step:
            return
        for shelf in self._shelves:
            shelf.refresh()
        while found := self._nearest(step, base if base < step else -1):
            shelf, mark, at = found
            state = shelf.find(mark, at)
            if state is not None and state.step == at:
                self._base, self._heard = state, -1
                return

    def _nearest(self, step: int, after: int) -> tuple[Checkpoints, bytes, int] | None:
        """Give the last checkpoint after one step and not after another: where, mark, step."""
        for heard in range(self._events_before(step), -1, -1):
            if heard < len(self._steps):
                step = min(step, self._steps[heard])
            if step <= after:
                return None
            mark = self._marks[heard]
            known = ((shelf, mark, shelf.last(mark, step)) for shelf in self._shelves)
            found = max(
                ((s, m, -1 if at is None else at) for s, m, at in known), key=lambda f: f[2]
            )
            if found[2] > after:
                return found
        return None

    def _advance(self, step: int) -> None:
        """Make `_base` the state one step later, or more where nothing moves until `step`."""
        heard = self._events_before(self._base.step + 1)
        if heard != self._heard:
            self._next = self._performers.step(self._after_events(self._base, heard))
        self._base, self._heard = self._next, -1
        if self._performers.idle(self._base):
            until = min((step, *self._steps[heard : heard + 1]))
            self._base = replace(self._base, step=max(self._base.step, until))
        self._keep(self._base)

    def _ready(self, heard: int) -> bool:
        """Prepare the cues of the step of `_base` a little, up to an event; tell if all are."""
        return all(
            self._performers.prepare(self._cues[event.name], event)
            for event in self.events[self._events_before(self._base.step) : heard]
            if event.kind == "cue"
        )

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
                return self._performers.begin(state, self._cues[event.name], event)
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
        if state.step % self._every == 0:
            mark = self._marks[self._events_before(state.step)]
            self._memory.put(mark, state, self._marks)
            self._kept(mark, state)

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
            age_ms=self._age(show_time),
        )

    def _age(self, show_time: float) -> NDArray[np.uint16]:
        """Give the age [P] of the live poses behind the dance, in milliseconds."""
        age = (show_time - self._now.setting.lived) * 1000
        return np.minimum(age, NO_AGE).astype(np.uint16)


def _cue_mark(cue: score.Cue, phrases: Mapping[Path, Clip]) -> bytes:
    """Give a hash of all that a cue asks for; a phrase counts by its poses."""

    def phrase(path: object) -> str:
        assert isinstance(path, Path)
        clip = phrases[path]
        return hashlib.sha256(clip.joints.tobytes() + repr(clip.fps).encode()).hexdigest()

    text = json.dumps(asdict(cue), default=phrase, sort_keys=True)
    return hashlib.sha256(text.encode()).digest()
