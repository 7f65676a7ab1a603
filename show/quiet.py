"""Quiet: what C libraries would write to the terminal is said in one line by us.

libasound and libjack tell of every attempt that fails, several lines each, on stderr. Both
have a hook for these lines; here it leads nowhere. Their errors come back as errors too.
"""

from __future__ import annotations

import contextlib
import ctypes
from pathlib import Path

_HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_char_p)
_NOTHING = _HANDLER(lambda _: None)
HOOKS = {
    "libasound.so*": ("snd_lib_error_set_handler",),
    "libjack*.so*": ("jack_set_error_function", "jack_set_info_function"),
}
MAPS = Path("/proc/self/maps")


def hush() -> None:
    """Silence the libraries that are loaded, where this system tells which they are."""
    if not MAPS.exists():
        return
    loaded = {Path(line.split()[-1]) for line in MAPS.read_text().splitlines() if ".so" in line}
    for path in loaded:
        for pattern, names in HOOKS.items():
            if path.match(pattern):
                library = ctypes.CDLL(str(path))
                for name in names:
                    with contextlib.suppress(AttributeError):
                        getattr(library, name)(_NOTHING)
