"""BVH in: the right joints, in metres, on the right side, whoever wrote the file."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pybvh
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import ClipError
from engine.skeleton import HEAD, HIP, JOINTS, NECK, THORAX
from offline.importers import bvh, bvh_file, read_motion
from offline.importers.forward_kinematics import ForwardKinematics
from offline.importers.joint_maps import match
from tests.offline.bvh_bodies import PRODUCTS, write

LIMBS = [name for name in JOINTS if name.startswith(("left", "right"))]


def to_stage(places: np.ndarray) -> np.ndarray:
    """BVH's y up, facing +z, in stage axes: facing the audience (-y), left at +x."""
    return np.stack([places[..., 0], -places[..., 2], places[..., 1]], -1)


@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("yaw", [0.0, 70.0])
def test_products_give_the_true_places(tmp_path: Path, name: str, yaw: float) -> None:
    places = write(tmp_path / "body.bvh", PRODUCTS[name], yaw=yaw)
    motion = read_motion(tmp_path / "body.bvh")
    assert motion.fps == 30
    assert motion.joints.shape == (40, 17, 3)
    for part in LIMBS:
        expected = to_stage(places[part]) * 0.01
        np.testing.assert_allclose(motion.joints[:, JOINTS.index(part)], expected, atol=2e-4)
    expected = to_stage(places["neck"]) * 0.01
    np.testing.assert_allclose(motion.joints[:, THORAX], expected, atol=2e-4)
    middle = (motion.joints[:, 1] + motion.joints[:, 4]) / 2
    np.testing.assert_allclose(motion.joints[:, HIP], middle, atol=1e-9)


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_stand_as_people_do(tmp_path: Path, name: str) -> None:
    write(tmp_path / "body.bvh", PRODUCTS[name])
    joints = read_motion(tmp_path / "body.bvh").joints
    part = {joint: joints[:, i] for i, joint in enumerate(JOINTS)}
    assert (part["left_hip"][:, 0] > part["right_hip"][:, 0]).all()  # left is stage left
    assert (part["right_knee"][:, 1] < part["right_hip"][:, 1] - 0.2).all()  # knee to the audience
    assert (part["right_wrist"][:, 2] > part["head"][:, 2]).all()  # the right arm is up
    assert (part["left_wrist"][:, 2] < part["left_shoulder"][:, 2]).all()
    trunk = joints[:, THORAX] - joints[:, HIP]
    head = joints[:, HEAD] - joints[:, THORAX]
    along = (trunk * head).sum(-1) / np.linalg.norm(trunk, axis=-1) / np.linalg.norm(head, axis=-1)
    assert (along > np.cos(np.deg2rad(12))).all()  # upright, not bent forward
    assert np.median(np.linalg.norm(head, axis=-1)) == pytest.approx(0.236, abs=0.03)
    neck = np.linalg.norm(joints[:, NECK] - joints[:, THORAX], axis=-1)
    assert np.median(neck) == pytest.approx(0.12, abs=0.03)
    spine = joints[:, JOINTS.index("spine")] - joints[:, HIP]
    assert np.median(np.linalg.norm(spine, axis=-1)) == pytest.approx(0.27, abs=0.03)


@pytest.mark.parametrize(
    ("unit", "said"),
    [(1.0, "unit m "), (0.01, "unit cm"), (0.001, "unit mm"), (0.0254, "unit inch")],
)
def test_units_are_told_by_the_body(tmp_path: Path, unit: float, said: str) -> None:
    write(tmp_path / "body.bvh", PRODUCTS["mvn"], unit=unit)
    motion = read_motion(tmp_path / "body.bvh")
    assert any(note.startswith(said) for note in motion.notes)
    assert motion.joints[:, HEAD, 2].mean() == pytest.approx(1.69, abs=0.05)


def test_a_body_of_no_known_unit_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "body.bvh", PRODUCTS["mvn"], unit=300.0)
    with pytest.raises(ClipError, match=r"units tall, expected a body of 0\.9 to 2\.6 m in m, cm"):
        read_motion(tmp_path / "body.bvh")


