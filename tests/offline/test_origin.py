"""Training that goes on from another's model, on the real clips of a dancer it never saw."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from engine import clip as clip_file
from engine.errors import ModelError
from engine.motion_model import MotionModel
from offline import cli, dataset, material
from offline.evaluation import conditions
from offline.evaluation.evaluation import held_out_likelihood
from offline.origin import KEY, Origin
from offline.run_folder import Options, RunFolder

train = pytest.importorskip("offline.train", reason="TensorFlow is not set up")

SMALL = Options(
    minutes=60, units=48, components=2, batch=8, length=40, stretch=0.0, min_sigma=0.1, dropout=0.2
)


class Updates:
    """A clock by which an update takes a second, so that a run ends after so many."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def learn(folder: Path, clips: Path, options: Options, updates: int, origin: Origin | None) -> None:
    chosen = material.prepare(dataset.load_clips(clips), options, origin)
    begin = origin.weights(len(chosen.metadata.controls.names)) if origin else None
    options = replace(options, minutes=updates / 60, origin=str(origin.path) if origin else "")
    train.train(chosen, RunFolder(folder), options, begin=begin, clock=Updates())


def part(clips: Path, folder: Path, names: tuple[str, ...], tags: tuple[str, ...] = ()) -> Path:
    """A dataset of some of the clips, with other tags."""
    folder.mkdir()
    for name in names:
        clip = clip_file.load(clips / f"{name}.npz")
        clip_file.save(replace(clip, tags=(*clip.tags, *tags)), folder / f"{name}.npz")
    return folder


