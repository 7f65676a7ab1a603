"""From real clips to a model that dances: training, export, parity, long generation."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from engine import clip as clip_file
from engine import skeleton
from engine.errors import ModelError, TrainingError
from engine.motion_model import METADATA_KEY, MotionModel
from offline import cli, dataset, material
from offline.evaluation import physical
from offline.evaluation.evaluation import held_out_likelihood
from offline.generate import Asked, generate, phrase_of
from offline.run_folder import Options, RunFolder

train = pytest.importorskip("offline.train", reason="TensorFlow is not set up")

SMALL = Options(
    minutes=60, units=48, components=2, batch=8, length=40, stretch=0.0, min_sigma=0.1, dropout=0.2
)


class Updates:
    """A clock by which an update takes a second, so that a run ends after so many."""

    def __init__(self, first: int = 0) -> None:
        self.now = float(first)

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.fixture(scope="session")
def salsa_dataset(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two couples of the real salsa clips, by the commands of the README."""
    folder = tmp_path_factory.mktemp("datasets") / "salsa"
    mocap = data_dir / "mocap" / "salsa"
    for numbers, tags in ((("01", "05"), "salsa,calm"), (("16", "20"), "salsa,lively")):
        files = [str(mocap / f"{number}.bvh") for number in numbers]
        asked = ["import", *files, "--to", str(folder), "--fps", "60", "--tags", tags]
        assert cli.main(asked) == 0
    return folder


