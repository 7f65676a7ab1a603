"""Learning: the next touch of a device becomes the trigger of a target.

What was learned holds at once, for this show. The line to paste into show.toml is given,
and written there if that is asked for.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from show.midi import target
from show.midi import trigger as triggers
from show.midi.bindings import Bindings
from show.midi.target import Target
from show.midi.trigger import Touch, Trigger

TABLE = "[midi.bindings]"
_TABLE = re.compile(r"^[ \t]*\[[ \t]*midi[ \t]*\.[ \t]*bindings[ \t]*\][^\n]*\n?", re.MULTILINE)


class Learning:
    """Waits for a touch and binds it."""

    def __init__(self, bindings: Bindings) -> None:
        self._bindings = bindings
        self._wanted: tuple[str, Target] | None = None
        self.learned: tuple[Trigger, str] | None = None

    @property
    def waiting(self) -> bool:
        """Whether the next touch is to be learned."""
        return self._wanted is not None

    def start(self, written: str) -> None:
        """Wait for a trigger for a target; raises ValueError where it is none."""
        self._wanted = " ".join(written.split()), target.parse(written)
        self.learned = None

    def stop(self) -> None:
        """Wait no longer."""
        self._wanted = None

    def take(self, touch: Touch) -> bool:
        """Learn from a touch; give whether it was one to learn. A control needs a fader."""
        if self._wanted is None:
            return False
        written, what = self._wanted
        if what.control is None or touch.trigger.kind == "cc":
            self._bindings.bind(touch.trigger, what)
            self.learned, self._wanted = (touch.trigger, written), None
        return True

    def line(self) -> str | None:
        """Give the line of show.toml for what was learned last."""
        return None if self.learned is None else line(*self.learned)

    def state(self) -> dict[str, Any]:
        """Give what the pages show."""
        return {
            "waiting": None if self._wanted is None else self._wanted[0],
            "trigger": None if self.learned is None else str(self.learned[0]),
            "toml": self.line(),
        }


def line(trigger: Trigger, written: str) -> str:
    """Give a binding as a line of TOML, to stand below [midi.bindings]."""
    return f'"{trigger}" = "{written}"'


def write(path: Path, trigger: Trigger, written: str) -> None:
    """Write a binding into show.toml, in place of what the trigger did there.

    Everything else stays as it is, comments too. Raises OSError where that fails.
    """
    text = path.read_text(encoding="utf-8")
    made = line(trigger, written)
    head = _TABLE.search(text)
    if head is None:
        rest = "" if not text or text.endswith("\n") else "\n"
        text = f"{text}{rest}\n{TABLE}\n{made}\n"
    else:
        end = head.end()
        begin = text[:end] if text[:end].endswith("\n") else f"{text[:end]}\n"
        text = f"{begin}{made}\n{_without(text[end:], trigger)}"
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


def _without(text: str, trigger: Trigger) -> str:
    """Give the lines below the head of the table without those of a trigger."""
    kept, inside = [], True
    for text_line in text.splitlines(keepends=True):
        inside = inside and not text_line.lstrip().startswith("[")
        key = re.match(r'\s*"([^"]+)"\s*=', text_line) if inside else None
        try:
            old = triggers.parse(key[1]) if key else None
        except ValueError:
            old = None
        if old is None or not old.overlaps(trigger):
            kept.append(text_line)
    return "".join(kept)
