"""Deep.Dance's JSON in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import ClipError
from engine.skeleton import HIP
from offline.importers import read_motion

POSE = np.random.default_rng(2).normal(size=(17, 3)).round(3)
POSE[HIP] = (POSE[1] + POSE[4]) / 2


def written(path: Path, frames: Any) -> Path:
    path.write_text(json.dumps({"bones": {}, "frames": frames}))
    return path


def test_frames_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    frames = {str(i): (POSE + i).tolist() for i in reversed(range(12))}
    motion = read_motion(written(tmp_path / "a.json", frames))
    np.testing.assert_allclose(motion.joints[:, 5], [POSE[5] + i for i in range(12)])
    assert motion.fps == 25
    assert read_motion(tmp_path / "a.json", 50).fps == 50


@pytest.mark.parametrize("name", ["maria_temp05_rescaled", "maria_temp10_rescaled"])
def test_real_sequences_are_left_as_they_are(data_dir: Path, name: str) -> None:
    path = data_dir / "deepdance" / f"{name}.json"
    motion = read_motion(path)
    frames = json.loads(path.read_text())["frames"]
    expected = [frames[str(i)] for i in range(len(frames))]
    np.testing.assert_array_equal(motion.joints, expected)


def test_a_real_sequence_with_its_hip_apart(data_dir: Path) -> None:
    motion = read_motion(data_dir / "deepdance" / "maria_temp05.json")
    assert "hip kept apart: body put on it" in motion.notes
    reach = np.linalg.norm(motion.joints[:, 1] - motion.joints[:, HIP], axis=-1)
    assert np.median(reach) < 0.3


WRONG: dict[str, tuple[Any, str]] = {
    "a gap": ({"0": POSE.tolist(), "2": POSE.tolist()}, "frames · 1: found no such frame"),
    "16 joints": (
        {"0": POSE[:16].tolist()},
        r"frames · 0: found shape \[16, 3\], expected 17 joints",
    ),
    "ragged": ({"0": [[1, 2], [3]]}, r"frames · 0: found \[\[1, 2\], \[3\]\]"),
    "a word": ({"0": "dance"}, r'frames · 0: found "dance"'),
    "NaN": ({"0": (POSE * np.nan).tolist()}, "found a number that is not finite"),
    "empty": ({}, "frames: found keys bones, frames"),
    "a list": ([1], "frames: found keys bones, frames"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_named(tmp_path: Path, what: str) -> None:
    frames, message = WRONG[what]
    path = written(tmp_path / "a.json", frames)
    with pytest.raises(ClipError, match=message) as caught:
        read_motion(path)
    assert str(path) in str(caught.value)


def test_broken_json_is_named_with_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"frames": {\n "0": [[1, 2, 3],\n oops')
    with pytest.raises(ClipError, match=r"a\.json:3:2: found Expecting value, expected JSON"):
        read_motion(path)


def test_json_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "database.json"
    path.write_text('{"dancers": []}')
    with pytest.raises(ClipError, match="frames: found keys dancers, expected"):
        read_motion(path)
