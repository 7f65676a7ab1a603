"""The mixer: the looks in use, crossfaded, with a hand over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.frame import Frame
from engine.lights.color import MIXED
from engine.lights.light import Light
from engine.lights.look import Look, Moment, with_values
from engine.lights.overrides import Overrides
from engine.lights.parameter import Value
from engine.lights.places import Places
from engine.lights.scene import Scene
from engine.lights.state import Layer, LightState, Override

Key = tuple[str, tuple[tuple[str, Value], ...]]
"""What tells one look in use from another: its name, and its own values."""


@dataclass(slots=True)
class _InUse:
    """A look with the values of its use, what it remembers, and its light of frame `frame`."""

    look: Look
    memory: Light
    light: Light
    frame: int = -1


class Mixer:
    """Gives the light of N pixels, the same for the same frames and states."""

    def __init__(
        self,
        pixels: Places,
        looks: Mapping[str, Look],
        performers: Sequence[str],
        flashes: float,
    ) -> None:
        """Take the looks by name and the performers' names in the order of the frame.

        flashes: most of them a second.
        """
        self._scene = Scene(pixels, performers)
        self._looks, self._flashes = looks, flashes
        self._count = pixels.count
        self._light, self._layer = Light(pixels.count), Light(pixels.count)
        self._in_use: dict[Key, _InUse] = {}
        self._layers: tuple[Layer, ...] = ()
        self._overrides = Overrides(pixels.count)
        self._told: tuple[Override, ...] = ()
        self._frame = 0

    def mix(self, frame: Frame, state: LightState) -> Light:
        """Give the light of a frame, which lasts until the next call.

        A look that the rig does not have gives none.
        """
        self._scene.take(frame)
        self._frame += 1
        if state.layers is not self._layers:
            self._prepare(state.layers)
        light = self._light
        light.clear()
        shares = [layer.share(frame.show_time) for layer in state.layers]
        lowest = max((i for i, share in enumerate(shares) if share >= 1.0), default=-1)
        if lowest >= 0:
            self._add(state.layers[lowest], frame.show_time, light)
        for layer, share in zip(state.layers[lowest + 1 :], shares[lowest + 1 :], strict=True):
            if share > 0.0:
                self._layer.clear()
                self._add(layer, frame.show_time, self._layer)
                light.cover(self._layer, share)
        self._touch(light, state, frame.clock)
        return light

    def _prepare(self, layers: Sequence[Layer]) -> None:
        """Make ready what has come into use, and let go what has left."""
        self._layers = tuple(layers)
        uses = {(use.look, use.values) for layer in layers for use in layer.uses}
        made: dict[Key, _InUse] = {}
        for key in uses:
            if key in self._in_use:
                made[key] = self._in_use[key]
            elif key[0] in self._looks:
                made[key] = self._begin(key)
        self._in_use = made

    def _begin(self, key: Key) -> _InUse:
        """Begin a look; one that ran with other values hands its memory on."""
        name, values = key
        look = with_values(self._looks[name], values)
        memory = Light(self._count)
        for (other, _), running in self._in_use.items():
            if other == name:
                memory.put(running.memory.used)
                break
        return _InUse(look, memory, Light(self._count))

    def _add(self, layer: Layer, show_time: float, to: Light) -> None:
        for use in layer.uses:
            running = self._in_use.get((use.look, use.values))
            if running is None:
                continue
            if running.frame != self._frame:
                running.frame = self._frame
                running.light.clear()
                turned = running.look.turning(self._flashes) * (show_time - use.since)
                moment = Moment(show_time - use.began, use.turns + turned, running.memory)
                running.look.add(self._scene, moment, running.light)
            to.put(running.light.used)

    def _touch(self, light: Light, state: LightState, clock: float) -> None:
        """Lay the hand over the looks."""
        if state.overrides is not self._told:
            self._told = state.overrides
            self._overrides.take(state.overrides)
        if not self._overrides.idle(clock):
            rows = self._overrides.at(clock)
            light.rows *= 1.0 - rows[0]
            light.rows[MIXED:] += rows[1:]
            light.plain = False
