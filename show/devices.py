"""The devices of this machine, by the names that URLs and show.toml take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from show.audio import devices
from show.midi.driver import InputDriver, OutputDriver

VIDEO = Path("/sys/class/video4linux")


def listing() -> Iterator[str]:
    """Yield the lines of `show devices`."""
    kinds: dict[str, Callable[[], list[str]]] = {
        "MIDI inputs": lambda: _midi(InputDriver),
        "MIDI outputs": lambda: _midi(OutputDriver),
        "Audio inputs": lambda: [d.line for d in devices.found() if d.inputs],
        "Audio outputs": lambda: [d.line for d in devices.found() if d.outputs],
        "Serial ports": _serial,
        "Cameras": lambda: _cameras(VIDEO),
    }
    for kind, find in kinds.items():
        try:
            found = find() or ["none"]
        except OSError as error:
            found = [str(error)]
        yield kind
        yield from (f"  {name}" for name in found)


def _midi(driver: type[InputDriver | OutputDriver]) -> list[str]:
    made = driver("")
    names = made.names()
    made.end()
    return names


def _serial() -> list[str]:
    from serial.tools import list_ports

    ports = sorted(list_ports.comports())
    return [f"{port.device}  {port.description}".removesuffix("  n/a") for port in ports]


def _cameras(folder: Path) -> list[str]:
    """Give the video devices that Linux names; other systems tell their own programs."""
    found = sorted(folder.glob("video*"))
    return [f"/dev/{path.name}  {(path / 'name').read_text().strip()}" for path in found]
