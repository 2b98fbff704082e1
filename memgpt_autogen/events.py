"""What a turn tells while it runs. The reply, the command line, notebooks and tests read the same sequence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Union

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
]
"""Why a turn ended.

`yielded`: the model was done. `suspended`: a tool that someone else executes was called. `paused`: heartbeats are paused.
The limits: see `turn.Limits`.
"""


@dataclass(frozen=True, slots=True)
class Heard:
    """An inbound message was taken up by this turn."""

    message: Message


@dataclass(frozen=True, slots=True)
class Thought:
    """The model's inner monologue: for the log and for whoever watches, never for the other agents."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """The model called a function; the call is in the log, and its result will follow."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """A function returned, or failed (`ok` is False and `text` says why)."""

    call: ToolCall
    text: str
    ok: bool = True


@dataclass(frozen=True, slots=True)
class ReplyPart:
    """A piece of what the agent is saying, while the model still writes it: for whoever watches, and only where that was asked for.

    A reader shows the texts one after the other. A part that is `anew` takes the place of all that was shown since the last
    `Replied`, and is empty where nothing comes of it; and `Replied`, which is the whole and the only truth, takes the place of
    them all. An answer that comes at once has no parts; what it says in several calls has a line break between them. Nothing
    of a part is stored.
    """

    text: str
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Replied:
    """The agent said something to the others. `fallback` marks words that the loop chose because the model found none."""

    text: str
    fallback: bool = False


@dataclass(frozen=True, slots=True)
class PressureWarned:
    """The prompt passed the warning threshold; the model is told to save what matters. Sizes in tokens."""

    prompt_tokens: int
    window_tokens: int


@dataclass(frozen=True, slots=True)
class Evicted:
    """The oldest part of the queue went into the recursive summary. The log still has every word of it."""

    messages: int
    """How many left the prompt this time."""
    through_seq: int
    """The newest message that is out of the prompt."""
    tokens_before: int
    tokens_after: int
    summary: str
    source: Literal["model", "extract"] = "model"
    """Who wrote the summary: the model, or the extractive fallback when no model answered."""
    usage: Usage = field(default_factory=Usage)
    """What the model took for it."""


@dataclass(frozen=True, slots=True)
class HeartbeatLimitReached:
    """A limit of the turn was reached; the model may only answer now."""

    reason: StopReason


@dataclass(frozen=True, slots=True)
class Suspended:
    """The turn waits for calls that another agent executes; it resumes when their results arrive."""

    calls: tuple[ToolCall, ...]


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The last event of every turn."""

    stop_reason: StopReason
    steps: int
    usage: Usage = field(default_factory=Usage)
    """What all its steps and the summaries within it took."""


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
