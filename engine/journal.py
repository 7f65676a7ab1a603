"""The journal: what a show needs to go on after a crash, as JSON lines on disk.

The first line names the production; then come events ({"event": …}), states of the cue
stack ({"stack": …, "at": show time}) and, every second, the show time ({"show_time": …});
{"end": true} closes a show that ended by itself. A line is handed to the kernel at once, so that it
outlives the process, and synced to the disk about every second by a thread.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import logging
import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, get_args

from engine.errors import RecordingError
from engine.score import Event, EventKind

log = logging.getLogger(__name__)

KINDS = frozenset(get_args(EventKind))
NAME, PREVIOUS, LOCK = "show.journal", "previous.journal", "lock.journal"


@dataclass(frozen=True, slots=True)
class Night:
    """What a journal tells: the show time reached, the events as they came, a clean end.

    stacks: each state of the cue stack, after how many events and at which show time.
    """

    title: str = ""
    show_time: float = 0.0
    events: list[Event] = field(default_factory=list)
    stacks: list[tuple[int, float, Mapping[str, Any]]] = field(default_factory=list)
    ended: bool = False


class Journal:
    """Writes the journal of a running show. A disk that fails ends it, never the show.

    fault: why it ended, None while it is written.
    """

    def __init__(self, folder: Path, title: str, night: Night | None = None) -> None:
        """Begin a journal in a folder, which is made; `night` is one that goes on.

        The journal that lies there is kept as previous.journal. Raises RecordingError
        where the folder cannot be written, or another show is writing in it.
        """
        self.path = folder / NAME
        self.fault: str | None = None
        self._stack: Mapping[str, Any] | None = None
        try:
            folder.mkdir(exist_ok=True)
            self._lock = _lock(folder)
            begun = folder / (NAME + ".begun")
            self._file = begun.open("wb", buffering=0)
            self._write({"title": title})
            if night is not None:
                self._carry(night)
            os.fsync(self._file.fileno())
            if self.path.exists():
                self.path.replace(folder / PREVIOUS)
            begun.replace(self.path)
        except OSError as error:
            raise RecordingError(
                folder, found=error.strerror, expected="a folder to write the journal in"
            ) from None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sync, name="journal", daemon=True)
        self._thread.start()

    def event(self, event: Event) -> None:
        """Note an event."""
        self._write({"event": asdict(event)})

    def stack(self, state: Mapping[str, Any], show_time: float) -> None:
        """Note the cue stack's state, values that JSON can hold, where it is a new one."""
        if state != self._stack:
            self._stack = state
            self._write({"stack": state, "at": show_time})

    def mark(self, show_time: float) -> None:
        """Note the show time."""
        self._write({"show_time": show_time})

    def close(self) -> None:
        """End the journal of a show that ended by itself; closing twice is harmless."""
        if self._stop.is_set():
            return
        self._write({"end": True})
        self._stop.set()
        self._thread.join()
        self._file.close()
        self._lock.close()

    def _carry(self, night: Night) -> None:
        carried = 0
        for count, show_time, state in night.stacks:
            for event in night.events[carried:count]:
                self.event(event)
            carried = count
            self.stack(state, show_time)
        for event in night.events[carried:]:
            self.event(event)
        self.mark(night.show_time)

    def _write(self, line: Mapping[str, Any]) -> None:
        if self.fault is not None:
            return
        data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        try:
            if self._file.write(data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            self.fault = f"{self.path}: {error.strerror}; this show cannot be resumed"
            log.error("%s", self.fault)

    def _sync(self) -> None:
        while not self._stop.wait(1.0):
            with contextlib.suppress(OSError):  # a later write says it
                os.fsync(self._file.fileno())


def _lock(folder: Path) -> IO[bytes]:
    """Give the folder's lock, which the system frees when the process ends, however it ends."""
    lock = (folder / LOCK).open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise RecordingError(
            folder, found="another show of this production", expected="one at a time"
        ) from None
    return lock


def read(folder: Path) -> Night | None:
    """Give the night that the journal in a folder tells, None where there is none.

    A line that a crash has cut is passed over. Raises RecordingError where the file is no
    journal.
    """
    path = folder / NAME
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RecordingError(path, found=error.strerror, expected="a journal") from None
    lines = text.split("\n")
    night: dict[str, Any] = {"events": [], "stacks": []}
    for number, line in enumerate(lines, 1):
        try:
            _take(json.loads(line), night) if line else None
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            if number < len(lines):  # only the last can be cut
                raise RecordingError(
                    path, f"line {number}", found=repr(line[:40]), expected="a journal's line"
                ) from None
    return Night(**night)


def night_of(lines: Iterable[Mapping[str, Any]]) -> Night:
    """Give the night that a journal's lines tell; raises ValueError where one is none.

    Other errors of a line that is no journal's: TypeError, KeyError, AttributeError.
    """
    night: dict[str, Any] = {"events": [], "stacks": []}
    for line in lines:
        _take(dict(line), night)
    return Night(**night)


def _take(line: dict[str, Any], night: dict[str, Any]) -> None:
    if "event" in line:
        event = Event(**line["event"])
        if event.kind not in KINDS:
            raise ValueError(event.kind)
        night["events"].append(event)
        before = 0.0 if event.kind == "locate" else night.get("show_time", 0.0)
        night["show_time"] = max(before, float(event.show_time))
    elif "show_time" in line:
        night["show_time"] = float(line["show_time"])
    elif "stack" in line:
        night["stacks"].append((len(night["events"]), float(line["at"]), dict(line["stack"])))
    elif "title" in line:
        night["title"] = str(line["title"])
    elif "end" in line:
        night["ended"] = bool(line["end"])
    else:
        raise ValueError("neither an event nor a time")
