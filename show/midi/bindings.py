"""The bindings: which trigger does what, and what comes of a touch."""

from __future__ import annotations

from collections.abc import Mapping

from show.midi.target import SWITCHES, Target
from show.midi.trigger import Touch, Trigger
from show.stage_manager import Range

PRESSED = 64
"""Value from which on a control that gives a command is pressed."""
Command = tuple[str, dict[str, object]]


class Bindings:
    """The bindings of a show; learning changes them.

    ranges: of the controls there are, by name.
    """

    def __init__(self, targets: Mapping[Trigger, Target], ranges: Mapping[str, Range]) -> None:
        self.targets = dict(targets)
        self._ranges = ranges
        self._values: dict[Trigger, int] = {}

    def bind(self, trigger: Trigger, target: Target) -> None:
        """Let a trigger do this and nothing else."""
        kept = {t: what for t, what in self.targets.items() if not t.overlaps(trigger)}
        self.targets = {**kept, trigger: target}

    def command(self, touch: Touch) -> Command | None:
        """Give the command that a touch gives, None where it gives none."""
        before = self._values.get(touch.trigger)
        if touch.trigger.kind == "cc":
            self._values[touch.trigger] = touch.value
        target = self._target(touch.trigger)
        if target is None:
            return None
        if target.control is not None:
            return "control", {"name": target.control, "value": self._level(target, touch.value)}
        if target.command in SWITCHES and touch.trigger.kind == "cc":
            return target.command, {"value": touch.value >= PRESSED}
        if not _pressed(touch, before):
            return None
        return target.command, dict(target.fields)

    def _target(self, trigger: Trigger) -> Target | None:
        anywhere = Trigger(trigger.kind, trigger.number, None)
        return self.targets.get(trigger) or self.targets.get(anywhere)

    def _level(self, target: Target, value: int) -> float:
        limits = self._ranges.get(target.control or "", Range(0.0, 1.0))
        low = limits.low if target.low is None else target.low
        high = limits.high if target.high is None else target.high
        return low + (high - low) * value / 127


def _pressed(touch: Touch, before: int | None) -> bool:
    """Tell whether a touch presses: a button again and again, a fader as it comes by."""
    if touch.trigger.kind != "cc" or before is None:
        return touch.value >= PRESSED
    return touch.value >= PRESSED and (before < PRESSED or before == touch.value)
