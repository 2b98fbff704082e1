"""Runs: what is asked, and how far it is."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Optional, Union

from pydantic import Field, field_validator, model_validator

from memgpt_autogen.images import Image, images_in
from memgpt_autogen.memory.storage.runs.answers import WaitingCall
from memgpt_autogen.memory.storage.runs.run_input import Act, run_input
from memgpt_autogen.memory.storage.runs.run_rows import EventRow, IfBusy, NewRun, OnDisconnect, Run, State
from memgpt_autogen.service.schemas.agents import LONGEST_TEXT
from memgpt_autogen.service.schemas.base import Answer, Body
from memgpt_autogen.service.turns.following import event_data

MOST_RESULT_SECONDS = 7 * 24 * 3600

_FUNCTION = re.compile(r"[A-Za-z0-9_-]{1,64}")

Speaker = Annotated[str, Field(min_length=1, max_length=64)]


def check_tool(tool: Any) -> None:
    """Raise `ValueError` for what is no function in the chat API's form."""
    function = tool.get("function") if isinstance(tool, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    if not (isinstance(name, str) and _FUNCTION.fullmatch(name)):
        raise ValueError(
            'a tool is {"type": "function", "function": {"name": …, "parameters": …}}, and its '
            "name has 1 to 64 letters, digits, '_' and '-'"
        )


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
    result_seconds: Annotated[Optional[int], Field(ge=1, le=MOST_RESULT_SECONDS)] = None
    """How long a suspended run waits for results and approvals; an hour by default, a week at most."""
    instructions: Annotated[str, Field(max_length=LONGEST_TEXT)] = ""
    stream: bool = False
    """Answer with the stream of the run's events."""
    background: bool = True
    """Answer when the run is accepted (202); false waits until it has ended or is suspended."""
    if_busy: IfBusy = "enqueue"
    """Where the agent is busy: wait, be refused (409), or cancel what runs and be the next."""
    on_disconnect: OnDisconnect = "continue"
    """Whether the end of the stream's connection cancels the run."""

    @field_validator("tools")
    @classmethod
    def _have_names(cls, tools: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for tool in tools:
            check_tool(tool)
        return tools

    @model_validator(mode="after")
    def _says_something(self) -> NewRunBody:
        if bool(self.input) != (self.act == "say"):
            raise ValueError("act=say needs an input, and the other acts have none")
        return self

    def pictures(self) -> list[Image]:
        """Return the images of the messages."""
        said = [] if isinstance(self.input, str) else self.input
        return [image for each in said for image in images_in(each.content)]

    def speakers(self) -> set[str]:
        """Return the names that are given as speakers."""
        said = [] if isinstance(self.input, str) else self.input
        return {name for name in (self.speaker, *(each.speaker for each in said)) if name}

    def new(
        self,
        agent_id: str,
        user: str,
        idempotency_key: Optional[str],
        key_id: Optional[str],
        run_id: str = "",
    ) -> NewRun:
        """Return the run as it is asked of the executor. `user` is who speaks by default."""
        said = (
            [{"text": self.input}]
            if isinstance(self.input, str)
            else [each.model_dump(exclude_none=True) for each in self.input]
        )
        usual = {"speaker": self.speaker or user, **({"chat": self.chat} if self.chat else {})}
        given = run_input(
            *({**usual, **each} for each in (said if self.act == "say" else ())),
            act=self.act,
            speaker=self.speaker or user,
            tools=self.tools,
            instructions=self.instructions,
            result_seconds=self.result_seconds,
        )
        return NewRun(
            agent_id,
            given,
            if_busy=self.if_busy,
            on_disconnect=self.on_disconnect,
            idempotency_key=idempotency_key,
            key_id=key_id,
            id=run_id or str(uuid.uuid4()),
        )


class WaitingAnswer(Answer):
    """A call that a suspended run waits for."""

    id: str
    name: str
    arguments: str
    """JSON."""
    asks: Literal["result", "approval"]
    """Whether you run it and send its result, or allow the agent to run it."""


class SaidAnswer(Answer):
    """Something that was said to an agent."""

    text: str
    speaker: Optional[str] = None
    chat: Optional[str] = None
    """The name of the group chat in which it was said."""


class RunAnswer(Answer):
    """A run."""

    id: str
    agent_id: str
    key_id: Optional[str] = None
    """The key that asked for it; null for the admin password."""
    act: Act = "say"
    """`say`, or why the agent acted without words."""
    heard_seq: Optional[int] = None
    """The entry of the agent's log with the last thing that was said; null until the agent has heard it."""
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
    model: Optional[str] = None
    """The model that it used last."""
    expires_at: Optional[datetime] = None
    """Until when a suspended run waits."""
    waiting: list[WaitingAnswer] = Field(default_factory=list)
    """What a suspended run waits for, where one run is read."""
    unheard: list[SaidAnswer] = Field(default_factory=list)
    """What was said and is not in the log yet, where one run is read."""
    replies: list[str] = Field(default_factory=list)
    """What the agent has said, where its end was waited for."""
    repeated: list[str] = Field(default_factory=list)
    """The calls whose answers the run had already, where answers were given."""
    said: list[SaidAnswer] = Field(default_factory=list)
    """What the agent hears, where one run is read. Where something of it is forgotten, it is without that."""

    @classmethod
    def of(
        cls,
        run: Run,
        place: int = 0,
        replies: Sequence[str] = (),
        waiting: Sequence[WaitingCall] = (),
        repeated: Sequence[str] = (),
        unheard: Sequence[Mapping[str, Any]] = (),
        said: Sequence[Mapping[str, Any]] = (),
    ) -> RunAnswer:
        more = {
            "place": place,
            "replies": list(replies),
            "waiting": [WaitingAnswer.model_validate(call) for call in waiting],
            "repeated": list(repeated),
            "unheard": [SaidAnswer.model_validate(each) for each in unheard],
            "said": [SaidAnswer.model_validate(each) for each in said],
        }
        return cls.model_validate(run).model_copy(update=more)


class ResultBody(Body):
    """The result of a call that the agent waits for."""

    text: Annotated[str, Field(max_length=LONGEST_TEXT)]
    ok: bool = True
    """Whether the call succeeded."""


class ApprovalBody(Body):
    """Whether the agent may run a call."""

    allowed: bool
    reason: Annotated[str, Field(max_length=2000)] = ""
    """Why not; the agent reads it."""


class ResultsBody(Body):
    """What a suspended run waits for, by the id of the call, as the event `suspended` has it."""

    results: Annotated[dict[str, ResultBody], Field(max_length=128, default_factory=dict)]
    """The results of calls that you run."""
    approvals: Annotated[dict[str, ApprovalBody], Field(max_length=128, default_factory=dict)]
    """Calls that the agent may run, or must not."""

    @model_validator(mode="after")
    def _answers_something(self) -> ResultsBody:
        if not (self.results or self.approvals):
            raise ValueError("give results, approvals, or both")
        return self

    def known_to(self, run: Run) -> list[str]:
        """Return the calls that were answered before."""
        return [call for call in (*self.results, *self.approvals) if call in run.answered]

    def plain(self) -> tuple[dict[str, Mapping[str, Any]], dict[str, Mapping[str, Any]]]:
        """Return the results and the approvals as the run stores them."""
        return (
            {call: result.model_dump() for call, result in self.results.items()},
            {call: approval.model_dump() for call, approval in self.approvals.items()},
        )


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
