"""show.toml: what a production is, read into values; every fault is named with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from engine import score
from engine.errors import ProductionError
from engine.lights.outlet import SCHEMES, is_outlet
from engine.lights.patch import Patch
from show import patch_file
from show.chase import settings
from show.chase.settings import TimecodeSettings
from show.cue import ALL, Cue, CueReader
from show.cue_lights import LightsReader
from show.midi import settings as midi
from show.midi.settings import MidiSettings
from show.toml_table import Table, load, shown

NAME = "show.toml"
RATES = (25, 30, 50, 60)
MOST_PERFORMERS = 8
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class Port:
    """An output or a source: its URL, and a name for people.

    process: whether an output of the lights has a process of its own.
    """

    url: str
    name: str
    process: bool = False


@dataclass(frozen=True, slots=True)
class Show:
    """A production as its show.toml says it; paths are complete.

    colors: "#rrggbb" of each performer. stage: width and depth in metres. delay: seconds
    from a frame to its showing. panic: seconds of its fade. go_guard: seconds between two
    GOs. start: number of the cue that runs by itself at the top. length: seconds of the
    whole show, None where it does not say. broker: "embedded" or the URL of one. patch:
    its lights, None where there are none.
    """

    path: Path
    title: str
    rate: int
    model: Path
    seed: int
    stage: tuple[float, float]
    delay: float
    panic: float
    go_guard: float
    start: str | None
    length: float | None
    broker: str | None
    timecode: TimecodeSettings
    performers: tuple[score.Performer, ...]
    colors: tuple[str, ...]
    outputs: tuple[Port, ...]
    sources: tuple[Port, ...]
    cues: tuple[Cue, ...]
    patch: Patch | None
    midi: MidiSettings | None

    @property
    def folder(self) -> Path:
        """The production's folder."""
        return self.path.parent


def read(production: Path) -> Show:
    """Give the show of a production: its folder, or the show.toml in it.

    Raises ProductionError naming file, key, found and expected.
    """
    path = production / NAME if production.is_dir() else production
    if not production.exists():
        raise ProductionError(production, found="nothing", expected=f"a folder with {NAME}")
    top = load(path)
    head = top.table("show")
    clock = settings.read(top.table("timecode"))
    stage = _stage(head)
    rate = head.choice("rate", RATES, 60)
    performers, colors = _performers(top, stage)
    seed = head.whole("seed", 0)
    names = [performer.name for performer in performers]
    patch = _patch(head, path.parent)
    lights = LightsReader(patch, names, clock.rate)
    reader = CueReader(path.parent, seed, clock.rate, clock.start, names, stage, lights)
    show = Show(
        path=path,
        title=head.text("title", path.resolve().parent.name),
        rate=rate,
        model=head.file("model", path.parent, "model.onnx"),
        seed=seed,
        stage=stage,
        delay=head.number("delay", 2 / rate, 0.0, 2.0),
        panic=head.time("panic", 2.0, clock.rate),
        go_guard=head.number("go_guard", 0.5, 0.0, 10.0),
        start=head.text("start") if head.has("start") else None,
        length=head.time("length", 0.0, clock.rate) if head.has("length") else None,
        broker=head.text("broker") if head.has("broker") else None,
        timecode=clock,
        performers=performers,
        colors=colors,
        outputs=_ports(top, "output"),
        sources=_ports(top, "source"),
        cues=reader.read(top),
        patch=patch,
        midi=midi.read(top),
    )
    if show.start is not None and show.start not in {cue.number for cue in show.cues}:
        raise head.error("start", shown(show.start), "the number of a cue")
    head.done()
    top.done()
    return show


def _patch(head: Table, folder: Path) -> Patch | None:
    """Give the patch that is named, or the patch.toml beside show.toml."""
    if head.has("patch"):
        return patch_file.read(head.file("patch", folder))
    beside = folder / patch_file.NAME
    return patch_file.read(beside) if beside.is_file() else None


def _stage(head: Table) -> tuple[float, float]:
    stage = head.pair("stage", (8.0, 6.0), (100.0, 100.0))
    if stage is None or min(stage) < 1.0:
        raise head.error("stage", stage, "[width, depth] of 1 to 100 m")
    return stage


def _performers(
    top: Table, stage: tuple[float, float]
) -> tuple[tuple[score.Performer, ...], tuple[str, ...]]:
    tables = top.tables("performer")
    if not 1 <= len(tables) <= MOST_PERFORMERS:
        raise top.error("performer", f"{len(tables)} of them", f"1 to {MOST_PERFORMERS}")
    performers: list[score.Performer] = []
    colors = []
    for table in tables:
        name = table.text("name")
        if not _WORD.fullmatch(name) or name == ALL or name in {p.name for p in performers}:
            expected = f'a letter, then letters, digits, - or _; once only and not "{ALL}"'
            raise table.error("name", shown(name), expected)
        table.title = f'performer "{name}"'
        color = table.text("color")
        if not _COLOR.fullmatch(color):
            raise table.error("color", shown(color), '"#rrggbb"')
        place = table.pair("place", (0.0, 0.0), (stage[0] / 2, stage[1] / 2)) or (0.0, 0.0)
        facing = table.number("facing", 0.0, -360.0, 360.0)
        performers.append(score.Performer(name, _rgb(color), place, facing))
        colors.append(color.lower())
        table.done()
    return tuple(performers), tuple(colors)


def _rgb(color: str) -> tuple[float, float, float]:
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _ports(top: Table, key: str) -> tuple[Port, ...]:
    ports: dict[str, Port] = {}
    for table in top.tables(key):
        url = table.text("url")
        if url in ports:
            raise table.error("url", f"{shown(url)} twice", "each once")
        process = key == "output" and table.flag("process")
        if process and not is_outlet(url):
            raise table.error("process", "true", f"one of {', '.join(SCHEMES)} as url")
        ports[url] = Port(url, table.text("name", url), process)
        table.done()
    return tuple(ports.values())
