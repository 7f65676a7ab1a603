"""A machine beside the LEDs: a network namespace, reached by a cable of its own (a veth pair).

Ports and multicast groups in it are nobody else's, and what goes there has crossed a
network. It takes root, as a container's tests usually have.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.missing import skip_or_fail


@dataclass(frozen=True)
class Machine:
    """The other machine. inside: its address. here: ours on the cable to it.

    broadcast: that of the cable. enter: what a command is run by to run there.
    """

    name: str
    inside: str
    here: str
    broadcast: str
    cable: str

    @property
    def enter(self) -> list[str]:
        return ["ip", "netns", "exec", self.name]

    def cut(self, *, cut: bool) -> None:
        """Pull our end of the cable, or plug it in again."""
        _ip("link", "set", self.cable, "down" if cut else "up")


@contextmanager
def machine() -> Iterator[Machine]:
    """Another machine while the context lasts; skips where there can be none."""
    if shutil.which("ip") is None:
        skip_or_fail("no ip on the path: 'apt install iproute2'")
    number = os.getpid() % 250
    found = Machine(
        name=f"figurant{os.getpid()}",
        inside=f"10.213.{number}.2",
        here=f"10.213.{number}.1",
        broadcast=f"10.213.{number}.255",
        cable=f"fgr{os.getpid()}",
    )
    if _try("netns", "add", found.name):
        pytest.skip("no network namespaces here: they take root")
    try:
        there = f"fgi{os.getpid()}"
        _ip("link", "add", found.cable, "type", "veth", "peer", "name", there)
        _ip("link", "set", there, "netns", found.name)
        _ip("address", "add", f"{found.here}/24", "broadcast", "+", "dev", found.cable)
        _ip("link", "set", found.cable, "up")
        inside = ("-n", found.name)
        _ip(*inside, "address", "add", f"{found.inside}/24", "broadcast", "+", "dev", there)
        _ip(*inside, "link", "set", "lo", "up")
        _ip(*inside, "link", "set", there, "up")
        _ip(*inside, "route", "add", "default", "via", found.here)
        yield found
    finally:
        _try("link", "delete", found.cable)
        _ip("netns", "delete", found.name)


def _ip(*words: str) -> None:
    assert not _try(*words), words


def _try(*words: str) -> str:
    """Run `ip`; give what it says went wrong, empty for nothing."""
    ended = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    return "" if ended.returncode == 0 else ended.stderr or "failed"
