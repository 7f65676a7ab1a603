"""Broken productions, as the person at the desk meets them: one line, exit code 2.

The reasons themselves are tested where they are found (show_file, clip, motion_model);
here it is the command, in a process of its own, with every library that talks.
"""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from engine import features
from engine.motion_model import METADATA_KEY
from tests.kit import write_production
from tests.show.process import show

Break = Callable[[Path], object]
SEED = "seeds/red.npz"


def assert_refused(ended: subprocess.CompletedProcess[str], place: str, rest: str) -> None:
    """Check that all it said is one line: the place, the key, what was found and expected."""
    assert ended.returncode == 2, ended.stderr
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"show: {place}: ")
    assert rest in line
    assert "found " in line
    assert "expected " in line


def without(name: str) -> Break:
    return lambda folder: (folder / name).unlink()


def folder_instead_of(name: str) -> Break:
    def change(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return change


def written(name: str, data: bytes) -> Break:
    return lambda folder: (folder / name).write_bytes(data)


def edited(old: str, new: str) -> Break:
    def change(folder: Path) -> None:
        path = folder / "show.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def half(name: str) -> Break:
    def change(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: len(data) // 2])

    return change


def flipped(name: str) -> Break:
    """One bit of the poses has changed, as on a tired disk."""

    def change(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[5000] ^= 1
        (folder / name).write_bytes(data)

    return change


def nan_in_seed(folder: Path) -> None:
    with np.load(folder / SEED) as file:
        arrays = dict(file)
    arrays["joints"][7, 3, 2] = np.nan
    np.savez(folder / SEED, **arrays)


def metadata(**changes: object) -> Break:
    """The model says something else of itself; no changes: it says nothing."""

    def change(folder: Path) -> None:
        path = folder / "model.onnx"
        proto = onnx.load(path)
        said = json.loads({p.key: p.value for p in proto.metadata_props}[METADATA_KEY])
        props = {METADATA_KEY: json.dumps(said | changes)} if changes else {}
        del proto.metadata_props[:]
        onnx.helper.set_model_props(proto, props)
        onnx.save(proto, path)

    return change


NO_MODEL = b"This is the model. It dances very well.\n"

BROKEN: dict[str, tuple[Break, str, str]] = {
    # name: what is broken, the file that is named, what the line says of it
    "no show.toml": (without("show.toml"), "show.toml", "found no such file"),
    "a folder as show.toml": (folder_instead_of("show.toml"), "show.toml", "found Is a directory"),
    "not TOML": (edited('title = "Kit"', "title = Kit"), "show.toml", "(at line 2, column 9)"),
    "unknown key": (
        edited("rate = 60", "rat = 60"),
        "show.toml",
        'show · rat: found an unknown key, expected "rate" perhaps',
    ),
    "no model": (without("model.onnx"), "show.toml", "show · model: found no file"),
    "a text as model": (written("model.onnx", NO_MODEL), "model.onnx", "expected an ONNX model"),
    "half a model": (half("model.onnx"), "model.onnx", "expected an ONNX model"),
    "another program's model": (
        metadata(),
        "model.onnx",
        f"metadata {METADATA_KEY}: found nothing",
    ),
    "a model of other features": (
        metadata(features=features.VERSION + 1),
        "model.onnx",
        f"metadata features: found {features.VERSION + 1}, expected {features.VERSION}",
    ),
    "metadata of another graph": (
        metadata(units=8),
        "model.onnx",
        "input h: found [4], expected [8]",
    ),
    "no seed": (without(SEED), "show.toml", "performers.all.phrase: found no file"),
    "half a seed": (half(SEED), SEED, "found a broken archive"),
    "a flipped bit": (flipped(SEED), SEED, "found a broken archive"),
    "NaN in a seed": (
        nan_in_seed,
        SEED,
        "joints: found nan in right_foot z of frame 7 (1 values in all), expected finite numbers",
    ),
}


@pytest.mark.parametrize(("broken", "place", "rest"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_broken_is_named_in_one_line(
    tmp_path: Path, broken: Break, place: str, rest: str
) -> None:
    folder = write_production(tmp_path / "kit")
    broken(folder)
    assert_refused(show("check", folder), str(folder / place), rest)


@pytest.mark.parametrize("name", ["unknown key", "a text as model", "half a seed"])
def test_such_a_show_does_not_begin(tmp_path: Path, name: str) -> None:
    broken, place, rest = BROKEN[name]
    folder = write_production(tmp_path / "kit")
    broken(folder)
    ended = show("run", folder, "--no-browser", "--port", 0, "--duration", 1)
    assert_refused(ended, str(folder / place), rest)


def test_a_taken_port_is_named_and_how_to_choose_another(tmp_path: Path) -> None:
    folder = write_production(tmp_path / "kit")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = show("run", folder, "--no-browser", "--port", port, "--duration", 1)
    assert_refused(ended, f"127.0.0.1:{port}", "expected a free one, see --port")


def test_a_taken_port_of_a_source_is_named(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"osc://127.0.0.1:{taken.getsockname()[1]}"
        folder = write_production(tmp_path / "kit", head=f'[[source]]\nurl = "{url}"')
        ended = show("run", folder, "--no-browser", "--port", 0, "--duration", 1)
    assert_refused(ended, url, "expected a free port (another show?")
