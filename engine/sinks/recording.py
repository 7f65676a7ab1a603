"""A night on disk: an MCAP file that can be replayed even when the machine lost its power.

Channels, log time = engine clock in nanoseconds: `/figurant/hello` (JSON, one at the
start), `/figurant/frame` (the wire's bytes, message encoding "figurant-frame"),
`/figurant/event` (JSON), and of a show with lights `/figurant/rig` (JSON, one at the start)
and `/figurant/levels` (engine.lights.message, encoding "figurant-levels", thirty a second).
Chunks carry a CRC and are not compressed, so that any reader opens them; a trio at 60
frames a second takes 155 MB an hour, the salsa's lights 73 more. About two chunks a second
go to the disk and are synced there, by a thread, so a slow disk never holds up the show.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import queue
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from mcap.writer import CompressionType, IndexType, Writer

from engine import wire
from engine.errors import RecordingError
from engine.frame import Frame
from engine.score import Event

HELLO, FRAME, EVENT = "/figurant/hello", "/figurant/frame", "/figurant/event"
RIG, LEVELS = "/figurant/rig", "/figurant/levels"
ENCODINGS = {
    HELLO: "json",
    FRAME: "figurant-frame",
    EVENT: "json",
    RIG: "json",
    LEVELS: "figurant-levels",
}
LEVELS_SECONDS = 1 / 31
"""Least seconds between two levels: a file of a large rig would grow by gigabytes an hour."""
CHUNK_SECONDS = 0.4
LONGEST_QUEUE = 1024
"""Messages that may wait for the disk: about 17 s at 60 frames a second."""
Messages = queue.Queue[tuple[str, float, bytes] | None]
"""Topic, engine clock and bytes of each message; None ends the file."""


class RecordingSink:
    """Writes every frame and event to a file that did not exist before.

    After a fault of the disk the recording goes on in a new file, night.2.mcap.
    """

    def __init__(
        self, path: Path, hello: Mapping[str, Any], rig: Mapping[str, Any] | None = None
    ) -> None:
        """Reserve the file; raises RecordingError where it exists or cannot be made.

        rig: that of the lights, engine.lights.message.
        """
        self.url = f"recording:{path}"
        self._path = path
        self._hello, self._rig = hello, rig
        self._levels_due = -math.inf
        self._part = 1
        self._file: IO[bytes] | None = _create(path)
        self._thread: threading.Thread | None = None
        self._error: OSError | None = None
        self._queue = self._begin()

    async def open(self) -> None:
        """Start writing; raises RecordingError where no new file can be made."""
        if self._file is None:
            self._part += 1
            self._file = _create(self._path.with_suffix(f".{self._part}{self._path.suffix}"))
            self._error = None
            self._queue = self._begin()
        self._thread = threading.Thread(
            target=self._write, args=(self._file, self._queue), name="recording", daemon=True
        )
        self._thread.start()

    async def send(self, frame: Frame, packed: bytes) -> None:
        """Hand the frame to the writing thread; raises RecordingError where the disk failed."""
        if self._error is not None:
            raise RecordingError(self._path, found=self._error.strerror, expected="a working disk")
        self._put(FRAME, frame.clock, packed)

    def event(self, event: Event, clock: float) -> None:
        """Record an event; one that comes while the disk is away is lost."""
        if self._file is not None and self._error is None:
            with contextlib.suppress(RecordingError):  # the next frame says it
                self._put(EVENT, clock, _json(asdict(event)))

    def levels(self, packed: bytes, clock: float) -> None:
        """Record the lights' levels, some of them; what comes while the disk is away is lost."""
        if self._file is not None and self._error is None and clock >= self._levels_due:
            self._levels_due = clock + LEVELS_SECONDS
            with contextlib.suppress(RecordingError):  # the next frame says it
                self._put(LEVELS, clock, packed)

    async def close(self) -> None:
        """Write what waits and the index, then close the file; one never used is removed."""
        thread, file = self._thread, self._file
        self._thread = self._file = None
        if thread is not None:
            if self._queue.full():  # the disk is stuck: the oldest makes room
                self._queue.get_nowait()
            self._queue.put_nowait(None)
            await asyncio.to_thread(thread.join)
        elif file is not None:
            file.close()
            self._path.unlink(missing_ok=True)

    def _begin(self) -> Messages:
        """Give the messages of a new file, which begins with the hello."""
        messages: Messages = queue.Queue(LONGEST_QUEUE)
        clock = float(self._hello["clock"])
        messages.put((HELLO, clock, _json(self._hello)))
        if self._rig is not None:
            messages.put((RIG, clock, _json(self._rig)))
        return messages

    def _put(self, topic: str, clock: float, data: bytes) -> None:
        try:
            self._queue.put_nowait((topic, clock, data))
        except queue.Full:
            raise RecordingError(
                self._path, found=f"{LONGEST_QUEUE} frames waiting", expected="a faster disk"
            ) from None

    def _write(self, file: IO[bytes], waiting: Messages) -> None:
        try:
            with file:
                self._write_all(file, waiting)
        except OSError as error:
            self._error = error

    def _write_all(self, file: IO[bytes], waiting: Messages) -> None:
        writer = Writer(
            file,
            chunk_size=self._chunk_size(),
            compression=CompressionType.NONE,
            index_types=IndexType.CHUNK,
        )
        writer.start(profile="figurant", library="figurant")
        channels = {
            topic: writer.register_channel(topic, encoding, 0)
            for topic, encoding in ENCODINGS.items()
        }
        written = 0
        while (item := waiting.get()) is not None:
            topic, clock, data = item
            stamp = round(clock * 1e9)
            writer.add_message(channels[topic], stamp, data, stamp)
            if file.tell() != written:
                written = _sync(file)
        writer.finish()
        _sync(file)

    def _chunk_size(self) -> int:
        frame = wire.HEADER.size + len(self._hello["performers"]) * wire.PERFORMER.itemsize
        return round(CHUNK_SECONDS * float(self._hello["rate"]) * frame)


def _sync(file: IO[bytes]) -> int:
    """Bring the file to the disk; give its length."""
    file.flush()
    os.fsync(file.fileno())
    return file.tell()


def _create(path: Path) -> IO[bytes]:
    try:
        return path.open("xb")
    except FileExistsError:
        raise RecordingError(path, found="a file", expected="a new name") from None
    except OSError as error:
        raise RecordingError(path, found=error.strerror, expected="a file to write") from None


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
