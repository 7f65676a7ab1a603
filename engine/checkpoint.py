"""A checkpoint: a state of the dance as bytes, and back, bit for bit.

Four bytes say how long a JSON text is; it holds the state's fields in their order, and
after it come the bytes of its arrays. A long passage is the same in many states: its
arrays are kept once, and named by where they lie.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.footing import Footing
from engine.passage import Passage
from engine.state import Setting, State
from engine.transition import Offset

Array = NDArray[Any]
KINDS: dict[str, Any] = {kind.__name__: kind for kind in (State, Setting, Footing, Offset, Passage)}
"""What a state is made of."""
LARGE = 1024
"""Bytes from which an array of a passage is kept apart."""
_LENGTH = struct.Struct("<I")


def pack(state: State, keep: Callable[[Array], int]) -> bytes:
    """Give the bytes of a state; keep: keeps an array apart and gives its name.

    Raises TypeError for a field of a kind that cannot be written.
    """
    small: list[bytes] = []

    def written(value: object, *, apart: bool = False) -> object:
        match value:
            case None | bool() | int() | float() | str():
                return value
            case complex():
                return {"j": [value.real, value.imag]}
            case list():
                return [written(part) for part in value]
            case tuple():
                return {"t": [written(part) for part in value]}
            case np.ndarray() if apart and value.nbytes >= LARGE:
                return {"k": keep(value)}
            case np.ndarray() | np.generic():
                small.append(value.tobytes())
                return {"a": [value.dtype.str, list(value.shape)]}
        if not is_dataclass(value) or type(value).__name__ not in KINDS:
            raise TypeError(f"{type(value).__name__} in a state cannot be written")
        apart = isinstance(value, Passage)
        parts = [written(getattr(value, field.name), apart=apart) for field in fields(value)]
        return {type(value).__name__: parts}

    text = json.dumps(written(state), separators=(",", ":")).encode()
    return b"".join((_LENGTH.pack(len(text)), text, *small))


def unpack(data: bytes, kept: Callable[[int], Array]) -> State:
    """Give the state that `pack` packed; kept: gives an array that was kept apart.

    Raises ValueError where the bytes are no state of this version.
    """
    try:
        (length,) = _LENGTH.unpack_from(data)
        at = _LENGTH.size + length
        tree = json.loads(data[_LENGTH.size : at])
    except (struct.error, ValueError) as error:
        raise ValueError(f"found no checkpoint: {error}") from None

    def read(value: Any) -> Any:
        nonlocal at
        if isinstance(value, list):
            return [read(part) for part in value]
        if not isinstance(value, dict):
            return value
        ((kind, content),) = value.items()
        match kind:
            case "j":
                return complex(*content)
            case "t":
                return tuple(read(part) for part in content)
            case "k":
                return kept(content)
            case "a":
                array = read_array(data, at, *content)
                at += array.nbytes
                return array if array.shape else array[()]
        return KINDS[kind](*map(read, content))

    try:
        state = read(tree)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"found no checkpoint of this version: {error}") from None
    if not isinstance(state, State):
        raise ValueError("found no checkpoint: no state in it")
    return state


def read_array(data: bytes, at: int, dtype: str, shape: list[int]) -> Array:
    """Give the array that lies in `data` at a place, a copy of its own."""
    count = int(np.prod(shape, dtype=np.int64))
    return np.frombuffer(data, np.dtype(dtype), count, at).reshape(shape).copy()
