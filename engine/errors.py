"""Every error that Figurant raises for a person to read.

FigurantError
├── ProductionError   show.toml and the files a production names
├── ModelError        a model file, or metadata that do not fit
├── ClipError         a clip, or motion that cannot be imported
├── RecordingError    a recording that cannot be written or replayed
├── AddressError      a URL, host, port or device
└── TrainingError     a run that cannot start, resume or go on
"""

from __future__ import annotations


class FigurantError(Exception):
    """One line for a person: where, which key, what was found and what was expected.

    where: the file, device or address. key: the place inside it ("cue 3 · fade").
    """

    def __init__(
        self,
        where: object,
        key: str | None = None,
        *,
        found: object | None = None,
        expected: object | None = None,
    ) -> None:
        self.where, self.key, self.found, self.expected = where, key, found, expected
        parts = [str(where)]
        if key:
            parts.append(key)
        detail = []
        if found is not None:
            detail.append(f"found {found}")
        if expected is not None:
            detail.append(f"expected {expected}")
        if detail:
            parts.append(", ".join(detail))
        super().__init__(": ".join(parts))


class ProductionError(FigurantError):
    """show.toml, or a file it names, is missing or wrong."""


class ModelError(FigurantError):
    """A model file cannot be used."""


class ClipError(FigurantError):
    """A clip or a motion file cannot be read."""


class RecordingError(FigurantError):
    """A recording cannot be written or replayed."""


class AddressError(FigurantError):
    """A URL, host, port or device cannot be used."""


class TrainingError(FigurantError):
    """A training run cannot start, resume or go on."""
