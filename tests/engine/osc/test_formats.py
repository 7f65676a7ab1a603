"""The formats of other programs, read as those programs would: python-osc and SciPy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from pythonosc.osc_message import OscMessage
from pythonosc.osc_packet import OscPacket
from scipy.spatial.transform import Rotation

from engine import clip, skeleton
from engine.frame import Frame
from engine.osc.bisnad import Bisnad
from engine.osc.figurant import Bundle
from engine.osc.vmc import Vmc
from tests.conftest import SALSA
from tests.kit import frame

Float = NDArray[np.float64]
JOINTS_OF_BONES = {
    "Hips": 0, "Spine": 0, "Chest": 7, "Neck": 8, "Head": 9,
    "LeftShoulder": 8, "LeftUpperArm": 11, "LeftLowerArm": 12, "LeftHand": 13,
    "RightShoulder": 8, "RightUpperArm": 14, "RightLowerArm": 15, "RightHand": 16,
    "LeftUpperLeg": 4, "LeftLowerLeg": 5, "LeftFoot": 6,
    "RightUpperLeg": 1, "RightLowerLeg": 2, "RightFoot": 3,
}  # fmt: skip
HUMANOID = {
    "Hips": None, "Spine": "Hips", "Chest": "Spine", "Neck": "Chest", "Head": "Neck",
    "LeftShoulder": "Chest", "LeftUpperArm": "LeftShoulder", "LeftLowerArm": "LeftUpperArm",
    "LeftHand": "LeftLowerArm", "RightShoulder": "Chest", "RightUpperArm": "RightShoulder",
    "RightLowerArm": "RightUpperArm", "RightHand": "RightLowerArm",
    "LeftUpperLeg": "Hips", "LeftLowerLeg": "LeftUpperLeg", "LeftFoot": "LeftLowerLeg",
    "RightUpperLeg": "Hips", "RightLowerLeg": "RightUpperLeg", "RightFoot": "RightLowerLeg",
}  # fmt: skip
"""Unity's HumanBodyBones and what each hangs on."""


def messages(packet: bytes) -> list[OscMessage]:
    return [timed.message for timed in OscPacket(packet).messages]


def posed(poses: NDArray[np.float32]) -> Frame:
    """A frame of poses [P, 17, 3]."""
    return replace(frame(3.5, performers=len(poses)), joints=poses)


def rebuilt(said: list[OscMessage]) -> dict[str, Float]:
    """Where the bones are, in Unity's space, by nothing but places and rotations."""
    told = {m.params[0]: m.params[1:] for m in said if m.address == "/VMC/Ext/Bone/Pos"}
    assert list(told) == list(HUMANOID)
    at: dict[str, Float] = {}
    turned: dict[str, Rotation] = {}
    for name, parent in HUMANOID.items():
        place, turn = np.array(told[name][:3]), Rotation.from_quat(told[name][3:])
        if parent is None:
            at[name], turned[name] = place, turn
        else:
            at[name] = at[parent] + turned[parent].apply(place)
            turned[name] = turned[parent] * turn
    return at


def test_vmc_rebuilds_the_joints_within_a_millimetre() -> None:
    poses = np.concatenate(
        [clip.load(path).joints[::7] for path in sorted((SALSA / "seeds").glob("*.npz"))]
    )
    worst = 0.0
    for pose in poses:
        ((port, packet),) = Vmc([0]).datagrams(posed(pose[None]))
        assert port == 0
        for name, place in rebuilt(messages(packet)).items():
            x, y, z = pose[JOINTS_OF_BONES[name]]
            worst = max(worst, float(np.linalg.norm(place - (-x, z, -y))))
    assert worst < 0.001, f"{worst * 1000:.3f} mm"


def test_vmc_says_what_a_receiver_waits_for() -> None:
    pose = clip.load(SALSA / "seeds" / "red.npz").joints[0]
    ((_, packet),) = Vmc([0]).datagrams(posed(pose[None]))
    ok, time, root, *bones = messages(packet)
    assert (ok.address, ok.params) == ("/VMC/Ext/OK", [1])
    assert (time.address, time.params) == ("/VMC/Ext/T", [3.5])
    assert (root.address, root.params) == ("/VMC/Ext/Root/Pos", ["root", 0, 0, 0, 0, 0, 0, 1])
    assert len(bones) == 19


def test_each_performer_has_a_vmc_receiver_of_its_own_and_who_is_gone_says_so() -> None:
    poses = clip.load(SALSA / "seeds" / "red.npz").joints[:3]
    shown = replace(posed(poses), level=np.array([1, 0, 0.5], np.float32))
    layout = Vmc([0, 1, 2])
    assert layout.ports == 3
    packets = dict(layout.datagrams(shown))
    assert sorted(packets) == [0, 1, 2]
    assert [messages(packets[p])[0].params for p in range(3)] == [[1], [0], [1]]
    assert [len(messages(packets[p])) for p in range(3)] == [22, 2, 22]
    ((port, alone),) = Vmc([2]).datagrams(shown)
    assert (port, alone) == (0, packets[2])


def test_bisnads_array_has_all_joints_in_one_message_and_no_bundle() -> None:
    shown = frame(performers=3)
    shown.joints[2] = np.arange(51).reshape(17, 3)
    shown.level[0] = 0
    packets = Bisnad(3, scale=100).datagrams(shown)
    assert [port for port, _ in packets] == [0, 0]
    assert not packets[0][1].startswith(b"#bundle")
    (first,), (second,) = (messages(packet) for _, packet in packets)
    assert first.address == "/mocap/1/joint/pos_world"
    assert second.address == "/mocap/2/joint/pos_world"
    assert second.params == [100 * n for n in range(51)]


def test_an_address_for_each_joint_is_still_one_bundle() -> None:
    shown = frame(2.0, performers=2)
    shown.joints[1] = np.arange(51).reshape(17, 3)
    ((_, packet),) = Bundle(["red", "blue"], joints=True).datagrams(shown)
    told = {m.address: m.params for m in messages(packet)}
    for joint, name in enumerate(skeleton.JOINTS):
        expected = [3 * joint, 3 * joint + 1, 3 * joint + 2]
        assert told[f"/figurant/blue/joint/{name}"] == expected
    assert "/figurant/red/pose" not in told
    assert told["/figurant/red/level"] == pytest.approx([1.0])
    assert told["/figurant/frame"][1] == 2.0
