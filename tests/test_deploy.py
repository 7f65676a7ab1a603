"""The unit file, checked by systemd itself, and its command by our own command line."""

from __future__ import annotations

import configparser
import shlex
import shutil
import string
import subprocess
import sys
from pathlib import Path

import pytest

from show import cli

ROOT = Path(__file__).resolve().parent.parent
UNIT = ROOT / "deploy" / "figurant-lights.service"


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd-analyze on the path")
    unit = tmp_path / UNIT.name
    here = str(Path(sys.executable).parent)
    unit.write_text(UNIT.read_text(encoding="utf-8").replace("/opt/figurant/.venv/bin", here))
    said = subprocess.run([analyze, "verify", unit], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert UNIT.name not in said.stderr


def test_its_command_is_one_of_ours() -> None:
    """As systemd does it: ${NAME} is one word, $NAME is split."""
    comment = UNIT.read_text(encoding="utf-8").split("\n\n", 1)[0]
    example = dict(
        line.removeprefix("#   ").split("=", 1)
        for line in comment.splitlines()
        if line.startswith("#   ")
    )
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNIT, encoding="utf-8")
    command = string.Template(unit["Service"]["ExecStart"]).substitute(example)
    words = shlex.split(command)
    assert words[0].endswith("/show")
    found = cli._parser().parse_args(words[1:])
    assert found.command == "lights"
    assert found.output == [
        "sacn://?priority=120",
        "serial:/dev/serial/by-id/usb-DMX4ALL*?protocol=dmx4all&universes=1",
    ]
