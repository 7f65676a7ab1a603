"""The shelf: checkpoints in a file, so that a locate or a restart need not dance again.

The file begins with what the checkpoints hold for (48 bytes: a magic and a SHA-256); then
come records: a head with kind, length, CRC-32, step and a mark, and its bytes. The mark says
what had happened until then (engine/performance.py), so a checkpoint is found by whoever
tells the same story. Records are only ever added; one that a crash has cut is cut off.
"""

from __future__ import annotations

import bisect
import contextlib
import fcntl
import json
import os
import struct
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import IO, Any

from numpy.typing import NDArray

from engine import checkpoint
from engine.errors import RecordingError
from engine.state import State

Array = NDArray[Any]
MAGIC = b"FIGURANT SHELF 1"
RECORD = struct.Struct("<4sIIq16s")
STATE, ARRAY = b"stat", b"arry"
LONGEST = 64 * 1024 * 1024
"""Bytes of a record; a head that says more is broken."""
_ARRAY_HEAD = struct.Struct("<I")
MUCH, LEAST = 3, 32 * 1024 * 1024
"""A shelf is tidied when it is three times as large as what is wanted, and 32 MiB more."""
_KEPT = 64
"""Arrays of passages that are remembered."""


class Shelf:
    """Reads the checkpoints in a file that another writes, or that is not there yet.

    identity: 32 bytes; a file of another one is as good as empty.
    """

    def __init__(self, path: Path, identity: bytes) -> None:
        self.path = path
        self._head = MAGIC + identity
        self._file: IO[bytes] | None = None
        self._closed = False
        self._end = 0
        self._index: dict[bytes, tuple[list[int], list[int]]] = {}
        self._arrays: dict[int, Array] = {}

    def refresh(self) -> None:
        """Take in what has been added."""
        if self._file is not None and self._is_replaced():
            self._file.close()
            self._file = None
            self._index.clear()
            self._arrays.clear()
        if self._closed or (self._file is None and not self._open()):
            return
        assert self._file is not None
        size = os.fstat(self._file.fileno()).st_size
        while self._end + RECORD.size <= size:
            kind, length, _, step, mark = RECORD.unpack(self._read(self._end, RECORD.size))
            if length > LONGEST or self._end + RECORD.size + length > size:
                return  # not all of it is there yet
            if kind == STATE:
                self._add(mark, step, self._end)
            self._end += RECORD.size + length

    def last(self, mark: bytes, step: int) -> int | None:
        """Give the last step, not after `step`, of a checkpoint with a mark."""
        steps, _ = self._index.get(mark, ((), ()))
        found = bisect.bisect_right(steps, step)
        return steps[found - 1] if found else None

    def find(self, mark: bytes, step: int) -> State | None:
        """Give the checkpoint that `last` tells of; one that is broken is forgotten."""
        while (at := self.last(mark, step)) is not None:
            steps, places = self._index[mark]
            i = bisect.bisect_left(steps, at)
            try:
                return checkpoint.unpack(self._payload(places[i], STATE), self._array)
            except (ValueError, OSError):
                del steps[i], places[i]
        return None

    def close(self) -> None:
        """Close the file for good; closing twice is harmless."""
        self._closed = True
        if self._file is not None:
            self._file.close()
            self._file = None

    def _is_replaced(self) -> bool:
        assert self._file is not None
        try:
            return os.stat(self.path).st_ino != os.fstat(self._file.fileno()).st_ino
        except OSError:
            return False

    def _open(self) -> bool:
        try:
            file = self.path.open("rb")
        except OSError:
            return False
        if os.pread(file.fileno(), len(self._head), 0) != self._head:
            file.close()
            return False
        self._file, self._end = file, len(self._head)
        return True

    def _read(self, at: int, length: int) -> bytes:
        assert self._file is not None
        return os.pread(self._file.fileno(), length, at)

    def _payload(self, at: int, kind: bytes) -> bytes:
        found, length, crc, _, _ = RECORD.unpack(self._read(at, RECORD.size))
        data = self._read(at + RECORD.size, length)
        if found != kind or zlib.crc32(data) != crc:
            raise ValueError(f"found a broken record at {at}")
        return data

    def _array(self, at: int) -> Array:
        if at not in self._arrays:
            data = self._payload(at, ARRAY)
            (length,) = _ARRAY_HEAD.unpack_from(data)
            start = _ARRAY_HEAD.size + length
            dtype, shape = json.loads(data[_ARRAY_HEAD.size : start])
            if len(self._arrays) >= _KEPT:
                self._arrays.clear()
            self._arrays[at] = checkpoint.read_array(data, start, dtype, shape)
        return self._arrays[at]

    def _add(self, mark: bytes, step: int, place: int) -> None:
        steps, places = self._index.setdefault(mark, ([], []))
        i = bisect.bisect_left(steps, step)
        if i == len(steps) or steps[i] != step:
            steps.insert(i, step)
            places.insert(i, place)


