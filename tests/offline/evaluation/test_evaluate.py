"""`offline evaluate`, on the model that ships and the clips that it was made from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from engine import clip as clip_file
from engine.motion_model import MotionModel
from offline import cli, dataset
from offline.evaluation import conditions
from offline.evaluation.prediction import HORIZONS
from offline.generate import Asked
from tests.conftest import SALSA
from tests.offline.evaluation.motion import couples


@pytest.fixture(scope="module")
def written(salsa_clips: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """The model with its figures kept, the JSON, the folder of plots."""
    folder = tmp_path_factory.mktemp("evaluation")
    model, figures, plots = folder / "model.onnx", folder / "figures.json", folder / "plots"
    shutil.copy(SALSA / "model.onnx", model)
    asked = ["evaluate", str(model), str(salsa_clips), "--minutes", "0.5", "--seeds", "4"]
    assert cli.main([*asked, "--json", str(figures), "--keep", "--plots", str(plots)]) == 0
    return model, figures, plots


def test_the_figures_are_complete_and_kept_in_the_model(
    written: tuple[Path, Path, Path],
) -> None:
    model, figures, _ = written
    found = json.loads(figures.read_text())
    assert MotionModel.load(model).metadata.metrics == found
    assert set(found["rows"]) == {"held-out clips", "training clips", "generated"}
    real, known, danced = found["rows"].values()
    assert real["energy"] == real["jerk"] == 1
    assert real["kinetic_fd"] == pytest.approx(0, abs=1e-4)
    assert real["support"] == pytest.approx(22.0, abs=0.1)
    assert known["novelty"] == pytest.approx(0, abs=1e-3)
    assert 5 < real["novelty"] < 10
    assert danced["bone_error"] < 2e-6
    assert danced["minutes"] == 2
    floor = found["floor"]["kinetic"]
    assert floor["held_out"] == pytest.approx(known["kinetic_fd"])
    assert len(floor["distances"]) == 55
    assert found["prediction"]["horizons"] == list(HORIZONS)
    for at in range(1, len(HORIZONS)):
        assert found["prediction"]["mpjpe"][at] < found["prediction"]["still"][at]
        assert found["prediction"]["mpjpe"][at] < found["prediction"]["constant"][at]
    assert sum(found["likelihood"]["ranks"]) == pytest.approx(1)
    assert found["long_run"]["minutes"] == 0.5
    assert found["long_run"]["trend"] is None
    assert found["steering"]["rank"] >= 0.9
    assert found["steering"]["energy"][-1] > 2 * found["steering"]["energy"][0]
    assert set(found["steering"]["tags"]) == {"calm", "lively"}


def test_each_dancer_is_asked_for_what_its_clip_had(
    written: tuple[Path, Path, Path], salsa_model: MotionModel, salsa_clips: Path
) -> None:
    asked = json.loads(written[1].read_text())["asked"]
    assert [a["clip"] for a in asked] == ["02", "05", "17", "20"]
    assert [a["tags"] for a in asked] == [{"calm": 1.0}] * 2 + [{"lively": 1.0}] * 2
    calm, lively = asked[0]["energy"], asked[2]["energy"]
    assert 0.3 < calm < 0.5 < lively < 0.7
    clip = clip_file.load(salsa_clips / "17.npz")
    assert conditions.matched(salsa_model, clip)[0] == pytest.approx(lively, abs=1e-4)
    held = [clip, clip_file.load(salsa_clips / "20.npz")]
    dancers = conditions.cast(salsa_model, held, 3, Asked(tags={"calm": 0.5}), 0.9)
    assert [d.asked.energy for d in dancers] == [0.9] * 3
    assert [d.asked.tags for d in dancers] == [{"calm": 0.5}] * 3
    assert dancers[0].weight + dancers[2].weight == pytest.approx(clip.seconds)


def test_the_plots_are_pictures(written: tuple[Path, Path, Path]) -> None:
    paths = sorted(written[2].glob("*.png"))
    names = ["body.png", "likeness.png", "long_run.png", "prediction.png", "steering.png"]
    assert [path.name for path in paths] == names
    for path in paths:
        with Image.open(path) as picture:
            assert picture.size[0] > 1000
            assert len(picture.convert("RGB").getcolors(1 << 20)) > 50


def test_the_table_says_what_is_measured(
    salsa_clips: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(SALSA / "model.onnx")
    assert cli.main(["evaluate", model, str(salsa_clips), "--minutes", "0.2", "--seeds", "1"]) == 0
    said = capsys.readouterr().out
    for words in ("support speed, cm/s", "novelty, cm", "over 55 splits", "NPSS", "within 90 %"):
        assert words in said


@pytest.mark.parametrize(
    ("clips", "asked", "said"),
    [
        ("trained", [], "held-out clips: found none in the dataset"),
        ("held out", [], "training clips: found none in the dataset, expected some of 01, "),
        ("short", [], "held-out clips: found 0 windows of 4 s, expected at least 2"),
        ("all", ["--minutes", "0.1"], "--minutes: found 0.1, expected at least 0.2"),
        ("all", ["--seeds", "0"], "--seeds: found 0, expected at least 1"),
        ("all", ["--energy", "2"], "--energy: found 2.0, expected a number from 0 to 1"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(
    salsa_clips: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    clips: str,
    asked: list[str],
    said: str,
) -> None:
    for clip in dataset.load_clips(salsa_clips):
        if {"trained": clip.name in ("01", "16"), "held out": clip.name == "02"}.get(
            clips, clip.name == "01" or clips == "all"
        ):
            clip_file.save(clip, tmp_path / f"{clip.name}.npz")
    if clips == "short":
        for clip in couples(1, frames=100):
            clip_file.save(clip, tmp_path / f"{clip.name}.npz")
    arguments = ["evaluate", str(SALSA / "model.onnx"), str(tmp_path), "--minutes", "0.2"]
    assert cli.main([*arguments, *asked]) == 2
    errors = capsys.readouterr().err.strip().splitlines()
    assert len(errors) == 1
    assert said in errors[0]


def test_a_file_that_is_no_model_is_said_in_one_line(
    salsa_clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "model.onnx"
    wrong.write_bytes(b"no model")
    assert cli.main(["evaluate", str(wrong), str(salsa_clips)]) == 2
    assert "expected an ONNX model" in capsys.readouterr().err
