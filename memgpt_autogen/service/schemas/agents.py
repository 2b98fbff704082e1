"""Agents, their first blocks, and the reports of what was deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Optional

from pydantic import Field

from memgpt_autogen.memory.context.block import DEFAULT_LIMIT, LARGEST_LIMIT, Block
from memgpt_autogen.memory.upkeep.forget_report import ForgetRequest
from memgpt_autogen.service.agents import AgentDetail
from memgpt_autogen.service.schemas.base import Answer, Body, Moment

# the most characters of texts in a request; a block's own limit is smaller
LONGEST_TEXT = 100_000

Name = Annotated[str, Field(min_length=1, max_length=64, examples=["sam"])]


class ActivityAnswer(Answer):
    """What an agent does now."""

    running: bool
    """Whether it is in a turn, or in another change of its memory, of whichever process."""
    queued: int
    """The runs that wait for a turn."""
    suspended: int
    """The runs that wait for results or approvals."""


class ActiveAgentAnswer(Answer):
    """An agent that does something now."""

    id: str
    activity: ActivityAnswer


class LastWordsAnswer(Answer):
    """What was said last to an agent or by it."""

    text: str
    """At most the first 240 characters."""
    speaker: Optional[str]
    """Who said it; null for the agent itself."""
    time: datetime


class OverviewAnswer(Answer):
    """What a list tells of an agent."""

    persona: str
    """At most the first 240 characters."""
    human: str
    """At most the first 240 characters."""
    last_words: Optional[LastWordsAnswer]
    """null before anything was said."""
    tokens_today: int
    """What its runs used in the last 24 hours."""
    activity: ActivityAnswer


class AgentRecordAnswer(Answer):
    """An agent, and how much happened with it."""

    id: str
    name: str
    created_at: datetime
    messages: int
    """The messages that anyone said and that were not undone."""
    active_at: Optional[datetime]
    """The time of the newest entry of its log; null before anything happened."""


class AgentAnswer(AgentRecordAnswer):
    """An agent, as a list shows it."""

    overview: OverviewAnswer


class BlockAnswer(Answer):
    """A labelled text that is always in the prompt."""

    label: str
    value: str
    limit: int
    """The most characters that `value` may have."""
    description: str
    read_only: bool
    """Whether the agent may only read it."""
    shared: bool
    """Whether other agents of the user have the same text."""


class AgentDetailAnswer(AgentAnswer):
    """An agent with its core memory."""

    blocks: list[BlockAnswer]
    archive_id: str
    seq: int
    """The number of the newest entry of its log."""

    @classmethod
    def of(cls, detail: AgentDetail) -> AgentDetailAnswer:
        return cls(
            **AgentAnswer.model_validate(detail.agent).model_dump(),
            blocks=[BlockAnswer.model_validate(block) for block in detail.blocks],
            archive_id=detail.archive_id,
            seq=detail.seq,
        )


class NewBlock(Body):
    """A block of a new agent."""

    label: Annotated[str, Field(min_length=1, max_length=64)]
    value: Annotated[str, Field(max_length=LONGEST_TEXT)] = ""
    limit: Annotated[int, Field(ge=1, le=LARGEST_LIMIT)] = DEFAULT_LIMIT
    description: Annotated[str, Field(max_length=LONGEST_TEXT)] = ""
    read_only: bool = False
    shared: bool = False

    def block(self) -> Block:
        return Block(**self.model_dump())


class NewAgent(Body):
    """A new agent. `persona` and `human` are the first texts of the two blocks that each agent has."""

    name: Name
    persona: Annotated[Optional[str], Field(max_length=LONGEST_TEXT)] = None
    human: Annotated[Optional[str], Field(max_length=LONGEST_TEXT)] = None
    blocks: Annotated[list[NewBlock], Field(default_factory=list, max_length=50)]
    archive: Annotated[Optional[str], Field(max_length=120)] = None
    """A shared archive that it reads besides its own; it is created where there is none."""


class AgentChange(Body):
    """What changes of an agent."""

    name: Name


class ForkRequest(Body):
    """A new agent that begins with another one's memory."""

    name: Name
    at: Annotated[Optional[int], Field(ge=0, le=2**31 - 1)] = None
    """The entry of the log that is the newest one of the fork; null is all."""


class ForgetBody(Body):
    """What to forget: everything that matches all of the conditions that are given."""

    speaker: Annotated[Optional[str], Field(max_length=1000)] = None
    source: Annotated[Optional[str], Field(max_length=1000)] = None
    start: Optional[Moment] = None
    end: Optional[Moment] = None
    query: Annotated[Optional[str], Field(max_length=10_000)] = None
    """Exactly these words, as whole words."""
    blocks: Optional[bool] = None
    """Whether blocks lose the sentences that contain some of it; by default only with `query`."""
    shared: bool = False
    """Whether shared blocks and a shared archive lose it too."""
    alike: bool = False
    """Whether what is only alike, such as Jose for José, is deleted too."""
    dry_run: bool = False
    """Whether this only reports what would be deleted."""
    texts: Annotated[int, Field(ge=0, le=200)] = 0
    """How many of the texts the report of a dry run has; the words are those that are to be forgotten."""

    def request(self) -> ForgetRequest:
        return ForgetRequest(**self.model_dump())


class LostTextAnswer(Answer):
    """A text that would be deleted, or that would lose some of its words."""

    what: Literal["message", "entry", "passage", "block"]
    name: Optional[str]
    """Who said it, the source of a passage, or the label of a block."""
    time: Optional[datetime]
    before: str
    after: Optional[str]
    """What is left of it; null if it is deleted."""


class ForgetAnswer(Answer):
    """What was deleted, or would be, in numbers. Only `texts`, which a dry run can ask for, has words."""

    dry_run: bool
    messages: int
    entries: int
    speakers: dict[str, int]
    first: Optional[datetime]
    last: Optional[datetime]
    redacted: dict[str, int]
    """How many other entries of the log lost a quote of it, by kind."""
    summaries: int
    runs: int = 0
    """Runs and jobs of a server that lost inputs, events or results."""
    acts_changed: int = 0
    """Entries of the audit that lost the words."""
    paths_changed: int = 0
    """Documents that stay and whose path lost the words."""
    paths_left: int = 0
    """Documents whose path still contains the words."""
    passages: int
    passages_left: int
    blocks_changed: list[str]
    blocks_left: list[str]
    """Blocks that still contain some of it."""
    alike_left: dict[str, int]
    archives_left: dict[str, int]
    names_left: dict[str, int]
    """How many names that contain it stay, by kind."""
    heard_by: dict[str, int]
    """Other agents of the user that have some of it, and in how many places."""
    forks: list[str]
    known_names: Optional[list[str]]
    """The speakers or sources that there are, if none has the name that was asked for."""
    texts: list[LostTextAnswer] = Field(default_factory=list)
    """For a dry run: the first texts that would be deleted or lose words."""
    scrubbed: bool
    """Whether the storage was cleaned too, so that the words are nowhere in its files."""


class RemovedAnswer(Answer):
    """What was deleted with an agent, or would be."""

    dry_run: bool
    name: str
    messages: int
    passages: int
    blocks: list[str]
    left: list[str]
    """The labels of shared blocks that other agents have too."""
    heard_by: dict[str, int]
    """Other agents of the user that heard it, and how many of its messages each has."""
    forks: list[str]
    scrubbed: bool
