"""Health: how every output of a show is, wherever it is driven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.fanout import Lane
from engine.receiver_report import Health
from engine.sinks.lights import LightsSink
from engine.sinks.websocket import WebSocketSink
from show.driver_process import DriverProcess


@dataclass(frozen=True, slots=True)
class OutputHealth:
    """How an output is, as pages show it.

    at: the machine that drives it and has told so, empty for this process. detail: what a
    person may want to know of its device.
    """

    url: str
    sent: int
    missed: int
    error: str | None
    detail: str
    at: str


def of(lanes: Sequence[Lane[Any]], processes: Sequence[DriverProcess] = ()) -> list[OutputHealth]:
    """Give the health of every output: the lanes', the processes', and what is told from afar.

    Lanes that only serve pages or other outputs are left out.
    """
    found = [
        _shown(lane.health(), "")
        for lane in lanes
        if not isinstance(lane.sink, WebSocketSink | LightsSink)
    ]
    told = [
        (output, report.name)
        for lane in lanes
        if isinstance(lane.sink, WebSocketSink)
        for report in lane.sink.reports
        for output in report.outputs
    ]
    for process in processes:
        own = next((output for output, _ in told if output.url == process.url), None)
        told = [(output, name) for output, name in told if output is not own]
        found.append(_shown(process.health(own), "own process"))
    return found + [_shown(output, name) for output, name in told]


def faults(outputs: Sequence[OutputHealth]) -> list[str]:
    """Give what is wrong, as texts."""
    return [
        f"{output.url}{f' at {output.at}' if output.at else ''}: {output.error}"
        for output in outputs
        if output.error is not None
    ]


def _shown(health: Health, at: str) -> OutputHealth:
    return OutputHealth(health.url, health.sent, health.missed, health.error, health.detail, at)
