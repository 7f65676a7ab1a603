"""The stage manager: joins the cue stack, the show clock and the engine.

Every command comes through `command`, whoever gives it: keyboard, page, HTTP or OSC. What
comes of it are events with their show times, handed to the loop by `direct`, to the
journal and to the recording. GO, back and panic let a held show run on, as nothing would
be seen of them otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.score import Event
from show import command
from show.cue_stack import CueStack
from show.refusal import RefusedError
from show.show_clock import ShowClock


@dataclass(frozen=True, slots=True)
class Range:
    """What a control may be set to."""

    low: float
    high: float


class StageManager:
    """Runs one show.

    controls: the controls there are, "energy" or "red/energy", with their ranges. now:
    the engine clock. heard: called with every event and the engine clock. changed: called
    after every change that a page would want to see.
    """

    def __init__(
        self,
        stack: CueStack,
        clock: ShowClock,
        *,
        controls: Mapping[str, Range],
        now: Callable[[], float],
        heard: Callable[[Event, float], None] = lambda event, clock: None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.stack, self.clock = stack, clock
        self.blackout = False
        self.controls: dict[str, float] = {}
        self._ranges, self._now = controls, now
        self._heard, self._changed = heard, changed
        self._events: list[Event] = []
        self._shown = -math.inf

    def command(self, name: str, fields: Mapping[str, object]) -> None:
        """Carry out a command; raises RefusedError, in one line, where it cannot be."""
        command.check(name, fields)
        clock = self._now()
        self._give(self.stack.advance(self._time(clock), clock), clock)
        match name:
            case "go" | "back" | "panic":
                self._stack(name, clock)
            case "standby":
                self.stack.stand_by(command.text(name, "cue", fields))
            case "hold":
                self._hold(clock, held=command.switch(name, fields, self.clock.held))
            case "blackout":
                self.blackout = command.switch(name, fields, self.blackout)
                self._give(
                    [Event(self._time(clock), "blackout", value=float(self.blackout))], clock
                )
            case "control":
                self._control(fields, clock)
        self._changed()

    def start(self, number: str) -> None:
        """Give a cue at the top of the show."""
        self.stack.stand_by(number)
        clock = self._now()
        self._give(self.stack.go(self._time(clock), clock), clock)
        self._changed()

    def direct(self, clock: float) -> tuple[float, list[Event]]:
        """Give the show time at a tick, and the events since the last one."""
        show_time = self._shown = self._time(clock)
        started = self.stack.advance(show_time, clock)
        if started:
            self._give(started, clock)
            self._changed()
        events, self._events = self._events, []
        return show_time, events

    def resume(self, events: Sequence[Event]) -> None:
        """Take up what the events of a show that stopped have set."""
        for event in events:
            self._keep(event)

    def _time(self, clock: float) -> float:
        """Give show time at a clock, never before the last frame's."""
        return max(self._shown, self.clock.at(clock))

    def _stack(self, name: str, clock: float) -> None:
        now = self._time(clock)
        match name:
            case "go":
                events = self.stack.go(now, clock)
            case "back":
                events = self.stack.back(now, clock)
            case _:
                events = self.stack.panic(now)
        if self.clock.held:
            self._hold(clock, held=False)
        self._give(events, clock)

    def _hold(self, clock: float, *, held: bool) -> None:
        if held != self.clock.held:
            self.clock.hold(clock, held=held)
            self._give([Event(self._time(clock), "hold", value=float(held))], clock)

    def _control(self, fields: Mapping[str, object], clock: float) -> None:
        name = command.text("control", "name", fields)
        if name not in self._ranges:
            known = ", ".join(sorted(n for n in self._ranges if "/" not in n))
            expected = f"one of {known}, or <performer>/<one of them>"
            raise RefusedError("control", found=repr(name)[:40], expected=expected)
        value, limits = command.number("control", fields), self._ranges[name]
        if not limits.low <= value <= limits.high:
            expected = f"{limits.low:g} to {limits.high:g}"
            raise RefusedError("control", name, found=f"{value:g}", expected=expected)
        self._give([Event(self._time(clock), "control", name, value)], clock)

    def _give(self, events: Sequence[Event], clock: float) -> None:
        for event in events:
            self._events.append(event)
            self._keep(event)
            self._heard(event, clock)

    def _keep(self, event: Event) -> None:
        if event.kind == "control":
            self.controls[event.name] = event.value
        elif event.kind == "blackout":
            self.blackout = bool(event.value)
