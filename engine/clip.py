"""The clip: poses over time in a file, `.npz` without pickles.

Arrays of the file: `joints` float32 [T, 17, 3] (metres, z up, stage axes), `fps` float64,
`skeleton` "h36m17", `dancer`, `source` and `take` as strings, `tags`, `cleaning` and
`warnings` as arrays of strings.
"""

from __future__ import annotations

import math
import os
import tokenize
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from engine import skeleton
from engine.errors import ClipError

Numbers = NDArray[Any]

FASTEST_FPS = 1000.0
LARGEST_ARRAY = 2**31
"""Bytes; a header that asks for more is broken or hostile."""


@dataclass(frozen=True, slots=True)
class Clip:
    """Poses over time.

    joints: float32 [T, 17, 3], metres, z up, stage axes; the horizontal place is that of
    the capture space, so partners of one duet keep their relative places. dancer: who
    dances. tags: movement qualities. source: name of the file it came from. take: clips of
    one take (the partners of a duet) share it, and training keeps them on one side of a
    split. cleaning: what an import mended. warnings: faults that it could not mend.
    name: the stem of the file it was loaded from.
    """

    joints: NDArray[np.float32]
    fps: float
    dancer: str
    tags: tuple[str, ...] = ()
    source: str = ""
    take: str = ""
    cleaning: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    name: str = ""

    @property
    def frames(self) -> int:
        """Number of poses, T."""
        return len(self.joints)

    @property
    def seconds(self) -> float:
        """Length: every pose lasts one frame."""
        return len(self.joints) / self.fps


def load(path: Path) -> Clip:
    """The clip in a file; ClipError says which key is wrong, what was found and expected."""
    arrays = read_arrays(path)
    found = _text(path, arrays, "skeleton")
    if found != skeleton.NAME:
        raise ClipError(path, "skeleton", found=repr(found), expected=repr(skeleton.NAME))
    return Clip(
        joints=check_joints(path, "joints", _entry(path, arrays, "joints")).astype(np.float32),
        fps=check_fps(path, "fps", _entry(path, arrays, "fps")),
        dancer=_text(path, arrays, "dancer"),
        tags=_texts(path, arrays, "tags"),
        source=_text(path, arrays, "source"),
        take=_text(path, arrays, "take") if "take" in arrays else path.stem,
        cleaning=_texts(path, arrays, "cleaning") if "cleaning" in arrays else (),
        warnings=_texts(path, arrays, "warnings") if "warnings" in arrays else (),
        name=path.stem,
    )


def save(clip: Clip, path: Path) -> None:
    """Write a clip; a crash leaves the old file or the new one, never half of one."""
    arrays: dict[str, NDArray[Any]] = {
        "joints": check_joints(path, "joints", clip.joints).astype(np.float32),
        "fps": np.array(check_fps(path, "fps", np.asarray(clip.fps))),
        "skeleton": np.array(skeleton.NAME),
        "dancer": np.array(clip.dancer, np.str_),
        "tags": np.array(clip.tags, np.str_),
        "source": np.array(clip.source, np.str_),
        "take": np.array(clip.take or path.stem, np.str_),
        "cleaning": np.array(clip.cleaning, np.str_),
        "warnings": np.array(clip.warnings, np.str_),
    }
    # Not *.npz: nobody who walks the folder may take the half-written file for a clip.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise ClipError(path, found=_cause(error), expected="a file that can be written") from None
    finally:
        temporary.unlink(missing_ok=True)


def array_names(path: Path) -> list[str]:
    """The keys of an `.npz`; nothing else is read."""
    with _opened(path) as archive:
        return [name.removesuffix(".npy") for name in archive.namelist()]


def read_arrays(path: Path, keys: Iterable[str] | None = None) -> dict[str, NDArray[Any]]:
    """All arrays of an `.npz`, or those of `keys` that it has; pickled objects are refused.

    Sizes are compared with the headers before anything is allocated.
    """
    with _opened(path) as archive:
        names = {name.removesuffix(".npy"): name for name in archive.namelist()}
        arrays = {}
        for key in names if keys is None else [key for key in keys if key in names]:
            info = archive.getinfo(names[key])
            with archive.open(info) as file:
                arrays[key] = _read_array(path, key, file, info.file_size)
        return arrays


