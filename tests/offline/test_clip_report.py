"""Each fault is found, and good motion has none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.skeleton import HEAD, HIP, MIRROR, NECK
from offline.clip_report import faults
from offline.importers import read_motion
from tests.offline.test_cleaning import FPS, WRIST, dancing

Array = NDArray[np.float64]


def test_good_motion_has_no_faults() -> None:
    assert faults(dancing(), FPS) == ()


def broken(change: Callable[[Array], object]) -> Array:
    joints = dancing()
    change(joints)
    return joints


def lift(joints: Array, height: float) -> None:
    joints[..., 2] += height * np.clip((np.arange(len(joints)) - 40) / 20, 0, 1)[:, None]


def head_down(joints: Array) -> None:
    joints[:, [NECK, HEAD], 2] -= 2 * (joints[:, [NECK, HEAD], 2] - joints[:, [8], 2])


def breathe(joints: Array) -> None:
    joints[:, HEAD, 2] += np.linspace(0, 0.1, len(joints))


def jitter(joints: Array) -> None:
    joints += np.random.default_rng(3).normal(scale=0.01, size=joints.shape)


FAULTS: dict[str, tuple[Array, str]] = {
    "short": (dancing(40), "too short: 0.67 s"),
    "frozen": (broken(lambda j: j.__setitem__(slice(60, None), j[60])), "frozen for 2 s"),
    "floating": (broken(lambda j: lift(j, 0.4)), "floating for 2 s, up to 0."),
    "sunk": (broken(lambda j: lift(j, -0.2)), "sinks 2"),
    "head down": (broken(head_down), "broken torso in 100 % of the frames"),
    "breathing": (broken(breathe), "bones breathe by up to 98 mm"),
    "jump": (broken(lambda j: j[90:].__iadd__([1, 0, 0])), "m/s (1.5 s)"),
    "mirrored": (dancing()[:, list(MIRROR)], "knees bend backwards: left and right exchanged?"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_each_fault_is_found_alone(what: str) -> None:
    joints, expected = FAULTS[what]
    found = faults(joints, FPS)
    assert len(found) == 1
    assert expected in found[0]


def test_noise_is_measured_about_right() -> None:
    (found,) = faults(broken(jitter), FPS, varied=0.0)
    assert 10 <= float(found.split()[2]) <= 20  # 1 cm on each axis is 17 mm in space


def test_bones_are_judged_by_how_they_were() -> None:
    assert faults(dancing(), FPS, varied=0.12) == ("bones breathe by up to 120 mm",)
    assert faults(broken(breathe), FPS, varied=0.0) == ()


def test_a_clip_of_one_frame() -> None:
    assert faults(dancing(1), FPS) == ("too short: 0.02 s",)


def test_a_leap_is_not_floating() -> None:
    joints = dancing()
    joints[60:90, :, 2] += 0.5 * np.sin(np.linspace(0, np.pi, 30))[:, None]
    assert faults(joints, FPS) == ()


def test_arms_that_move_alone_are_not_frozen() -> None:
    joints = dancing()
    joints[:] = joints[:1]
    joints[:, WRIST, 0] += 0.05 * np.sin(np.linspace(0, 20, len(joints)))
    assert not any(fault.startswith("frozen") for fault in faults(joints, FPS, varied=0))


def test_the_real_faults_of_deepdance_are_found(data_dir: object) -> None:
    motion = read_motion(data_dir / "deepdance/maria_temp05_rescaled.json")  # type: ignore[operator]
    found = " ".join(faults(motion.joints - motion.joints[..., 2].min(), motion.fps))
    assert "frozen for" in found
    assert motion.joints[:, HIP].shape == (1010, 3)
