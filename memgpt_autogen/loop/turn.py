"""One turn as far as it has come: what it may do, what it has done, and the limit that stands against another step."""

from __future__ import annotations

import json
import re
import secrets
import string
import time
from collections import Counter
from dataclasses import dataclass, field, replace

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.events import StopReason
from memgpt_autogen.llm.protocols import ToolSchema, Usage
from memgpt_autogen.memory.storage.images import Shown
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.text.names import plain_name
from memgpt_autogen.tools.memory.conversation import SEND_MESSAGE
from memgpt_autogen.tools.toolbox import Reading, Toolbox

CUT_OFF = "Not run: the call was cut off at the endpoint's limit for one answer. Do it in smaller parts."


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds a turn. Whichever is reached first, the model may then only answer, once."""

    steps: int = 20
    failures: int = 3
    """Failed steps in a row."""
    same_call: int = 3
    """The time at which the same call with the same arguments is no longer run."""
    tokens: int | None = None
    """Prompt and completion tokens of the whole turn, as the endpoint counts them."""
    seconds: float | None = None

    def __post_init__(self) -> None:
        for name, least in (("steps", 1), ("failures", 1), ("same_call", 2)):
            if getattr(self, name) < least:
                raise ConfigurationError(
                    f"Limits.{name} is {getattr(self, name)}; it must be at least {least}."
                )


@dataclass(slots=True)
class Turn:
    """What one turn has done so far."""

    toolbox: Toolbox
    foreign: tuple[ToolSchema, ...]
    instructions: str
    limits: Limits
    owes_answer: bool
    steps: int = 0
    failures: int = 0
    images: list[Shown] = field(default_factory=list)
    """What is seen in this turn: behind the prompt of each step, and in no later one."""
    usage: Usage = field(default_factory=Usage)
    replies: list[str] = field(default_factory=list)
    made: Counter[tuple[str, str]] = field(default_factory=Counter)
    ran: Counter[str] = field(default_factory=Counter)
    """How often each tool was run, for those that have a limit."""
    repeated: bool = False
    hinted: bool = False
    waiting: list[ToolCall] = field(default_factory=list)
    limit: StopReason | None = None
    """The limit that was reached: the step to come is the last."""
    stop: StopReason | None = None
    started: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        for name in sorted(self.foreign_names):
            if name in self.toolbox:
                raise ConfigurationError(
                    f"there is a tool '{name}' already; give the one that someone else executes another name."
                )
        if self.limits.steps == 1 and self.owes_answer:
            self.limit = "step_limit"

    def read(self, call: ToolCall) -> Reading:
        """The call as it is understood, under an id of ours; a name that is only written otherwise is taken for what it means."""
        names = [*(tool.name for tool in self.toolbox), *self.foreign_names]
        if call.name not in names:
            meant = [name for name in names if plain_name(name) == plain_name(call.name) != ""]
            call = replace(call, name=meant[0] if len(meant) == 1 else _legal(call.name))
        return self.toolbox.read(replace(call, id=_call_id()))

    @property
    def unanswered(self) -> bool:
        return self.owes_answer and not self.replies

    @property
    def foreign_names(self) -> set[str]:
        return {schema["function"]["name"] for schema in self.foreign}

    def reached(self) -> StopReason | None:
        """The limit that stands against another ordinary step; the last one is kept for an answer."""
        limits = self.limits
        if self.repeated:
            return "repeated_call"
        if self.failures >= limits.failures:
            return "failure_limit"
        if self.steps + self.unanswered >= limits.steps:
            return "step_limit"
        if (
            limits.tokens is not None
            and self.usage.prompt_tokens + self.usage.completion_tokens >= limits.tokens
        ):
            return "token_limit"
        if limits.seconds is not None and time.monotonic() - self.started >= limits.seconds:
            return "time_limit"
        return None


def unless_cut_off(reading: Reading, call: ToolCall) -> Reading:
    """A call that ran into the endpoint's output limit is not run on half of its text; half of an answer is still sent."""
    if reading.error is not None or reading.call.name == SEND_MESSAGE or _is_json(call.arguments):
        return reading
    return replace(reading, error=CUT_OFF)


def _is_json(text: str) -> bool:
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return False
    return True


def _legal(name: str) -> str:
    """A function's name that the chat API takes back in a history, whatever the model made up."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:64] or "_"


def _call_id() -> str:
    """A fresh id: nine letters and digits, which every provider accepts."""
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(9))
