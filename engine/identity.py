"""The identity of a dance: all that has a say in its bits, besides what happens.

A checkpoint may be gone on from where it is the same: the engine's code, the model, the
performers, and the machine, since another processor or library may round differently.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort

from engine import score

HERE = Path(__file__).parent
PROCESSOR = Path("/proc/cpuinfo")
"""Where Linux tells of its processors; elsewhere the platform's word has to do."""


def identity(model: Path, performers: Sequence[score.Performer]) -> bytes:
    """Give 32 bytes that are the same where the dance is."""
    told = hashlib.sha256()
    for path in sorted(HERE.glob("*.py")):
        told.update(path.read_bytes())
    told.update(model.read_bytes())
    told.update(repr([(p.name, p.place, p.facing) for p in performers]).encode())
    told.update(repr((sys.version, np.__version__, ort.__version__)).encode())
    told.update(repr((platform.machine(), platform.processor(), _processor())).encode())
    return told.digest()


def _processor() -> list[str]:
    try:
        lines = PROCESSOR.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))})
