"""The events of a turn. The reply, the command line, notebooks and tests read the same sequence."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Optional, Union

from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.messages import Message, ToolCall

StopReason = Literal[
    "yielded",
    "suspended",
    "step_limit",
    "failure_limit",
    "repeated_call",
    "token_limit",
    "time_limit",
    "paused",
    "cancelled",
    "expired",
]
"""Why a turn ended.

`yielded`: the model was done. `suspended`: the model called a tool that someone else executes or must allow.
`paused`: heartbeats are paused. `cancelled`: someone cancelled the turn. `expired`: a suspended
run of a server got no results in time. The limits: see `turn.Limits`.
"""


@dataclass(frozen=True, slots=True)
class Heard:
    """The turn acts on an inbound message."""

    message: Message


@dataclass(frozen=True, slots=True)
class Thought:
    """The model's inner monologue: for the log and for people who watch, never for the other agents."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """The model called a function. The call is in the log, and its result will follow."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """A function returned, or failed: then `ok` is False and `text` says why."""

    call: ToolCall
    text: str
    ok: bool = True


@dataclass(frozen=True, slots=True)
class ReplyPart:
    """A piece of what the agent says, while the model still writes it; only where the loop streams.

    A reader shows the texts one after the other. A part that is `anew` replaces everything that was shown
    since the last `Replied`; it is empty if nothing remains. `Replied` is the whole and final text, and
    replaces all parts. An answer that comes at once has no parts. The texts of several calls have a line
    break between them. Parts are not stored.
    """

    text: str
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Replied:
    """The agent said something to the others. `fallback`: the words are the loop's, not the model's."""

    text: str
    fallback: bool = False


@dataclass(frozen=True, slots=True)
class PressureWarned:
    """The prompt passed the warning threshold. An alert asks the model to save what matters."""

    prompt_tokens: int
    window_tokens: int


@dataclass(frozen=True, slots=True)
class Evicted:
    """The oldest part of the queue was folded into the recursive summary. The log still has every word."""

    messages: int
    """How many messages left the prompt."""
    through_seq: int
    """The newest message that is out of the prompt."""
    tokens_before: int
    tokens_after: int
    summary: str
    source: Literal["model", "extract"] = "model"
    """Who wrote the summary: the model, or an extract if no model answered."""
    usage: Usage = field(default_factory=Usage)
    """The tokens that the model took for it."""


@dataclass(frozen=True, slots=True)
class HeartbeatLimitReached:
    """A limit of the turn was reached. The model may only answer now."""

    reason: StopReason


@dataclass(frozen=True, slots=True)
class Suspended:
    """The turn waits for calls that another agent executes, or that somebody must allow.

    It resumes when their results or the approvals arrive.
    """

    calls: tuple[ToolCall, ...]
    approvals: tuple[str, ...] = ()
    """The ids of the calls that wait for an approval only. The agent itself runs them then."""
    expires_at: Optional[datetime] = None
    """Until when the run of a server waits; None where nothing limits it."""


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The last event of every turn."""

    stop_reason: StopReason
    steps: int
    usage: Usage = field(default_factory=Usage)
    """The tokens of all its steps and summaries."""


Event = Union[
    Heard,
    Thought,
    ToolCalled,
    ToolReturned,
    ReplyPart,
    Replied,
    PressureWarned,
    Evicted,
    HeartbeatLimitReached,
    Suspended,
    TurnEnded,
]


@dataclass(frozen=True, slots=True)
class TurnFailed:
    """The last event of a run whose turn raised an error. The loop raises the error and has no such event."""

    error: str
    """The name of the error's class."""
    text: str


RunEvent = Union[Event, TurnFailed]
"""An event of a run: of its turns, or the error that ended it."""
