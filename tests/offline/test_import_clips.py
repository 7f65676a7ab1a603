"""`offline import`: batches, partners, names, replacing, and what happens to bad files."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import numpy as np
import pytest

from engine import clip as clip_file
from engine import skeleton
from offline import import_clips
from tests.offline.bvh_bodies import PRODUCTS, write
from tests.offline.test_import_npz import h36m_joints

SALSA = [*range(1, 8), 9, 10, 11, 12]
"""Numbers of the first partners of all given pairs; the other is 15 higher."""


def run(*words: object) -> int:
    """The command as the shell calls it."""
    parser = argparse.ArgumentParser()
    import_clips.add_arguments(parser)
    return import_clips.run(parser.parse_args([str(word) for word in words]))


@pytest.fixture(scope="module")
def salsa(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All salsa clips, imported in two calls as a user would."""
    dataset = tmp_path_factory.mktemp("salsa")
    folder = data_dir / "mocap/salsa"
    for dancer, quality, numbers in (
        ("cmu60", "calm", SALSA),
        ("cmu61", "lively", [n + 15 for n in SALSA]),
    ):
        paths = [folder / f"{number:02}.bvh" for number in numbers]
        options = ["--to", dataset, "--fps", 60, "--dancer", dancer, "--tags", f"salsa,{quality}"]
        assert run(*paths, *options) == 0
    return dataset


def test_salsa_partners_find_each_other_in_two_calls(salsa: Path) -> None:
    assert len(list(salsa.glob("*.npz"))) == 22
    for number in SALSA:
        first = clip_file.load(salsa / f"{number:02}.npz")
        second = clip_file.load(salsa / f"{number + 15:02}.npz")
        assert first.take == second.take == f"{number:02}"
        assert (first.dancer, second.dancer) == ("cmu60", "cmu61")
        assert (first.tags, second.tags) == (("salsa", "calm"), ("salsa", "lively"))
        assert first.frames == second.frames


def test_salsa_is_clean(salsa: Path, data_dir: Path) -> None:
    for path in sorted(salsa.glob("*.npz")):
        clip = clip_file.load(path)
        joints = clip.joints.astype(np.float64)
        assert clip.fps == 60
        assert clip.source == f"{path.stem}.bvh"
        assert np.linalg.norm(np.diff(joints, axis=0), axis=-1).max() * 60 < 6.1
        assert np.ptp(skeleton.bone_lengths(joints), axis=0).max() < 1e-5
        lowest = joints[:, list(skeleton.FEET), 2].min(1)
        assert np.percentile(lowest, 5) == pytest.approx(0.08, abs=0.01)
        assert np.median(joints[:, skeleton.HEAD, 2]) == pytest.approx(1.61, abs=0.07)


def test_the_known_faults_of_the_salsa_clips_are_told(salsa: Path) -> None:
    told = {p.stem: clip_file.load(p) for p in salsa.glob("*.npz")}
    for name in ("04", "09", "10", "11"):
        assert any(note.startswith("spikes") for note in told[name].cleaning)
    assert told["06"].warnings == ("broken torso: head upside down in 100 % of the frames",)
    moved = {
        name: float(note.split()[3])
        for name, clip in told.items()
        for note in clip.cleaning
        if note.startswith("floor")
    }
    others = [moved[f"{n + 15:02}"] for n in SALSA if n != 11]
    assert moved["26"] - np.median(others) > 2  # its floor lies lower than its sisters'


def test_partners_keep_their_distance(salsa: Path) -> None:
    first, second = (clip_file.load(salsa / f"{name}.npz").joints for name in ("05", "20"))
    apart = np.linalg.norm(first[:, 0, :2] - second[:, 0, :2], axis=-1)
    assert 0.6 < np.median(apart) < 1.0


@pytest.fixture
def body(tmp_path: Path) -> Path:
    write(tmp_path / "walk.bvh", PRODUCTS["mvn"], frames=60)
    return tmp_path / "walk.bvh"


def moved(path: Path, name: str, x: float) -> Path:
    """A copy of a BVH file with its root x metres to the side."""
    lines = path.read_text().splitlines()
    start = lines.index("MOTION") + 3
    for i in range(start, len(lines)):
        first, _, rest = lines[i].partition(" ")
        lines[i] = f"{float(first) + 100 * x} {rest}"
    copy = path.with_name(name)
    copy.write_text("\n".join(lines))
    return copy


def take(path: Path) -> str:
    return clip_file.load(path).take


@pytest.mark.parametrize(("x", "together"), [(0.8, True), (0.05, False), (4.0, False)])
def test_partners_are_neither_the_same_nor_far(body: Path, x: float, together: bool) -> None:
    dataset = body.parent / "ds"
    assert run(body, moved(body, "other.bvh", x), "--to", dataset) == 0
    assert (take(dataset / "other.npz") == take(dataset / "walk.npz")) is together


def test_three_of_one_length_are_not_guessed(body: Path) -> None:
    dataset = body.parent / "ds"
    files = [body, moved(body, "b.bvh", 0.8), moved(body, "c.bvh", 1.6)]
    assert run(*files, "--to", dataset) == 0
    assert [take(dataset / f"{n}.npz") for n in ("walk", "b", "c")] == ["walk", "walk", "c"]


