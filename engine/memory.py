"""Checkpoints in memory: as many as fit, laid wider apart when they get more."""

from __future__ import annotations

import bisect
from collections.abc import Collection
from itertools import chain

from engine.state import State


class Memory:
    """Keeps states by the mark that says what had happened until then (engine/performance.py).

    most: how many are kept. every: steps between two of them.
    """

    def __init__(self, most: int, every: int) -> None:
        self.every = every
        self._most = most
        self._states: dict[bytes, list[State]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._states.values()))

    def refresh(self) -> None:
        """Do nothing: all that is here is known."""

    def last(self, mark: bytes, step: int) -> int | None:
        """Give the last step, not after `step`, of a state with a mark."""
        state = self.find(mark, step)
        return None if state is None else state.step

    def find(self, mark: bytes, step: int) -> State | None:
        """Give the state that `last` tells of."""
        states = self._states.get(mark, [])
        found = bisect.bisect_right(states, step, key=lambda state: state.step)
        return states[found - 1] if found else None

    def put(self, mark: bytes, state: State, marks: Collection[bytes]) -> None:
        """Keep a state, if there is one to be kept here.

        marks: those of the story that is told now; the states of others may go.
        """
        if state.step % self.every:
            return
        states = self._states.setdefault(mark, [])
        i = bisect.bisect_left(states, state.step, key=lambda state: state.step)
        if i == len(states) or states[i].step != state.step:
            states.insert(i, state)
        else:
            states[i] = state
        if len(self) > self._most:
            self._states = {m: found for m, found in self._states.items() if m in marks}
        while len(self) > self._most:
            self._thin()

    def _thin(self) -> None:
        self.every *= 2
        for mark, states in list(self._states.items()):
            self._states[mark] = [s for s in states if s.step % self.every == 0]

    def steps(self) -> list[int]:
        """Give the steps of all that is kept, in order."""
        return sorted(state.step for state in chain.from_iterable(self._states.values()))