def test_z_up_files_are_turned(tmp_path: Path) -> None:
    path = tmp_path / "body.bvh"
    places = write(path, PRODUCTS["rokoko"])
    lines = path.read_text().splitlines()
    first = lines.index("MOTION") + 3
    for i, line in enumerate(lines[first:], first):  # a quarter turn about x: y becomes z
        x, y, z, yaw, pitch, roll = (float(value) for value in line.split()[:6])
        assert (yaw, pitch, roll) == (0, 0, 0)
        lines[i] = " ".join([f"{x} {-z} {y} 0 90 0", *line.split()[6:]])
    path.write_text("\n".join(lines))
    motion = read_motion(path)
    assert "up is +z" in motion.notes
    expected = to_stage(places["left_knee"]) * 0.01
    np.testing.assert_allclose(motion.joints[:, JOINTS.index("left_knee")], expected, atol=2e-4)


def test_fps_overrides_a_wrong_header_and_says_so(tmp_path: Path) -> None:
    write(tmp_path / "body.bvh", PRODUCTS["mvn"], fps=120)
    motion = read_motion(tmp_path / "body.bvh", 60)
    assert motion.fps == 60
    assert "60 fps for the header's 120" in motion.notes


@pytest.mark.parametrize(
    ("written", "fps"),
    [
        ("0.033333", 30),
        (".0083333", 120),
        ("0.0416667", 24),
        ("0.041708", 24000 / 1001),
        ("0.04", 25),
    ],
)
def test_frame_times_cut_short_mean_the_usual_rate(
    tmp_path: Path, written: str, fps: float
) -> None:
    path = tmp_path / "body.bvh"
    write(path, PRODUCTS["mvn"])
    path.write_text(path.read_text().replace("Frame Time: 0.033333", f"Frame Time: {written}"))
    assert bvh_file.read(path).fps == fps


def test_position_channels_on_top_of_the_offset(tmp_path: Path) -> None:
    path = tmp_path / "body.bvh"
    places = write(path, PRODUCTS["mixamo"], frames=4)
    lines = path.read_text().splitlines()
    first = lines.index("MOTION") + 3
    for i, line in enumerate(lines[first:], first):
        values = line.split()
        for column in range(6, len(values), 6):
            values[column : column + 3] = ["0", "0", "0"]
        lines[i] = " ".join(values)
    path.write_text("\n".join(lines))
    expected = to_stage(places["right_wrist"]) * 0.01
    found = read_motion(path).joints[:, JOINTS.index("right_wrist")]
    np.testing.assert_allclose(found, expected, atol=2e-4)


def test_ends_stand_for_hands_that_are_no_joints(tmp_path: Path) -> None:
    product = PRODUCTS["mvn"]
    names = {part: name for part, name in product.names.items() if "wrist" not in part}
    places = write(tmp_path / "body.bvh", replace(product, names=names))
    expected = to_stage(places["left_wrist"]) * 0.01
    found = read_motion(tmp_path / "body.bvh").joints[:, JOINTS.index("left_wrist")]
    np.testing.assert_allclose(found, expected, atol=2e-4)


@pytest.mark.parametrize("part", ["neck", "head"])
def test_a_neck_or_head_that_is_missing_is_computed(tmp_path: Path, part: str) -> None:
    names = {key: name for key, name in PRODUCTS["mvn"].names.items() if key in LIMBS}
    names |= {"hips": "Hips", "spine": "Chest", "chest": "Chest4", "left_collar": "LeftCollar"}
    names |= {"right_collar": "RightCollar", "neck": "Neck", "head": "Head"}
    del names[part]
    names.pop("head", None)  # without a neck the head hangs on nothing
    write(tmp_path / "body.bvh", replace(PRODUCTS["mvn"], names=names))
    motion = read_motion(tmp_path / "body.bvh")
    assert f"{part} computed" in motion.notes
    rise = motion.joints[:, HEAD, 2] - motion.joints[:, THORAX, 2]
    assert ((rise > 0.18) & (rise < 0.3)).all()


