"""The plan: the light state at every show time, from the events that the dance gets too.

Cues bring looks and crossfade to them, controls turn their parameters ("lights/pools/radius")
and the grand master ("lights/master"), panic fades everything out, blackout is blackout. So
a locate, a resumed show and a replay have the light that was. A hand on single pixels is
not of the plan: it is where it is now, whatever the show time.
"""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.lights import parameter
from engine.lights.color import Emission
from engine.lights.look import Look, with_values
from engine.lights.overrides import Overrides
from engine.lights.parameter import Value
from engine.lights.state import Layer, LightState, Override, Use
from engine.score import Event

PREFIX = "lights/"
"""Of the names of controls that are the lights'."""
MASTER = PREFIX + "master"
MOST_LAYERS = 16
"""Crossfades that run at a time; where there are more the lowest layer ends early."""


@dataclass(frozen=True, slots=True)
class Lighting:
    """What a cue asks of the lights.

    looks: by name, with their parameters' values where they differ from the look's own.
    None: to go on, or after a panic to come back. seconds: of the crossfade.
    """

    looks: Mapping[str, Mapping[str, Value]] | None
    seconds: float


UNCHANGED = Lighting(None, 0.0)


@dataclass(frozen=True, slots=True)
class _Now:
    """A state, and the looks that a panic has taken away."""

    state: LightState
    taken: tuple[Use, ...] | None = None


class LightPlan:
    """The lights of a production over show time.

    cues: what each asks of the lights, by number. looks: of the patch, by name. flashes:
    most of them a second. pixels: how many the rig has.
    """

    def __init__(
        self,
        cues: Mapping[str, Lighting],
        looks: Mapping[str, Look],
        *,
        flashes: float,
        pixels: int,
    ) -> None:
        self._cues, self._looks, self._flashes = cues, looks, flashes
        self._events: list[Event] = []
        self._times: list[float] = []
        self._after: list[_Now] = [_Now(LightState())]
        self._hands = Overrides(pixels)
        self._overrides: tuple[Override, ...] = ()
        self._touched: float | None = None
        self._given: tuple[LightState, LightState] = (LightState(), LightState())

    def apply(self, event: Event) -> None:
        """Take in an event; a locate takes others back, as its value says, a load is nothing.

        Raises KeyError for a cue that the production does not have.
        """
        if event.kind == "locate":
            kept = int(event.value)
            del self._events[kept:], self._times[kept:], self._after[kept + 1 :]
            return
        if event.kind == "load":
            return
        if event.kind == "cue" and event.name not in self._cues:
            raise KeyError(event.name)
        place = bisect.bisect_right(self._times, event.show_time)
        self._events.insert(place, event)
        self._times.insert(place, event.show_time)
        del self._after[place + 1 :]
        for later in self._events[place:]:
            self._after.append(self._take_in(self._after[-1], later))

    def touch(
        self, first: int, last: int, color: Emission | None, seconds: float, clock: float
    ) -> None:
        """Lay a hand on pixels, counted from 1, or let them go (None), from an engine clock on."""
        self._hands.set(first, last, color, seconds, clock)
        self._touched = clock

    def at(self, show_time: float) -> LightState:
        """Give the state at a show time, the same object until something changes."""
        if self._touched is not None:
            self._overrides, self._touched = self._hands.told(self._touched), None
        state = self._after[bisect.bisect_right(self._times, show_time)].state
        planned, given = self._given
        if planned is not state or given.overrides is not self._overrides:
            given = replace(state, overrides=self._overrides) if self._overrides else state
            self._given = state, given
        return given

    # --- inside ---------------------------------------------------------------------

    def _take_in(self, now: _Now, event: Event) -> _Now:
        state = now.state
        match event.kind:
            case "cue":
                began = event.show_time - event.value
                return self._cue(now, self._cues[event.name], event.show_time, began)
            case "panic":
                taken = state.layers[-1].uses if state.layers and now.taken is None else now.taken
                layers = _over(state.layers, Layer((), event.show_time, event.value))
                return _Now(replace(state, layers=layers), taken or ())
            case "blackout":
                return replace(now, state=replace(state, blackout=bool(event.value)))
            case "control" if event.name == MASTER:
                return replace(now, state=replace(state, master=event.value))
            case "control" if event.name.startswith(PREFIX):
                return replace(now, state=self._turn(state, event))
        return now

    def _cue(self, now: _Now, cue: Lighting, show_time: float, began: float) -> _Now:
        state = now.state
        if cue.looks is None:
            if now.taken is None:
                return now
            uses = now.taken
        else:
            before = now.taken or (state.layers[-1].uses if state.layers else ())
            running = {use.look: use for use in before}
            uses = tuple(
                self._use(name, tuple(sorted(values.items())), running.get(name), show_time, began)
                for name, values in cue.looks.items()
            )
            if now.taken is None and uses == before:
                return now
        layers = _over(state.layers, Layer(uses, show_time, cue.seconds))
        return _Now(replace(state, layers=layers))

    def _use(
        self,
        name: str,
        values: tuple[tuple[str, Value], ...],
        running: Use | None,
        show_time: float,
        began: float,
    ) -> Use:
        """Give the use of a look in a cue; what turns goes on turning where it is."""
        if running is None or parameter.plays_file(self._looks[name]):
            return Use(name, values, began=began)
        if running.values == values:
            return running
        return self._changed(running, values, show_time)

    def _turn(self, state: LightState, event: Event) -> LightState:
        """Give the state with a parameter changed wherever its look is in use."""
        name, _, key = event.name.removeprefix(PREFIX).partition("/")

        def turned(use: Use) -> Use:
            if use.look != name:
                return use
            values = tuple(sorted((dict(use.values) | {key: event.value}).items()))
            return self._changed(use, values, event.show_time)

        layers = tuple(
            replace(layer, uses=tuple(turned(use) for use in layer.uses)) for layer in state.layers
        )
        return state if layers == state.layers else replace(state, layers=layers)

    def _changed(self, use: Use, values: tuple[tuple[str, Value], ...], show_time: float) -> Use:
        """Give a use with other values that goes on turning from where it is."""
        speed = with_values(self._looks[use.look], use.values).turning(self._flashes)
        after = with_values(self._looks[use.look], values).turning(self._flashes)
        if speed == after:
            return replace(use, values=values)
        turns = use.turns + speed * (show_time - use.since)
        return replace(use, values=values, since=show_time, turns=turns)


def _over(layers: tuple[Layer, ...], top: Layer) -> tuple[Layer, ...]:
    """Give the layers with one more, without those that nothing is to be seen of."""
    covering = [i for i, layer in enumerate(layers) if layer.share(top.start) >= 1.0]
    seen = layers[covering[-1] :] if covering else layers
    return (*seen, top)[-MOST_LAYERS:]
