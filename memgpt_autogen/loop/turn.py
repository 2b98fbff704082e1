"""A turn in progress: what it may do, what it has done, and the limits that end it."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.events import StopReason, TurnEnded
from memgpt_autogen.llm.protocols import Completion, ToolSchema, Usage
from memgpt_autogen.llm.reply_shape import ReplyShape
from memgpt_autogen.llm.text_calls.calls import mended_call
from memgpt_autogen.llm.text_calls.thoughts import split_thoughts, without_marks
from memgpt_autogen.loop.said_back import SAID_BACK, is_said_back
from memgpt_autogen.loop.watch import TurnWatch, Unwatched
from memgpt_autogen.memory.context.pressure import Draft
from memgpt_autogen.memory.storage.images import ShownImage
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.text.names import normalize_name
from memgpt_autogen.text.safe import clean_text
from memgpt_autogen.tools.memory.conversation import SEND_MESSAGE
from memgpt_autogen.tools.toolbox import Reading, Toolbox

MISSHAPEN = "Not sent: your reply does not have the demanded form: {}. Send it again in that form."

ONLY_THOUGHT = "Not sent: your message was only reasoning. Send what the others may hear."

CUT_OFF = "Not run: the call was cut off at the endpoint's limit for one answer. Do it in smaller parts."

GRACE_SECONDS = 10.0
"""How much longer than the turn's time a request may take that began in time, or that is the last one."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds a turn. When the first of them is reached, the model may only answer, once."""

    steps: int = 20
    failures: int = 3
    """Failed steps in a row."""
    same_call: int = 3
    """The time at which the same call with the same arguments is no longer run."""
    tokens: int | None = None
    """Prompt and completion tokens of the whole turn, as the endpoint counts them."""
    seconds: float | None = None
    """A request that is under way when they have passed has `GRACE_SECONDS` more."""

    def __post_init__(self) -> None:
        for name, least in (("steps", 1), ("failures", 1), ("same_call", 2)):
            if getattr(self, name) < least:
                raise ConfigurationError(
                    f"Limits.{name} is {getattr(self, name)}; it must be at least {least}."
                )


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the model as it was understood."""

    text: str
    """The text outside calls, and the inner thoughts of the calls."""
    readings: Sequence[Reading]
    calls: tuple[ToolCall, ...]
    """The calls of the readings."""
    heartbeat: bool
    """Whether one of the calls requests another step."""
    only_speaks: bool
    """Whether it calls nothing but `send_message`."""
    misshapen: str = ""
    """Why its text cannot be the reply, which must have a shape."""


@dataclass(slots=True)
class TurnState:
    """What one turn has done so far.

    `plain_text` says whether text outside `send_message` is an answer: `always`, `deliver` where nothing
    was sent yet, or `hint`, which is like `deliver` once the model was told what such text is.
    """

    toolbox: Toolbox
    foreign: tuple[ToolSchema, ...]
    instructions: str
    limits: Limits
    owes_answer: bool
    """Whether the turn must still say something."""
    plain_text: Literal["always", "deliver", "hint"] = "hint"
    watch: TurnWatch = field(default_factory=Unwatched)
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Stored with each step and with what is said."""
    sampling: Mapping[str, float] = field(default_factory=dict)
    """Parameters of the chat API for the steps."""
    steps: int = 0
    failures: int = 0
    images: list[ShownImage] | None = None
    """What the model sees in this turn, after the prompt of each step; None before the first step."""
    draft: Draft = field(default_factory=Draft)
    """The prompt of this step."""
    usage: Usage = field(default_factory=Usage)
    made: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often each call was made, by name and arguments."""
    ran: Counter[str] = field(default_factory=Counter)
    """How often each tool was run."""
    repeated: bool = False
    hinted: bool = False
    misshapen: str = ""
    """Why the newest plain text could not be the reply."""
    waiting: list[ToolCall] = field(default_factory=list)
    """The calls that someone else executes or must allow."""
    unapproved: list[str] = field(default_factory=list)
    """The ids of those among them that someone must allow."""
    limit: StopReason | None = None
    """The limit that was reached: the next step is the last."""
    stop: StopReason | None = None
    started: float = field(default_factory=time.monotonic)
    foreign_names: list[str] = field(init=False)
    """The functions that someone else executes."""
    names: list[str] = field(init=False)
    """All functions that the model may call."""

    def __post_init__(self) -> None:
        self.foreign_names = sorted({schema["function"]["name"] for schema in self.foreign})
        self.names = [*self.toolbox.names(), *self.foreign_names]
        for name in self.foreign_names:
            if name in self.toolbox:
                raise ConfigurationError(
                    f"there is a tool '{name}' already; give the one that someone else executes another name."
                )
        if self.limits.steps == 1 and self.owes_answer:
            self.limit = "step_limit"

    def ended(self) -> TurnEnded:
        """Return the event of its end. Only where it has a reason to end."""
        if self.stop is None:
            raise AssertionError("the turn goes on")
        return TurnEnded(self.stop, self.steps, self.usage)

    def read(self, completion: Completion, ids: Sequence[str], shape: ReplyShape | None = None) -> Answer:
        """Understand an answer: its calls get these ids and the name of the function that they mean.

        Reasoning in a message is a thought. Events of ours that the model says back are not sent. Where the
        endpoint cut the answer off, its last call is not run on half of its text. Half of a
        message is sent. Words that do not have the `shape` of a reply are not sent; the model reads why.
        """
        mended = [mended_call(call, self.names) for call in completion.tool_calls]
        readings = [
            _spoken(self.toolbox.read(replace(call, id=call_id, name=self._meant(call.name))))
            for call_id, call in zip(ids, mended, strict=True)
        ]
        if readings and completion.finish_reason == "length":
            last, call = readings[-1], completion.tool_calls[-1]
            if last.error is None and last.call.name != SEND_MESSAGE and not _is_json(call.arguments):
                readings[-1] = replace(last, error=CUT_OFF)
        if shape is not None:
            readings = [_shaped(reading, shape) for reading in readings]
        said_back = shape is None and is_said_back(completion.text)
        texts = [
            "" if said_back else completion.text.strip(),
            *(reading.thought.strip() for reading in readings),
        ]
        calls = tuple(reading.call for reading in readings)
        heartbeat = any(reading.heartbeat for reading in readings)
        only_speaks = all(call.name == SEND_MESSAGE for call in calls)
        text = "\n".join(filter(None, texts))
        misshapen = self.misshapen = SAID_BACK if said_back else ""
        if shape is not None and text and not calls and self.delivers_text:
            try:
                text = shape.text(text)
            except ValueError as error:
                misshapen = self.misshapen = MISSHAPEN.format(error)
        return Answer(text and clean_text(text), readings, calls, heartbeat, only_speaks, misshapen)

    @property
    def delivers_text(self) -> bool:
        """Whether text without a call is an answer."""
        if self.plain_text == "always":
            return True
        return self.owes_answer and (self.plain_text == "deliver" or self.hinted or self.limit is not None)

    def is_cancelled(self) -> bool:
        cancellation = self.watch.cancellation
        return cancellation is not None and cancellation.is_set

    @property
    def answers_until(self) -> float | None:
        """When the model's next answer must have come, by `time.monotonic`; None where nothing limits it."""
        if self.limits.seconds is None:
            return None
        return max(self.started + self.limits.seconds, time.monotonic()) + GRACE_SECONDS

    def reached(self) -> StopReason | None:
        """Return the limit that forbids another ordinary step; the last step is kept for an answer."""
        limits = self.limits
        tokens = self.usage.prompt_tokens + self.usage.completion_tokens
        if self.repeated:
            return "repeated_call"
        if self.failures >= limits.failures:
            return "failure_limit"
        if self.steps + self.owes_answer >= limits.steps:
            return "step_limit"
        if limits.tokens is not None and tokens >= limits.tokens:
            return "token_limit"
        if limits.seconds is not None and time.monotonic() - self.started >= limits.seconds:
            return "time_limit"
        return None

    def _meant(self, name: str) -> str:
        """Return the function whose name this is in another spelling, or a name that the chat API accepts."""
        if name in self.names:
            return name
        meant = [known for known in self.names if normalize_name(known) == normalize_name(name) != ""]
        return meant[0] if len(meant) == 1 else re.sub(r"[^A-Za-z0-9_-]", "_", name)[:64] or "_"


