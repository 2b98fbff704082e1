"""Counts for Prometheus: requests, turns, calls of models, tokens, and what waits.

They have no texts, and no names or ids of users and agents. Several workers of one server write their counts
into a folder, and any of them returns the sum. What waits is counted in the database, for all servers of a
home.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from memgpt_autogen.errors import StorageError
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.memory.qdrant.client.availability import servers_away
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.runs.counts import ServerCounts, server_counts
from memgpt_autogen.memory.storage.runs.run_rows import Run
from memgpt_autogen.messages import now
from memgpt_autogen.server.tracing import model_span, run_span
from memgpt_autogen.service.turns.observing import TurnSeen

# several workers write their counts into this folder, and any of them can return the sum
FOLDER = "PROMETHEUS_MULTIPROC_DIR"

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)

_TURN_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)

# a gauge of a process that may have ended
_LIVE_FILE = re.compile(r"gauge_live[a-z]+_([0-9]{1,10})\.db")


class Metrics:
    """The counts of one server. It observes the turns of its executor."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._is_shared = FOLDER in os.environ
        """Whether another process may return the counts of this one."""
        self.requests = self._counter("requests", "Answered requests.", "method", "route", "status")
        self.seconds = self._histogram(
            "request_seconds", "Seconds until an answer was complete.", _SECONDS, "route"
        )
        self.running = self._gauge("requests_running", "Requests that are being answered.")
        self._turns = self._counter(
            "turns",
            "Turns that workers played, by how they left them: ended, failed, cancelled, suspended, left.",
            "state",
            "stop_reason",
        )
        self._turns_running = self._gauge("turns_running", "Turns that run in this server.")
        self._turn_seconds = self._histogram("turn_seconds", "Seconds of a turn.", _TURN_SECONDS)
        self._waiting_seconds = self._histogram(
            "turn_waiting_seconds", "Seconds that a turn waited before it began.", _TURN_SECONDS
        )
        self._model_seconds = self._histogram(
            "model_call_seconds", "Seconds of a call of the model.", _TURN_SECONDS, "outcome"
        )
        tokens = self._counter("tokens", "Tokens, as the endpoint counts them.", "kind")
        self._prompt_tokens, self._completion_tokens = tokens.labels("prompt"), tokens.labels("completion")
        self.streams = self._gauge("streams_open", "Streams of events that are open.")
        self._agents = self._gauge("agents_open", "Agents that are open.")
        self._away = self._gauge("qdrant_servers_away", "Qdrant servers that do not answer.", mode="livemax")
        self.agents_open: Callable[[], int] = lambda: 0
        """How many agents this process has open."""

    def text(self, database: Database | None = None) -> bytes:
        """All counts, in the text format of Prometheus; those of the database only if it answers."""
        self._note_process()
        waiting = CollectorRegistry()
        if database is not None:
            with suppress(StorageError):
                _add_counts(waiting, server_counts(database))
        if FOLDER not in os.environ:
            return generate_latest(self._registry) + generate_latest(waiting)
        _forget_dead(Path(os.environ[FOLDER]))
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry) + generate_latest(waiting)

    # What an executor tells

    @contextmanager
    def turn(self, run: Run) -> Iterator[Callable[[TurnSeen], object]]:
        """Count a turn, and open its span."""
        seen: TurnSeen | None = None

        def told(how: TurnSeen) -> None:
            nonlocal seen
            seen = how

        began = now()
        self._turns_running.inc()
        try:
            with run_span(run.trace, run.id) as span:
                yield told
                if seen is not None:
                    about = {"memgpt.state": seen.state, "memgpt.stop_reason": seen.stop_reason}
                    span.set(about, failed=seen.state == "failed")
        finally:
            if seen is not None:  # else the run does not exist
                self._count(run, seen, began)
            if self._is_shared:
                self._note_process()
            self._turns_running.dec()

    @contextmanager
    def model_call(self, model: str) -> Iterator[Callable[[Usage], object]]:
        """Count a call of a model, and open its span."""
        outcome, began = "failed", now()

        with model_span(model) as told_span:

            def told(usage: Usage) -> None:
                nonlocal outcome
                outcome = "answered"
                self._prompt_tokens.inc(usage.prompt_tokens)
                self._completion_tokens.inc(usage.completion_tokens)
                told_span(usage)

            try:
                yield told
            finally:
                self._model_seconds.labels(outcome).observe((now() - began).total_seconds())

    def _count(self, run: Run, seen: TurnSeen, began: datetime) -> None:
        if run.heard_seq is None and run.attempts <= 1:
            self._waiting_seconds.observe(max(0.0, (began - run.created).total_seconds()))
        self._turns.labels(seen.state, seen.stop_reason).inc()
        self._turn_seconds.observe((now() - began).total_seconds())

    def _note_process(self) -> None:
        self._agents.set(self.agents_open())
        self._away.set(servers_away())

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"memgpt_{name}", text, labels, registry=self._registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"memgpt_{name}", text, labels, buckets=buckets, registry=self._registry)

    def _gauge(self, name: str, text: str, mode: Literal["livesum", "livemax"] = "livesum") -> Gauge:
        return Gauge(f"memgpt_{name}", text, registry=self._registry, multiprocess_mode=mode)


def _add_counts(registry: CollectorRegistry, counts: ServerCounts) -> None:
    """Add what is the same from every server of the home: take the maximum of several, not the sum."""
    runs = Gauge("memgpt_runs", "Runs that go on, of all servers of the home.", ("state",), registry=registry)
    for state in ("queued", "running", "suspended"):
        runs.labels(state).set(counts.runs.get(state, 0))
    jobs = Gauge("memgpt_jobs", "Jobs that go on, of all servers of the home.", ("state",), registry=registry)
    for state in ("queued", "running"):
        jobs.labels(state).set(counts.jobs.get(state, 0))
    Gauge(
        "memgpt_queue_oldest_seconds", "How long the run waits that waits the longest.", registry=registry
    ).set(counts.oldest_queued_seconds)
    Gauge(
        "memgpt_archives_undelivered",
        "Archives with passages that wait until their Qdrant server answers.",
        registry=registry,
    ).set(counts.archives_undelivered)


def _forget_dead(folder: Path) -> None:
    """Delete what processes that were killed have left of what counts only while they live."""
    for file in folder.iterdir():
        found = _LIVE_FILE.fullmatch(file.name)
        if found is not None and not _lives(int(found[1])):
            mark_process_dead(int(found[1]), str(folder))  # type: ignore[no-untyped-call]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
