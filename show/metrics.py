"""What Prometheus reads of a running show, at /metrics."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from engine.loop import BUCKETS, Loop
from engine.sinks.websocket import WebSocketSink
from show.desk import Desk, ShowDesk


class _Metrics(Collector):
    """Reads the counters when it is asked, so that counting costs the loop nothing."""

    def __init__(self, desk: Desk, frames: WebSocketSink) -> None:
        self._desk, self._frames = desk, frames

    def collect(self) -> Iterator[Metric]:
        if isinstance(self._desk, ShowDesk):
            yield from _loop(self._desk.loop, self._desk.ticker.late)
        yield GaugeMetricFamily(
            "figurant_clients", "Browsers that receive frames.", self._frames.clients
        )
        sent = CounterMetricFamily(
            "figurant_sink_sent", "Frames that a sink has sent.", labels=["sink", "at"]
        )
        missed = CounterMetricFamily(
            "figurant_sink_missed", "Frames that a sink has missed.", labels=["sink", "at"]
        )
        down = GaugeMetricFamily(
            "figurant_sink_down", "1 while a sink is away, else 0.", labels=["sink", "at"]
        )
        for lane in self._desk.lanes:
            sent.add_metric([lane.sink.url, ""], lane.sent)
            missed.add_metric([lane.sink.url, ""], lane.missed)
            down.add_metric([lane.sink.url, ""], float(lane.error is not None))
        for output in (output for output in self._desk.outputs() if output.at):
            sent.add_metric([output.url, output.at], output.sent)
            missed.add_metric([output.url, output.at], output.missed)
            down.add_metric([output.url, output.at], float(output.error is not None))
        yield sent
        yield missed
        yield down


def registry(desk: Desk, frames: WebSocketSink) -> CollectorRegistry:
    """Give a registry that holds this show's metrics and no others."""
    found = CollectorRegistry()
    found.register(_Metrics(desk, frames))
    return found


def _loop(loop: Loop, late: int) -> Iterator[Metric]:
    yield CounterMetricFamily("figurant_ticks", "Ticks of the show's loop.", loop.ticks)
    yield CounterMetricFamily("figurant_late_ticks", "Ticks that came late or not at all.", late)
    counts, total = [], 0
    for bound, count in zip((*map(str, BUCKETS), "+Inf"), loop.buckets, strict=True):
        total += count
        counts.append((bound, total))
    yield HistogramMetricFamily(
        "figurant_tick_seconds", "What a tick costs.", buckets=counts, sum_value=loop.seconds
    )
