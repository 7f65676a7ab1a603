"""MIDI control: hands on devices and desks give the commands of the show."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

import mido

from engine.errors import FigurantError
from show import command
from show.midi import learn
from show.midi.bindings import Bindings
from show.midi.learn import Learning
from show.midi.ports import MidiInput
from show.midi.settings import MidiSettings
from show.midi.show_control import ShowControl
from show.midi.trigger import touch
from show.refusal import RefusedError
from show.show_file import Show
from show.stage_manager import Range

log = logging.getLogger(__name__)

Handle = Callable[[str, Mapping[str, object], str], None]
"""Carries out a command that someone gives; raises FigurantError where it refuses."""


class MidiControl:
    """The MIDI inputs of a show, and what comes of their messages.

    refused: commands that the show would not carry out.
    """

    def __init__(
        self,
        show: Show,
        settings: MidiSettings,
        ranges: Mapping[str, Range],
        handle: Handle,
        *,
        now: Callable[[], float],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.refused = 0
        self._path, self._handle, self._changed = show.path, handle, changed
        self._bindings = Bindings(settings.bindings, ranges)
        self._learning = Learning(self._bindings)
        self._show_control = _show_control(show, settings)
        self._last: str | None = None
        self.inputs = [
            MidiInput(pattern, self._taking(pattern), now=now, changed=changed, api=settings.api)
            for pattern in settings.ports
        ]

    async def open(self) -> None:
        """Open the inputs that are there, and look after all."""
        await asyncio.gather(*(found.open() for found in self.inputs))

    async def close(self) -> None:
        """Close the inputs; closing twice is harmless."""
        await asyncio.gather(*(found.close() for found in self.inputs))

    def take(self, message: mido.Message, port: str) -> None:
        """Carry out what a message says; what is wrong with it is counted, never raised."""
        if message.type == "sysex":
            if self._show_control is not None:
                for name, fields in self._show_control.commands(message.data):
                    self._give(name, fields, port)
            return
        touched = touch(message)
        if touched is None:
            return
        self._last = str(touched.trigger)
        if self._learning.take(touched):
            self._changed()
            return
        given = self._bindings.command(touched)
        if given is not None:
            self._give(*given, port)

    def learn(self, fields: Mapping[str, object]) -> None:
        """Learn a target, or forget it (null), or write what was learned (save).

        Raises RefusedError where that cannot be.
        """
        if fields.get("save"):
            self._save()
        elif fields.get("target") is None:
            self._learning.stop()
        else:
            written = command.text("learn", "target", fields)
            try:
                self._learning.start(written)
            except ValueError as error:
                raise RefusedError(
                    "learn", found=repr(written)[:40], expected=str(error)[len("expected ") :]
                ) from None
        self._changed()

    def state(self) -> dict[str, Any]:
        """Give what the pages show."""
        return {
            "inputs": [
                {"name": i.pattern, "port": i.port, "error": i.error, "heard": i.heard}
                for i in self.inputs
            ],
            "last": self._last,
            "refused": self.refused,
            "learn": self._learning.state(),
        }

    def faults(self) -> list[str]:
        """Give what is wrong with the inputs, in one line each."""
        return [f"midi {i.pattern!r}: {i.error}" for i in self.inputs if i.error is not None]

    def _taking(self, port: str) -> Callable[[float, mido.Message], None]:
        return lambda clock, message: self.take(message, port)

    def _give(self, name: str, fields: Mapping[str, object], port: str) -> None:
        try:
            self._handle(name, fields, f"midi {port}")
        except FigurantError as error:
            self.refused += 1
            if self.refused & (self.refused - 1) == 0:  # the 1st, 2nd, 4th, 8th …
                log.warning("midi %r: %s (%d refused)", port, error, self.refused)

    def _save(self) -> None:
        if self._learning.learned is None:
            raise RefusedError("learn", found="nothing learned", expected="a touch first")
        try:
            learn.write(self._path, *self._learning.learned)
        except OSError as error:
            raise RefusedError("learn", found=error.strerror, expected="a file to write") from None


def _show_control(show: Show, settings: MidiSettings) -> ShowControl | None:
    if settings.device is None:
        return None
    return ShowControl(
        settings.device,
        [cue.number for cue in show.cues],
        show.timecode.rate,
        settings.groups,
        settings.cue_list,
        show.timecode.start,
    )
