"""Starts: where a dance begins, worked out before it does, so that GO costs but a copy.

Every cue's phrases are shown to the model beforehand. What cannot be known so early, live
poses and the midst of a cue, is worked out in portions when it is asked for.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine import features, live, score
from engine.clip import Clip
from engine.motion_model import NOISE, MotionModel
from engine.passage import Track
from engine.state import State

Array = NDArray[np.float32]
Float = NDArray[np.float64]
Key = tuple[str, int, tuple[tuple[str, str], ...]]
"""A cue's number, the steps into it, and the live poses."""

WARM_UP = 2.0
"""Seconds of a phrase that the model sees before it goes on from it."""
PORTION = 8
"""Steps of the model that are worked out at a time."""
MOST = 16
"""Starts that are kept of those that could not be known before."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a phrase leaves the model: its last two vectors [2, 52], h and c [layers, units].

    at: where on the stage it ends, x, y and yaw; None for a phrase, which may lie anywhere.
    """

    vectors: Array
    h: Array
    c: Array
    at: Float | None = None


class Dancers(Protocol):
    """Who can dance a cue from its top: engine.performer.Performers."""

    def silence(self) -> State:
        """Give the state before anything has happened."""
        ...

    def begin(self, state: State, cue: score.Cue, event: score.Event) -> State:
        """Give the state in which a cue's actions have begun."""
        ...

    def step(self, state: State) -> State:
        """Give the state one step later."""
        ...


class Starts:
    """The starts of a production's cues; each by the performer's place."""

    def __init__(
        self,
        names: Sequence[str],
        cues: Sequence[score.Cue],
        model: MotionModel,
        tracks: Mapping[Path, Track],
    ) -> None:
        """Work out what can be known of every cue."""
        self._names, self._model, self._tracks = names, model, tracks
        self._rate, self._controls = model.metadata.rate, model.metadata.controls
        self._known = {cue.number: _all_of(self._from_phrases(cue)) for cue in cues}
        self._worked_out: dict[Key, Mapping[int, Start]] = {}
        self._working: tuple[Key, Generator[None, None, Mapping[int, Start]]] | None = None

    def of(self, cue: score.Cue, event: score.Event) -> Mapping[int, Start]:
        """Give the starts of a cue that is ready."""
        key = self._key(cue, event)
        return self._known[cue.number] if key is None else self._worked_out[key]

    def prepare(self, cue: score.Cue, event: score.Event, dancers: Dancers) -> bool:
        """Do a little of the work for a cue; tell whether it is ready."""
        key = self._key(cue, event)
        if key is None or key in self._worked_out:
            return True
        if self._working is None or self._working[0] != key:
            self._working = key, self._work_out(cue, event, key[1], dancers)
        try:
            for _ in range(PORTION):
                next(self._working[1])
        except StopIteration as done:
            while len(self._worked_out) >= MOST:
                del self._worked_out[next(iter(self._worked_out))]
            self._worked_out[key], self._working = done.value, None
            return True
        return False

    def _key(self, cue: score.Cue, event: score.Event) -> Key | None:
        poses = tuple(sorted(event.live.items()))
        steps = round(event.value * self._rate)
        return (cue.number, steps, poses) if steps or poses else None

    def _work_out(
        self, cue: score.Cue, event: score.Event, steps: int, dancers: Dancers
    ) -> Generator[None, None, Mapping[int, Start]]:
        starts = dict(self._known[cue.number])
        if steps:
            starts |= yield from self._danced(cue, steps, dancers)
        if event.live:
            starts |= yield from self._from_live(cue, event.live)
        return starts

    def _from_phrases(self, cue: score.Cue) -> Generator[None, None, dict[int, Start]]:
        seen = round(WARM_UP * self._rate) + 1
        phrases = {
            p: self._tracks[action.phrase].vectors[-seen:]
            for p, action in self._actions(cue, "generate", "live")
            if action.phrase is not None
        }
        starts = yield from self._shown(cue, phrases)
        return starts

    def _from_live(
        self, cue: score.Cue, poses: Mapping[str, str]
    ) -> Generator[None, None, dict[int, Start]]:
        lengths = self._model.metadata.lengths
        phrases, ends = {}, {}
        for p, _ in self._actions(cue, "live"):
            if self._names[p] in poses:
                joints = live.read(poses[self._names[p]])
                track = Track.of(Clip(joints, self._rate, "live"), self._rate, lengths)
                phrases[p] = track.vectors
                ends[p] = np.array([*joints[-1, 0, :2], features.heading(joints[-1])], np.float64)
        starts = yield from self._shown(cue, phrases)
        return {p: replace(start, at=ends[p]) for p, start in starts.items()}

    def _danced(
        self, cue: score.Cue, steps: int, dancers: Dancers
    ) -> Generator[None, None, dict[int, Start]]:
        """Give where a cue that began at home has come to after so many steps."""
        chosen = dict(self._actions(cue, "generate"))
        only = replace(cue, actions={self._names[p]: action for p, action in chosen.items()})
        state = dancers.begin(dancers.silence(), only, score.Event(0.0, "cue", cue.number))
        for _ in range(steps if chosen else 0):
            state = dancers.step(state)
            yield
        return {
            p: Start(
                np.stack([state.previous[p], state.vector[p]]),
                state.h[:, p].copy(),
                state.c[:, p].copy(),
            )
            for p in chosen
        }

    def _shown(
        self, cue: score.Cue, phrases: Mapping[int, Array]
    ) -> Generator[None, None, dict[int, Start]]:
        """Let the model see phrases [T, 52], each in its performer's row of the batch."""
        count = len(self._names)
        row = np.zeros((count, len(self._controls.names)), np.float32)
        for p, action in self._actions(cue, "generate", "live"):
            if p in phrases:
                row[p] = self._controls.row(energy=action.energy, tags=action.tags)
        h, c = self._model.zeros(count)
        still = np.zeros((count, NOISE), np.float32)
        temperatures = np.ones((count, 2), np.float32)
        vector = np.zeros((count, features.SIZE), np.float32)
        previous = vector.copy()
        longest = max((len(vectors) for vectors in phrases.values()), default=0)
        for back in range(longest, 1, -1):
            for p, vectors in phrases.items():
                if back == len(vectors):
                    h[:, p] = c[:, p] = 0.0
                if back <= len(vectors):
                    vector[p], previous[p] = vectors[-back], vectors[max(-back - 1, -len(vectors))]
            _, h, c, _ = self._model.step(vector, previous, row, h, c, still, temperatures)
            yield
        return {p: Start(v[-2:], h[:, p].copy(), c[:, p].copy()) for p, v in phrases.items()}

    def _actions(self, cue: score.Cue, *kinds: str) -> list[tuple[int, score.Action]]:
        """Give the actions of some kinds, each with its performer's place."""
        found = ((p, cue.actions.get(name)) for p, name in enumerate(self._names))
        return [(p, action) for p, action in found if action is not None and action.kind in kinds]


def _all_of(work: Generator[None, None, dict[int, Start]]) -> dict[int, Start]:
    """Do all of the work; give what comes of it."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            found: dict[int, Start] = done.value
            return found
