"""How a server is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from memgpt_autogen.memory.storage.runs.counts import ServerCounts
from memgpt_autogen.service.readiness import Part
from memgpt_autogen.service.schemas.base import Answer


class Health(Answer):
    """The server answers."""

    status: Literal["ok"]
    version: str


class PartState(Answer):
    """How one part of the server is."""

    name: Literal["database", "index", "model"]
    ok: bool
    detail: str
    """In words, without addresses."""


class Waiting(Answer):
    """What waits and runs, of all users and servers of the home."""

    queued: int
    """Runs that wait for a free place, or for a run of the same agent."""
    running: int
    suspended: int
    """Runs that wait for results or approvals."""
    oldest_queued_seconds: float
    """How long the run waits that has waited the longest."""
    loading: int
    """Documents that are being loaded, or wait for it."""
    archives_undelivered: int
    """How many archives have passages that wait for their Qdrant server."""

    @classmethod
    def of(cls, counts: ServerCounts) -> Waiting:
        return cls(
            queued=counts.runs.get("queued", 0),
            running=counts.runs.get("running", 0),
            suspended=counts.runs.get("suspended", 0),
            oldest_queued_seconds=counts.oldest_queued_seconds,
            loading=sum(counts.jobs.values()),
            archives_undelivered=counts.archives_undelivered,
        )


class Readiness(Answer):
    """Whether the server can serve now."""

    ready: bool
    parts: list[PartState]

    @classmethod
    def of(cls, parts: Sequence[Part]) -> Readiness:
        """A model that does not answer is only reported: the server serves without it."""
        found = [PartState.model_validate(each) for each in parts]
        return cls(ready=all(part.ok for part in found if part.name != "model"), parts=found)


class ServerState(Readiness):
    """How the server is, and what waits."""

    version: str
    waiting: Waiting

    @classmethod
    def with_counts(cls, readiness: Readiness, counts: ServerCounts, version: str) -> ServerState:
        return cls(
            ready=readiness.ready,
            parts=readiness.parts,
            version=version,
            waiting=Waiting.of(counts),
        )
