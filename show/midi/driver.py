"""The MIDI driver: python-rtmidi, imported when a port is asked for.

The API is the one named in FIGURANT_MIDI or in show.toml, else the first that works here.
An empty port name means a port of our own, to which other programs connect.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from types import ModuleType
from typing import Any

from engine.errors import AddressError
from show import quiet

CLIENT = "figurant"
VARIABLE = "FIGURANT_MIDI"
APIS = {
    "alsa": "API_LINUX_ALSA",
    "jack": "API_UNIX_JACK",
    "core": "API_MACOSX_CORE",
    "windows": "API_WINDOWS_MM",
}
"""Names of the APIs, and what python-rtmidi calls them."""
Receive = Callable[[list[int]], None]
"""Takes the bytes of a message, in a thread of the driver."""


class PortError(OSError):
    """A MIDI port, or MIDI as a whole, does not work."""


class InputDriver:
    """A MIDI input, closed at first."""

    def __init__(self, api: str) -> None:
        """Raises PortError where there is no MIDI."""
        self._rtmidi = _library()
        self._device = _device("MidiIn", api)

    def names(self) -> list[str]:
        """Give the names of the ports there are."""
        return list(self._device.get_ports())

    def open(self, name: str, receive: Receive) -> None:
        """Open a port; raises PortError where that cannot be."""
        self._device.ignore_types(sysex=False, timing=False, active_sense=True)
        self._device.set_callback(lambda event, _: receive(event[0]))
        try:
            _open(self._device, name, "in")
        except self._rtmidi.RtMidiError as error:
            raise PortError(str(error)) from None

    def close(self) -> None:
        """Close the port; it may be opened again."""
        self._device.cancel_callback()
        self._device.close_port()

    def end(self) -> None:
        """Free everything."""
        self.close()
        self._device.delete()


class OutputDriver:
    """A MIDI output, closed at first."""

    def __init__(self, api: str) -> None:
        """Raises PortError where there is no MIDI."""
        self._rtmidi = _library()
        self._device = _device("MidiOut", api)

    def names(self) -> list[str]:
        """Give the names of the ports there are."""
        return list(self._device.get_ports())

    def open(self, name: str) -> None:
        """Open a port; raises PortError where that cannot be."""
        try:
            _open(self._device, name, "out")
        except self._rtmidi.RtMidiError as error:
            raise PortError(str(error)) from None

    def send(self, data: list[int]) -> None:
        """Send the bytes of a message; raises PortError where that fails."""
        try:
            self._device.send_message(data)
        except self._rtmidi.RtMidiError as error:
            raise PortError(str(error)) from None

    def end(self) -> None:
        """Free everything."""
        self._device.close_port()
        self._device.delete()


def check_api(name: str) -> str:
    """Give the name of an API, or "" for any; raises AddressError where there is no such."""
    if name and name not in APIS:
        raise AddressError(VARIABLE, found=repr(name), expected=f"one of {', '.join(APIS)}")
    return name


def _library() -> ModuleType:
    try:
        import rtmidi
    except ImportError:
        raise PortError(
            "no python-rtmidi here, which has wheels for Python 3.11 and 3.12"
        ) from None
    quiet.hush()
    return rtmidi  # type: ignore[no-any-return]


def _device(kind: str, api: str) -> Any:
    """Give a device of the API that is asked for, else of the first one with a port."""
    rtmidi = _library()
    wanted = check_api(os.environ.get(VARIABLE, "") or api)
    numbers = {name: getattr(rtmidi, constant) for name, constant in APIS.items()}
    there = [n for n in ([wanted] if wanted else APIS) if numbers[n] in rtmidi.get_compiled_api()]
    devices = []
    for name in there:
        with contextlib.suppress(rtmidi.RtMidiError):
            devices.append(getattr(rtmidi, kind)(rtapi=numbers[name], name=CLIENT))
    if not devices:
        raise PortError(f"no MIDI here, by {' or '.join(there) or wanted}")
    return next((device for device in devices if device.get_port_count()), devices[0])


def _open(device: Any, name: str, own: str) -> None:
    """Open a port by its name, or where that is empty one of our own for others to open."""
    names = device.get_ports()
    if not name:
        device.open_virtual_port("timecode")
    elif name in names:
        device.open_port(names.index(name), name=own)
    else:
        raise PortError(f"no port {name!r}")