def plain_fk(path: Path, frame: int) -> dict[str, np.ndarray]:
    """Joint places of one frame of a file whose root alone has positions, one by one."""
    lines = path.read_text().split("\n")
    start = next(i for i, line in enumerate(lines) if line.strip() == "MOTION")
    values = iter([float(v) for v in lines[start + 3 + frame].split()])
    places: dict[str, np.ndarray] = {}
    stack: list[np.ndarray] = [np.eye(4)]
    name = ""
    for line in lines[:start]:
        words = line.split()
        if not words:
            continue
        if words[0] in ("ROOT", "JOINT", "End"):
            name = words[1] if words[0] != "End" else ""
        elif words[0] == "OFFSET":
            move = np.eye(4)
            move[:3, 3] = [float(w) for w in words[1:]]
            stack.append(stack[-1] @ move)
        elif words[0] == "CHANNELS":
            for channel in words[2:]:
                value, step = next(values), np.eye(4)
                axis = "XYZ".index(channel[0])
                if channel.endswith("position"):
                    step[axis, 3] = value
                else:
                    i, j = (axis + 1) % 3, (axis + 2) % 3
                    c, s = np.cos(np.radians(value)), np.sin(np.radians(value))
                    step[i, i], step[i, j], step[j, i], step[j, j] = c, -s, s, c
                stack[-1] = stack[-1] @ step
            places[name] = stack[-1][:3, 3]
        elif words[0] == "}":
            stack.pop()
    return places


@pytest.mark.parametrize("clip", ["salsa/01.bvh", "cmu131/131_01.bvh"])
def test_positions_are_those_of_plain_fk_and_of_pybvh(data_dir: Path, clip: str) -> None:
    path = data_dir / "mocap" / clip
    file = bvh_file.read(path)
    solved = ForwardKinematics(file)
    library = pybvh.read_bvh_file(path).node_positions()
    for index, joint in enumerate(file.joints):
        np.testing.assert_allclose(solved.position(index), library[:, index], atol=1e-9)
        if not joint.end:
            for frame in (0, 500, 990):
                expected = plain_fk(path, frame)[joint.name]
                np.testing.assert_allclose(solved.position(index)[frame], expected, atol=1e-9)


@pytest.mark.parametrize(
    ("clip", "names", "unit"),
    [("salsa/01.bvh", "Poser", "unit cm"), ("cmu131/131_01.bvh", "Xsens MVN", "unit CMU units")],
)
def test_real_skeletons_are_recognised(data_dir: Path, clip: str, names: str, unit: str) -> None:
    motion = bvh.read(data_dir / "mocap" / clip)
    assert motion.notes[0].startswith(names)
    assert motion.notes[1].startswith(unit)
    joints = motion.joints[50:]
    assert 1.3 < np.percentile(joints[:, HEAD, 2] - joints[:, [3, 6], 2].min(1), 95) < 1.75


def test_a_head_that_is_upside_down_is_set_upright(data_dir: Path) -> None:
    motion = bvh.read(data_dir / "mocap/salsa/06.bvh")
    assert motion.warnings == ("broken torso: head upside down in 100 % of the frames",)
    assert motion.cleaning == ("head: carried upright along the trunk",)
    assert (motion.joints[:, HEAD, 2] - motion.joints[:, HIP, 2] > 0.6).all()


def test_names_do_not_mind_case_separators_and_prefixes() -> None:
    plain = list(PRODUCTS["rokoko"].names.values())
    for spelled in (str.upper, lambda name: f"Dancer_01:{name}", lambda name: f"char_{name}_"):
        assert match([spelled(name) for name in plain]).missing == ()
    biped = [f"Bip01 {s} {part}" for s in "LR" for part in ("Thigh", "Calf", "Foot", "UpperArm")]
    biped += [f"Bip01 {s} {part}" for s in "LR" for part in ("Forearm", "Hand")]
    assert match([*biped, "Bip01 Pelvis", "Bip01 Neck", "Bip01 Head"]).family == "3ds Max Biped"


