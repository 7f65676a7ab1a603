"""The timeline: what happens by show time, so that a locate can go to any place in it.

Two of them matter. The score is what the production makes of show time by itself: its
first cue, cues on timecode, and all that follows them. The night is what did happen,
hands included. A locate goes by one of the two.
"""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.score import Event
from show.cue_stack import CueStack, State

SCORE = "score"
"""Name of a locate that goes by the score."""
SKIP = 5.0
"""Seconds ahead that still are the night: a jump of that length keeps what hands have given."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The stack as it was from a show time on."""

    show_time: float
    stack: State


@dataclass(slots=True)
class Timeline:
    """Events in the order of their show times, and the moments at which the stack changed."""

    events: list[Event] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)

    def note(self, show_time: float, stack: State) -> None:
        """Note where the stack is at a show time, which is not before the last one."""
        if not self.moments or self.moments[-1].stack != stack:
            self.moments.append(Moment(show_time, stack))

    def take(self, event: Event, score: Timeline) -> None:
        """Take an event in: a locate leaves as many before it as its value says."""
        if event.kind != "locate":
            self.events.append(event)
            return
        del self.events[int(event.value) :]
        known = score if event.name == SCORE else self
        self.moments = known.moments[: known.moments_until(event.show_time)]

    def until(self, show_time: float) -> list[Event]:
        """Give the events that are not later than a show time."""
        return self.events[
            : bisect.bisect_right(self.events, show_time, key=lambda event: event.show_time)
        ]

    def moments_until(self, show_time: float) -> int:
        """Give how many moments are not later than a show time."""
        return bisect.bisect_right(self.moments, show_time, key=lambda m: m.show_time)

    def stack_at(self, show_time: float) -> State:
        """Give the stack as it was at a show time."""
        count = self.moments_until(show_time)
        return self.moments[count - 1].stack if count else State()

    def switched(self, kind: str) -> bool:
        """Tell whether blackout or hold is on after the last event."""
        values = [event.value for event in self.events if event.kind == kind]
        return bool(values and values[-1])

    def common(self, events: Sequence[Event]) -> int:
        """Give how many of the first events are the same in both."""
        pairs = zip(self.events, events, strict=False)
        same = min(len(self.events), len(events))
        return next((n for n, (a, b) in enumerate(pairs) if not _same(a, b)), same)


def score_of(stack: CueStack, start: str | None) -> Timeline:
    """Play a stack that nobody has touched on a virtual clock; give what comes by itself.

    start: number of the cue that runs at the top, None where a hand gives the first one.
    """
    score = Timeline()
    events = [] if start is None else stack.top(start)
    score.note(0.0, stack.state)
    score.events += events
    while stack.due is not None:
        due = stack.due
        score.events += stack.advance(due)
        score.note(due, stack.state)
    return score


def goes_by_score(night: Timeline, score: Timeline, now: float, show_time: float) -> bool:
    """Tell whether a locate from `now` to a show time goes by the score, or by the night.

    By the night as far as it has come and a little ahead; beyond that by the score, since
    nobody knows what hands would have given until then.
    """
    if show_time <= now:
        return False
    untouched = night.common(score.events) == len(night.events)
    return untouched or show_time > now + SKIP


def remembered(
    events: Sequence[Event],
    stacks: Sequence[tuple[int, float, Mapping[str, Any]]],
    stack: CueStack,
    score: Timeline,
) -> Timeline:
    """Give the night that a journal tells, and bring the stack to where it was.

    events: as they were given. stacks: after how many of them, at which show time, the
    stack's state. Raises ValueError where it fits another stack.
    """
    night = Timeline()
    given = 0
    for count, show_time, state in stacks:
        for event in events[given:count]:
            night.take(event, score)
        given = max(given, count)
        stack.resume(state)
        night.note(show_time, stack.state)
    for event in events[given:]:
        night.take(event, score)
    return night


def _same(a: Event, b: Event) -> bool:
    return (a.show_time, a.kind, a.name, a.value) == (b.show_time, b.kind, b.name, b.value)
