"""The cue stack: standby and GO, back, waits, follow-ons, cues on timecode, locate, panic.

Pure logic: time comes in, events for the engine come out. Two times: `now` is show time,
in which cues run and wait (it stands still while the show is held); `clock` is the engine
clock, in which a hand on a button is measured.

GO gives the cue on standby, or the one that is named, and puts the next one there. A cue
starts after its pre-wait. With auto-continue the next cue follows post_wait after it, with
auto-follow when it is complete, each plus the pre-wait of the next. A GO or a back by hand
takes the place of a follow-on that still waits, but not of another GO's pre-wait. Back gives
the cue before the last one given, without its pre-wait, and puts the one after it on
standby. Panic cancels all that waits and fades out; a second one is at once; the next cue
ends it. Whoever asks calls `advance` first, so that what was due before comes before.

What has come of it is a `State`, never changed once made: a locate takes one that was kept,
and goes on from there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from engine.score import Event
from show.cue import Cue
from show.refusal import RefusedError

FOLLOW = "follow"
"""What is said to have given a cue that follows another."""


@dataclass(frozen=True, slots=True, order=True)
class Waiting:
    """A cue that starts by itself at `due`, show time.

    order: which was asked for first. given: by which GO or back, counted. by: who gave it;
    a cue that follows another gives its place to the next GO.
    """

    due: float
    order: int
    cue: int
    given: int
    by: str


@dataclass(frozen=True, slots=True)
class State:
    """Where the stack is, cues as places in it. waiting: the next one first."""

    standby: int | None = 0
    given: int = 0
    last: int | None = None
    running: int | None = None
    since: float = 0.0
    waiting: tuple[Waiting, ...] = ()
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
        self.state = State()
        self._last_go = self._last_back = self._last_follow = -math.inf

    @property
    def standby(self) -> Cue | None:
        """The cue that the next GO gives, None at the end of the stack."""
        return self._cue(self.state.standby)

    @property
    def running(self) -> Cue | None:
        """The cue that started last."""
        return self._cue(self.state.running)

    @property
    def since(self) -> float:
        """Show time at which the running cue started."""
        return self.state.since

    @property
    def panicking(self) -> bool:
        """Whether a panic has taken everything away, and no cue has come since."""
        return self.state.panic > 0

    @property
    def due(self) -> float | None:
        """Show time at which the next waiting cue starts, None where none waits."""
        return self.state.waiting[0].due if self.state.waiting else None

    def go(self, now: float, clock: float, number: str | None = None, by: str = "") -> list[Event]:
        """Give the cue on standby, or the one that is named.

        Raises RefusedError at the end of the stack, where there is no such number, within
        the guard time of the last GO, and within the guard time after the standby has
        started by itself: the hand was late, and meant that cue.
        """
        place = self.state.standby if number is None else self._place("GO", number)
        if place is None:
            raise RefusedError("GO", found="the end of the stack", expected="a cue on standby")
        self._guard("GO", clock - max(self._last_go, self._last_follow))
        self._last_go = clock
        self._give(place)
        self._wait(place, now + self.cues[place].pre_wait, by)
        return self.advance(now, clock)

    def back(self, now: float, clock: float, by: str = "") -> list[Event]:
        """Give the cue before the last one given again, at once.

        Raises RefusedError where there is none, and within the guard time of the last back.
        """
        last = self.state.last
        if last is None or last == 0:
            raise RefusedError("back", found="no earlier cue", expected="one to go back to")
        self._guard("back", clock - self._last_back)
        self._last_back = clock
        self.state = replace(self.state, waiting=())
        self._give(last - 1)
        return [self._start(last - 1, now, self.state.given, by)]

    def stand_by(self, number: str) -> None:
        """Put a cue on standby; raises RefusedError where there is no such number."""
        self.state = replace(self.state, standby=self._place("standby", number))

    def panic(self, now: float, by: str = "") -> list[Event]:
        """Fade everything out; at once when it is already fading or gone."""
        before = self.state.panic
        self.state = replace(self.state, waiting=(), panic=min(before + 1, 2))
        if before == 2:
            return []
        return [Event(now, "panic", value=0.0 if before else self._panic, by=by)]

    def stay_away(self, now: float, by: str = "") -> list[Event]:
        """Let the panic last where it has been taken back by a locate; gives its event."""
        if self.panicking:
            return []
        self.state = replace(self.state, waiting=(), panic=2)
        return [Event(now, "panic", by=by)]

    def advance(self, now: float, clock: float = -math.inf) -> list[Event]:
        """Start what is due, each at its own time, in order; calling it again is harmless."""
        events: list[Event] = []
        while self.state.waiting and self.state.waiting[0].due <= now:
            next_one, *rest = self.state.waiting
            state = replace(self.state, waiting=tuple(rest))
            if next_one.by == FOLLOW:
                if state.standby == next_one.cue:
                    state = replace(state, standby=self._after(next_one.cue))
                    self._last_follow = clock
                state = replace(state, last=next_one.cue)
            self.state = state
            events.append(self._start(next_one.cue, next_one.due, next_one.given, next_one.by))
        return events

    def written(self) -> dict[str, Any]:
        """Give the stack's state as values that JSON can hold."""
        return asdict(self.state)

    def resume(self, state: Mapping[str, Any]) -> None:
        """Take up a state given by `written`; raises ValueError where it fits another stack."""
        try:
            waiting = tuple(sorted(Waiting(**entry) for entry in state["waiting"]))
            restored = State(**{**state, "waiting": waiting})
        except (TypeError, KeyError) as error:
            raise ValueError(f"no state of a cue stack: {error}") from None
        places = [restored.standby, restored.last, restored.running, *(w.cue for w in waiting)]
        if any(place is not None and not 0 <= place < len(self.cues) for place in places):
            raise ValueError("the state of a stack with more cues")
        self.state = restored

    def _give(self, place: int) -> None:
        state = self.state
        self.state = replace(
            state,
            given=state.given + 1,
            last=place,
            standby=self._after(place),
            waiting=tuple(waiting for waiting in state.waiting if waiting.by != FOLLOW),
        )

    def _start(self, place: int, due: float, given: int, by: str) -> Event:
        cue, following = self.cues[place], self._after(place)
        self.state = replace(self.state, running=place, since=due, panic=0)
        if following is not None and given == self.state.given:
            after = self._until_next(cue)
            if after is not None:
                self._wait(following, due + after + self.cues[following].pre_wait, FOLLOW)
        return Event(due, "cue", cue.number, by=by)

    def _until_next(self, cue: Cue) -> float | None:
        """Give the seconds from a cue's start to its follow-on, None where it has none."""
        if cue.auto_continue:
            return cue.post_wait
        if cue.auto_follow:
            return max(cue.fade, cue.duration or 0.0)
        return None

    def _wait(self, place: int, due: float, by: str) -> None:
        state = self.state
        waiting = Waiting(due, state.order + 1, place, state.given, by)
        self.state = replace(
            state, order=state.order + 1, waiting=tuple(sorted((*state.waiting, waiting)))
        )

    def _guard(self, name: str, passed: float) -> None:
        if passed < self._go_guard:
            found = f"{max(passed, 0):.2f} s since the last one"
            expected = f"at least go_guard = {self._go_guard:g} s"
            raise RefusedError(name, found=found, expected=expected)

    def _place(self, name: str, number: str) -> int:
        if number not in self._places:
            raise RefusedError(name, found=f"cue {number[:40]!r}", expected="the number of a cue")
        return self._places[number]

    def _after(self, place: int) -> int | None:
        return place + 1 if place + 1 < len(self.cues) else None

    def _cue(self, place: int | None) -> Cue | None:
        return None if place is None else self.cues[place]
