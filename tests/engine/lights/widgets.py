"""Serial devices as their makers describe them: decoders, and a pseudo-terminal to plug in.

Written from the protocols' descriptions alone; nothing of engine.lights is used.
"""

from __future__ import annotations

import os
import select
import time
from pathlib import Path
from typing import Protocol


class Decoder(Protocol):
    """What the firmware does with bytes. slots: what it shows. pictures: how often it showed."""

    slots: bytearray
    pictures: int

    def feed(self, data: bytes) -> bytes:
        """Take bytes; give what the device answers."""
        ...


class Enttec:
    """DMX USB Pro API: 7E label length-low length-high data E7; label 6 with start code 0."""

    def __init__(self) -> None:
        self.slots = bytearray()
        self.pictures = 0
        self._buffer = bytearray()

    def feed(self, data: bytes) -> bytes:
        self._buffer += data
        while len(self._buffer) >= 5:
            assert self._buffer[0] == 0x7E, "the message does not begin with 7E"
            size = self._buffer[2] | self._buffer[3] << 8
            if len(self._buffer) < size + 5:
                break
            assert self._buffer[size + 4] == 0xE7, "the message does not end with E7"
            assert self._buffer[1] == 6
            assert 25 <= size <= 513
            assert self._buffer[4] == 0, "another start code than that of dimmer data"
            self.slots = self._buffer[5 : size + 4]
            self.pictures += 1
            del self._buffer[: size + 5]
        return b""


class Dmx4All:
    """FF first-low first-high count data (a block), E2 ch value, E3 ch value (channel 256 on)."""

    def __init__(self) -> None:
        self.slots = bytearray(512)
        self.pictures = 0
        self._buffer = bytearray()

    def feed(self, data: bytes) -> bytes:
        self._buffer += data
        answers = b""
        while self._buffer:
            command = self._buffer[0]
            if command in (0xE2, 0xE3):
                if len(self._buffer) < 3:
                    break
                self.slots[self._buffer[1] + 256 * (command - 0xE2)] = self._buffer[2]
                del self._buffer[:3]
            else:
                assert command == 0xFF, f"no command begins with {command:02X}"
                if len(self._buffer) < 4 or len(self._buffer) < 4 + self._buffer[3]:
                    break
                first, count = self._buffer[1] | self._buffer[2] << 8, self._buffer[3]
                assert count > 0
                assert first >> 8 == (first + count - 1) >> 8
                self.slots[first : first + count] = self._buffer[4 : 4 + count]
                del self._buffer[: 4 + count]
            self.pictures += 1
            answers += b"G"
        return answers


class Adalight:
    """ "Ada", LED count - 1 (high, low), high XOR low XOR 55, then RGB of every LED."""

    def __init__(self) -> None:
        self.slots = bytearray()
        self.pictures = 0
        self._buffer = bytearray()

    def feed(self, data: bytes) -> bytes:
        self._buffer += data
        while len(self._buffer) >= 6:
            assert self._buffer[:3] == b"Ada"
            high, low, check = self._buffer[3:6]
            assert check == high ^ low ^ 0x55
            size = 3 * ((high << 8 | low) + 1)
            if len(self._buffer) < 6 + size:
                break
            self.slots = self._buffer[6 : 6 + size]
            self.pictures += 1
            del self._buffer[: 6 + size]
        return b""


class Tpm2:
    """C9, DA for data, size (high, low), data, 36."""

    def __init__(self) -> None:
        self.slots = bytearray()
        self.pictures = 0
        self._buffer = bytearray()

    def feed(self, data: bytes) -> bytes:
        self._buffer += data
        while len(self._buffer) >= 4:
            assert self._buffer[:2] == b"\xc9\xda"
            size = self._buffer[2] << 8 | self._buffer[3]
            if len(self._buffer) < size + 5:
                break
            assert self._buffer[size + 4] == 0x36
            self.slots = self._buffer[4 : size + 4]
            self.pictures += 1
            del self._buffer[: size + 5]
        return b""


class Plug:
    """A device at the other end of a pseudo-terminal, with a name as udev would give it."""

    def __init__(self, decoder: Decoder, name: Path) -> None:
        self.decoder, self.name = decoder, name
        self._device, line = os.openpty()
        self.path = os.ttyname(line)
        os.close(line)
        name.symlink_to(self.path)
        os.set_blocking(self._device, False)

    def __enter__(self) -> Plug:
        return self

    def __exit__(self, *_: object) -> None:
        self.pull()

    def pull(self) -> None:
        """Unplug it; pulling twice is harmless."""
        if self._device >= 0:
            os.close(self._device)
            self._device = -1
            self.name.unlink()

    def read(self) -> None:
        """Let the device work on what has come."""
        while select.select([self._device], [], [], 0)[0]:
            try:
                data = os.read(self._device, 4096)
            except OSError:  # nobody has the line open
                return
            answer = self.decoder.feed(data)
            if answer:
                os.write(self._device, answer)

    def until(self, slots: bytes, seconds: float = 5.0) -> None:
        """Let the device work until it shows these slots."""
        deadline = time.monotonic() + seconds
        while bytes(self.decoder.slots[: len(slots)]) != slots:
            assert time.monotonic() < deadline, self.decoder.slots.hex()
            time.sleep(0.002)
            self.read()
