"""Documents of an agent, and the jobs that load them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Optional

from pydantic import Field

from memgpt_autogen.memory.storage.runs.jobs import Job
from memgpt_autogen.service.schemas.base import Answer


class SourceAnswer(Answer):
    """A document in an archive."""

    name: str
    origin: str
    """The name of the file, or the address; empty for a text."""
    kind: str
    passages: int
    sections: int
    pages: int
    """0 if documents of its kind have no pages."""
    characters: int
    attached_at: datetime
    ready: bool
    """Whether the whole document is there."""
    archive: Optional[str]
    """The shared archive that it is in; null for the agent's own."""


class LoadedAnswer(Answer):
    """What a load did."""

    came: list[str] = Field(default_factory=list)
    changed: list[str] = Field(default_factory=list)
    unchanged: list[str] = Field(default_factory=list)
    passages: int = 0
    notes: list[str] = Field(default_factory=list)
    """What was left out, or is not sure."""


class JobAnswer(Answer):
    """Work of the server, and how far it is."""

    id: str
    kind: str
    """`load` loads a document."""
    agent_id: Optional[str]
    what: str
    """The name of the document."""
    state: Literal["queued", "running", "ended", "failed"]
    done: int
    """How many bytes of `total` are loaded; without a `total`, how many passages."""
    total: Optional[int]
    result: Optional[LoadedAnswer]
    """null until it has ended."""
    error: Optional[str]
    """Why it failed, and what to do."""
    created_at: datetime
    ended_at: Optional[datetime]

    @classmethod
    def of(cls, job: Job) -> JobAnswer:
        about = {name: getattr(job, name) for name in cls.model_fields if name != "result"}
        result = LoadedAnswer.model_validate(dict(job.result)) if job.state == "ended" else None
        return cls(**about, result=result)
