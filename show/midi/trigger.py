"""A trigger: the MIDI message that gives a command, as it is written and as it comes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import mido

FORM = '"note 60", "cc 21" or "program 3", with or without "channel 10"'
_WRITTEN = re.compile(r"(note|cc|program) (\d{1,3})(?: channel (\d{1,2}))?")


@dataclass(frozen=True, slots=True)
class Trigger:
    """A note, a control or a program, on one channel (1 to 16) or, with None, on any."""

    kind: str
    number: int
    channel: int | None

    def __str__(self) -> str:
        on = "" if self.channel is None else f" channel {self.channel}"
        return f"{self.kind} {self.number}{on}"

    def overlaps(self, other: Trigger) -> bool:
        """Tell whether one message could be both."""
        channels = {self.channel, other.channel}
        same = (self.kind, self.number) == (other.kind, other.number)
        return same and (len(channels) == 1 or None in channels)


@dataclass(frozen=True, slots=True)
class Touch:
    """What a hand has done to a device: the trigger, on its channel, and a value, 0 to 127."""

    trigger: Trigger
    value: int


def parse(written: str) -> Trigger:
    """Give the trigger that is written so; raises ValueError where there is none."""
    found = _WRITTEN.fullmatch(" ".join(written.split()))
    if found is None or int(found[2]) > 127 or not 1 <= int(found[3] or 1) <= 16:
        raise ValueError(f"expected {FORM}, numbers 0 to 127, channels 1 to 16")
    return Trigger(found[1], int(found[2]), None if found[3] is None else int(found[3]))


def touch(message: mido.Message) -> Touch | None:
    """Give what a message says of a hand, None where it says nothing.

    A note with velocity 0 is the end of one; all other velocities are equal.
    """
    match message.type:
        case "note_on" if message.velocity > 0:
            return Touch(Trigger("note", message.note, message.channel + 1), 127)
        case "control_change":
            return Touch(Trigger("cc", message.control, message.channel + 1), message.value)
        case "program_change":
            return Touch(Trigger("program", message.program, message.channel + 1), 127)
    return None
