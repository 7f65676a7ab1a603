"""Audio devices by name, by PortAudio, which is loaded when one is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

from show import quiet
from show.device_name import matching


class AudioError(OSError):
    """An audio device, or audio as a whole, does not work."""


@dataclass(frozen=True, slots=True)
class Device:
    """An audio device. number: PortAudio's. api: "ALSA". rate: its own, samples a second."""

    number: int
    name: str
    api: str
    inputs: int
    outputs: int
    rate: float

    @property
    def line(self) -> str:
        """The device for a person to read."""
        return f"{self.name}  {self.api}, {self.rate:g} Hz"


def library() -> ModuleType:
    """Give sounddevice; raises AudioError where PortAudio is missing."""
    try:
        import sounddevice
    except OSError:
        raise AudioError(
            "no PortAudio here: 'apt install libportaudio2' on Debian, 'brew install portaudio'"
        ) from None
    quiet.hush()
    return sounddevice  # type: ignore[no-any-return]


def found() -> list[Device]:
    """Give the devices there are; raises AudioError where there is no audio."""
    sounddevice = library()
    apis = [api["name"] for api in sounddevice.query_hostapis()]
    return [
        Device(
            number,
            device["name"],
            apis[device["hostapi"]],
            device["max_input_channels"],
            device["max_output_channels"],
            device["default_samplerate"],
        )
        for number, device in enumerate(sounddevice.query_devices())
    ]


def find(pattern: str, kind: str) -> Device:
    """Give the first device for "input" or "output" that a pattern fits, "" for the default.

    Raises AudioError where there is none, with the names of those there are.
    """
    devices = [device for device in found() if getattr(device, f"{kind}s")]
    names = [device.name for device in devices]
    name: str | None
    if pattern:
        name = matching(pattern, names)
    else:
        default = library().default.device[kind == "output"]
        name = next((device.name for device in devices if device.number == default), None)
    if name is None:
        listed = ", ".join(map(repr, names)) or "none at all"
        raise AudioError(f"no such audio {kind}, there are {listed}")
    return devices[names.index(name)]
