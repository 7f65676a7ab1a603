from __future__ import annotations

from pathlib import Path

import pytest

from show import devices
from tests.show.process import show


def test_every_kind_of_device_is_listed_or_said_to_be_missing() -> None:
    result = show("devices")
    assert result.returncode == 0
    heads = [line for line in result.stdout.splitlines() if not line.startswith(" ")]
    assert heads == [
        "MIDI inputs",
        "MIDI outputs",
        "Audio inputs",
        "Audio outputs",
        "Serial ports",
        "Cameras",
    ]
    assert len(result.stdout.splitlines()) >= 2 * len(heads)


@pytest.mark.usefixtures("jack")
def test_midi_ports_by_the_names_that_show_toml_takes() -> None:
    from show.midi.output import MidiOutput

    output = MidiOutput("")
    result = show("devices")
    output.close()
    assert "MIDI inputs\n  figurant:timecode\n" in result.stdout
    assert result.stderr == ""


def test_cameras_have_the_names_that_linux_gives_them(tmp_path: Path) -> None:
    (tmp_path / "video0").mkdir()
    (tmp_path / "video0" / "name").write_text("Webcam C920\n")
    assert devices._cameras(tmp_path) == ["/dev/video0  Webcam C920"]
    assert devices._cameras(tmp_path / "nowhere") == []
