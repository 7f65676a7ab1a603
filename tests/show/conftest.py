"""What the show's tests may ask for."""

from __future__ import annotations

from tests.jack import jack

__all__ = ["jack"]
