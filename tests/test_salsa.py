"""The model that ships: it dances, and as its card says."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import clip as clip_file
from engine.motion_model import MotionModel
from offline import evaluate
from offline.cli import main
from offline.generate import Asked
from tests.conftest import SALSA


@pytest.fixture(scope="module")
def held_out(data_dir: Path, tmp_path_factory: pytest.TempPathFactory, salsa_model: MotionModel):
    """The clips that the model never saw, imported as its card says."""
    folder = tmp_path_factory.mktemp("held-out")
    for name in salsa_model.metadata.training["held_out"]:
        tag = "calm" if int(name) < 16 else "lively"
        bvh = str(data_dir / "mocap" / "salsa" / f"{name}.bvh")
        asked = ["import", bvh, "--to", str(folder), "--fps", "60", "--tags", f"salsa,{tag}"]
        assert main(asked) == 0
    return [clip_file.load(path) for path in sorted(folder.glob("*.npz"))]


@pytest.fixture(scope="module")
def short(salsa_model: MotionModel, held_out) -> evaluate.Evaluation:
    asked = salsa_model.metadata.metrics["asked"]
    wish = Asked(asked["energy"], asked["temperature"], asked["sigma"])
    return evaluate.evaluate(salsa_model, held_out, minutes=2, seeds=5, asked=wish)


def test_the_file_says_where_it_comes_from(salsa_model: MotionModel) -> None:
    training = salsa_model.metadata.training
    assert "CMU" in training["credit"]
    assert "resold" in training["licence"]
    assert not set(training["clips"]) & set(training["held_out"])
    assert salsa_model.metadata.rate == 30


def test_it_dances_on_couples_that_it_never_saw(short: evaluate.Evaluation) -> None:
    danced, real = short.rows["generated"], short.rows["held-out clips"]
    assert danced.nan == 0
    assert danced.bone_error < 1e-6
    assert danced.frozen <= real.frozen
    assert danced.wander < 2.3
    assert 0.5 < danced.energy < 1.2
    assert danced.jerk < 1.4
    assert danced.max_speed <= 1.1 * real.max_speed


def test_a_short_run_gives_the_figures_of_the_card(
    salsa_model: MotionModel, short: evaluate.Evaluation
) -> None:
    card = salsa_model.metadata.metrics["rows"]["generated"]
    danced = short.rows["generated"].to_dict()
    for key, tolerance in {"energy": 0.2, "support": 0.2, "skate": 0.2, "jerk": 0.15}.items():
        assert danced[key] == pytest.approx(card[key], rel=tolerance), key
    assert short.log_likelihood == pytest.approx(
        salsa_model.metadata.metrics["log_likelihood"], abs=0.1
    )


def test_the_phrases_that_ship_were_generated(salsa_model: MotionModel) -> None:
    for path in sorted((SALSA / "seeds").glob("*.npz")):
        phrase = clip_file.load(path)
        assert phrase.source == salsa_model.path.name
        assert phrase.dancer == "generated"


def test_the_card_tells_the_same_figures(salsa_model: MotionModel) -> None:
    card = (SALSA / "MODEL_CARD.md").read_text()
    row = salsa_model.metadata.metrics["rows"]["generated"]
    training = salsa_model.metadata.training
    assert f"{len(training['clips'])} clips of" in card
    assert f"({training['seconds'] / 60:.1f} minutes of dance)" in card
    for key, form in {"energy": "{:.2f}", "support": "{:.1f}", "kinetic_fd": "{:.1f}"}.items():
        assert form.format(row[key]) in card
