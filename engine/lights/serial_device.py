"""Serial devices by name: a path, a pattern, or what USB says of them.

A device that is named by its id (/dev/serial/by-id/…, a pattern for it, or vendor:product)
is found again after it was unplugged, whatever number the kernel gives it then.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import AddressError

USB = re.compile(r"([0-9a-fA-F]{4}):([0-9a-fA-F]{4})(?::(.+))?")
PATTERN = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Device:
    """A serial device. usb: "vendor:product[:serial number]", empty where it is no USB device."""

    path: str
    name: str
    usb: str

    def __str__(self) -> str:
        return self.path + (f" ({self.name}, {self.usb})" if self.usb else "")


def devices() -> list[Device]:
    """Give the serial devices of this machine."""
    from serial.tools import list_ports

    found = []
    for port in sorted(list_ports.comports()):
        number = f":{port.serial_number}" if port.serial_number else ""
        usb = "" if port.vid is None else f"{port.vid:04x}:{port.pid:04x}{number}"
        found.append(Device(port.device, port.product or port.description, usb))
    return found


def find(url: str, target: str, listed: Callable[[], Sequence[Device]] = devices) -> str:
    """Give the path of the device that a target names.

    target: a path, a pattern with * ? [ ], or vendor:product[:serial number] of USB in
    hexadecimal. Raises AddressError where there is no such device, or more than one.
    """
    usb = USB.fullmatch(target)
    if usb is not None:
        paths = [device.path for device in listed() if _is(device, usb)]
    elif PATTERN.search(target):
        paths = sorted({str(Path(path).resolve()) for path in glob.glob(target)})
    else:
        paths = [target] if Path(target).exists() else []
    if len(paths) == 1:
        return paths[0]
    if paths:
        raise AddressError(url, found=", ".join(paths), expected="one device: its serial number")
    there = ", ".join(map(str, listed()))
    raise AddressError(url, found="no such device", expected=f"one of {there or 'none at all'}")


def _is(device: Device, usb: re.Match[str]) -> bool:
    wanted = f"{usb[1]}:{usb[2]}".lower()
    if usb[3]:
        return device.usb == f"{wanted}:{usb[3]}"
    return device.usb.startswith(wanted)
