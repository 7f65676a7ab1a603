"""Arrays in: AMASS, Human3.6M and Figurant's own clips."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import clip as clip_file
from engine.clip import Clip
from engine.errors import ClipError
from engine.skeleton import HEAD, HIP, JOINTS, THORAX
from offline.importers import read_motion
from tests.offline.bvh_bodies import true_places

SMPL = [
    "pelvis",
    "left_hip",
    "right_hip",
    "spine1",
    "left_knee",
    "right_knee",
    "spine2",
    "left_foot",
    "right_foot",
    "spine3",
    "left_toe",
    "right_toe",
    "neck",
    "left_collar",
    "right_collar",
    "head",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hand",
    "right_hand",
]


def body(frames: int = 30) -> dict[str, np.ndarray]:
    """True places of a body in stage axes, metres, z up."""
    return {
        part: np.stack([place[:, 0], -place[:, 2], place[:, 1]], -1) * 0.01
        for part, place in true_places(frames).items()
    }


def smpl_joints(count: int = 24) -> np.ndarray:
    """The body as SMPL's joints [T, count, 3]."""
    places = body()
    places |= {"pelvis": places["hips"], "spine1": places["spine"]}
    places |= {"spine2": places["chest"], "spine3": (places["chest"] + places["neck"]) / 2}
    places |= {f"{side}_hand": places[f"{side}_wrist"] for side in ("left", "right")}
    return np.stack([places[name] for name in SMPL[:count]], 1)


def h36m_joints() -> np.ndarray:
    """The body as Human3.6M's joints [T, 17, 3]."""
    places = body()
    places |= {"hip": places["hips"], "spine": places["chest"], "thorax": places["neck"]}
    neck = (places["neck"] + places["crown"]) / 2
    places |= {"head": places["crown"], "neck": neck}
    return np.stack([places[name] for name in JOINTS], 1)


@pytest.mark.parametrize("rate", ["mocap_framerate", "mocap_frame_rate"])
@pytest.mark.parametrize("key", ["joints", "jtr", "Jtr"])
@pytest.mark.parametrize("count", [22, 24])
def test_amass_with_joints(tmp_path: Path, rate: str, key: str, count: int) -> None:
    arrays: dict[str, Any] = {"poses": np.zeros((30, 72)), "trans": np.zeros((30, 3)), rate: 120.0}
    np.savez(tmp_path / "a.npz", **arrays, **{key: smpl_joints(count)})
    motion = read_motion(tmp_path / "a.npz")
    assert motion.fps == 120
    assert motion.captured
    for part, place in body().items():
        if part in JOINTS and part != "spine" and part not in ("neck", "head"):
            np.testing.assert_allclose(motion.joints[:, JOINTS.index(part)], place, atol=1e-6)
    trunk = motion.joints[:, THORAX] - motion.joints[:, HIP]
    head = motion.joints[:, HEAD] - motion.joints[:, THORAX]
    along = (trunk * head).sum(-1) / np.linalg.norm(trunk, axis=1) / np.linalg.norm(head, axis=1)
    assert (along > 0.98).all()


def test_amass_without_positions_says_why(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "a.npz",
        poses=np.zeros((30, 156)),
        trans=np.zeros((30, 3)),
        betas=np.zeros(16),
        gender=np.array(["female"], object),
        mocap_framerate=120.0,
    )
    with pytest.raises(ClipError, match=r"without joint positions.*takes the SMPL body model"):
        read_motion(tmp_path / "a.npz")


