"""MIDI Show Control and MIDI Machine Control: what a desk or a recorder wants of the show.

MIDI Show Control 1.0 (RP-002): F0 7F device 02 format command data F7, where data are the
numbers of a cue and its list, ASCII digits and points with 00 between. MIDI Machine Control
1.0 (RP-013): F0 7F device 06 command F7. No reply is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from show.midi import mtc
from show.timecode import Rate

SHOW_CONTROL, MACHINE_CONTROL = 0x02, 0x06
GO, STOP, RESUME, TIMED_GO, LOAD = 0x01, 0x02, 0x03, 0x04, 0x05
ALL_OFF, RESTORE, RESET = 0x08, 0x09, 0x0A
MMC_STOP, MMC_PLAY, MMC_DEFERRED_PLAY, MMC_PAUSE, MMC_LOCATE = 0x01, 0x02, 0x03, 0x09, 0x44
FIRST_GROUP, LAST_GROUP, EVERYONE = 0x70, 0x7E, 0x7F
_DIGITS = frozenset(b"0123456789.")
_TIME = 5
"""Bytes of the time in a TIMED_GO."""
Command = tuple[str, dict[str, object]]


@dataclass(frozen=True, slots=True)
class ShowControl:
    """Listens as one device.

    device: 0 to 111. groups: 1 to 15, those it belongs to. cue_list: the list that its
    cues are, "" for any. cues: their numbers, in order. rate: of the timecode, and start: the
    timecode at the top of the show, seconds.
    """

    device: int
    cues: Sequence[str]
    rate: Rate
    groups: frozenset[int] = field(default_factory=frozenset)
    cue_list: str = ""
    start: float = 0.0

    def commands(self, data: Sequence[int]) -> list[Command]:
        """Give the commands in the data of a system exclusive message, none for others."""
        if len(data) < 4 or data[0] != mtc.REAL_TIME or not self._is_meant(data[1]):
            return []
        if data[2] == SHOW_CONTROL and len(data) > 4:
            return self._show(data[4], bytes(data[5:]))
        if data[2] == MACHINE_CONTROL:
            return self._machine(data[3], data[4:])
        return []

    def _is_meant(self, device: int) -> bool:
        group = device - FIRST_GROUP + 1 if FIRST_GROUP <= device <= LAST_GROUP else None
        return device in (self.device, EVERYONE) or group in self.groups

    def _show(self, command: int, data: bytes) -> list[Command]:
        if command == TIMED_GO:
            data = data[_TIME:]
        number, cue_list = _cue(data)
        if self.cue_list and cue_list not in (None, self.cue_list):
            return []
        cue: dict[str, object] = {} if number is None else {"cue": self._named(number)}
        match command:
            case _ if command in (GO, TIMED_GO):
                return [("go", cue)]
            case _ if command == LOAD and cue:
                return [("standby", cue)]
            case _ if command in (STOP, RESUME):
                return [("hold", {"value": command == STOP})]
            case _ if command in (ALL_OFF, RESTORE):
                return [("blackout", {"value": command == ALL_OFF})]
            case _ if command == RESET:
                return [("panic", {}), ("standby", {"cue": self.cues[0]})]
        return []

    def _machine(self, command: int, data: Sequence[int]) -> list[Command]:
        if command in (MMC_PLAY, MMC_DEFERRED_PLAY):
            return [("hold", {"value": False})]
        if command in (MMC_STOP, MMC_PAUSE):
            return [("hold", {"value": True})]
        if command == MMC_LOCATE and len(data) >= 6 and tuple(data[:2]) == (0x06, 0x01):
            hours, minutes, seconds, frames = data[2:6]
            rate = mtc.rate_of(hours >> 5, self.rate)
            try:
                at = rate.seconds((hours & 31, minutes, seconds, frames & 31))
            except ValueError:
                return []
            return [("locate", {"show_time": max(at - self.start, 0.0)})]
        return []

    def _named(self, number: str) -> str:
        """Give the cue's number as the show writes it: a desk may say 12.0 for 12."""
        if number in self.cues:
            return number
        return next((cue for cue in self.cues if _value(cue) == _value(number)), number)


def _cue(data: bytes) -> tuple[str | None, str | None]:
    """Give the numbers of a cue and its list, None where they are not there or no numbers."""
    parts = data.split(b"\0")
    numbers = [part.decode() if part and _DIGITS.issuperset(part) else None for part in parts]
    return numbers[0], numbers[1] if len(numbers) > 1 else None


def _value(number: str) -> float | str:
    try:
        return float(number)
    except ValueError:
        return number