class WritingShelf(Shelf):
    """Adds checkpoints to a file, which is made, or begun anew where it is another's."""

    def __init__(self, path: Path, identity: bytes, *, anew: bool = False) -> None:
        """Raises RecordingError where it cannot be written, or someone else is writing it."""
        super().__init__(path, identity)
        self._written: dict[int, tuple[Array, int]] = {}
        try:
            with contextlib.suppress(FileExistsError):
                path.open("xb").close()
            self._file = path.open("r+b", buffering=0)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if anew or self._read(0, len(self._head)) != self._head:
                self._file.truncate(0)
                os.pwrite(self._file.fileno(), self._head, 0)
            self._end = len(self._head)
            self.refresh()
            self._file.truncate(self._end)
        except BlockingIOError:
            self.close()
            raise RecordingError(path, found="another process at it", expected="one") from None
        except OSError as error:
            raise RecordingError(path, found=error.strerror, expected="a file to write") from None

    def put(self, mark: bytes, state: State) -> None:
        """Add a checkpoint; raises OSError where the disk fails."""
        data = checkpoint.pack(state, self._keep)
        self._add(mark, state.step, self._write(STATE, data, state.step, mark))

    def put_new(self, mark: bytes, state: State) -> None:
        """Add a checkpoint that is not there yet."""
        if self.last(mark, state.step) != state.step:
            self.put(mark, state)

    def tidy(self, marks: Collection[bytes]) -> None:
        """Keep nothing but the checkpoints with these marks, where the others take much room.

        Whoever reads the file sees the new one in its place.
        """
        wanted = sorted(
            (step, mark, place)
            for mark in marks
            for step, place in zip(*self._index.get(mark, ([], [])), strict=True)
        )
        room = sum(RECORD.unpack(self._read(place, RECORD.size))[1] for _, _, place in wanted)
        if self._end < MUCH * room + LEAST:
            return
        new = self.path.with_suffix(".new")
        new.unlink(missing_ok=True)
        with contextlib.closing(WritingShelf(new, self._head[len(MAGIC) :])) as shelf:
            for step, mark, _ in wanted:
                state = self.find(mark, step)
                if state is not None:
                    shelf.put_new(mark, state)
        new.replace(self.path)

    def _keep(self, array: Array) -> int:
        found = self._written.get(id(array))
        if found is None:
            text = json.dumps([array.dtype.str, array.shape]).encode()
            data = _ARRAY_HEAD.pack(len(text)) + text + array.tobytes()
            if len(self._written) >= _KEPT:
                self._written.clear()
            # With the array itself, so that its id stays its own.
            found = self._written[id(array)] = array, self._write(ARRAY, data, 0, bytes(16))
        return found[1]

    def _write(self, kind: bytes, data: bytes, step: int, mark: bytes) -> int:
        assert self._file is not None
        place = self._end
        head = RECORD.pack(kind, len(data), zlib.crc32(data), step, mark)
        written = os.pwrite(self._file.fileno(), head + data, place)
        if written != len(head) + len(data):
            raise OSError(None, "the disk is full", str(self.path))
        self._end += written
        return place