def test_a_partner_takes_over_the_take_that_was_given(
    body: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = body.parent / "ds"
    assert run(body, "--to", dataset, "--take", "duet 7") == 0
    assert run(moved(body, "b.bvh", 0.8), "--to", dataset) == 0
    assert take(dataset / "b.npz") == "duet 7"
    assert "partner: walk (0.80 m apart), same take duet 7" in capsys.readouterr().out


def test_other_rates_and_lengths_are_no_partners(body: Path) -> None:
    dataset = body.parent / "ds"
    run(body, "--to", dataset)
    run(moved(body, "b.bvh", 0.8), "--to", dataset, "--fps", 60)
    write(body.with_name("short.bvh"), PRODUCTS["mvn"], frames=59)
    run(moved(body.with_name("short.bvh"), "c.bvh", 0.8), "--to", dataset)
    assert [take(dataset / f"{n}.npz") for n in "bc"] == ["b", "c"]


def test_what_was_recognised_is_said(body: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(
        body,
        "--to",
        body.parent / "ds",
        "--fps",
        50,
        "--dancer",
        "ana",
        "--tags",
        "slow, floor,slow",
    )
    said = capsys.readouterr().out
    assert "walk.bvh -> walk.npz: 1.2 s at 50 fps, ana, take walk" in said
    assert "Xsens MVN names; unit cm (body 1.69 m); 50 fps for the header's 30" in said
    assert "1 clips of 1 takes" in said
    assert clip_file.load(body.parent / "ds/walk.npz").tags == ("slow", "floor")


def test_the_same_source_again_replaces_its_clip(
    body: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = body.parent / "ds"
    run(body, "--to", dataset)
    run(body, "--to", dataset, "--tags", "slow")
    assert [path.name for path in dataset.iterdir()] == ["walk.npz"]
    assert clip_file.load(dataset / "walk.npz").tags == ("slow",)
    said = capsys.readouterr().out
    assert "walk.bvh replaces walk.npz" in said
    assert "(1 replaced)" in said


def test_another_dancer_does_not_replace(body: Path) -> None:
    dataset = body.parent / "ds"
    run(body, "--to", dataset, "--dancer", "ana")
    run(body, "--to", dataset, "--dancer", "ben / 2")
    run(body, "--to", dataset, "--dancer", "ben / 2")
    assert sorted(path.name for path in dataset.iterdir()) == ["walk.npz", "walk_ben-2.npz"]
    assert clip_file.load(dataset / "walk.npz").dancer == "ana"


def test_files_of_one_name_in_one_batch_are_both_kept(body: Path) -> None:
    for folder in ("monday", "tuesday"):
        (body.parent / folder).mkdir()
        shutil.copy(body, body.parent / folder / "walk.bvh")
    dataset, folders = body.parent / "ds", [body.parent / f for f in ("monday", "tuesday")]
    for _ in range(2):  # and the second time each replaces its own
        run(*folders, "--to", dataset, "--dancer", "ana")
        assert sorted(path.name for path in dataset.iterdir()) == ["walk.npz", "walk_ana.npz"]


def test_an_existing_clip_that_is_broken_is_not_overwritten(
    body: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = body.parent / "ds"
    dataset.mkdir()
    (dataset / "walk.npz").write_bytes(b"broken")
    assert run(body, "--to", dataset) == 0
    assert (dataset / "walk.npz").read_bytes() == b"broken"
    assert (dataset / "walk_unknown.npz").exists()
    assert "in the dataset: " in capsys.readouterr().err


def test_bad_files_are_named_and_the_rest_goes_on(
    body: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = body.parent / "session"
    folder.mkdir()
    (folder / "a.json").write_text("{")
    (folder / "b.bvh").write_text("HIERARCHY\nROOT\tHips\n{\n  OFFSET 0 0\n")
    (folder / "c.npz").write_bytes(b"PK rubbish")
    shutil.copy(body, folder / "d.bvh")
    (folder / "notes.txt").write_text("not motion")
    (folder / "pose2d.npz").write_bytes(b"of another kind")
    assert run(folder, body.parent / "gone.bvh", "--to", body.parent / "ds") == 2
    said = capsys.readouterr()
    errors = said.err.splitlines()
    assert len(errors) == 4
    assert errors[0].startswith(f"{folder}/a.json:1:2: found")
    assert errors[1].startswith(f"{folder}/b.bvh:4: found OFFSET 0 0, expected three numbers")
    assert errors[2].startswith(f"{folder}/c.npz: found a broken archive")
    assert errors[3].endswith("gone.bvh: found No such file or directory, expected a motion file")
    assert "1 clips of 1 takes" in said.out
    assert "4 could not be read" in said.out
    assert (body.parent / "ds/d.npz").exists()


def test_deepdance_folders_become_named_clips(tmp_path: Path) -> None:
    for tags in ("slow_spot", "fast_walking"):
        (tmp_path / "db/maria" / tags).mkdir(parents=True)
        np.savez(tmp_path / "db/maria" / tags / "pose3d.npz", h36m_joints())
    assert run(tmp_path / "db", "--to", tmp_path / "ds") == 0
    clip = clip_file.load(tmp_path / "ds/maria_slow_spot.npz")
    assert (clip.dancer, clip.tags, clip.take) == ("maria", ("slow", "spot"), "maria_slow_spot")
    assert (tmp_path / "ds/maria_fast_walking.npz").exists()


def test_clips_of_another_dataset_keep_what_they_say(body: Path) -> None:
    run(body, "--to", body.parent / "ds", "--dancer", "ana", "--tags", "slow", "--take", "t1")
    assert run(body.parent / "ds", "--to", body.parent / "all") == 0
    clip = clip_file.load(body.parent / "all/walk.npz")
    assert (clip.dancer, clip.tags, clip.take) == ("ana", ("slow",), "t1")


def test_a_dataset_that_cannot_be_made(body: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(body, "--to", body / "ds") == 2
    assert "expected a folder" in capsys.readouterr().err


@pytest.mark.parametrize("fps", ["0", "-5", "nan", "fast", "2000"])
def test_rates_that_make_no_sense_are_refused(
    body: Path, fps: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(body, "--to", body.parent / "ds", f"--fps={fps}")
    assert "expected frames a second above 0" in capsys.readouterr().err
