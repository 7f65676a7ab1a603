"""The book: what is written of a night, its log line by line and the report at its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from engine.errors import RecordingError
from show.desk import ShowDesk
from show.log_keeper import LogKeeper
from show.show_file import Show
from show.show_log import ShowLog, path_of
from show.show_report import ShowReport

log = logging.getLogger(__name__)


class Book:
    """Keeps the log of one run, and tells of it at the end.

    written: the log that the command line asks for, None for one in the production's folder.
    wall: gives the time on the wall, seconds since the epoch.
    """

    def __init__(
        self, show: Show, written: Path | None, *, wall: Callable[[], float] = time.time
    ) -> None:
        self._wall, self._asked = wall, written is not None
        begun = wall()
        self._report = ShowReport(show.title, begun)
        self.log = ShowLog(
            written or path_of(show.folder, begun),
            timecode=show.timecode.at,
            wall=wall,
            taken=self._report.take,
        )

    def note(self, show_time: float, kind: str, what: str = "", detail: str = "") -> None:
        """Note what happens now, at a show time."""
        self.log.note(show_time, kind, what, detail)

    @contextlib.asynccontextmanager
    async def kept(self, desk: ShowDesk) -> AsyncIterator[None]:
        """Keep the log while the context lasts; then print the report, and write it beside.

        Raises RecordingError where a log that was asked for cannot be made; another one is
        done without, with a warning.
        """
        try:
            self.log.open()
        except RecordingError as error:
            if self._asked:
                raise
            log.warning("%s; this show has no log", error)
            self.log.fault = f"{error}; this show has no log"
        keeper = LogKeeper(self.log, desk.state)
        task = asyncio.create_task(keeper.run(), name="show log")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            keeper.look()
            self._end(desk)

    def _end(self, desk: ShowDesk) -> None:
        show_time = desk.loop.last_frame.show_time if desk.loop.last_frame else 0.0
        self.note(show_time, "end")
        self.log.close()
        summary, late = desk.loop.summary(), desk.ticker.late
        text = self._report.text(self._wall(), show_time, summary, late, desk.outputs())
        print(f"\n{text}", end="", flush=True)
        if self.log.fault is not None:
            return
        beside = self.log.path.with_suffix(".txt")
        try:
            beside.write_text(text, encoding="utf-8")
            print(f"\nin {beside}, the log beside it", flush=True)
        except OSError as error:
            log.warning("%s: %s", beside, error.strerror)