def test_amass_without_a_frame_rate_needs_fps(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", jtr=smpl_joints())
    with pytest.raises(
        ClipError, match=r"found no frame rate, expected one of mocap_framerate.*--fps"
    ):
        read_motion(tmp_path / "a.npz")
    assert read_motion(tmp_path / "a.npz", 30).fps == 30


@pytest.mark.parametrize("key", ["joints", "positions_3d", "arr_0", "keypoints_3d"])
def test_h36m_arrays(tmp_path: Path, key: str) -> None:
    np.savez(tmp_path / "a.npz", **{key: h36m_joints(), "fps": 50})
    motion = read_motion(tmp_path / "a.npz")
    assert motion.fps == 50
    np.testing.assert_allclose(motion.joints, h36m_joints(), atol=1e-9)


@pytest.mark.parametrize("shape", [(1, 30, 17, 3), (30, 51)])
def test_h36m_shapes(tmp_path: Path, shape: tuple[int, ...]) -> None:
    np.savez(tmp_path / "a.npz", arr_0=h36m_joints().reshape(shape))
    motion = read_motion(tmp_path / "a.npz")
    assert (motion.fps, motion.joints.shape) == (25, (30, 17, 3))
    assert "25 fps assumed" in motion.notes


def test_h36m_in_millimetres_and_camera_axes(tmp_path: Path) -> None:
    x, y, z = np.moveaxis(h36m_joints(), -1, 0)
    camera = np.stack([x, -z, y], -1) * 1000  # y down, z away from the camera
    np.savez(tmp_path / "a.npz", arr_0=camera)
    motion = read_motion(tmp_path / "a.npz")
    np.testing.assert_allclose(motion.joints, h36m_joints(), atol=1e-9)
    assert "up is -y" in motion.notes
    assert any(note.startswith("unit mm") for note in motion.notes)


def test_a_hip_that_was_kept_apart_carries_the_body(tmp_path: Path) -> None:
    apart = h36m_joints()
    apart -= (apart[:, 1:2] + apart[:, 4:5]) / 2
    apart[:, HIP] = np.linspace([0, 0, 1], [4, 2, 1], len(apart))
    np.savez(tmp_path / "a.npz", arr_0=apart)
    motion = read_motion(tmp_path / "a.npz")
    assert "hip kept apart: body put on it" in motion.notes
    middle = (motion.joints[:, 1] + motion.joints[:, 4]) / 2
    np.testing.assert_allclose(middle, motion.joints[:, HIP], atol=1e-9)


def test_deepdance_folders_tell_dancer_and_tags(tmp_path: Path) -> None:
    folder = tmp_path / "maria" / "slow_spot_upperbody"
    folder.mkdir(parents=True)
    np.savez(folder / "pose3d.npz", h36m_joints())
    motion = read_motion(folder / "pose3d.npz")
    assert (motion.dancer, motion.tags) == ("maria", ("slow", "spot", "upperbody"))


def test_a_clip_of_our_own_keeps_what_it_says(tmp_path: Path) -> None:
    clip = Clip(h36m_joints().astype(np.float32), 30, "ana", ("slow",), "x.bvh", "t1", ("floor",))
    clip_file.save(clip, tmp_path / "a.npz")
    motion = read_motion(tmp_path / "a.npz")
    assert (motion.fps, motion.dancer, motion.tags, motion.take) == (30, "ana", ("slow",), "t1")
    assert motion.cleaning == ("floor",)
    assert read_motion(tmp_path / "a.npz", 60).fps == 60


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "2D": ({"arr_0": np.zeros((9, 17, 2))}, r"arr_0: found \[9, 17, 2\]"),
    "16 joints": ({"positions_3d": np.zeros((9, 16, 3))}, r"found \[9, 16, 3\]"),
    "pickled": (
        {"positions_3d": np.array({"S1": 0}, object)},
        "found pickled objects, expected numbers",
    ),
    "unknown": ({"verts": np.zeros((9, 3))}, "found keys verts, expected joints in one of joints"),
    "no body": ({"arr_0": np.zeros((9, 17, 3))}, "found a body without length"),
    "NaN": ({"arr_0": np.full((9, 17, 3), np.nan)}, "expected finite numbers"),
    "no rate": ({"joints": h36m_joints()}, "found no frame rate"),
    "bad rate": ({"joints": h36m_joints(), "fps": 0}, "fps: found 0.0"),
    "few SMPL joints": (
        {"poses": 1, "trans": 1, "joints": np.zeros((9, 3, 3))},
        r"float \[T, 22\+, 3\]",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_read_is_named(tmp_path: Path, what: str) -> None:
    arrays, message = WRONG[what]
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(ClipError, match=message):
        read_motion(tmp_path / "a.npz")


def test_files_of_no_known_kind(tmp_path: Path) -> None:
    path = tmp_path / "a.bvh"
    with pytest.raises(ClipError, match="found No such file or directory"):
        read_motion(path)
    path.write_bytes(b"")
    with pytest.raises(ClipError, match="found an empty file"):
        read_motion(path)
    path.write_bytes(b"Kaydara FBX Binary")
    with pytest.raises(ClipError, match=r"begins with b'Kaydara FBX '.*expected BVH"):
        read_motion(path)
