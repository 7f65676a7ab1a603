"""`offline clips`: the table of a dataset, also through a pipe."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest

from engine import clip as clip_file
from engine.clip import Clip
from offline import clips_table
from tests.offline.test_import_npz import h36m_joints


def run(dataset: Path) -> int:
    parser = argparse.ArgumentParser()
    clips_table.add_arguments(parser)
    return clips_table.run(parser.parse_args([str(dataset)]))


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    joints = np.tile(h36m_joints().astype(np.float32), (10, 1, 1))
    warned = ("jitter of 9 mm", "frozen for 3 s")
    for name, clip in {
        "a": Clip(joints, 30, "ana", ("slow", "floor"), take="t1"),
        "b": Clip(joints, 60, "ben", ("slow",), take="t1", warnings=warned),
        "c": Clip(joints[:30], 30, "ana", (), take="t2"),
    }.items():
        clip_file.save(clip, tmp_path / f"{name}.npz")
    return tmp_path


def test_each_clip_has_its_row(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(dataset) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[1] == ["a", "ana", "slow,", "floor", "t1", "10.0", "30", "1.63", "m"]
    assert rows[2][:7] == ["b", "ben", "slow", "t1", "5.0", "60", "1.63"]
    assert " ".join(rows[2][8:]) == "jitter of 9 mm; frozen for 3 s"
    assert rows[4] == ["3", "clips", "2", "takes", "16.0", "1", "with", "warnings"]


def test_totals_by_dancer_and_tag(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(dataset)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["ana", "2", "11.0"] in rows
    assert ["ben", "1", "5.0"] in rows
    assert rows.index(["slow", "2", "15.0"]) < rows.index(["floor", "1", "10.0"])


def test_a_clip_that_cannot_be_read_is_named(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (dataset / "d.npz").write_bytes(b"rubbish")
    assert run(dataset) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"{dataset}/d.npz: found a broken archive")
    assert "3 clips" in said.out


def test_no_clips(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "nowhere") == 2
    assert "found no clips (*.npz), expected a dataset" in capsys.readouterr().err