@pytest.fixture(scope="session")
def trained(salsa_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A short training on real clips: 200 updates of a small network."""
    folder = RunFolder(tmp_path_factory.mktemp("runs") / "short")
    clips = dataset.load_clips(salsa_dataset)
    options = replace(SMALL, minutes=200 / 60, hold_out=("05",))
    train.train(material.prepare(clips, options), folder, options, clock=Updates())
    return folder


@pytest.fixture(scope="session")
def exported(trained: RunFolder) -> Path:
    path = trained.path / "model.onnx"
    assert cli.main(["export", str(trained.path), "--to", str(path), "--credit", "CMU"]) == 0
    return path


@pytest.mark.slow
def test_training_learns_and_leaves_everything_to_repeat_it(trained: RunFolder) -> None:
    history = trained.read_history()
    assert [row["update"] for row in history] == [100, 200]
    assert history[-1]["loss"] < history[0]["loss"] - 5
    options, clips = trained.read_config()
    assert options.units == 48
    assert {c["name"]: c["held_out"] for c in clips} == {
        "01": False,
        "05": True,
        "16": False,
        "20": True,
    }
    assert all(len(c["sha256"]) == 64 for c in clips)


@pytest.mark.slow
def test_a_resumed_run_goes_on_as_it_would_have(salsa_dataset: Path, tmp_path: Path) -> None:
    clips = dataset.load_clips(salsa_dataset)
    options = replace(SMALL, minutes=200 / 60, hold_out=("05",), dropout=0.0)
    chosen = material.prepare(clips, options)
    whole, broken = RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "broken")
    straight = train.train(chosen, whole, options, clock=Updates())

    def stop(progress: train.Progress) -> None:
        if progress.update == 120:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train.train(chosen, broken, options, clock=Updates(), report=stop)
    done = train.train(chosen, broken, options, resume=True, clock=Updates())
    assert done.update == 200
    assert done.validation == pytest.approx(straight.validation, rel=0.01)
    assert [row["update"] for row in broken.read_history()] == [100, 200]
    kept = [[row["loss"] for row in folder.read_history()] for folder in (whole, broken)]
    assert kept[0] == pytest.approx(kept[1], rel=0.01)


@pytest.mark.slow
def test_export_proves_parity_over_a_thousand_steps(
    trained: RunFolder, exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["export", str(trained.path), "--to", str(exported)]) == 0
    said = capsys.readouterr().out
    assert "over 1000 steps" in said
    assert float(said.split("within ")[1].split()[0]) <= 1e-4


@pytest.mark.slow
def test_a_wrong_weight_breaks_the_parity(trained: RunFolder, exported: Path) -> None:
    from offline import export, network

    options, _ = trained.read_config()
    model = network.build(options.design, 5)
    model.load_weights(trained.best)
    kernel = model.get_layer("lstm_0").cell.kernel
    kernel.assign(kernel + 1e-3)
    with pytest.raises(ModelError, match="parity"):
        export.parity(exported, model, options.design, trained.read_scaling(), trained.read_seed())


@pytest.mark.slow
def test_ten_thousand_steps_stay_alive(exported: Path, salsa_dataset: Path) -> None:
    model = MotionModel.load(exported)
    clip = clip_file.load(salsa_dataset / "20.npz")
    joints = generate(model, [phrase_of(clip, 10.0)], [Asked(tags={"lively": 1.0})], 10_000 / 30)[0]
    assert joints.shape == (10_000, 17, 3)
    assert np.isfinite(joints).all()
    assert physical.bone_length_error(joints, model.metadata.lengths) < 2e-6
    assert physical.speeds(joints, 30).max() <= model.metadata.max_speed * 1.01
    assert np.abs(joints).max() < 100


@pytest.mark.slow
def test_the_likelihood_is_that_of_training(
    trained: RunFolder, exported: Path, salsa_dataset: Path
) -> None:
    """Measured on the ONNX file by NumPy, it agrees with what TensorFlow said in training."""
    model = MotionModel.load(exported)
    clips = [clip_file.load(salsa_dataset / f"{name}.npz") for name in ("05", "20")]
    ours = held_out_likelihood(model, clips).nats
    assert -ours == pytest.approx(trained.read_progress()["best"], rel=0.05, abs=0.5)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".json", ".npz"])
def test_generate_writes_files_that_can_be_read(
    exported: Path, salsa_dataset: Path, tmp_path: Path, suffix: str
) -> None:
    from offline.importers import read_motion

    out = tmp_path / f"dance{suffix}"
    seed = str(salsa_dataset / "20.npz")
    asked = ["generate", str(exported), "--seed", seed, "--seconds", "2", "--to", str(out)]
    assert cli.main(asked) == 0
    joints = read_motion(out, 30.0).joints
    assert joints.shape == (60, 17, 3)
    lengths = skeleton.bone_lengths(joints)
    assert np.abs(lengths - MotionModel.load(exported).metadata.lengths).max() < 1e-3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("format", 2, "metadata format: found 2, expected 1"),
        ("skeleton", "coco17", "metadata skeleton: found 'coco17', expected 'h36m17'"),
        ("rate", -1, "metadata rate: found -1, expected a number above 0"),
        ("lengths", [1.0], "metadata lengths"),
        ("low", [math.nan] * 52, "metadata low"),
        ("controls", ["energy"], "metadata controls"),
        ("units", 64, "input h: found [48], expected [64]"),
    ],
)
def test_metadata_that_do_not_fit_are_refused(
    exported: Path, tmp_path: Path, key: str, value: object, named: str
) -> None:
    proto = onnx.load(exported)
    data = json.loads({p.key: p.value for p in proto.metadata_props}[METADATA_KEY])
    data[key] = value
    onnx.helper.set_model_props(proto, {METADATA_KEY: json.dumps(data)})
    path = tmp_path / "model.onnx"
    onnx.save(proto, path)
    with pytest.raises(ModelError) as caught:
        MotionModel.load(path)
    assert named in str(caught.value)


def test_a_loss_that_is_no_number_ends_the_run(salsa_dataset: Path, tmp_path: Path) -> None:
    clips = dataset.load_clips(salsa_dataset)
    wild = replace(SMALL, learning_rate=1e30, hold_out=("05",))
    with pytest.raises(TrainingError, match="expected a number"):
        train.train(
            material.prepare(clips, wild), RunFolder(tmp_path / "run"), wild, clock=Updates()
        )


def test_a_folder_with_a_run_is_not_overwritten(trained: RunFolder, salsa_dataset: Path) -> None:
    with pytest.raises(TrainingError, match="--resume"):
        train.train(material.prepare(dataset.load_clips(salsa_dataset), SMALL), trained, SMALL)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["train", "nowhere", "--to", "run"], "nowhere: found no clips"),
        (["train", "DATASET", "--to", "run", "--resume"], "config.json: found no file"),
        (["train", "DATASET", "--to", "run", "--dancers", "nobody"], "no clip of"),
        (["train", "DATASET", "--to", "run", "--minutes", "-3"], "--minutes: found -3.0"),
        (["export", "nowhere", "--to", "m.onnx"], "config.json: found no file"),
        (["evaluate", "nowhere.onnx", "DATASET"], "nowhere.onnx: found no file"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(
    salsa_dataset: Path,
    asked: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = [str(salsa_dataset) if word == "DATASET" else word for word in asked]
    assert cli.main(asked) == 2
    errors = capsys.readouterr().err.strip().splitlines()
    assert len(errors) == 1
    assert said in errors[0]
