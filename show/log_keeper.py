"""The log keeper: looks at the show twice a second, and notes what has changed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

from show.show_log import ShowLog

EVERY = 0.5
"""Seconds between two looks, after each of which the log is written."""
LATE_EVERY = 2
"""Looks after which late ticks are noted: once a second."""
_NUMBERS = re.compile(r"\d[\d.,]*")


class LogKeeper:
    """Notes faults and their end, what the timecode does, and late ticks.

    state: gives the state of the show, ShowDesk.state(). A thread waits for the disk.
    """

    def __init__(self, log: ShowLog, state: Callable[[], dict[str, Any]]) -> None:
        self._log, self._state = log, state
        self._faults: dict[str, str] = {}
        self._timecode: str | None = None
        self._late = self._ticks = self._looks = 0

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            self.look()
            await asyncio.to_thread(self._log.write, self._log.waiting())

    def look(self) -> None:
        """Note what is new since the last look."""
        state = self._state()
        show_time = float(state["show_time"])
        found = {_NUMBERS.sub("#", fault): fault for fault in state["faults"]}
        for key, fault in found.items():
            if key not in self._faults:
                self._log.note(show_time, "fault", fault)
        for key, fault in self._faults.items():
            if key not in found:
                self._log.note(show_time, "recovered", fault)
        self._faults = found
        self._look_at_timecode(show_time, state.get("chase"))
        self._looks += 1
        if self._looks % LATE_EVERY == 0:
            self._look_at_ticks(show_time, state["ticks"])
        self._log.settle()

    def _look_at_ticks(self, show_time: float, ticks: dict[str, int]) -> None:
        late, total = ticks["late"] - self._late, ticks["total"] - self._ticks
        if late:
            self._log.note(show_time, "late ticks", f"{late} of {total}")
        self._late, self._ticks = ticks["late"], ticks["total"]

    def _look_at_timecode(self, show_time: float, chase: dict[str, Any] | None) -> None:
        found = None if chase is None else str(chase["state"])
        if found != self._timecode:
            self._timecode = found
            if chase is not None and found is not None:
                self._log.note(show_time, "timecode", found, str(chase["source"]))
