from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import mido
import pytest

from engine.errors import ProductionError
from show import production, show_file
from show.midi.control import MidiControl
from show.refusal import RefusedError
from show.show_file import Show
from tests.kit import CUES, one_line, write_production

MIDI = """
[midi]
ports = ["nano", "Pedal"]
device = 5
groups = [1]

[midi.bindings]  # the left hand's
"note 60" = "go"  # the big one
"note 61 channel 10" = "go 3"
"cc 1" = "control energy"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_production(tmp_path / "kit", cues=CUES + MIDI)


class Rig:
    """MIDI control without ports: messages are handed to it."""

    def __init__(self, folder: Path) -> None:
        self.given: list[tuple[str, dict[str, object], str]] = []
        self.refuse = False
        show: Show = production.load(folder).show
        assert show.midi is not None
        self.control = MidiControl(show, show.midi, {}, self._handle, now=lambda: 0.0)

    def _handle(self, name: str, fields: Mapping[str, object], by: str) -> None:
        if self.refuse:
            raise RefusedError("GO", found="the end of the stack", expected="a cue on standby")
        self.given.append((name, dict(fields), by))

    def send(self, *messages: mido.Message) -> None:
        for message in messages:
            self.control.take(message, "nano")


def note(number: int, velocity: int = 80, channel: int = 0) -> mido.Message:
    return mido.Message("note_on", note=number, velocity=velocity, channel=channel)


def test_the_table(folder: Path) -> None:
    settings = show_file.read(folder).midi
    assert settings is not None
    assert settings.ports == ("nano", "Pedal")
    assert (settings.device, settings.groups, settings.cue_list) == (5, {1}, "")
    assert [str(t) for t in settings.bindings] == ["note 60", "note 61 channel 10", "cc 1"]


def test_hands_and_desks_give_commands(folder: Path) -> None:
    rig = Rig(folder)
    rig.send(
        note(60),
        note(60, 0),
        note(61, channel=9),
        note(61, channel=0),
        mido.Message("sysex", data=(0x7F, 5, 2, 1, 2)),
        mido.Message("pitchwheel", pitch=5),
    )
    assert rig.given == [
        ("go", {}, "midi nano"),
        ("go", {"cue": "3"}, "midi nano"),
        ("hold", {"value": True}, "midi nano"),
    ]
    assert rig.control.state()["last"] == "note 61 channel 1"


def test_what_the_show_refuses_is_counted(folder: Path) -> None:
    rig = Rig(folder)
    rig.refuse = True
    rig.send(note(60), note(60))
    assert rig.control.state()["refused"] == 2


def test_learning_binds_the_next_touch_and_gives_the_line(folder: Path) -> None:
    rig = Rig(folder)
    rig.control.learn({"target": "standby 2"})
    assert rig.control.state()["learn"]["waiting"] == "standby 2"
    rig.send(note(60, 0), note(72, channel=3))
    assert rig.given == []
    assert rig.control.state()["learn"] == {
        "waiting": None,
        "trigger": "note 72 channel 4",
        "toml": '"note 72 channel 4" = "standby 2"',
    }
    rig.send(note(72, channel=3))
    assert rig.given == [("standby", {"cue": "2"}, "midi nano")]


def test_a_control_is_learned_from_a_fader(folder: Path) -> None:
    rig = Rig(folder)
    rig.control.learn({"target": "control red/energy"})
    rig.send(note(60), mido.Message("control_change", control=7, value=3))
    assert rig.control.state()["learn"]["toml"] == '"cc 7 channel 1" = "control red/energy"'
    assert rig.given == []


def test_what_is_learned_takes_the_place_of_what_was(folder: Path) -> None:
    rig = Rig(folder)
    rig.control.learn({"target": "panic"})
    rig.send(note(60))
    rig.send(note(60), note(60, channel=5))
    assert rig.given == [("panic", {}, "midi nano")]
    rig.control.learn({"save": True})
    text = (folder / "show.toml").read_text(encoding="utf-8")
    assert '"note 60 channel 1" = "panic"\n"note 61 channel 10"' in text
    assert "the big one" not in text
    assert "[midi.bindings]  # the left hand's" in text
    settings = show_file.read(folder).midi
    assert settings is not None
    assert str(next(iter(settings.bindings))) == "note 60 channel 1"


def test_a_file_without_bindings_gets_some(tmp_path: Path) -> None:
    folder = write_production(tmp_path / "kit", cues=CUES + '\n[midi]\nports = ["nano"]')
    rig = Rig(folder)
    rig.control.learn({"target": "go"})
    rig.send(note(1))
    rig.control.learn({"save": True})
    settings = show_file.read(folder).midi
    assert settings is not None
    assert [str(t) for t in settings.bindings] == ["note 1 channel 1"]


def test_what_cannot_be_learned(folder: Path) -> None:
    rig = Rig(folder)
    with pytest.raises(RefusedError, match='learn: found \'dance\', expected "go", "go 12"'):
        rig.control.learn({"target": "dance"})
    with pytest.raises(RefusedError, match="learn: found nothing learned"):
        rig.control.learn({"save": True})
    rig.control.learn({"target": "go"})
    rig.control.learn({"target": None})
    rig.send(note(61, channel=9))
    assert rig.given == [("go", {"cue": "3"}, "midi nano")]


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ("[midi]", "midi · ports: found nothing, expected names of MIDI inputs"),
        ("[midi]\nports = []", "midi · ports: found []"),
        ("[midi]\nports = ['a']\ndevice = 112", "device: found 112, expected a whole number"),
        ("[midi]\nports = ['a']\ngroups = [0]", "groups: found [0], expected a list of 1 to 15"),
        ("[midi]\nports = ['a']\napi = 'midi'", 'api: found "midi", expected one of'),
        (
            "[midi]\nports = ['a']\n[midi.bindings]\n'note 200' = 'go'",
            'bindings.note 200: found no trigger, expected "note 60"',
        ),
        (
            "[midi]\nports = ['a']\n[midi.bindings]\n'note 20' = 'run'",
            'bindings.note 20: found "run", expected "go"',
        ),
        (
            "[midi]\nports = ['a']\n[midi.bindings]\n'note 20' = 'go 1'\n"
            "'note 20 channel 2' = 'go 2'",
            'found "note 20" too, for "go 1", expected each message to do one thing',
        ),
        (
            "[midi]\nports = ['a']\n[midi.bindings]\n'note 20' = 'go 1'\n'note 20' = 'go 2'",
            "found Cannot overwrite a value",
        ),
        (
            "[midi]\nports = ['a']\n[midi.bindings]\n'note 20' = 'go 99'",
            'midi · bindings."note 20": found "99", expected the number of a cue',
        ),
        (
            "[midi]\nports = ['a']\n[midi.bindings]\n'cc 20' = 'control joy'",
            'found "joy", expected a control: ',
        ),
    ],
)
def test_each_fault_is_named_in_one_line(tmp_path: Path, table: str, line: str) -> None:
    folder = write_production(tmp_path / "kit", cues=f"{CUES}\n{table}\n")
    with pytest.raises(ProductionError) as error:
        production.load(folder)
    one_line(error.value)
    assert line in str(error.value)


def test_a_show_without_midi_has_none(tmp_path: Path) -> None:
    assert show_file.read(write_production(tmp_path / "kit")).midi is None
