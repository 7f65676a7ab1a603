"""The night as it travels from the engine that plays to one that stands by.

It is the journal's lines (engine/journal.py), numbered. Each is published as it happens;
who misses one, or comes late, asks for all of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from engine import journal
from engine.journal import Night
from engine.score import Event

Line = Mapping[str, Any]


class NightLog:
    """The lines of a night so far. complete: whether none is missing, as far as is known."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.complete = False

    def event(self, event: Event) -> Line:
        """Note an event; give its line."""
        return self._add({"event": asdict(event)})

    def stack(self, state: Mapping[str, Any], show_time: float) -> Line | None:
        """Note a state of the cue stack; give its line, None where nothing has changed."""
        last = next((line["stack"] for line in reversed(self.lines) if "stack" in line), None)
        return None if last == state else self._add({"stack": state, "at": show_time})

    def carry(self, night: Night) -> None:
        """Begin with a night that goes on."""
        given = 0
        for count, show_time, state in night.stacks:
            for event in night.events[given:count]:
                self.event(event)
            given = max(given, count)
            self.stack(state, show_time)
        for event in night.events[given:]:
            self.event(event)

    def one(self, epoch: int) -> str:
        """Give the last line as it is published."""
        return json.dumps({"epoch": epoch, "n": len(self.lines), "line": self.lines[-1]})

    def whole(self, epoch: int) -> str:
        """Give all lines, for one who asks."""
        return json.dumps({"epoch": epoch, "n": len(self.lines), "lines": self.lines})

    def take(self, payload: bytes) -> Sequence[Line] | None:
        """Take in one line, or all; give those that are new, None where one is missing.

        Raises ValueError where it is neither.
        """
        try:
            told = json.loads(payload)
            count = int(told["n"])
            whole = "lines" in told
            lines = list(told["lines"]) if whole else [told["line"]]
            journal.night_of(lines)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ValueError(f"found no lines of a night: {error}") from None
        known = len(self.lines) - (count - len(lines))
        self.complete = known >= 0 and (whole or self.complete)
        if known < 0:
            return None
        new = lines[known:]
        self.lines += new
        return new

    def night(self, show_time: float) -> Night:
        """Give the night that the lines tell, which has come to a show time."""
        found = journal.night_of(self.lines)
        return Night("", show_time, found.events, found.stacks)

    def _add(self, line: Line) -> Line:
        self.lines.append(line)
        return line