@pytest.fixture(scope="module")
def calm(salsa_clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of one of the two dancers, as a file."""
    folder = tmp_path_factory.mktemp("origin")
    clips = part(salsa_clips, folder / "calm", ("01", "02", "03", "05"))
    for name, tag in (("01", "spot"), ("02", "free")):
        clip = clip_file.load(clips / f"{name}.npz")
        clip_file.save(replace(clip, tags=(*clip.tags, tag)), clips / f"{name}.npz")
    learn(folder / "run", clips, replace(SMALL, hold_out=("05",)), 200, None)
    path = folder / "calm.onnx"
    asked = ["export", str(folder / "run"), "--to", str(path), "--credit", "CMU", "--licence", "L"]
    assert cli.main(asked) == 0
    return path


@pytest.fixture(scope="module")
def lively(salsa_clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few clips of the other dancer."""
    return part(
        salsa_clips, tmp_path_factory.mktemp("own") / "lively", ("16", "18", "20"), ("own",)
    )


@pytest.mark.slow
def test_a_file_and_its_run_are_the_same_origin(calm: Path) -> None:
    file, run = Origin.load(calm), Origin.load(calm.parent / "run")
    assert file.options == run.options
    assert file.metadata.controls.tags == run.metadata.controls.tags
    controls = len(run.metadata.controls.names)
    for ours, theirs in zip(file.weights(controls), run.weights(controls), strict=True):
        assert np.array_equal(ours, theirs)
    for name in ("mean", "std", "low", "high", "to_basis", "from_basis"):
        assert np.array_equal(getattr(file.scaling, name), getattr(run.scaling, name)), name


@pytest.mark.slow
def test_a_new_control_counts_nothing_at_first(calm: Path) -> None:
    origin = Origin.load(calm)
    before = len(origin.metadata.controls.names)
    more, same = origin.weights(before + 2)[0], origin.weights(before)[0]
    assert more.shape[0] == same.shape[0] + 2
    assert np.array_equal(more[:-2], same)
    assert not more[-2:].any()


@pytest.mark.slow
def test_what_was_learned_helps_with_another_dancer(
    calm: Path, lively: Path, tmp_path: Path
) -> None:
    """After as few updates, from the model it is better than from nothing.

    Each measures its loss in a basis of its own; the determinant makes them one.
    """
    options = replace(SMALL, hold_out=("05",))
    origin = Origin.load(calm)
    learn(tmp_path / "from", lively, replace(options, learning_rate=3e-4), 40, origin)
    learn(tmp_path / "new", lively, options, 40, None)
    runs = [RunFolder(tmp_path / name) for name in ("from", "new")]
    begun, new = (
        run.read_progress()["best"] - np.linalg.slogdet(run.read_scaling().to_basis)[1]
        for run in runs
    )
    assert begun < new - 5


@pytest.mark.slow
def test_train_from_a_file_to_a_model_that_says_so(
    calm: Path, lively: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, path = tmp_path / "run", tmp_path / "own.onnx"
    asked = ["train", str(lively), "--to", str(run), "--from", str(calm), "--minutes", "0.02"]
    assert cli.main([*asked, "--hold-out", "05", "--batch", "8", "--length", "40"]) == 0
    assert cli.main(["train", str(lively), "--to", str(run), "--resume", "--minutes", "0.04"]) == 0
    assert cli.main(["export", str(run), "--to", str(path), "--credit", "own"]) == 0
    assert "over 1000 steps" in capsys.readouterr().out
    model, before = MotionModel.load(path), MotionModel.load(calm)
    assert model.metadata.units == 48
    assert model.metadata.lengths == pytest.approx(before.metadata.lengths)
    assert model.metadata.controls.tags[:2] == before.metadata.controls.tags == ("free", "spot")
    assert (model.metadata.low <= before.metadata.low).all()
    training = model.metadata.training
    assert training["clips"] == ["16", "18"]
    assert training["from"]["model"] == "calm.onnx"
    assert training["from"]["credit"] == "CMU"
    assert str(tmp_path) not in json.dumps(training)
    # It can be gone on from again, and be evaluated on what neither has seen.
    assert Origin.load(path).options.origin == "calm.onnx"
    clips = dataset.load_clips(lively)
    trained, held_out = conditions.split(model, clips)
    assert [clip.name for clip in trained] == ["16", "18"]
    assert [clip.name for clip in held_out] == ["20"]
    assert np.isfinite(held_out_likelihood(model, held_out).nats)


@pytest.mark.slow
def test_what_trained_the_origin_is_not_held_out(
    calm: Path, lively: Path, salsa_clips: Path, tmp_path: Path
) -> None:
    run, path = tmp_path / "run", tmp_path / "own.onnx"
    asked = ["train", str(lively), "--to", str(run), "--from", str(calm), "--minutes", "0.01"]
    assert cli.main([*asked, "--hold-out", "05", "--batch", "8", "--length", "40"]) == 0
    assert cli.main(["export", str(run), "--to", str(path)]) == 0
    model = MotionModel.load(path)
    _, held_out = conditions.split(model, dataset.load_clips(salsa_clips))
    assert not {clip.name for clip in held_out} & {"01", "02", "03", "16", "18"}


@pytest.mark.slow
def test_a_file_of_another_export_is_refused(calm: Path, tmp_path: Path) -> None:
    proto = onnx.load(calm)
    props = {prop.key: prop.value for prop in proto.metadata_props if prop.key != KEY}
    del proto.metadata_props[:]
    onnx.helper.set_model_props(proto, props)
    path = tmp_path / "old.onnx"
    onnx.save(proto, path)
    with pytest.raises(ModelError, match=f"metadata {KEY}: found nothing, expected a model"):
        Origin.load(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--from", "nowhere.onnx"], "nowhere.onnx: found no file"),
        (["--from", "."], "config.json: found no file"),
        (["--from", "MODEL", "--units", "64"], "--from: found --units, expected the network"),
    ],
)
def test_mistakes_are_one_line(
    calm: Path,
    lively: Path,
    asked: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = [str(calm) if word == "MODEL" else word for word in asked]
    assert cli.main(["train", str(lively), "--to", "run", *asked]) == 2
    errors = capsys.readouterr().err.strip().splitlines()
    assert len(errors) == 1
    assert said in errors[0]
