"""What every test may ask for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from engine import clip, score
from engine.motion_model import MotionModel
from engine.performance import Performance
from tests.olad import Olad
from tests.stage_network import Machine, machine

ROOT = Path(__file__).resolve().parent.parent

# A machine that others use too is slow at times, which says nothing about the test.
settings.register_profile("shared", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("shared")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real motion capture beside the checkout; it is never skipped in CI."""
    path = ROOT.parent / "shared" / "data"
    if not path.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"{path}: found nothing, expected the real motion capture")
        pytest.skip(f"no real motion capture in {path}")
    return path


@pytest.fixture(scope="session")
def salsa_clips(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All salsa clips, imported as the card of the model says."""
    from offline.cli import main

    folder = tmp_path_factory.mktemp("datasets") / "salsa"
    files = sorted((data_dir / "mocap" / "salsa").glob("*.bvh"))
    for dancer, tag, side in (("cmu60", "calm", range(1, 13)), ("cmu61", "lively", range(16, 28))):
        named = [str(path) for path in files if int(path.stem) in side]
        asked = ["import", *named, "--to", str(folder), "--fps", "60", "--dancer", dancer]
        assert main([*asked, "--tags", f"salsa,{tag}"]) == 0
    return folder


@pytest.fixture(scope="session")
def stage() -> Iterator[Machine]:
    """A machine beside the LEDs, at the other end of a cable."""
    with machine() as found:
        yield found


@pytest.fixture(scope="session")
def olad(stage: Machine) -> Iterator[Olad]:
    """olad on that machine: universes 1 to 4 are Art-Net, 5 to 8 sACN."""
    with Olad(stage) as found:
        for universe in range(1, 5):
            found.receive("artnet", universe)
        for universe in range(5, 9):
            found.receive("sacn", universe)
        yield found


SALSA = ROOT / "cues" / "salsa"
RED = 0


@pytest.fixture(scope="session")
def salsa_model() -> MotionModel:
    """The model that ships, through the engine's own door."""
    return MotionModel.load(SALSA / "model.onnx")


def make_performance(model: MotionModel, rate: float = 60, **more: Any) -> Performance:
    """Three performers and five cues on the phrases that ship.

    1 all generate; 2 all again from one another's phrases; 3 red holds, green plays;
    4 red leaves; 5 all generate, lively.
    """
    names = ("red", "green", "blue")
    paths = [SALSA / "seeds" / f"{name}.npz" for name in names]

    def generate(number: str, fade: float, shift: int, **wish: Any) -> score.Cue:
        actions = {
            name: score.Action(
                "generate", paths[(i + shift) % 3], seed=int(number) * 10 + i, **wish
            )
            for i, name in enumerate(names)
        }
        return score.Cue(number, fade, actions)

    cues = [
        generate("1", 1.5, 0),
        generate("2", 1.0, 1, sigma=0.8),
        score.Cue("3", 1.0, {"red": score.Action("hold"), "green": score.Action("play", paths[2])}),
        score.Cue("4", 2.0, {"red": score.Action("leave")}),
        generate("5", 0.4, 2, energy=0.9, tags={"lively": 1.0}, place=(1.0, 0.5)),
    ]
    performers = [
        score.Performer(name, (1.0, 0.3, 0.3), (x, 0.0))
        for name, x in zip(names, (-1.8, 0.0, 1.8), strict=True)
    ]
    phrases = {path: clip.load(path) for path in paths}
    return Performance(performers, cues, model=model, phrases=phrases, rate=rate, **more)
