"""Levels as one binary message, for pages and recordings, and the rig that precedes them.

Little-endian:

====== ========= ==========================================================
offset type      header, 24 bytes
====== ========= ==========================================================
0      4 bytes   magic ``FGLV``
4      uint8     version, 1
5      uint8     0
6      uint16    U, the number of universes
8      float64   show time, seconds
16     float64   engine clock when the frame was made, seconds
====== ========= ==========================================================

then for each universe, ascending, 4 bytes and its values:

====== ========= ==========================================================
0      uint16    number of the universe
2      uint16    n, the channels that the patch uses, from channel 1 on
4      n bytes   the values as they go out, after gamma, limits and dithering
====== ========= ==========================================================

Before them comes the rig, a JSON object: ``type`` "rig", ``wire`` 1, ``projection`` (whether
the audience sees the lamps on the projection too), ``universes`` (number and used channels of
each) and ``fixtures``, each with ``name``, ``order`` (letters, `engine.lights.channels`),
``gamma``, ``full`` (the dimmer maximum, 0..1), ``positions`` (x, y, z of each pixel in turn,
metres) and ``first`` (of each pixel universe * 512 + channel - 1; its channels follow one
another, channel 512 being followed by channel 1 of the next universe).

``tests/vectors/levels.json`` holds messages in hexadecimal that the Python and the
TypeScript tests share.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.lights.levels import CHANNELS, Levels
from engine.lights.patch import Patch

MAGIC = b"FGLV"
VERSION = 1
HEADER = struct.Struct("<4sBBHdd")
UNIVERSE = struct.Struct("<HH")


def pack(levels: Levels, lengths: Mapping[int, int]) -> bytes:
    """Give the message; lengths: used channels of each universe, of the patch."""
    parts = [HEADER.pack(MAGIC, VERSION, 0, len(levels.universes), levels.show_time, levels.clock)]
    for row, universe in zip(levels.data, levels.universes, strict=True):
        length = lengths[universe]
        parts += (UNIVERSE.pack(universe, length), row[:length].tobytes())
    return b"".join(parts)


def unpack(data: bytes) -> Levels:
    """Give the levels that `pack` packed, channels that the patch does not use at 0.

    Raises ValueError where the bytes are no message of this version.
    """
    if len(data) < HEADER.size:
        raise ValueError(f"levels: found {len(data)} bytes, expected at least {HEADER.size}")
    magic, version, _, count, show_time, clock = HEADER.unpack_from(data)
    if magic != MAGIC:
        raise ValueError(f"levels: found magic {magic!r}, expected {MAGIC!r}")
    if version != VERSION:
        raise ValueError(f"levels: found version {version}, expected {VERSION}")
    universes, rows, at = [], np.zeros((count, CHANNELS), np.uint8), HEADER.size
    for row in rows:
        universe, length = UNIVERSE.unpack_from(data.ljust(at + UNIVERSE.size, b"\0"), at)
        at += UNIVERSE.size
        if length > CHANNELS or at + length > len(data):
            raise ValueError(f"levels: found {len(data)} bytes, expected {at + length} or more")
        universes.append(universe)
        row[:length] = np.frombuffer(data, np.uint8, length, at)
        at += length
    if at != len(data):
        raise ValueError(f"levels: found {len(data)} bytes, expected {at}")
    return Levels(show_time, clock, tuple(universes), rows)


def lengths(rig: Mapping[str, Any]) -> dict[int, int]:
    """Give how many channels of each universe a rig uses, from the first one on."""
    return {int(universe): int(length) for universe, length in rig["universes"]}


def rig(patch: Patch) -> dict[str, Any]:
    """Give the object that precedes the levels of a patch."""
    return {
        "type": "rig",
        "wire": VERSION,
        "projection": patch.projection,
        "universes": [[universe, length] for universe, length in patch.lengths.items()],
        "fixtures": [
            {
                "name": fixture.name,
                "order": fixture.order.text,
                "gamma": fixture.gamma,
                "full": fixture.dimmer_max,
                "positions": [round(v, 4) for v in fixture.positions.ravel().tolist()],
                "first": fixture.channels[:, 0].tolist(),
            }
            for fixture in patch.fixtures
        ],
    }
