"""Several hosts as network namespaces, with a network between them that delays and loses."""

from __future__ import annotations

import importlib
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.missing import skip_or_fail
from tests.mosquitto import program

ROOT = Path(__file__).resolve().parents[2]
REFRESH = 1 / 60
pytestmark = pytest.mark.slow


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The benchmark's own hosts and parts."""
    program()
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin:{ROOT / '.venv' / 'bin'}")
    lacking = importlib.import_module("namespaces").missing()
    if lacking is not None and "root" in lacking:
        pytest.skip(lacking)
    if lacking is not None or shutil.which("node") is None:
        skip_or_fail(lacking or "no node on the path")
    return importlib.import_module("network")


def test_screens_and_lamps_are_in_step_over_a_bad_network(network: Any, tmp_path: Path) -> None:
    script = network.bundle(tmp_path)
    found = network.compared(network.in_step(tmp_path, script, 0.2, 8.0))
    for name in ("screens in step", "lamps to what is due"):
        assert len(found[name]) > 60, name
        assert np.median(np.abs(found[name])) < REFRESH, name


def test_a_pulled_cable_is_taken_over_and_plugging_it_in_again_is_no_fight(
    network: Any, tmp_path: Path
) -> None:
    found = network.pulled(tmp_path, 3.0)
    assert found["gap"] < 3.0
    assert abs(found["step"]) < 0.2, "the dance goes on where it was"
    assert found["last"], "only one plays in the end"
