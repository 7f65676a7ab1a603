"""The desk: what the pages see and touch of a running show or a replay."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from engine.clock import Ticker
from engine.fanout import Fanout, Lane
from engine.journal import Journal
from engine.lights.color import Emission
from engine.loop import Loop
from show import command, health, timecode
from show.ahead import Ahead
from show.chase.follower import Follower
from show.cue import Cue
from show.cue_stack import CueStack
from show.driver_process import DriverProcess
from show.health import OutputHealth
from show.lamps import Lamps
from show.lights import ShowLights
from show.refusal import RefusedError
from show.show_log import ShowLog
from show.stage_manager import StageManager

if TYPE_CHECKING:
    from show.midi.control import MidiControl
    from show.troupe.troupe import Troupe
    from show.troupe.understudy import Understudy

STALE = 1.0
"""Seconds without a tick after which the show is not healthy."""


class Desk(Protocol):
    """A running show as the web server knows it. changed: set when the state has changed."""

    changed: asyncio.Event

    @property
    def lanes(self) -> Sequence[Lane[Any]]:
        """Every output, those of the lights last."""
        ...

    def command(self, name: str, fields: Mapping[str, object], by: str) -> None:
        """Carry out a command that `by` gives; raises RefusedError in one line."""
        ...

    def touch(self, led: str, color: Emission | None, seconds: float) -> None:
        """Lay a hand on an LED or "all", None lets go; raises RefusedError in one line."""
        ...

    def outputs(self) -> list[OutputHealth]:
        """Tell how every output is."""
        ...

    def state(self) -> dict[str, Any]:
        """Give the state that the pages show."""
        ...

    def healthy(self, clock: float) -> bool:
        """Tell whether frames flow."""
        ...


class ShowDesk:
    """The desk of a show.

    journal, ahead, log: once there are such. lights: None without any. processes: those of
    outputs that have one of their own. follower: of a timecode, midi: inputs for hands and
    desks, each None where there is none.
    """

    def __init__(
        self,
        manager: StageManager,
        loop: Loop,
        ticker: Ticker,
        lanes: Sequence[Lane[Any]],
        changed: asyncio.Event,
        lights: ShowLights | None = None,
    ) -> None:
        self.changed, self.loop, self.ticker, self.lights = changed, loop, ticker, lights
        self.lanes = [*lanes, *(lights.lamps.lanes if lights is not None else ())]
        self.troupe: Troupe | None = None
        self.understudy: Understudy | None = None
        self.journal: Journal | None = None
        self.processes: list[DriverProcess] = []
        self.follower: Follower | None = None
        self.ahead: Ahead | None = None
        self.log: ShowLog | None = None
        self.midi: MidiControl | None = None
        self._manager = manager

    def command(self, name: str, fields: Mapping[str, object], by: str) -> None:
        """Carry out a command that `by` gives; raises RefusedError in one line."""
        if self.understudy is not None and self.understudy.following:
            leader = self.understudy.leader
            raise RefusedError(name, found="an engine that stands by", expected=f"{leader}'s pages")
        if name != "learn":
            self._manager.command(name, fields, by)
            return
        command.check(name, fields)
        if self.midi is None:
            raise RefusedError(name, found="no MIDI", expected="a table [midi] in show.toml")
        self.midi.learn(fields)

    def touch(self, led: str, color: Emission | None, seconds: float) -> None:
        """Lay a hand on an LED or "all", None lets go; raises RefusedError in one line."""
        if self.lights is None:
            raise RefusedError("LED", found="no patch.toml", expected="a show with lights")
        self.lights.touch(led, color, seconds)
        self.changed.set()

    def healthy(self, clock: float) -> bool:
        """Tell whether the last tick is less than a second old."""
        return clock - self.loop.last_tick < STALE

    def outputs(self) -> list[OutputHealth]:
        """Tell how every output is."""
        return health.of(self.lanes, self.processes)

    def state(self) -> dict[str, Any]:
        """Give the state that the pages show."""
        manager, stack, frame = self._manager, self._manager.stack, self.loop.last_frame
        running, standby = stack.running, stack.standby
        outputs = self.outputs()
        faults = [*self.loop.faults, *manager.living.faults.values(), *health.faults(outputs)]
        faults += [
            part.fault
            for part in (self.journal, self.ahead, self.log)
            if part is not None and part.fault is not None
        ]
        if self.follower is not None:
            faults += self.follower.faults()
        if self.midi is not None:
            faults += self.midi.faults()
        if self.troupe is not None:
            faults += self.troupe.faults()
        return {
            "type": "state",
            "show_time": frame.show_time if frame else 0.0,
            "timecode": timecode.text(frame.timecode if frame else (0, 0, 0, 0)),
            "midi": self.midi.state() if self.midi else None,
            "chase": self.follower.state() if self.follower else None,
            "running": _named(running) | {"since": stack.since} if running else None,
            "standby": _standing_by(standby, stack) if standby else None,
            "cues": [_listed(cue, stack) for cue in stack.cues],
            "notice": manager.notice,
            "hold": manager.clock.held,
            "panic": stack.panicking,
            "blackout": manager.blackout,
            "controls": manager.controls,
            "live": manager.living.state(manager.now()),
            "locating": self.loop.waiting,
            "ahead": self.ahead.state() if self.ahead is not None else None,
            "ticks": {"total": self.loop.ticks, "late": self.ticker.late},
            "outputs": [asdict(output) for output in outputs],
            "lights": self.lights.state.to_json() if self.lights is not None else None,
            "rig": {"projection": self.lights.lamps.projection}
            if self.lights is not None
            else None,
            "troupe": self.troupe.state() if self.troupe is not None else None,
            "faults": faults,
        }


class ReplayDesk:
    """The desk of a replay, which takes no commands. clock: of the last frame sent."""

    def __init__(self, fanout: Fanout, lamps: Lamps | None = None) -> None:
        """Take the lamps, None where the recording has no lights."""
        self.changed, self.fanout, self.lamps = asyncio.Event(), fanout, lamps
        self.lanes = [*fanout.lanes, *(lamps.lanes if lamps is not None else ())]
        self.show_time, self.timecode = 0.0, (0, 0, 0, 0)
        self.frames, self.clock = 0, 0.0

    def command(self, name: str, fields: Mapping[str, object], by: str) -> None:
        """Refuse."""
        raise RefusedError(name, found="a replay", expected="a running show")

    def touch(self, led: str, color: Emission | None, seconds: float) -> None:
        """Refuse."""
        raise RefusedError("LED", found="a replay", expected="a running show")

    def healthy(self, clock: float) -> bool:
        """Tell whether the last frame is less than a second old."""
        return clock - self.clock < STALE

    def outputs(self) -> list[OutputHealth]:
        """Tell how every output is."""
        return health.of(self.lanes)

    def state(self) -> dict[str, Any]:
        """Give the state that the pages show."""
        outputs = self.outputs()
        return {
            "type": "state",
            "show_time": self.show_time,
            "timecode": timecode.text(self.timecode),
            "midi": None,
            "chase": None,
            "running": None,
            "standby": None,
            "cues": [],
            "notice": "",
            "hold": False,
            "panic": False,
            "blackout": False,
            "controls": {},
            "live": {},
            "locating": False,
            "ahead": None,
            "ticks": {"total": self.frames, "late": 0},
            "outputs": [asdict(output) for output in outputs],
            "lights": None,
            "rig": {"projection": self.lamps.projection} if self.lamps is not None else None,
            "troupe": None,
            "faults": health.faults(outputs),
        }


def _standing_by(cue: Cue, stack: CueStack) -> dict[str, Any]:
    armed, loaded = stack.armed(cue.number), stack.loaded(cue.number)
    return _named(cue) | {"notes": cue.notes, "armed": armed, "loaded": loaded}


def _listed(cue: Cue, stack: CueStack) -> dict[str, Any]:
    """Give what a page lists of a cue. timecode: the show time of its timecode, or null."""
    found = {"notes": cue.notes, "timecode": cue.timecode, "armed": stack.armed(cue.number)}
    return _named(cue) | found


def _named(cue: Cue) -> dict[str, Any]:
    return {"number": cue.number, "name": cue.name}