def check_joints(where: Path, key: str, joints: NDArray[Any]) -> NDArray[Any]:
    """The poses themselves if they are finite floats [T, 17, 3] with T > 0, else ClipError."""
    expected = f"float32 [T, {len(skeleton.JOINTS)}, 3]"
    if joints.dtype.kind != "f":
        raise ClipError(where, key, found=joints.dtype, expected=expected)
    if joints.ndim != 3 or joints.shape[1:] != (len(skeleton.JOINTS), 3) or not len(joints):
        raise ClipError(where, key, found=list(joints.shape), expected=expected)
    bad = ~np.isfinite(joints)
    if bad.any():
        frame, joint, axis = (int(i) for i in np.argwhere(bad)[0])
        place = f"{skeleton.JOINTS[joint]} {'xyz'[axis]} of frame {frame}"
        found = f"{joints[frame, joint, axis]} in {place} ({int(bad.sum())} values in all)"
        raise ClipError(where, key, found=found, expected="finite numbers")
    return joints


def check_fps(where: Path, key: str, value: NDArray[Any]) -> float:
    """The frame rate as a float if it is one number above 0 and at most 1000."""
    expected = f"one number above 0 and at most {FASTEST_FPS:g}"
    if value.size != 1 or value.dtype.kind not in "iuf":
        found = f"{value.dtype} {list(value.shape)}"
        raise ClipError(where, key, found=found, expected=expected)
    fps = float(value.reshape(-1)[0])
    if not (math.isfinite(fps) and 0 < fps <= FASTEST_FPS):
        raise ClipError(where, key, found=fps, expected=expected)
    return fps


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive; whatever is wrong with it on the way becomes a ClipError."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except OSError as error:
        raise ClipError(path, found=_cause(error), expected="an .npz file") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        found = f"a broken archive ({error})"
        raise ClipError(path, found=found, expected="an .npz file") from None


def _read_array(path: Path, key: str, file: IO[bytes], size: int) -> NDArray[Any]:
    """One `.npy` member of `size` bytes."""
    try:
        version = np.lib.format.read_magic(file)
        if version == (1, 0):
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
        else:
            shape, fortran, dtype = np.lib.format.read_array_header_2_0(file)
    except (ValueError, SyntaxError, tokenize.TokenError) as error:
        raise ClipError(path, key, found=error, expected="an array (.npy)") from None
    if dtype.hasobject:
        raise ClipError(path, key, found="pickled objects", expected="numbers or strings")
    bytes_needed = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or bytes_needed > min(size, LARGEST_ARRAY):
        found = f"a header for {bytes_needed} bytes and {size} bytes"
        raise ClipError(path, key, found=found, expected="a complete array")
    flat = np.frombuffer(file.read(bytes_needed), dtype) if bytes_needed else np.empty(0, dtype)
    return flat.reshape(shape, order="F" if fortran else "C")


def _entry(path: Path, arrays: dict[str, NDArray[Any]], key: str) -> NDArray[Any]:
    if key not in arrays:
        found = f"keys {', '.join(sorted(arrays)) or 'none'}"
        raise ClipError(path, key, found=found, expected="the key in the file")
    return arrays[key]


def _text(path: Path, arrays: dict[str, NDArray[Any]], key: str) -> str:
    value = _entry(path, arrays, key)
    if value.dtype.kind != "U" or value.size != 1:
        found = f"{value.dtype} {list(value.shape)}"
        raise ClipError(path, key, found=found, expected="one string")
    return str(value.reshape(-1)[0])


def _texts(path: Path, arrays: dict[str, NDArray[Any]], key: str) -> tuple[str, ...]:
    value = _entry(path, arrays, key)
    if value.ndim != 1 or (value.size and value.dtype.kind != "U"):
        found = f"{value.dtype} {list(value.shape)}"
        raise ClipError(path, key, found=found, expected="a list of strings")
    return tuple(str(text) for text in value)


def _cause(error: OSError) -> str:
    return error.strerror or str(error)
