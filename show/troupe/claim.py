"""The claim: which engine of several plays. Pure; what was heard goes in, what to say comes out.

Every claim has an epoch, one more than the last, and the highest holds; of two engines that
claimed the same epoch at once the one whose name sorts last. So all who hear the same
claims, in whatever order, come to the same end, and an engine that was away and comes back
with an old claim knows at once that it is not the one any more.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """An engine says that it plays from now on."""

    epoch: int
    name: str

    def to_json(self) -> str:
        """Give the claim as it is published, retained."""
        return json.dumps(asdict(self))


def read(payload: bytes) -> Claim:
    """Give the claim in a payload; raises ValueError for anything else."""
    try:
        told = json.loads(payload)
        return Claim(int(told["epoch"]), str(told["name"]))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"found no claim: {error}") from None


class Claims:
    """What one engine knows of the claims. holds: the highest one, None before the first."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.holds: Claim | None = None

    @property
    def mine(self) -> bool:
        """Whether this engine plays."""
        return self.holds is not None and self.holds.name == self.name

    def next(self) -> Claim:
        """Give the claim by which this engine would take over."""
        return Claim(1 if self.holds is None else self.holds.epoch + 1, self.name)

    def hear(self, claim: Claim) -> Claim | None:
        """Take a claim in; give one to say again, since a lower one has overwritten it."""
        if self.holds is None or claim > self.holds:
            self.holds = claim
        elif claim < self.holds and self.mine:
            return self.holds
        return None
