"""The show report: a night in one page, at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from engine.loop import Summary
from show.health import OutputHealth
from show.show_log import Row
from show.text_table import text_table
from show.timecode import clock_text

MOST = 200
"""Cues and faults that are listed one by one; those beyond them are counted."""


class ShowReport:
    """Counts what is noted in a show log, and tells of it at the end.

    title: of the show. begun: time on the wall.
    """

    def __init__(self, title: str, begun: float) -> None:
        self._title, self._begun = title, begun
        self._cues: list[Row] = []
        self._faults: list[Row] = []
        self._beyond = 0
        self._kinds: Counter[str] = Counter()
        self._hands: Counter[str] = Counter()
        self._first: float | None = None
        self._last = 0.0

    def take(self, row: Row) -> None:
        """Take a line of the log in."""
        self._kinds[row.kind] += 1
        self._first = row.show_time if self._first is None else self._first
        self._last = row.show_time
        listed = {"cue": self._cues, "fault": self._faults, "recovered": self._faults}
        if row.kind == "trigger":
            self._hands[row.detail.rpartition("by ")[2]] += 1
        elif row.kind in listed:
            if len(listed[row.kind]) < MOST:
                listed[row.kind].append(row)
            else:
                self._beyond += 1

    def text(
        self,
        ended: float,
        show_time: float,
        summary: Summary,
        late: int,
        outputs: Sequence[OutputHealth],
    ) -> str:
        """Give the report of a night that ended at a time on the wall, and a show time."""
        begun = datetime.fromtimestamp(self._begun)
        first = clock_text(self._first or 0.0)
        lines = [
            f"Show report: {self._title}",
            f"{begun:%Y-%m-%d %H:%M:%S} to {datetime.fromtimestamp(ended):%H:%M:%S}, "
            f"{clock_text(ended - self._begun)}; show time {first} to {clock_text(show_time)}",
            "",
            self._given(),
            f"{summary.ticks} ticks, {late} late, {summary.waits} waited for a locate, "
            f"{summary.faults} without a new frame; a tick costs "
            f"{summary.p50 * 1e3:.2f} ms (p50), {summary.p99 * 1e3:.2f} ms (p99)",
            *(_output(output) for output in outputs),
        ]
        if self._cues:
            rows = [("Cue", "Show time", "Wall time", "")]
            lines += ["", text_table([*rows, *map(_cue, self._cues)])]
        if self._faults:
            lines += ["", "Faults", *map(_fault, self._faults)]
        if self._beyond:
            lines += ["", f"… and {self._beyond} lines more, in the log"]
        return "\n".join(lines) + "\n"

    def _given(self) -> str:
        hands = ", ".join(f"{count} by {name}" for name, count in self._hands.most_common())
        parts = [
            _counted(self._kinds["cue"], "cue"),
            _counted(self._hands.total(), "command") + (f" ({hands})" if hands else ""),
            _counted(self._kinds["refused"], "refusal"),
            _counted(self._kinds["passed over"], "cue") + " passed over",
            _counted(self._kinds["locate"], "locate"),
            _counted(self._kinds["fault"], "fault"),
        ]
        return ", ".join(parts)


def _counted(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


def _cue(row: Row) -> tuple[str, ...]:
    wall = datetime.fromtimestamp(row.wall)
    return row.what, clock_text(row.show_time), f"{wall:%H:%M:%S}", row.detail


def _fault(row: Row) -> str:
    back = " is over" if row.kind == "recovered" else ""
    return f"{datetime.fromtimestamp(row.wall):%H:%M:%S}  {row.what}{back}"


def _output(output: OutputHealth) -> str:
    where = f" at {output.at}" if output.at else ""
    error = f"; {output.error}" if output.error else ""
    return f"{output.url}{where}: {output.sent} sent, {output.missed} missed{error}"
