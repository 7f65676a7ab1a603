"""The show log: what happened on a night, line by line, for a spreadsheet.

CSV as RFC 4180 has it, with a byte order mark so that every spreadsheet reads it as UTF-8.
Lines wait in memory for less than a second, and a thread writes them, so a slow disk never
holds up the show and a killed one loses less than a second of its log.
"""

from __future__ import annotations

import contextlib
import csv
import io
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO

from engine.errors import RecordingError
from show.timecode import Timecode
from show.timecode import text as timecode_text

log = logging.getLogger(__name__)

HEAD = ("wall time", "show time", "timecode", "kind", "what", "detail")
FOLDER = "logs"
"""Where logs lie, inside the production's folder."""
OFTEN = ("control", "locate", "refused")
"""Kinds of which many a second may come: a fader, a timecode that is shuttled, a stuck key."""
WITHIN = 1.0
"""Seconds in which they are one line: the first at once, the last with their number."""
MOST_WAITING = 10_000
"""Lines that may wait for a disk that is stuck; those beyond them are counted, and lost."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the log. wall: seconds since the epoch. show_time: seconds."""

    wall: float
    show_time: float
    kind: str
    what: str = ""
    detail: str = ""


class ShowLog:
    """Keeps the log of one run.

    path: of a file that is made by `open`; what comes before waits. timecode: gives that of
    a show time. wall: gives the time on the wall. taken: called with every line. fault:
    why nothing is written any more, None while all is well. lost: lines that were not written.
    """

    def __init__(
        self,
        path: Path,
        *,
        timecode: Callable[[float], Timecode],
        wall: Callable[[], float],
        taken: Callable[[Row], None] = lambda row: None,
    ) -> None:
        self.path = path
        self.fault: str | None = None
        self.lost = 0
        self._timecode, self._wall, self._taken = timecode, wall, taken
        self._waiting: list[Row] = []
        self._often: dict[tuple[str, str], tuple[float, Row | None, int]] = {}
        self._file: IO[str] | None = None

    def open(self) -> None:
        """Begin the file; raises RecordingError where it cannot be made."""
        self._file = _create(self.path)
        self.write([])

    def note(self, show_time: float, kind: str, what: str = "", detail: str = "") -> None:
        """Note what happens now, at a show time; never waits."""
        row = Row(self._wall(), show_time, kind, what, detail)
        if kind in OFTEN:
            begun, _, count = self._often.get((kind, what), (row.wall, None, 0))
            if count and row.wall < begun + WITHIN:
                self._often[kind, what] = begun, row, count + 1
                return
            self._settle(kind, what)
            self._often[kind, what] = row.wall, None, 1
        self._take(row)

    def waiting(self) -> list[Row]:
        """Give the lines that wait to be written; they wait no longer."""
        rows, self._waiting = self._waiting, []
        return rows

    def write(self, rows: Sequence[Row]) -> None:
        """Write lines to the disk; meant for a thread, one at a time."""
        if self.fault is not None or self._file is None:
            self.lost += len(rows)
            return
        cells = [*([HEAD] if self._file.tell() == 0 else []), *map(self._cells, rows)]
        try:
            csv.writer(self._file, lineterminator="\r\n").writerows(cells)
            self._file.flush()
        except OSError as error:
            self.lost += len(rows)
            self.fault = f"{self.path}: {error.strerror}; the show log ends here"
            log.error("%s", self.fault)

    def settle(self) -> None:
        """Note the last of what came often, where nothing has come since."""
        now = self._wall()
        for (kind, what), (begun, _, _) in list(self._often.items()):
            if now >= begun + WITHIN:
                self._settle(kind, what)

    def close(self) -> None:
        """Write everything and close the file; closing twice is harmless."""
        if self._file is None:
            return
        for kind, what in list(self._often):
            self._settle(kind, what)
        self.write(self.waiting())
        with contextlib.suppress(OSError):  # what it still holds cannot be written
            self._file.close()
        self._file = None

    def _settle(self, kind: str, what: str) -> None:
        _, last, count = self._often.pop((kind, what), (0.0, None, 0))
        if last is not None:
            detail = f"{last.detail}, the last of {count} within a second".removeprefix(", ")
            self._take(replace(last, detail=detail))

    def _take(self, row: Row) -> None:
        self._taken(row)
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(row)
        else:
            self.lost += 1

    def _cells(self, row: Row) -> tuple[str, ...]:
        return (
            datetime.fromtimestamp(row.wall).isoformat(" ", "milliseconds"),
            f"{row.show_time:.3f}",
            timecode_text(self._timecode(row.show_time)),
            row.kind,
            _harmless(row.what),
            _harmless(row.detail),
        )


def path_of(folder: Path, begun: float) -> Path:
    """Give the file of a run that began at a time on the wall, in a production's folder."""
    return folder / FOLDER / datetime.fromtimestamp(begun).strftime("%Y-%m-%d %H-%M-%S.csv")


def _create(path: Path) -> IO[str]:
    """Make the file, and where it is missing the folder, which is the log's own."""
    try:
        if path.parent.name == FOLDER:
            path.parent.mkdir(exist_ok=True)
        return io.TextIOWrapper(path.open("xb"), encoding="utf-8-sig", newline="")
    except FileExistsError:
        raise RecordingError(path, found="a file", expected="a new name") from None
    except OSError as error:
        found = error.strerror or os.strerror(error.errno or 0)
        raise RecordingError(path, found=found, expected="a file to write") from None


def _harmless(cell: str) -> str:
    """Give a cell that no spreadsheet takes for a formula: some of it comes from the network."""
    line = " ".join(cell.split())
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line
