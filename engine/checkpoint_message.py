"""A checkpoint in one piece, as one engine sends it to another.

The mark (16 bytes), how many arrays were kept apart, each with the length of a JSON text
(dtype and shape), that text and its bytes; then the state as engine.checkpoint packs it.
"""

from __future__ import annotations

import json
import struct
from typing import Any

from numpy.typing import NDArray

from engine import checkpoint
from engine.state import State

MARK = 16
_COUNT = struct.Struct("<I")


def pack(mark: bytes, state: State) -> bytes:
    """Give the bytes of a checkpoint."""
    arrays: list[NDArray[Any]] = []

    def keep(array: NDArray[Any]) -> int:
        arrays.append(array)
        return len(arrays) - 1

    packed = checkpoint.pack(state, keep)
    parts = [mark, _COUNT.pack(len(arrays))]
    for array in arrays:
        text = json.dumps([array.dtype.str, array.shape]).encode()
        parts += (_COUNT.pack(len(text)), text, array.tobytes())
    return b"".join((*parts, packed))


def unpack(data: bytes) -> tuple[bytes, State]:
    """Give mark and state; raises ValueError where the bytes are no checkpoint."""
    arrays: list[NDArray[Any]] = []
    try:
        (count,) = _COUNT.unpack_from(data, MARK)
        at = MARK + _COUNT.size
        for _ in range(count):
            (length,) = _COUNT.unpack_from(data, at)
            at += _COUNT.size
            dtype, shape = json.loads(data[at : at + length])
            at += length
            arrays.append(checkpoint.read_array(data, at, dtype, shape))
            at += arrays[-1].nbytes
        return data[:MARK], checkpoint.unpack(data[at:], arrays.__getitem__)
    except (struct.error, ValueError, TypeError, IndexError) as error:
        raise ValueError(f"found no checkpoint: {error}") from None
