"""A recorded night, read again; a file that a crash has torn is read as far as it is good."""

from __future__ import annotations

import itertools
import json
import logging
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from mcap.exceptions import McapError
from mcap.records import Channel, Footer, Message
from mcap.stream_reader import StreamReader

from engine import wire
from engine.errors import RecordingError
from engine.frame import Frame
from engine.lights import message
from engine.lights.levels import Levels
from engine.sinks.recording import FRAME, HELLO, LEVELS, RIG

log = logging.getLogger(__name__)

LONGEST_RECORD = 64 * 1024 * 1024


class Recording:
    """A recording made by `show run --record`.

    hello: the object that opened it. rig: that of the lights, None where it has none.
    """

    def __init__(self, path: Path) -> None:
        """Read the hello; raises RecordingError where the file is no recording."""
        self.path = path
        opening = [*itertools.islice(self._messages(warn=False), 2)]
        told = {topic: json.loads(data) for topic, data in opening if topic in (HELLO, RIG)}
        hello = told.get(HELLO) if opening and opening[0][0] == HELLO else None
        if not isinstance(hello, dict) or not {"title", "performers"} <= hello.keys():
            raise RecordingError(path, found="no hello", expected="a recording by --record")
        self.hello: dict[str, Any] = hello
        self.rig: dict[str, Any] | None = told.get(RIG)

    def frames(self) -> Iterator[Frame]:
        """Yield the frames alone; see `moments`."""
        return (moment for moment in self.moments() if isinstance(moment, Frame))

    def moments(self) -> Iterator[Frame | Levels]:
        """Yield frames and levels in the order they were recorded, each with its engine clock.

        A torn end is logged as a warning. Raises RecordingError where one is of another
        version of the wire.
        """
        for topic, data in self._messages(warn=True):
            try:
                if topic == FRAME:
                    yield wire.unpack(data)
                elif topic == LEVELS:
                    yield message.unpack(data)
            except ValueError as error:
                raise RecordingError(self.path, found=error) from None

    def _messages(self, *, warn: bool) -> Iterator[tuple[str, bytes]]:
        try:
            with self.path.open("rb") as file:
                yield from self._records(file, warn=warn)
        except OSError as error:
            raise RecordingError(
                self.path, found=error.strerror, expected="a recording (.mcap)"
            ) from None

    def _records(self, file: IO[bytes], *, warn: bool) -> Iterator[tuple[str, bytes]]:
        topics: dict[int, str] = {}
        complete = False
        try:
            reader = StreamReader(file, validate_crcs=True, record_size_limit=LONGEST_RECORD)
            for record in reader.records:
                if isinstance(record, Channel):
                    topics[record.id] = record.topic
                elif isinstance(record, Message):
                    yield topics.get(record.channel_id, ""), record.data
                complete = isinstance(record, Footer)
        except (McapError, ValueError, struct.error) as error:
            if not complete and warn:
                log.warning("%s: torn (%s); replayed to the last good frame", self.path, error)
