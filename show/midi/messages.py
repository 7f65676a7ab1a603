"""Messages from the bytes that come: mido's parser, which nothing that comes can upset."""

from __future__ import annotations

from collections.abc import Sequence

import mido

LONGEST = 64 * 1024
"""Bytes after which a message that has no end is given up."""


class MessageParser:
    """Takes bytes as they come, in pieces of any length, and gives whole messages.

    refused: messages that were no MIDI.
    """

    def __init__(self) -> None:
        self.refused = 0
        self._parser = mido.Parser()
        self._fed = 0

    def feed(self, data: Sequence[int]) -> list[mido.Message]:
        """Give the messages that these bytes complete, in order."""
        try:
            self._parser.feed(data)
            found = list(self._parser)
        except ValueError:
            found = []
            self.refused += 1
            self._parser = mido.Parser()
        self._fed = 0 if found else self._fed + len(data)
        if self._fed > LONGEST:
            self.refused += 1
            self._parser, self._fed = mido.Parser(), 0
        return found
