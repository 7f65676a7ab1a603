"""The rule of the house: imports run one way, and a show's process stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {"engine", "offline", "show"}
MAY_IMPORT = {"engine": {"engine"}, "show": {"show", "engine"}, "offline": {"offline", "engine"}}
HEAVY = {
    "tensorflow",
    "torch",
    "keras",
    "cv2",
    "tf2onnx",
    "onnx",
    "scipy",
    "matplotlib",
    "mediapipe",
}


def imported(path: Path) -> set[str]:
    """The top packages that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: found a relative import, expected the full name"
            found.add((node.module or "").partition(".")[0])
    return found


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_imports_run_one_way(room: str) -> None:
    modules = sorted((ROOT / room).rglob("*.py"))
    assert modules
    wrong = {
        str(path.relative_to(ROOT)): sorted(imported(path) & (ROOMS - MAY_IMPORT[room]))
        for path in modules
    }
    assert {path: rooms for path, rooms in wrong.items() if rooms} == {}


def test_the_show_names_nothing_heavy() -> None:
    for room in ("engine", "show"):
        for path in (ROOT / room).rglob("*.py"):
            assert not imported(path) & HEAVY, path


def loaded(module: str) -> set[str]:
    """The top packages that are loaded with a module, in a process of its own."""
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(result.stdout.split())


def test_a_show_process_loads_nothing_heavy() -> None:
    found = loaded("show.run")
    assert {"show", "engine", "onnxruntime"} <= found
    assert not found & (HEAVY | {"offline"})


def test_the_command_line_loads_no_model_before_it_is_asked_for_one() -> None:
    assert not loaded("show.cli") & (HEAVY | {"offline", "onnxruntime"})


def test_there_are_at_most_three_broad_excepts() -> None:
    broad = []
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ExceptHandler):
                    names = (
                        {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)}
                        if node.type
                        else {"all"}
                    )
                    if names & {"Exception", "BaseException", "all"}:
                        broad.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert len(broad) <= 3, broad
