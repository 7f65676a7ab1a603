"""The stage manager: joins the cue stack, the show clock and the engine.

Every command comes through `command`, whoever gives it: keyboard, page, HTTP, OSC or MIDI.
What comes of it are events with their show times, handed to the loop by `direct`, to the
journal and to the recording. GO, back and panic let a held show run on, as nothing would
be seen of them otherwise.

A locate puts the show where it would be at that show time and gives none of the cues
between; show/timeline.py says by what it goes. What a hand has taken away stays away:
panic, blackout and hold are after a locate as they were before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.journal import Night
from engine.live import LivePoses
from engine.score import Event
from show import command
from show.cue_stack import CueStack
from show.living import Living
from show.refusal import RefusedError
from show.show_clock import ShowClock
from show.timecode import clock_text
from show.timeline import SCORE, Timeline, goes_by_score, remembered, score_of


@dataclass(frozen=True, slots=True)
class Range:
    """What a control may be set to."""

    low: float
    high: float


class StageManager:
    """Runs one show.

    start: number of the cue that runs at the top, None where a hand gives the first one.
    controls: the controls there are, "energy" or "red/energy", with their ranges. now: the
    engine clock. people: poses of the living, for cues that begin from them; step_rate: of the
    model that dances on from there. heard: called with every event and the engine clock.
    book: called with show time, kind, what and detail of all that goes into the show log.
    changed: called after every change that a page would want to see. score: what the
    production does by itself. night: what has happened. notice: what was last passed over,
    a line for the pages. living: people whose poses come in.
    """

    def __init__(
        self,
        stack: CueStack,
        clock: ShowClock,
        *,
        start: str | None,
        controls: Mapping[str, Range],
        now: Callable[[], float],
        people: LivePoses | None = None,
        step_rate: float = 30.0,
        heard: Callable[[Event, float], None] = lambda event, clock: None,
        book: Callable[[float, str, str, str], None] = lambda show_time, kind, what, detail: None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.stack, self.clock = stack, clock
        self.blackout, self.notice = False, ""
        self.controls: dict[str, float] = {}
        self.night, self.score = Timeline(), score_of(stack.fresh(), start)
        self.living = Living(stack.cues, LivePoses([]) if people is None else people, step_rate)
        self._start, self._ranges, self.now = start, controls, now
        self._names = {cue.number: cue.name for cue in stack.cues}
        self._quiet = False
        self._heard, self._changed, self._book = heard, changed, book
        self._events: list[Event] = []
        stack.tell = self._tell
        self._shown = self._latest = -math.inf

    def command(self, name: str, fields: Mapping[str, object], by: str = "") -> None:
        """Carry out a command; raises RefusedError, in one line, where it cannot be.

        by: who gives it, for people.
        """
        if name == "seed":  # many a second, and nothing that a page would want to see
            command.check(name, fields)
            self.living.receive(fields, self.now())
            return
        clock = self._catch_up()
        try:
            command.check(name, fields)
            self._obey(name, fields, clock, by)
        except RefusedError as error:
            self._book(self._time(clock), "refused", name[:40], f"{error}, by {by}")
            raise
        self._note(clock)

    def locate(self, show_time: float, by: str = "timecode") -> None:
        """Put the show where it would be at a show time, and let it go on from there."""
        clock = self._catch_up()
        self._locate(max(show_time, 0.0), clock, by)
        self._note(clock)

    def begin(self) -> None:
        """Give what comes at the top of the show."""
        clock = self.now()
        if self._start is not None:
            self._give(self.stack.top(self._start), clock)
        self._note(clock)

    def direct(self, clock: float) -> tuple[float, list[Event]]:
        """Give the show time at a tick, and the events since the last one."""
        show_time = self._shown = max(self._shown, self.clock.at(clock))
        started = self.stack.advance(show_time, clock)
        if started:
            self._give(started, clock)
            self._note(clock)
        events, self._events = self._events, []
        return show_time, events

    def resume(self, night: Night) -> None:
        """Take up a show that stopped; raises ValueError where it had another stack."""
        for _, _, state in night.stacks[-1:]:
            self.stack.resume(state)
        self.score = score_of(self.stack.fresh(), self._start)
        self.night = remembered(night.events, night.stacks, self.stack, self.score)
        for event in self.night.events:
            self._keep(event)
        for number, seconds in self.stack.all_loaded():
            self._events.append(Event(night.show_time, "load", number, seconds))

    def _time(self, clock: float) -> float:
        """Give show time at a clock, never before the last frame's or the last event's."""
        return max(self._shown, self._latest, self.clock.at(clock))

    def _catch_up(self) -> float:
        """Give the cues whose time has come by now, before anything else; give the clock."""
        clock = self.now()
        self._give(self.stack.advance(self._time(clock), clock), clock)
        return clock

    def _obey(self, name: str, fields: Mapping[str, object], clock: float, by: str) -> None:
        self.notice, said = "", f"by {by}"
        match name:
            case "go" | "back" | "panic":
                self._stack(name, fields, clock, by)
                return
            case "standby":
                number = command.text(name, "cue", fields)
                self.stack.stand_by(number)
                said = f"{number} {said}"
            case "load":
                number = command.text(name, "cue", fields)
                seconds = command.seconds(name, fields, "seconds")
                self.stack.load(number, seconds)
                self._events.append(Event(self._time(clock), "load", number, seconds))
                said = f"{number} to {clock_text(seconds)} {said}"
            case "arm":
                number = command.text(name, "cue", fields)
                said = f"{number} {'on' if self._arm(number, fields) else 'off'} {said}"
            case "hold":
                self._hold(clock, by, held=command.switch(name, fields, self.clock.held))
                said = f"{'on' if self.clock.held else 'off'} {said}"
            case "blackout":
                self.blackout = command.switch(name, fields, self.blackout)
                value = float(self.blackout)
                self._give([Event(self._time(clock), "blackout", value=value, by=by)], clock)
                said = f"{'on' if self.blackout else 'off'} {said}"
            case "locate":
                self._locate(command.seconds(name, fields, "show_time"), clock, by)
                return
            case "control":
                self._control(fields, clock, by)
                return
        self._book(self._time(clock), "trigger", name, said)

    def _stack(self, name: str, fields: Mapping[str, object], clock: float, by: str) -> None:
        now = self._time(clock)
        match name:
            case "go":
                number = command.text(name, "cue", fields) if "cue" in fields else None
                events = self.stack.go(now, clock, number, by)
            case "back":
                events = self.stack.back(now, clock, by)
            case _:
                events = self.stack.panic(now, by)
        self._book(now, "trigger", name, f"{fields.get('cue', '')} by {by}".lstrip())
        if self.clock.held:
            self._hold(clock, by, held=False)
        self._give(events, clock)

    def _arm(self, number: str, fields: Mapping[str, object]) -> bool:
        armed = command.switch("arm", fields, self.stack.armed(number))
        self.stack.arm(number, armed=armed)
        self.score = score_of(self.stack.fresh(), self._start)
        return armed

    def _locate(self, show_time: float, clock: float, by: str) -> None:
        now, panicking = self._time(clock), self.stack.panicking
        by_score = goes_by_score(self.night, self.score, now, show_time)
        timeline = self.score if by_score else self.night
        if by_score or show_time <= now:
            self.stack.state = timeline.stack_at(show_time)
        self._quiet = True
        passed = self.stack.advance(show_time)
        self._quiet = False
        events = timeline.until(show_time)
        if not by_score and show_time > now:
            events += passed
        kept = self.night.common(events)
        self._book(now, "locate", f"by {by}", f"to {clock_text(show_time)}")
        self.clock.locate(clock, show_time)
        self._shown = self._latest = show_time
        name = SCORE if by_score else ""
        self._take([Event(show_time, "locate", name, kept, by), *events[kept:]], clock)
        for event in (
            Event(show_time, "blackout", value=float(self.blackout), by=by),
            Event(show_time, "hold", value=float(self.clock.held), by=by),
        ):
            if self.night.switched(event.kind) != event.value:
                self._give([event], clock)
        if panicking:
            self._give(self.stack.stay_away(show_time, by), clock)
        self.controls = {e.name: e.value for e in self.night.events if e.kind == "control"}

    def _hold(self, clock: float, by: str, *, held: bool) -> None:
        if held != self.clock.held:
            self.clock.hold(clock, held=held)
            self._give([Event(self._time(clock), "hold", value=float(held), by=by)], clock)

    def _control(self, fields: Mapping[str, object], clock: float, by: str) -> None:
        name = command.text("control", "name", fields)
        if name not in self._ranges:
            known = ", ".join(sorted(n for n in self._ranges if "/" not in n))
            expected = f"one of {known}, or <performer>/<one of them>"
            raise RefusedError("control", found=repr(name)[:40], expected=expected)
        value, limits = command.number("control", fields), self._ranges[name]
        if not limits.low <= value <= limits.high:
            expected = f"{limits.low:g} to {limits.high:g}"
            raise RefusedError("control", name, found=f"{value:g}", expected=expected)
        self._give([Event(self._time(clock), "control", name, value, by)], clock)
        self._book(self._time(clock), "control", name, f"{value:g} by {by}")

    def _give(self, events: Sequence[Event], clock: float) -> None:
        """Let events happen, now: cues take their live poses, and the log is told of them."""
        for event in events:
            self._take([self.living.begin(event, clock)], clock)
            if event.kind == "cue":
                name = self._names[event.name]
                into = f" from {clock_text(event.value)}" if event.value else ""
                self._book(event.show_time, "cue", event.name, f"{name}{into} ({event.by})")

    def _take(self, events: Sequence[Event], clock: float) -> None:
        for event in events:
            self._events.append(event)
            self._latest = event.show_time
            self.night.take(event, self.score)
            self._keep(event)
            self._heard(event, clock)

    def _keep(self, event: Event) -> None:
        if event.kind == "control":
            self.controls[event.name] = event.value
        elif event.kind == "blackout":
            self.blackout = bool(event.value)

    def _tell(self, show_time: float, line: str) -> None:
        if not self._quiet:
            self.notice = line
            self._book(show_time, "passed over", line, "")

    def _note(self, clock: float) -> None:
        self.night.note(self._time(clock), self.stack.state)
        self._changed()
