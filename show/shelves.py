"""The shelves of a production: checkpoints on disk, in its folder beside the journal.

The score's is filled by a process that dances ahead (show/ahead.py), the night's by the
running show, a thread writing. Both only save time: without them the same is danced again.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import shutil
import tempfile
import threading
from pathlib import Path

from engine.errors import RecordingError
from engine.identity import identity
from engine.shelf import Shelf, WritingShelf
from engine.state import State
from show.production import Production
from show.resume import FOLDER

log = logging.getLogger(__name__)

SCORE, NIGHT = "score.shelf", "night.shelf"
MOST_WAITING = 64
"""Checkpoints that may wait for the disk; what comes beyond them is not kept."""


class Shelves:
    """What a running show has on its shelves.

    goes_on: whether a night that stopped goes on; its shelf is begun anew otherwise.
    """

    def __init__(self, production: Production, *, goes_on: bool) -> None:
        show = production.show
        self.identity = identity(show.model, show.performers)
        self._temporary: str | None = None
        folder = self._folder(show.folder / FOLDER)
        self.score = Shelf(folder / SCORE, self.identity)
        self.night = Shelf(folder / NIGHT, self.identity)
        self._waiting: queue.Queue[tuple[bytes, State] | None] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None
        try:
            shelf = WritingShelf(folder / NIGHT, self.identity, anew=not goes_on)
        except RecordingError as error:
            log.warning("%s; --resume will take longer", error)
            return
        self._thread = threading.Thread(
            target=self._write, args=(shelf,), name="night shelf", daemon=True
        )
        self._thread.start()

    def keep(self, mark: bytes, state: State) -> None:
        """Put a checkpoint on the night's shelf, where it lies on none yet; never waits."""
        if self._thread is not None and self.score.last(mark, state.step) != state.step:
            with contextlib.suppress(queue.Full):
                self._waiting.put_nowait((mark, state))

    def close(self) -> None:
        """Write what waits, and leave nothing that is of no use; closing twice is harmless."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None
        self.score.close()
        self.night.close()
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def _folder(self, wanted: Path) -> Path:
        with contextlib.suppress(OSError):
            wanted.mkdir(exist_ok=True)
            if os.access(wanted, os.W_OK):
                return wanted
        self._temporary = tempfile.mkdtemp(prefix="figurant-")
        return Path(self._temporary)

    def _write(self, shelf: WritingShelf) -> None:
        try:
            while (item := self._waiting.get()) is not None:
                shelf.put(*item)
        except OSError as error:
            log.warning("%s: %s; --resume will take longer", shelf.path, error.strerror)
            while self._waiting.get() is not None:
                pass
        finally:
            shelf.close()
