"""A MIDI output by name."""

from __future__ import annotations

import mido

from show.device_name import matching
from show.midi.driver import OutputDriver, PortError


class MidiOutput:
    """One output, opened at once. port: its name, empty for one of our own."""

    def __init__(self, pattern: str, api: str = "") -> None:
        """Open the first output that the pattern fits; an empty one is a port of our own.

        Raises PortError where there is none.
        """
        self._driver = OutputDriver(api)
        names = self._driver.names()
        found = matching(pattern, names) if pattern else ""
        if found is None:
            self._driver.end()
            listed = ", ".join(map(repr, names)) or "none at all"
            raise PortError(f"no such MIDI output, there are {listed}")
        self.port = found
        self._driver.open(found)

    def send(self, message: mido.Message) -> None:
        """Send a message; raises PortError where that fails."""
        self._driver.send(message.bytes())

    def there(self) -> bool:
        """Tell whether the port is still there."""
        return not self.port or self.port in self._driver.names()

    def close(self) -> None:
        """Close the port."""
        self._driver.end()
