"""The model that ships: it dances, and as its card says."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import clip as clip_file
from engine.motion_model import MotionModel
from offline import dataset
from offline.evaluation.evaluation import Evaluation, evaluate
from offline.evaluation.tables import ROWS
from offline.generate import Asked
from tests.conftest import SALSA


@pytest.fixture(scope="module")
def short(salsa_model: MotionModel, salsa_clips: Path) -> Evaluation:
    """A short run of what the card tells of a long one."""
    asked = salsa_model.metadata.metrics["asked"][0]
    wish = Asked(temperature=asked["temperature"], sigma=asked["sigma"])
    return evaluate(salsa_model, dataset.load_clips(salsa_clips), minutes=4, seeds=5, asked=wish)


def test_the_file_says_where_it_comes_from(salsa_model: MotionModel) -> None:
    training = salsa_model.metadata.training
    assert "CMU" in training["credit"]
    assert "resold" in training["licence"]
    assert not set(training["clips"]) & set(training["held_out"])
    assert salsa_model.metadata.rate == 30


def test_it_dances_on_couples_that_it_never_saw(short: Evaluation) -> None:
    danced, real = short.rows["generated"], short.rows["held-out clips"]
    assert danced.nan == 0
    assert danced.bone_error < 1e-6
    assert danced.frozen <= real.frozen
    assert danced.wander < 2.3
    assert 0.5 < danced.energy < 1.2
    assert danced.jerk < 1.4
    assert danced.max_speed <= 1.1 * real.max_speed


def test_a_short_run_gives_the_figures_of_the_card(
    salsa_model: MotionModel, short: Evaluation
) -> None:
    card = salsa_model.metadata.metrics["rows"]["generated"]
    danced = short.rows["generated"].to_dict()
    for key, tolerance in {"energy": 0.2, "support": 0.2, "skate": 0.2, "jerk": 0.15}.items():
        assert danced[key] == pytest.approx(card[key], rel=tolerance), key
    kept = salsa_model.metadata.metrics["likelihood"]["nats"]
    assert short.likelihood.nats == pytest.approx(kept, abs=0.1)
    assert short.prediction is not None
    kept = salsa_model.metadata.metrics["prediction"]["mpjpe"]
    assert short.prediction.mpjpe == pytest.approx(kept, rel=0.05)


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
    for key, label, form in ROWS:
        line = next(line for line in card.splitlines() if line.startswith(f"| {label} |"))
        assert line.endswith(f" {form.format(row[key])} |")