def test_names_of_two_families_together() -> None:
    names = [name.replace("Shin", "Knee") for name in PRODUCTS["rokoko"].names.values()]
    assert match(names).family == "mixed names"
    assert match(names).missing == ()


def test_a_missing_joint_is_named_with_what_was_looked_for(tmp_path: Path) -> None:
    path = tmp_path / "body.bvh"
    write(path, PRODUCTS["mvn"])
    path.write_text(path.read_text().replace("LeftKnee", "Lasso"))
    with pytest.raises(
        ClipError, match=r"left_knee: found joints .*Lasso.*expected one of LeftLeg"
    ):
        read_motion(path)


BREAKS = {
    "word": ("Frames: 40", "Frames: 40x", "Frames:"),
    "number": (" 0.000000 ", " nix ", "a number"),
    "not finite": (" 0.000000 ", " nan ", "a number"),
    "channel": ("Yrotation Xrotation Zrotation\n", "Yrotation Xrotation Wrotation\n", "CHANNELS"),
    "count": ("CHANNELS 3", "CHANNELS 4", "CHANNELS"),
    "offset": ("OFFSET 0.000000 11", "OFFSET 0.000000 eleven", "three numbers"),
    "brace": ("MOTION", "}\nMOTION", "an open joint"),
    "second root": ("JOINT Neck", "ROOT Neck", "one ROOT"),
    "frame time": ("Frame Time", "Zeit", "Frame Time:"),
}


@pytest.mark.parametrize("what", BREAKS)
def test_faults_are_named_with_their_line(tmp_path: Path, what: str) -> None:
    old, new, expected = BREAKS[what]
    path = tmp_path / "body.bvh"
    write(path, PRODUCTS["mvn"])
    text = path.read_text()
    start = text.index("Frame Time") if old == " 0.000000 " else 0
    place = text.index(old, start)
    line = text.count("\n", 0, place) + 1
    path.write_text(text[:place] + text[place:].replace(old, new, 1))
    with pytest.raises(ClipError) as caught:
        read_motion(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert expected in str(caught.value)


def test_a_line_cut_short_and_a_file_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "body.bvh"
    write(path, PRODUCTS["mvn"])
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:-1], lines[-1][:60]]))
    with pytest.raises(ClipError, match=rf":{len(lines)}: found \d+ values, expected 66"):
        read_motion(path)
    path.write_text("\n".join(lines[:-7]))
    with pytest.raises(ClipError, match="found 33 lines of motion, expected the 40"):
        read_motion(path)
    path.write_text("\n".join(lines[: lines.index("MOTION") + 3]))
    with pytest.raises(ClipError, match="found no motion"):
        read_motion(path)


def test_a_frame_time_of_zero_needs_fps(tmp_path: Path) -> None:
    path = tmp_path / "body.bvh"
    write(path, PRODUCTS["mvn"])
    path.write_text(path.read_text().replace("Frame Time: 0.033333", "Frame Time: 0"))
    with pytest.raises(ClipError, match="expected seconds above 0, or --fps"):
        read_motion(path)
    assert read_motion(path, 50).fps == 50


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damaged_text_is_an_error_and_never_a_crash(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "body.bvh"
    write(path, PRODUCTS["bandai"], frames=3)
    text = path.read_text()
    place = data.draw(st.integers(0, len(text) - 1))
    length = data.draw(st.integers(0, 40))
    put = data.draw(st.text("{}\n\t 0.-eJOINTMOTION\0é", max_size=12))
    path.write_text(text[:place] + put + text[place + length :])
    with contextlib.suppress(ClipError):
        assert read_motion(path).joints.shape[1:] == (17, 3)
