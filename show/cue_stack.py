"""The cue stack: standby and GO, back, waits, auto-continue, auto-follow, panic.

Pure logic: time comes in, events for the engine come out. Two times: `now` is show time,
in which cues run and wait (it stands still while the show is held); `clock` is the engine
clock, in which a hand on a button is measured.

GO gives the cue on standby and puts the next one there. A cue starts after its pre-wait.
With auto-continue the next cue follows post_wait after it, with auto-follow when it is
complete, each plus the pre-wait of the next. A GO or a back by hand takes the place of a
follow-on that still waits, but not of another GO's pre-wait. Back gives the cue before the
last one given, without its pre-wait, and puts the one after it on standby. Panic cancels
all that waits and fades out; a second one is at once; the next cue ends it. Whoever asks
calls `advance` first, so that what was due before comes before.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from engine.score import Event
from show.cue import Cue
from show.refusal import RefusedError


@dataclass(frozen=True, slots=True, order=True)
class Waiting:
    """A cue that starts by itself at `due`, show time.

    order: which was asked for first. given: by which GO or back, counted. follow: it
    follows another cue, so the next GO takes its place.
    """

    due: float
    order: int
    cue: int
    given: int
    follow: bool


@dataclass(slots=True)
class State:
    """Where the stack is, cues as places in it; what a crashed show goes on from."""

    standby: int | None = 0
    given: int = 0
    last: int | None = None
    running: int | None = None
    since: float = 0.0
    waiting: list[Waiting] = field(default_factory=list)
    panic: int = 0
    order: int = 0


class CueStack:
    """The stack of one show.

    go_guard: least seconds of the engine clock between two GOs, whoever gives them, and
    between two backs. panic: seconds of its fade.
    """

    def __init__(self, cues: Sequence[Cue], *, go_guard: float, panic: float) -> None:
        self.cues = cues
        self._go_guard, self._panic = go_guard, panic
        self._places = {cue.number: place for place, cue in enumerate(cues)}
        self._state = State()
        self._last_go = self._last_back = self._last_follow = -math.inf

    @property
    def standby(self) -> Cue | None:
        """The cue that the next GO gives, None at the end of the stack."""
        return self._cue(self._state.standby)

    @property
    def running(self) -> Cue | None:
        """The cue that started last."""
        return self._cue(self._state.running)

    @property
    def since(self) -> float:
        """Show time at which the running cue started."""
        return self._state.since

    @property
    def panicking(self) -> bool:
        """Whether a panic has taken everything away, and no cue has come since."""
        return self._state.panic > 0

    @property
    def due(self) -> float | None:
        """Show time at which the next waiting cue starts, None where none waits."""
        return self._state.waiting[0].due if self._state.waiting else None

    def go(self, now: float, clock: float) -> list[Event]:
        """Give the cue on standby.

        Raises RefusedError at the end of the stack, within the guard time of the last GO,
        and within the guard time after the standby has started by itself: the hand was
        late, and meant that cue.
        """
        place = self._state.standby
        if place is None:
            raise RefusedError("GO", found="the end of the stack", expected="a cue on standby")
        self._guard("GO", clock - max(self._last_go, self._last_follow))
        self._last_go = clock
        self._give(place)
        self._wait(place, now + self.cues[place].pre_wait, follow=False)
        return self.advance(now, clock)

    def back(self, now: float, clock: float) -> list[Event]:
        """Give the cue before the last one given again, at once.

        Raises RefusedError where there is none, and within the guard time of the last back.
        """
        last = self._state.last
        if last is None or last == 0:
            raise RefusedError("back", found="no earlier cue", expected="one to go back to")
        self._guard("back", clock - self._last_back)
        self._last_back = clock
        self._state.waiting.clear()
        self._give(last - 1)
        return self._start(last - 1, now, self._state.given)

    def stand_by(self, number: str) -> None:
        """Put a cue on standby; raises RefusedError where there is no such number."""
        if number not in self._places:
            raise RefusedError(
                "standby", found=f"cue {number[:40]!r}", expected="the number of a cue"
            )
        self._state.standby = self._places[number]

    def panic(self, now: float) -> list[Event]:
        """Fade everything out; at once when it is already fading or gone."""
        state = self._state
        state.waiting.clear()
        if state.panic == 2:
            return []
        state.panic += 1
        return [Event(now, "panic", value=self._panic if state.panic == 1 else 0.0)]

    def advance(self, now: float, clock: float) -> list[Event]:
        """Start what is due, each at its own time, in order; calling it again is harmless."""
        events: list[Event] = []
        waiting = self._state.waiting
        while waiting and waiting[0].due <= now:
            next_one = heapq.heappop(waiting)
            if next_one.follow:
                if self._state.standby == next_one.cue:
                    self._state.standby = self._after(next_one.cue)
                    self._last_follow = clock
                self._state.last = next_one.cue
            events += self._start(next_one.cue, next_one.due, next_one.given)
        return events

    def state(self) -> dict[str, Any]:
        """Give the stack's state as values that JSON can hold."""
        return asdict(self._state)

    def resume(self, state: Mapping[str, Any]) -> None:
        """Take up a state given by `state`; raises ValueError where it fits another stack."""
        try:
            waiting = [Waiting(**entry) for entry in state["waiting"]]
            restored = State(**{**state, "waiting": waiting})
        except (TypeError, KeyError) as error:
            raise ValueError(f"no state of a cue stack: {error}") from None
        places = [restored.standby, restored.last, restored.running, *(w.cue for w in waiting)]
        if any(place is not None and not 0 <= place < len(self.cues) for place in places):
            raise ValueError("the state of a stack with more cues")
        heapq.heapify(restored.waiting)
        self._state = restored

    def _give(self, place: int) -> None:
        state = self._state
        state.given += 1
        state.last = place
        state.standby = self._after(place)
        state.waiting[:] = [waiting for waiting in state.waiting if not waiting.follow]
        heapq.heapify(state.waiting)

    def _start(self, place: int, due: float, given: int) -> list[Event]:
        state, cue = self._state, self.cues[place]
        state.running, state.since, state.panic = place, due, 0
        following = self._after(place)
        if following is not None and given == state.given:
            if cue.auto_continue:
                after = cue.post_wait
            elif cue.auto_follow:
                after = max(cue.fade, cue.duration or 0.0)
            else:
                return [Event(due, "cue", cue.number)]
            self._wait(following, due + after + self.cues[following].pre_wait, follow=True)
        return [Event(due, "cue", cue.number)]

    def _wait(self, place: int, due: float, *, follow: bool) -> None:
        state = self._state
        state.order += 1
        heapq.heappush(state.waiting, Waiting(due, state.order, place, state.given, follow))

    def _guard(self, name: str, passed: float) -> None:
        if passed < self._go_guard:
            found = f"{max(passed, 0):.2f} s since the last one"
            expected = f"at least go_guard = {self._go_guard:g} s"
            raise RefusedError(name, found=found, expected=expected)

    def _after(self, place: int) -> int | None:
        return place + 1 if place + 1 < len(self.cues) else None

    def _cue(self, place: int | None) -> Cue | None:
        return None if place is None else self.cues[place]
