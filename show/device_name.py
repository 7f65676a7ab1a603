"""Names of devices, as people write them: a part is enough, since the rest changes."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence


def matching(pattern: str, names: Sequence[str]) -> str | None:
    """Give the first name that a pattern fits: a part of it, or with * and ? all of it."""
    wanted = pattern.casefold()
    if not any(c in wanted for c in "*?"):
        wanted = f"*{wanted.replace('[', '[[]')}*"
    return next((name for name in names if fnmatch.fnmatchcase(name.casefold(), wanted)), None)
