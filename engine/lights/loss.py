"""Loss: what the lights do when frames stop, and when they return.

For `hold` seconds nothing changes. Then the safe look covers the last light within `fade`
seconds, and when frames come again it gives way within `back` seconds, from wherever it
was: neither end jumps. Grand master and blackout hold all along.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.lights.state import Layer, LightState, Override, Use

DARK = "dark"
"""In place of a look's name: no light."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Seconds of each part, and the safe look's name; None to keep the last light."""

    hold: float = 2.0
    fade: float = 3.0
    back: float = 1.0
    look: str | None = None


class SafeLook:
    """How far the safe look covers the light; pure, own clock given in."""

    def __init__(self, loss: Loss, now: float) -> None:
        self._loss = loss
        self._part = 0.0
        self._now = self._heard = now

    def heard(self, now: float) -> None:
        """Take note that a frame has come."""
        self.move(now)
        self._heard = now

    @property
    def shows(self) -> bool:
        """Whether any of it is to be seen."""
        return self._part > 0.0

    def move(self, now: float) -> None:
        """Go on to a clock."""
        passed, self._now = max(now - self._now, 0.0), max(now, self._now)
        if self._loss.look is None:
            return
        lost = self._now - self._heard - self._loss.hold
        if lost > 0.0:
            passed = min(passed, lost)
            self._part = min(1.0, self._part + passed / max(self._loss.fade, 1e-3))
        else:
            self._part = max(0.0, self._part - passed / max(self._loss.back, 1e-3))

    def over(self, state: LightState, show_time: float) -> LightState:
        """Give the state with the safe look over it, for a frame of a show time."""
        if not self.shows:
            return state
        look = self._loss.look
        uses = () if look is None or look == DARK else (Use(look),)
        layer = Layer(uses, show_time - self._part, 1.0)
        rest = 1.0 - layer.share(show_time)
        hands = tuple(_weaker(hand, rest) for hand in state.overrides) if rest else ()
        return replace(state, layers=(*state.layers, layer), overrides=hands)


def _weaker(hand: Override, rest: float) -> Override:
    before = tuple(rest * value for value in hand.before)
    return replace(hand, before=before, after=tuple(rest * value for value in hand.after))
