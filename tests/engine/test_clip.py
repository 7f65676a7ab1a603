"""The clip file: what is written comes back, and what is wrong is named."""

from __future__ import annotations

import contextlib
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import clip as clip_file
from engine.clip import Clip
from engine.errors import ClipError

JOINTS = np.random.default_rng(1).normal(size=(5, 17, 3)).astype(np.float32)
WHOLE = Clip(
    JOINTS,
    59.94,
    "ana",
    ("salsa", "slow"),
    "a.bvh",
    "duet 1",
    ("floor: moved",),
    ("jitter of 5 mm",),
)


def arrays(**changes: Any) -> dict[str, Any]:
    """What a clip file holds, with changes; None takes a key out."""
    held = {
        "joints": JOINTS,
        "fps": np.float64(50),
        "skeleton": "h36m17",
        "dancer": "ana",
        "tags": np.array(["salsa"]),
        "source": "a.bvh",
    }
    return {key: value for key, value in (held | changes).items() if value is not None}


def test_a_clip_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "phrase.npz"
    clip_file.save(WHOLE, path)
    loaded = clip_file.load(path)
    np.testing.assert_array_equal(loaded.joints, JOINTS)
    assert loaded.joints.dtype == np.float32
    for key in ("fps", "dancer", "tags", "source", "take", "cleaning", "warnings"):
        assert getattr(loaded, key) == getattr(WHOLE, key)
    assert loaded.name == "phrase"
    assert loaded.frames == 5
    assert loaded.seconds == pytest.approx(5 / 59.94)


def test_numpy_alone_reads_it_without_pickles(tmp_path: Path) -> None:
    clip_file.save(Clip(JOINTS, 25, "ana"), tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert str(file["skeleton"]) == "h36m17"
        assert file["fps"].dtype == np.float64
        assert file["joints"].shape == (5, 17, 3)
        assert file["tags"].shape == (0,)
        assert str(file["take"]) == "a"


def test_the_same_clip_is_the_same_bytes(tmp_path: Path) -> None:
    clip_file.save(WHOLE, tmp_path / "a.npz")
    clip_file.save(WHOLE, tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_what_is_optional_may_be_missing(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **arrays())
    loaded = clip_file.load(tmp_path / "a.npz")
    assert (loaded.take, loaded.cleaning, loaded.warnings) == ("a", (), ())


NAN = JOINTS.copy()
NAN[2, 3, 1] = np.nan
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no joints": ({"joints": None}, "joints: found keys dancer, fps.*expected the key in the file"),
    "no fps": ({"fps": None}, "fps: found keys dancer"),
    "no dancer": ({"dancer": None}, "dancer: found keys"),
    "16 joints": (
        {"joints": JOINTS[:, :16]},
        r"joints: found \[5, 16, 3\], expected float32 \[T, 17, 3\]",
    ),
    "no frames": ({"joints": JOINTS[:0]}, r"joints: found \[0, 17, 3\]"),
    "integers": ({"joints": JOINTS.astype(int)}, "joints: found int64"),
    "NaN": (
        {"joints": NAN},
        r"found nan in right_foot y of frame 2 \(1 values in all\), expected finite",
    ),
    "fps zero": ({"fps": 0.0}, "fps: found 0.0, expected one number above 0"),
    "fps infinite": ({"fps": np.inf}, "fps: found inf"),
    "fps twice": ({"fps": np.array([25.0, 50.0])}, r"fps: found float64 \[2\]"),
    "fps text": ({"fps": "fast"}, "fps: found <U4"),
    "other skeleton": ({"skeleton": "smpl24"}, "skeleton: found 'smpl24', expected 'h36m17'"),
    "dancer a number": ({"dancer": 7}, "dancer: found int64"),
    "tags one string": ({"tags": "salsa"}, r"tags: found <U5 \[\], expected a list of strings"),
    "pickled tags": ({"tags": np.array([None, "a"], object)}, "tags: found pickled objects"),
    "pickled joints": ({"joints": np.array([[None]], object)}, "joints: found pickled objects"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_named(tmp_path: Path, what: str) -> None:
    changes, message = WRONG[what]
    path = tmp_path / "a.npz"
    np.savez(path, **arrays(**changes))
    with pytest.raises(ClipError, match=message) as caught:
        clip_file.load(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_files_that_are_no_archives(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with pytest.raises(ClipError, match=r"a\.npz: found No such file"):
        clip_file.load(path)
    path.write_text("hello")
    with pytest.raises(ClipError, match="found a broken archive"):
        clip_file.load(path)
    clip_file.save(WHOLE, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ClipError, match="found a broken archive"):
        clip_file.load(path)


def test_a_header_that_asks_for_too_much_allocates_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, **arrays(joints=None))
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 17, 3), }"
    header += b" " * (118 - len(header) - 1) + b"\n"
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("joints.npy", b"\x93NUMPY\x01\x00" + b"\x76\x00" + header)
    with pytest.raises(ClipError, match=r"joints: found a header for .* expected a complete array"):
        clip_file.load(path)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.floats(0, 1), value=st.integers(0, 255))
def test_a_damaged_byte_is_an_error_and_never_a_crash(
    tmp_path: Path, place: float, value: int
) -> None:
    path = tmp_path / "a.npz"
    clip_file.save(WHOLE, path)
    held = bytearray(path.read_bytes())
    held[int(place * (len(held) - 1))] = value
    path.write_bytes(held)
    with contextlib.suppress(ClipError):
        assert clip_file.load(path).joints.shape == (5, 17, 3)


def test_a_bad_clip_is_not_written_and_the_old_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    clip_file.save(WHOLE, path)
    with pytest.raises(ClipError, match="expected finite numbers"):
        clip_file.save(Clip(NAN, 25, "ana"), path)
    assert clip_file.load(path).fps == 59.94


def test_a_crash_while_writing_leaves_the_old_clip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.npz"
    clip_file.save(WHOLE, path)

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(ClipError, match=r"a\.npz: found No space left on device"):
        clip_file.save(Clip(JOINTS, 10, "ben"), path)
    assert clip_file.load(path).dancer == "ana"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.npz"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="found No such file or directory"):
        clip_file.save(WHOLE, tmp_path / "nowhere" / "a.npz")


def test_single_arrays_can_be_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **arrays(extra=np.array([None], object)))
    assert set(clip_file.array_names(tmp_path / "a.npz")) == {*arrays(), "extra"}
    assert set(clip_file.read_arrays(tmp_path / "a.npz", ["fps", "nothing"])) == {"fps"}
    with pytest.raises(ClipError, match="extra: found pickled objects"):
        clip_file.read_arrays(tmp_path / "a.npz")
