"""Figures: what the gate counts, in the text format of Prometheus, for `/metrics`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from foretaste.service.faces import Figures


class GateCollector(Collector):
    """Asks the gate for its figures when somebody looks, and keeps none by itself."""

    def __init__(self, figures: Callable[[], Figures], streams: Callable[[], int]) -> None:
        self._figures = figures
        self._streams = streams

    def describe(self) -> Iterable[Metric]:
        """Say nothing before there is a gate to ask."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Yield every figure."""
        figures = self._figures()
        yield CounterMetricFamily("foretaste_landings", "Items landed.", value=figures.landings)
        yield CounterMetricFamily(
            "foretaste_tree_mismatches",
            "Landings after which the branch's tree was not the tested one: always 0.",
            value=figures.tree_mismatches,
        )
        builds = GaugeMetricFamily("foretaste_builds", "Builds by state.", labels=["state"])
        for state, count in sorted(figures.builds.items()):
            builds.add_metric([state], count)
        yield builds
        queued = GaugeMetricFamily("foretaste_queue_items", "Items in a queue.", labels=["queue"])
        for queue, count in sorted(figures.queued.items()):
            queued.add_metric([queue], count)
        yield queued
        yield SummaryMetricFamily(
            "foretaste_tick_seconds",
            "Time that the gate took to note, plan and act.",
            count_value=figures.ticks,
            sum_value=figures.tick_seconds,
        )
        yield GaugeMetricFamily(
            "foretaste_event_streams", "Open streams of live events.", value=self._streams()
        )
