"""The living: people whose poses come in, and cues that begin from what they have just done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine import live
from engine.live import LivePoses
from engine.score import Event
from show import command
from show.cue import Cue
from show.refusal import RefusedError


class Living:
    """Gives cues their live poses.

    poses: as they come in. step_rate: of the model that dances on from them. faults: of
    performers who had to begin without any, by name, until their next cue.
    """

    def __init__(self, cues: Sequence[Cue], poses: LivePoses, step_rate: float) -> None:
        self.poses = poses
        self.faults: dict[str, str] = {}
        self._cues = {cue.number: cue for cue in cues}
        self._step_rate = step_rate

    def receive(self, fields: Mapping[str, object], clock: float) -> None:
        """Take a pose, {"performer": …, "pose": 51 numbers}.

        Raises RefusedError where it is one that no person can have, or nobody's.
        """
        performer, pose = command.text("seed", "performer", fields), fields.get("pose")
        fault = self.poses.receive(performer, pose if isinstance(pose, list) else [], clock)
        if fault is not None:
            raise RefusedError("seed", performer[:40], found=fault)

    def begin(self, event: Event, clock: float) -> Event:
        """Give a cue's event with the poses that its live performers begin from."""
        if event.kind != "cue":
            return event
        found: dict[str, str] = {}
        for name, action in self._cues[event.name].actions.items():
            self.faults.pop(name, None)
            if action.kind != "live":
                continue
            poses = self.poses.last_second(name, clock, self._step_rate)
            if poses is not None:
                found[name] = live.written(poses)
                continue
            instead = "holds" if action.phrase is None else "dances from the phrase"
            age = self.poses.age(name, clock)
            since = "" if age is None else f" for {age:.1f} s"
            self.faults[name] = f"{name}: no live poses{since}; {instead}"
        return replace(event, live=found) if found else event

    def state(self, clock: float) -> dict[str, Any]:
        """Give what the pages show."""
        return self.poses.state(clock)
