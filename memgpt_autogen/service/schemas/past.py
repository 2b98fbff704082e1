"""The past of an agent: states, differences, and what was taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Optional

from pydantic import Field

from memgpt_autogen.events import Evicted
from memgpt_autogen.memory.history.history import Change, Changes, MemoryState
from memgpt_autogen.memory.history.relatives import Relation, Relative
from memgpt_autogen.memory.storage.agents import AgentRecord
from memgpt_autogen.messages import Message
from memgpt_autogen.service.pages import Page
from memgpt_autogen.service.past import Difference
from memgpt_autogen.service.schemas.agents import LONGEST_TEXT, AgentRecordAnswer, BlockAnswer
from memgpt_autogen.service.schemas.base import Answer, Body, PageOf
from memgpt_autogen.service.schemas.blocks import ChangeAnswer
from memgpt_autogen.service.schemas.log import EntryAnswer
from memgpt_autogen.text.safe import clean_text


class HistoryAnswer(PageOf[ChangeAnswer]):
    """A page of the changes of memory."""

    standing: list[int]
    """The numbers of all changes that `undo` can take back, the next one first."""
    undone: list[int] = Field(default_factory=list)
    """The numbers of all changes that `redo` can do again, the next one first."""

    @classmethod
    def of_all(cls, page: Page[Change], every: Changes) -> HistoryAnswer:
        items = [ChangeAnswer.model_validate(each) for each in page.items]
        return cls(items=items, next=page.next, standing=list(every.standing()), undone=list(every.undone()))


class ForkAnswer(AgentRecordAnswer):
    """An agent whose log begins as another one's."""

    relation: Relation
    """What it is: a `fork` of that agent, its `origin`, a `sibling` with the same origin, or a `copy`."""
    common_seq: int
    """The newest entry that both logs have."""

    @classmethod
    def of(cls, record: AgentRecord, relative: Relative) -> ForkAnswer:
        return cls(
            id=record.id,
            name=record.name,
            created_at=record.made,
            messages=record.messages,
            active_at=record.last,
            relation=relative.relation,
            common_seq=relative.seq,
        )


class SummaryAnswer(Answer):
    """The summary of everything up to an entry."""

    through_seq: int
    text: str
    source: Literal["model", "extract"]
    """Who wrote it: the model, or the rules that stand in for it."""
    time: datetime


class StateAnswer(Answer):
    """The memory of an agent as it was when an entry was the newest one."""

    seq: int
    time: Optional[datetime]
    """The time of that entry; null for the start."""
    blocks: list[BlockAnswer]
    summary: Optional[SummaryAnswer]
    queue: list[EntryAnswer]
    """The newest entries that were in the prompt, oldest first."""
    queue_entries: int
    """How many entries were in the prompt."""
    messages: int
    """How many messages a search could find."""
    taken_back: int
    """How many entries were taken back at that time."""

    @classmethod
    def of(cls, state: MemoryState, most: int) -> StateAnswer:
        queue = state.queue
        return cls(
            seq=state.seq,
            time=state.time,
            blocks=[BlockAnswer.model_validate(block) for block in state.blocks],
            summary=None if state.summary is None else SummaryAnswer.model_validate(state.summary),
            queue=[EntryAnswer.of(entry) for entry in queue[max(0, len(queue) - most) :]],
            queue_entries=len(queue),
            messages=len(state.said(state.seq)),
            taken_back=len(state.hidden),
        )


class TextDifferenceAnswer(Answer):
    """What differs in one text; null where it was not there."""

    label: Optional[str]
    """The block; null for the summary."""
    before: Optional[str]
    after: Optional[str]
    lines: list[str]
    """The difference line by line: those that begin with `-` are gone, and those with `+` are new."""


class DifferenceAnswer(Answer):
    """What differs between the memory at two entries."""

    first: int
    second: int
    times: list[Optional[datetime]] = Field(default_factory=list)
    """The times of the two entries; null for the start."""
    blocks: list[TextDifferenceAnswer]
    """The blocks that differ."""
    summary: Optional[TextDifferenceAnswer]
    """null if it is the same."""
    messages: list[int]
    """How many messages a search could find, before and after."""
    taken_back: int
    """How many entries of the first state are not in the second one."""

    @classmethod
    def of(cls, found: Difference) -> DifferenceAnswer:
        states = found.before, found.after
        return cls(
            first=found.before.seq,
            second=found.after.seq,
            times=[state.time for state in states],
            blocks=[TextDifferenceAnswer.model_validate(each) for each in found.blocks],
            summary=None if found.summary is None else TextDifferenceAnswer.model_validate(found.summary),
            messages=[len(state.said(state.seq)) for state in states],
            taken_back=found.taken_back,
        )


class Steps(Body):
    """How many changes."""

    steps: Annotated[int, Field(ge=1, le=1000)] = 1


class Count(Body):
    """How many messages."""

    count: Annotated[int, Field(ge=1, le=1000)] = 1


class NewText(Body):
    """A text in place of another one."""

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]


class ChangesAnswer(Answer):
    """What was changed, oldest first."""

    items: list[ChangeAnswer]

    @classmethod
    def of(cls, changes: tuple[Change, ...]) -> ChangesAnswer:
        return cls(items=[ChangeAnswer.model_validate(each) for each in changes])


class PoppedMessage(Answer):
    """A message that was taken back."""

    name: Optional[str]
    """Who said it; null for the agent itself."""
    text: str
    time: datetime


class PoppedAnswer(Answer):
    """The messages that were taken back, oldest first."""

    items: list[PoppedMessage]

    @classmethod
    def of(cls, messages: list[Message]) -> PoppedAnswer:
        return cls(
            items=[
                PoppedMessage(
                    name=None if each.name is None else clean_text(each.name),
                    text=clean_text(each.spoken or ""),
                    time=each.time,
                )
                for each in messages
            ]
        )


class ReplacedAnswer(Answer):
    """A text that was replaced."""

    before: str
    after: str


class CompactedAnswer(Answer):
    """What was evicted from the prompt into the summary."""

    evicted: bool
    """Whether there was anything to evict."""
    messages: int
    tokens_before: int
    tokens_after: int
    summary: Optional[str]

    @classmethod
    def of(cls, evicted: Evicted | None) -> CompactedAnswer:
        if evicted is None:
            return cls(evicted=False, messages=0, tokens_before=0, tokens_after=0, summary=None)
        return cls(
            evicted=True,
            messages=evicted.messages,
            tokens_before=evicted.tokens_before,
            tokens_after=evicted.tokens_after,
            summary=evicted.summary,
        )
