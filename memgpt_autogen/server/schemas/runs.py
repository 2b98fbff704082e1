"""Runs: what is asked, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Optional, Union

from pydantic import Field, model_validator

from memgpt_autogen.memory.storage.runs.run_input import Act, run_input
from memgpt_autogen.memory.storage.runs.run_rows import EventRow, IfBusy, NewRun, OnDisconnect, Run, State
from memgpt_autogen.server.schemas.agents import LONGEST_TEXT
from memgpt_autogen.server.schemas.base import Answer, Body
from memgpt_autogen.server.turns.following import event_data

Speaker = Annotated[str, Field(min_length=1, max_length=64)]


class SaidBody(Body):
    """Something that somebody said."""

    text: Annotated[str, Field(max_length=LONGEST_TEXT)]
    speaker: Optional[Speaker] = None
    content: Optional[list[dict[str, Any]]] = None
    """The parts of the message in the chat API's form, such as images."""
    chat: Optional[Speaker] = None
    """The name of the group chat in which it was said."""


class NewRunBody(Body):
    """A turn that is asked for."""

    input: Union[
        Annotated[str, Field(max_length=LONGEST_TEXT)], Annotated[list[SaidBody], Field(max_length=100)]
    ] = ""
    """What is said: a text, or messages in order. Only `say` has one."""
    speaker: Optional[Speaker] = None
    """Who says it; by default the user."""
    chat: Optional[Speaker] = None
    """The name of the group chat in which it is said."""
    act: Act = "say"
    """`say`, or why the agent acts without words: `login`, `heartbeat`, or `retry` of its last turn."""
    tools: Annotated[list[dict[str, Any]], Field(max_length=128, default_factory=list)]
    """Functions in the chat API's form. The run is suspended when the agent calls one."""
    instructions: Annotated[str, Field(max_length=LONGEST_TEXT)] = ""
    stream: bool = False
    """Answer with the stream of the run's events."""
    background: bool = True
    """Answer when the run is accepted (202); false waits until it has ended or is suspended."""
    if_busy: IfBusy = "enqueue"
    """Where the agent is busy: wait, be refused (409), or cancel what runs and be the next."""
    on_disconnect: OnDisconnect = "continue"
    """Whether the end of the stream's connection cancels the run."""

    @model_validator(mode="after")
    def _says_something(self) -> NewRunBody:
        if bool(self.input) != (self.act == "say"):
            raise ValueError("act=say needs an input, and the other acts have none")
        return self

    def speakers(self) -> set[str]:
        """Return the names that are given as speakers."""
        said = [] if isinstance(self.input, str) else self.input
        return {name for name in (self.speaker, *(each.speaker for each in said)) if name}

    def new(self, agent_id: str, user: str, idempotency_key: Optional[str], key_id: Optional[str]) -> NewRun:
        """Return the run as it is asked of the executor. `user` is who speaks by default."""
        said = [SaidBody(text=self.input)] if isinstance(self.input, str) else self.input
        usual = {"speaker": self.speaker or user, **({"chat": self.chat} if self.chat else {})}
        given = run_input(
            *(
                {
                    **usual,
                    **each.model_dump(exclude_none=True),
                }
                for each in (said if self.act == "say" else ())
            ),
            act=self.act,
            speaker=self.speaker or user,
            tools=self.tools,
            instructions=self.instructions,
        )
        return NewRun(
            agent_id,
            given,
            if_busy=self.if_busy,
            on_disconnect=self.on_disconnect,
            idempotency_key=idempotency_key,
            key_id=key_id,
        )


class RunAnswer(Answer):
    """A run."""

    id: str
    agent_id: str
    state: State
    stop_reason: Optional[str]
    """Why its turn ended, such as `yielded`, `suspended`, `cancelled` or a limit."""
    place: int = 0
    """How many runs of the agent come before it."""
    created: datetime
    started: Optional[datetime]
    ended: Optional[datetime]
    error: Optional[str]
    steps: int
    prompt_tokens: int
    completion_tokens: int
    cost: Optional[float]
    replies: list[str] = Field(default_factory=list)
    """What the agent has said, where its end was waited for."""

    @classmethod
    def of(cls, run: Run, place: int = 0, replies: Sequence[str] = ()) -> RunAnswer:
        return cls.model_validate(run).model_copy(update={"place": place, "replies": list(replies)})


class ResultBody(Body):
    """The result of a call that the agent waits for."""

    text: Annotated[str, Field(max_length=LONGEST_TEXT)]
    ok: bool = True
    """Whether the call succeeded."""


class ResultsBody(Body):
    """Results by the id of the call, as the event `suspended` has it."""

    results: Annotated[dict[str, ResultBody], Field(min_length=1, max_length=128)]

    def plain(self) -> dict[str, Mapping[str, Any]]:
        return {call: result.model_dump() for call, result in self.results.items()}


class EventAnswer(Answer):
    """An event of a run."""

    number: int
    kind: str
    data: dict[str, Any]


class EventsAnswer(Answer):
    """Events of a run after a number."""

    items: list[EventAnswer]
    state: State
    """The state of the run before they were read. After `ended`, `failed` and `cancelled` none follow."""

    @classmethod
    def of(cls, run: Run, rows: Sequence[EventRow]) -> EventsAnswer:
        items = [EventAnswer(number=row.number, kind=row.kind, data=event_data(run.id, row)) for row in rows]
        return cls(items=items, state=run.state)
