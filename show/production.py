"""A production, loaded: the show file with the model and the phrases that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine import clip
from engine.clip import Clip
from engine.errors import ProductionError
from engine.motion_model import MotionModel
from engine.performance import Checkpoints, Performance
from engine.score import Event
from engine.state import State
from show import broker, ports, show_file
from show.cue import Cue
from show.lamps import outlets
from show.lights import controls
from show.midi import settings as midi
from show.show_file import Show
from show.stage_manager import Range
from show.toml_table import shown

CONTROLS = {"energy": Range(0.0, 1.0), "temperature": Range(0.01, 10.0), "sigma": Range(0.0, 10.0)}
"""Controls of every model; each tag that a model knows is one too, from 0 to 1."""

SHORTEST_PHRASE = 4
"""Steps of the model that a phrase needs to lead into a dance."""


@dataclass(frozen=True, slots=True)
class Production:
    """All that a show needs. phrases: by the path in the cues' actions."""

    show: Show
    model: MotionModel
    phrases: Mapping[Path, Clip]

    @property
    def controls(self) -> dict[str, Range]:
        """The controls there are: for all, for each performer "red/energy", "lights/…"."""
        tags = self.model.metadata.controls.tags
        plain = CONTROLS | {tag: Range(0.0, 1.0) for tag in tags}
        names = [performer.name for performer in self.show.performers]
        each = {f"{n}/{key}": value for n in names for key, value in plain.items()}
        return plain | each | controls(self.show.patch)


def load(path: Path) -> Production:
    """Load a production: its folder, or its show.toml.

    Raises ProductionError, ModelError, ClipError or AddressError, in one line.
    """
    show = show_file.read(path)
    if show.broker is not None:
        broker.check(show.broker)
    for output in show.outputs:
        ports.check_output(output.url, [performer.name for performer in show.performers])
    lengths = show.patch.lengths if show.patch is not None else None
    outlets([output.url for output in show.outputs], lengths, show.title)
    for source in show.sources:
        ports.check_source(source.url)
    model = MotionModel.load(show.model)
    _check_tags(show, model)
    phrases = _phrases(show, model)
    cues = tuple(_timed(cue, phrases) for cue in show.cues)
    loaded = Production(replace(show, cues=cues), model, phrases)
    if show.midi is not None:
        midi.check(show.midi, show.path, [cue.number for cue in cues], loaded.controls)
    return loaded


def perform(
    production: Production,
    events: Iterable[Event] = (),
    *,
    shelves: Sequence[Checkpoints] = (),
    kept: Callable[[bytes, State], None] = lambda mark, state: None,
) -> Performance:
    """Give the performance of a production, in which the events have happened."""
    show = production.show
    performance = Performance(
        show.performers,
        [cue.scored() for cue in show.cues],
        model=production.model,
        phrases=production.phrases,
        rate=show.rate,
        timecode=show.timecode.at,
        shelves=shelves,
        kept=kept,
    )
    for event in events:
        performance.apply(event)
    return performance


def _check_tags(show: Show, model: MotionModel) -> None:
    known = model.metadata.controls.tags
    for cue in show.cues:
        for name, action in cue.actions.items():
            for tag in action.tags:
                if tag not in known:
                    raise ProductionError(
                        show.path,
                        f'cue "{cue.number}" · performers.{name}.tags',
                        found=f"{shown(tag)}, which the model does not know",
                        expected=f"one of {', '.join(known)}" if known else "no tags",
                    )


def _phrases(show: Show, model: MotionModel) -> dict[Path, Clip]:
    actions = [action for cue in show.cues for action in cue.actions.values()]
    paths = {action.phrase for action in actions if action.phrase is not None}
    phrases = {path: clip.load(path) for path in sorted(paths)}
    for path, phrase in phrases.items():
        if phrase.seconds * model.metadata.rate < SHORTEST_PHRASE:
            expected = f"at least {SHORTEST_PHRASE / model.metadata.rate:.2f} s"
            raise ProductionError(path, found=f"{phrase.seconds:.2f} s", expected=expected)
    return phrases


def _timed(cue: Cue, phrases: Mapping[Path, Clip]) -> Cue:
    """Give the cue with the length of what it plays, where it has no duration."""
    played = [
        phrases[action.phrase].seconds
        for action in cue.actions.values()
        if action.kind == "play" and action.phrase is not None
    ]
    if cue.duration is None and played:
        return replace(cue, duration=max(played))
    return cue
