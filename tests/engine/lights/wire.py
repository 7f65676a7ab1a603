"""What the tests of the drivers share: levels, and a socket that hears what goes out."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import numpy as np

from engine.lights.driver import Route
from engine.lights.levels import Levels

UNIVERSES = (1, 2)


def ramp(universes: Sequence[int] = UNIVERSES, show_time: float = 0.0) -> Levels:
    """Universe u has u, u + 1, u + 2 … on its channels."""
    data = np.array([(np.arange(512) + u) % 256 for u in universes], np.uint8)
    return Levels(show_time, show_time, tuple(universes), data)


def routes(numbers: Sequence[int] = UNIVERSES, length: int = 512) -> list[Route]:
    """Each universe under its own number."""
    return [Route(row, number, number, length) for row, number in enumerate(numbers)]


class Ear:
    """A socket on this machine that keeps every datagram in the kernel until it is read."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(5)
        self.port = int(self.socket.getsockname()[1])

    def __enter__(self) -> Ear:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def hear(self, count: int) -> list[bytes]:
        return [self.socket.recv(65536) for _ in range(count)]

    def silent(self) -> bool:
        """Tell whether nothing more has come."""
        self.socket.setblocking(False)
        try:
            self.socket.recv(65536)
        except BlockingIOError:
            return True
        finally:
            self.socket.settimeout(5)
        return False
