"""Several hosts on one machine: network namespaces, and a router that delays and loses.

Each host is a namespace with a TUN device, so that it has a kernel's whole TCP of its own.
The router reads their packets, holds each for a while, loses some, and hands the others on;
what jitter lets overtake is overtaken, as with tc's netem, which few small kernels have.
Needs root and iproute2.

Run by itself, as the network does: namespaces.py FD,HOST,DELAY,JITTER,LOSS …
"""

from __future__ import annotations

import contextlib
import fcntl
import heapq
import os
import random
import select
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
NETWORK = "10.77.0"
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def missing() -> str | None:
    """What is not here that it takes, None where all is."""
    if os.geteuid() != 0:
        return "no root, which network namespaces need"
    if shutil.which("ip", path=PATH) is None:
        return "no ip on the path: 'apt install iproute2'"
    if not os.path.exists("/dev/net/tun"):
        return "no /dev/net/tun in this kernel"
    return None


@dataclass(frozen=True)
class Host:
    """A host. delay, jitter: seconds each way; loss: part of its packets, each way."""

    name: str
    delay: float = 0.0
    jitter: float = 0.0
    loss: float = 0.0


class Network:
    """Hosts at 10.77.0.1, .2 … in the order given, for as long as the context lasts."""

    def __init__(self, *hosts: Host) -> None:
        self.hosts = hosts
        self._tag = f"fig{os.getpid() % 10000}"
        self._descriptors: list[int] = []
        self._router: subprocess.Popen[bytes] | None = None
        self._processes: list[subprocess.Popen[Any]] = []

    def address(self, name: str) -> str:
        """Give a host's address."""
        return f"{NETWORK}.{[host.name for host in self.hosts].index(name) + 1}"

    def __enter__(self) -> Network:
        try:
            for n, host in enumerate(self.hosts):
                self._make(n, host)
            words = [
                f"{fd},{n + 1},{host.delay},{host.jitter},{host.loss}"
                for n, (fd, host) in enumerate(zip(self._descriptors, self.hosts, strict=True))
            ]
            self._router = subprocess.Popen(
                [sys.executable, __file__, *words], pass_fds=self._descriptors
            )
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        if self._router is not None:
            self._router.kill()
            self._router.wait()
        for fd in self._descriptors:
            os.close(fd)
        for host in self.hosts:
            _ip("netns", "del", self._namespace(host.name), check=False)

    def start(self, name: str, argv: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
        """Run a program on a host; it ends with the network."""
        command = ["ip", "netns", "exec", self._namespace(name), *argv]
        process = subprocess.Popen(command, env=os.environ | {"PATH": PATH}, **options)
        self._processes.append(process)
        return process

    def cut(self, name: str) -> None:
        """Pull a host's cable."""
        _ip("-n", self._namespace(name), "link", "set", self._device(name), "down")

    def mend(self, name: str) -> None:
        """Plug it in again."""
        _ip("-n", self._namespace(name), "link", "set", self._device(name), "up")

    def _namespace(self, name: str) -> str:
        return f"{self._tag}-{name}"

    def _device(self, name: str) -> str:
        return f"{self._tag}n{[host.name for host in self.hosts].index(name)}"

    def _make(self, n: int, host: Host) -> None:
        namespace, device = self._namespace(host.name), self._device(host.name)
        _ip("netns", "add", namespace)
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        self._descriptors.append(fd)
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", device.encode(), IFF_TUN | IFF_NO_PI))
        _ip("link", "set", device, "netns", namespace)
        _ip("-n", namespace, "addr", "add", f"{NETWORK}.{n + 1}/24", "dev", device)
        _ip("-n", namespace, "link", "set", device, "multicast", "on", "up")
        _ip("-n", namespace, "link", "set", "lo", "up")


def _ip(*words: str, check: bool = True) -> None:
    subprocess.run(
        ["ip", *words], check=check, env=os.environ | {"PATH": PATH}, stderr=subprocess.DEVNULL
    )


def route(hosts: dict[int, tuple[int, Host]]) -> None:
    """Hand packets on for ever. hosts: by the last number of the address, fd and host."""
    chance = random.Random(1)
    waiting: list[tuple[float, int, int, bytes]] = []
    count = 0
    numbers = {fd: number for number, (fd, _) in hosts.items()}
    while True:
        timeout = max(0.0, waiting[0][0] - time.monotonic()) if waiting else 1.0
        for fd in select.select(list(numbers), [], [], timeout)[0]:
            with contextlib.suppress(BlockingIOError):
                packet = os.read(fd, 65536)
                if packet[0] >> 4 != 4:
                    continue
                everyone = packet[19] == 255 or packet[16] >> 4 == 14
                source = hosts[numbers[fd]][1]
                for number, (to, host) in hosts.items():
                    if to == fd or not (everyone or number == packet[19]):
                        continue
                    if chance.random() < source.loss or chance.random() < host.loss:
                        continue
                    held = sum(h.delay + chance.gauss(0.0, h.jitter) for h in (source, host))
                    count += 1
                    due = time.monotonic() + max(0.0, held)
                    heapq.heappush(waiting, (due, count, to, packet))
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, _, to, packet = heapq.heappop(waiting)
            with contextlib.suppress(OSError):  # its cable is pulled, or it reads too slowly
                os.write(to, packet)


if __name__ == "__main__" and len(sys.argv) > 1:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    found = {}
    for word in sys.argv[1:]:
        descriptor, number, *numbers_of = word.split(",")
        found[int(number)] = int(descriptor), Host(number, *map(float, numbers_of))
    route(found)
