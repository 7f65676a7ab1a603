"""The cue stack: standby and GO, back, waits, follow-ons, cues on timecode, arming, panic.

Pure logic: time comes in, events for the engine come out. Two times: `now` is show time,
in which cues run and wait (it stands still while the show is held); `clock` is the engine
clock, in which a hand on a button is measured.

- GO gives the cue on standby, or the one that is named, and puts the next one there. The
  cue starts after its pre-wait; where it was loaded to a time, that far into it.
- With auto-continue the next cue follows post_wait after the start, with auto-follow when
  the cue is complete, each plus the pre-wait of the next.
- A cue on timecode is given when show time passes it, once: not where a hand has given it
  already and it is still running, and not while a panic lasts. Standby goes with it.
- A GO or back by hand, and a timecode, take the place of a follow-on that still waits, but
  not of another one's pre-wait.
- Back gives the cue before the last one given, without its pre-wait, and puts the one after
  it on standby.
- A disarmed cue is passed over by GO and back. Where it would come by itself it does
  nothing, but keeps its place in time: what follows it comes when it always did.
- Panic cancels all that waits and fades out; a second one is at once; the next cue that a
  hand gives ends it.

Whoever asks calls `advance` first, so that what was due before comes before. What has come
of it is a `State`, never changed once made: a locate takes one that was kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from engine.score import Event
from show.cue import Cue
from show.refusal import RefusedError

FOLLOW, TIMECODE = "follow-on", "timecode"
"""What is said to have given a cue that comes by itself."""


@dataclass(frozen=True, slots=True, order=True)
class Waiting:
    """A cue that starts by itself at `due`, show time.

    order: which was asked for first. given: by which GO or back, counted. into: seconds of
    the cue that are left out. by: who gave it; a follow-on gives its place to the next GO.
    """

    due: float
    order: int
    cue: int
    given: int
    into: float
    by: str


@dataclass(frozen=True, slots=True)
class State:
    """Where the stack is, cues as places in it.

    chosen: whether a hand has put the standby where it is. since: show time at which the
    running cue began, counted from its top. waiting: the next one first. timed: how many
    timecodes have passed.
    """

    standby: int | None = 0
    chosen: bool = False
    given: int = 0
    last: int | None = None
    running: int | None = None
    since: float = 0.0
    waiting: tuple[Waiting, ...] = ()
    timed: int = 0
    panic: int = 0
    order: int = 0


class CueStack:
    """The stack of one show.

    go_guard: least seconds of the engine clock between two GOs, whoever gives them, and
    between two backs. panic: seconds of its fade. tell: called with show time and a line
    for every cue that is passed over.
    """

    def __init__(self, cues: Sequence[Cue], *, go_guard: float, panic: float) -> None:
        self.cues = cues
        self.state = State()
        self.tell: Callable[[float, str], None] = lambda now, line: None
        self._go_guard, self._panic = go_guard, panic
        self._places = {cue.number: place for place, cue in enumerate(cues)}
        self._timed = sorted(
            (cue.timecode, place) for place, cue in enumerate(cues) if cue.timecode is not None
        )
        self._disarmed = {place for place, cue in enumerate(cues) if not cue.armed}
        self._loaded: dict[int, float] = {}
        self._last_go = self._last_back = self._last_alone = -math.inf

    def fresh(self) -> CueStack:
        """Give a stack in which nothing has happened, armed as this one."""
        found = CueStack(self.cues, go_guard=self._go_guard, panic=self._panic)
        found._disarmed = set(self._disarmed)
        return found

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
        """Show time at which something comes by itself next, None where nothing does."""
        state = self.state
        times = [waiting.due for waiting in state.waiting[:1]]
        times += [time for time, _ in self._timed[state.timed : state.timed + 1]]
        return min(times, default=None)

    def armed(self, number: str) -> bool:
        """Tell whether a cue is armed; raises RefusedError where there is no such number."""
        return self._place("arm", number) not in self._disarmed

    def loaded(self, number: str) -> float:
        """Give the seconds into a cue at which its next GO starts it."""
        return self._loaded.get(self._places[number], 0.0)

    def all_loaded(self) -> list[tuple[str, float]]:
        """Give the cues that are loaded to a time, with it."""
        return [(self.cues[place].number, seconds) for place, seconds in self._loaded.items()]

    def top(self, number: str) -> list[Event]:
        """Give a cue at the top of the show."""
        place = self._place("start", number)
        self._give(place)
        self._wait(place, self.cues[place].pre_wait, "start")
        return self.advance(0.0)

    def go(self, now: float, clock: float, number: str | None = None, by: str = "") -> list[Event]:
        """Give the cue on standby, or the one that is named.

        Raises RefusedError at the end of the stack, where there is no such number or it is
        disarmed, within the guard time of the last GO, and within the guard time after the
        standby has started by itself: the hand was late, and meant that cue.
        """
        if number is None:
            place, passed = self._next_armed()
        else:
            place, passed = self._place("GO", number), []
            if place in self._disarmed:
                raise RefusedError("GO", found=f"cue {number} disarmed", expected="an armed cue")
        self._guard("GO", clock - max(self._last_go, self._last_alone))
        self._last_go = clock
        for other in passed:
            self.tell(now, f"GO passed over {self.cues[other].number}, which is disarmed")
        self._give(place)
        self._wait(place, now + self.cues[place].pre_wait, by, self._loaded.pop(place, 0.0))
        return self.advance(now, clock)

    def back(self, now: float, clock: float, by: str = "") -> list[Event]:
        """Give the cue before the last one given again, at once.

        Raises RefusedError where there is none, and within the guard time of the last back.
        """
        place = self.state.last
        while place is not None:
            place = place - 1 if place > 0 else None
            if place not in self._disarmed:
                break
        if place is None:
            raise RefusedError("back", found="no earlier cue", expected="one to go back to")
        self._guard("back", clock - self._last_back)
        self._last_back = clock
        self.state = replace(self.state, waiting=())
        self._give(place)
        return self._start(Waiting(now, 0, place, self.state.given, 0.0, by))

    def stand_by(self, number: str) -> None:
        """Put a cue on standby; raises RefusedError where there is no such number."""
        place = self._place("standby", number)
        self.state = replace(self.state, standby=place, chosen=True)

    def arm(self, number: str, *, armed: bool) -> None:
        """Arm or disarm a cue; raises RefusedError where there is no such number."""
        (self._disarmed.discard if armed else self._disarmed.add)(self._place("arm", number))

    def load(self, number: str, seconds: float) -> None:
        """Let the next GO of a cue start it that far into it.

        Raises RefusedError where there is no such number, or the cue is over by then.
        """
        place = self._place("load", number)
        longest = self.cues[place].duration
        if longest is not None and seconds > longest:
            expected = f"0 to {longest:g} s, which cue {number} takes"
            raise RefusedError("load", found=f"{seconds:g} s", expected=expected)
        self._loaded[place] = seconds

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
        while (due := self.due) is not None and due <= now:
            if self.state.waiting and self.state.waiting[0].due == due:
                next_one, *rest = self.state.waiting
                self.state = replace(self.state, waiting=tuple(rest))
                if next_one.by == FOLLOW:
                    self._follow(next_one.cue, clock)
                events += self._start(next_one)
            else:
                self._pass_timecode(due, clock)
        return events

    def written(self) -> dict[str, Any]:
        """Give the stack's state as values that JSON can hold."""
        hands = {"disarmed": sorted(self._disarmed), "loaded": sorted(self._loaded.items())}
        return asdict(self.state) | hands

    def resume(self, state: Mapping[str, Any]) -> None:
        """Take up a state given by `written`; raises ValueError where it fits another stack."""
        try:
            found = dict(state)
            disarmed, loaded = set(found.pop("disarmed")), dict(found.pop("loaded"))
            waiting = tuple(sorted(Waiting(**entry) for entry in found["waiting"]))
            restored = State(**{**found, "waiting": waiting})
        except (TypeError, KeyError, ValueError) as error:
            raise ValueError(f"no state of a cue stack: {error}") from None
        places = [restored.standby, restored.last, restored.running, *(w.cue for w in waiting)]
        for place in (*places, *disarmed, *loaded):
            if place is not None and not 0 <= place < len(self.cues):
                raise ValueError("the state of a stack with more cues")
        self.state, self._disarmed, self._loaded = restored, disarmed, loaded

    # --- inside ---------------------------------------------------------------------

    def _pass_timecode(self, time: float, clock: float) -> None:
        state, place = self.state, self._timed[self.state.timed][1]
        self.state = replace(state, timed=state.timed + 1)
        if state.panic:
            self.tell(time, f"the timecode of {self.cues[place].number} passed in panic")
        elif state.running == place or place in (waiting.cue for waiting in state.waiting):
            self.tell(time, f"the timecode of {self.cues[place].number} passed: it runs already")
        else:
            standby, chosen = state.standby, state.chosen
            self._give(place)
            if standby == place:
                self._last_alone = clock
            elif standby is None or standby > place or chosen:
                self.state = replace(self.state, standby=standby, chosen=chosen)
            self._wait(place, time + self.cues[place].pre_wait, TIMECODE)

    def _follow(self, place: int, clock: float) -> None:
        if self.state.standby == place:
            self.state = replace(self.state, standby=self._after(place), chosen=False)
            self._last_alone = clock
        self.state = replace(self.state, last=place)

    def _give(self, place: int) -> None:
        state = self.state
        self.state = replace(
            state,
            given=state.given + 1,
            last=place,
            standby=self._after(place),
            chosen=False,
            waiting=tuple(waiting for waiting in state.waiting if waiting.by != FOLLOW),
        )

    def _start(self, started: Waiting) -> list[Event]:
        """Start a cue whose time has come, and let the next one wait where it follows."""
        place, due, into = started.cue, started.due, started.into
        cue, following, events = self.cues[place], self._after(place), []
        if place in self._disarmed:
            self.tell(due, f"{cue.number} is disarmed, and did nothing")
        else:
            self.state = replace(self.state, running=place, since=due - into, panic=0)
            events.append(Event(due, "cue", cue.number, into, started.by))
        after = self._until_next(cue)
        if following is not None and after is not None and started.given == self.state.given:
            wait = max(after - into, 0.0) + self.cues[following].pre_wait
            self._wait(following, due + wait, FOLLOW)
        return events

    def _until_next(self, cue: Cue) -> float | None:
        """Give the seconds from a cue's start to its follow-on, None where it has none."""
        if cue.auto_continue:
            return cue.post_wait
        if cue.auto_follow:
            return max(cue.fade, cue.duration or 0.0)
        return None

    def _wait(self, place: int, due: float, by: str, into: float = 0.0) -> None:
        state = self.state
        waiting = Waiting(due, state.order + 1, place, state.given, into, by)
        self.state = replace(
            state, order=state.order + 1, waiting=tuple(sorted((*state.waiting, waiting)))
        )

    def _next_armed(self) -> tuple[int, list[int]]:
        """Give the first armed cue from the standby on, and those passed over before it."""
        place, passed = self.state.standby, []
        while place is not None and place in self._disarmed:
            passed.append(place)
            place = self._after(place)
        if place is None:
            found = "only disarmed cues" if passed else "the end of the stack"
            raise RefusedError("GO", found=found, expected="a cue on standby")
        return place, passed

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
