"""Counts for Prometheus: requests by route, and their seconds. No texts, no names of users or agents."""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

# several workers write their counts into this folder, and any of them can return the sum
FOLDER = "PROMETHEUS_MULTIPROC_DIR"

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)


class Metrics:
    """The counts of one server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "memgpt_requests", "Answered requests.", ("method", "route", "status"), registry=self._registry
        )
        self.seconds = Histogram(
            "memgpt_request_seconds",
            "Seconds until an answer was complete.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.running = Gauge(
            "memgpt_requests_running",
            "Requests that are being answered.",
            registry=self._registry,
            multiprocess_mode="livesum",
        )

    def text(self) -> bytes:
        """All counts, in the text format of Prometheus."""
        if FOLDER not in os.environ:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
