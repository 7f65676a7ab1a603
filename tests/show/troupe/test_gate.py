from __future__ import annotations

import asyncio
from typing import Any

from engine import wire
from engine.fanout import Fanout
from engine.frame import Frame
from show.troupe.gate import STALL, Gate
from tests.kit import frame


class Heard:
    """A fan-out that keeps what is put in."""

    def __init__(self) -> None:
        self.clocks: list[float] = []

    def put(self, shown: Frame, packed: bytes) -> None:
        self.clocks.append(shown.clock)


class Troupe:
    """A troupe that answers when the test lets it."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.told: list[dict[str, Any]] = []

    def tell(self, **changes: Any) -> None:
        self.told.append(changes)

    async def still_mine(self) -> bool:
        return await self.answer


def gate_of(troupe: Troupe | None) -> tuple[Gate, Heard, Heard]:
    pages, outputs = Heard(), Heard()
    gate = Gate(_fanout(pages), _fanout(outputs), troupe, now=lambda: pages.clocks[-1])  # type: ignore[arg-type]
    return gate, pages, outputs


def _fanout(heard: Heard) -> Fanout:
    return heard  # type: ignore[return-value]


def put(gate: Gate, *clocks: float) -> None:
    for clock in clocks:
        shown = frame(clock, clock)
        gate.put(shown, wire.pack(shown))


async def test_a_closed_gate_lets_frames_to_the_pages_only() -> None:
    gate, pages, outputs = gate_of(None)
    put(gate, 1.0, 1.1)
    gate.is_open = True
    put(gate, 1.2)
    assert (pages.clocks, outputs.clocks) == ([1.0, 1.1, 1.2], [1.2])


async def test_an_engine_that_is_alone_never_doubts() -> None:
    gate, _, outputs = gate_of(None)
    gate.is_open = True
    put(gate, 1.0, 60.0, 60.1)
    assert outputs.clocks == [1.0, 60.0, 60.1]


async def test_after_standing_still_nothing_goes_out_until_the_broker_has_answered() -> None:
    for mine in (True, False):
        troupe = Troupe()
        gate, pages, outputs = gate_of(troupe)
        gate.is_open = True
        put(gate, 1.0, 1.0 + STALL / 2, 9.0, 9.1)
        await asyncio.sleep(0)
        put(gate, 9.2)
        assert outputs.clocks == [1.0, 1.0 + STALL / 2]
        troupe.answer.set_result(mine)
        for _ in range(3):
            await asyncio.sleep(0)
        put(gate, 9.3)
        assert (9.3 in outputs.clocks) is mine
        assert pages.clocks[-1] == 9.3


async def test_the_troupe_is_told_the_hash_of_a_frame_a_second() -> None:
    troupe = Troupe()
    gate, _, _ = gate_of(troupe)
    for n in range(125):
        put(gate, n / 60)
    assert [told["frame"] for told in troupe.told] == [0, 60, 120]
    assert len({told["hash"] for told in troupe.told}) == 3
