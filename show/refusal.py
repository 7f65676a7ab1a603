"""The refusal: what a person or a desk asked for in a running show, and will not get."""

from __future__ import annotations

from engine.errors import FigurantError


class RefusedError(FigurantError):
    """A command of a running show is refused; the show goes on as it was."""