def _spoken(reading: Reading) -> Reading:
    """Return a call with the words of its message, without what the model only thought or said back."""
    message = reading.arguments.get("message")
    if reading.call.name != SEND_MESSAGE or reading.error is not None:
        return reading
    given, message = message, json.dumps(message) if isinstance(message, (bool, int, float)) else message
    if not isinstance(message, str):
        return reading
    if is_said_back(message):
        return _unsent(reading, message, SAID_BACK)
    said, thought = split_thoughts(message)
    said = without_marks(said)
    if said == given:
        return reading
    thought = "\n".join(filter(None, (reading.thought, thought)))
    if not said.strip():
        return replace(_unsent(reading, "", ONLY_THOUGHT), thought=thought)
    arguments = {**reading.arguments, "message": said}
    call = replace(reading.call, arguments=json.dumps(arguments, ensure_ascii=False))
    return replace(reading, call=call, arguments=arguments, thought=thought)


def _unsent(reading: Reading, message: Any, why: str) -> Reading:
    """Return a call that says nothing: words that were not sent must not be found as said."""
    unsent = json.dumps({"not_sent": message}, ensure_ascii=False)
    return replace(reading, call=replace(reading.call, arguments=unsent), error=why)


def _shaped(reading: Reading, shape: ReplyShape) -> Reading:
    """Return a call with the text of its reply, or with why it cannot be sent."""
    if reading.call.name != SEND_MESSAGE or reading.error is not None:
        return reading
    try:
        # a model may also give the parts of the reply as arguments
        reply = reading.arguments.get("message", reading.arguments)
        arguments = {"message": shape.text(reply)}
    except ValueError as error:
        return _unsent(reading, reply, MISSHAPEN.format(error))
    call = replace(reading.call, arguments=json.dumps(arguments, ensure_ascii=False))
    return replace(reading, call=call, arguments=arguments)


def _is_json(text: str) -> bool:
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return False
    return True
