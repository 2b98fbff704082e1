"""A plain protocol for models without function calling: the functions stand in the prompt, and an answer is one JSON object.

    {"thought": "...", "function": "send_message", "arguments": {"message": "..."}}

Where the endpoint can hold a model to a schema (llama.cpp, vLLM, Ollama, LM Studio, OpenAI), every answer is a legal call. The
text of the functions and the example steps behind it are the same in every prompt, and what follows is only ever appended, so
that prompt caches hit.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Generator, Mapping, Sequence
from typing import Literal

from memgpt_autogen.errors import ContextOverflowError, ModelError
from memgpt_autogen.llm.protocols import (
    LLM,
    Completion,
    ConstrainedLLM,
    ConstrainedStreamingLLM,
    ToolChoice,
    ToolSchema,
    stream_or_complete,
)
from memgpt_autogen.llm.text_calls.calls import read_text_calls
from memgpt_autogen.llm.text_calls.partial_json import parse_partial
from memgpt_autogen.llm.text_calls.plain_prompt import (
    ANSWER,
    ANSWER_FUNCTION,
    answer_format,
    function_name,
    has_function,
    is_chosen,
    plain_messages,
)
from memgpt_autogen.messages import ToolCall, WireMessage

logger = logging.getLogger(__name__)

FunctionCalling = Literal["auto", "native", "plain"]
"""How a model calls functions: in the way of the chat API, in the plain protocol, or as its first answers show."""


MOST_SILENT = 2
"""After so many answers without any call a model is taken for one that cannot make them."""

FORMATS = ("json_schema", "json_object", "none")
"""From the tightest hold on an answer to none; an endpoint that refuses one is asked for the next."""


class PlainLLM:
    """A model that is told its functions in the prompt, and whose answers are read as calls."""

    def __init__(self, llm: LLM) -> None:
        self.llm = llm
        self._formats = list(FORMATS if isinstance(llm, ConstrainedLLM) else FORMATS[-1:])

    @property
    def model(self) -> str:
        return self.llm.model

    @property
    def base_url(self) -> str | None:
        """Where it is served, if the model tells."""
        return getattr(self.llm, "base_url", None)

    def complete(
        self,
        messages: Sequence[WireMessage],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,
    ) -> Completion:
        """Answer once. Without tools the model is asked as it is."""
        if not tools:
            return self.llm.complete(messages)
        offered, allowed = _split_offer(tools, tool_choice)
        return _read_answer(self._asked(plain_messages(messages, offered), allowed), offered)

    def stream(
        self,
        messages: Sequence[WireMessage],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,
    ) -> Generator[Completion, None, None]:
        """The same as it comes, where the model tells that: what it says so far as a call without an end."""
        if not tools:
            yield from stream_or_complete(self.llm, messages)
            return
        offered, allowed = _split_offer(tools, tool_choice)
        completion = Completion()
        for completion in self._coming(plain_messages(messages, offered), allowed):
            if (call := _partial_call(completion.text)) is not None:
                yield call
        yield _read_answer(completion, offered)

    def _asked(self, messages: Sequence[WireMessage], allowed: Sequence[ToolSchema]) -> Completion:
        while True:
            if not isinstance(self.llm, ConstrainedLLM):
                return self.llm.complete(messages)
            try:
                return self.llm.constrained(messages, answer_format(self._formats[0], allowed))
            except ModelError as error:
                self._loosen(error)

    def _coming(
        self, messages: Sequence[WireMessage], allowed: Sequence[ToolSchema]
    ) -> Generator[Completion, None, None]:
        while isinstance(self.llm, ConstrainedStreamingLLM):
            try:
                yield from self.llm.constrained_stream(messages, answer_format(self._formats[0], allowed))
            except ModelError as error:  # noqa: PERF203 - which format is taken is found by asking
                self._loosen(error)
            else:
                return
        if isinstance(self.llm, ConstrainedLLM):
            yield self._asked(messages, allowed)
        else:
            yield from stream_or_complete(self.llm, messages)

    def _loosen(self, error: ModelError) -> None:
        """Ask for the next format from now on; raises the error where that is not why it failed, or where there is none left."""
        if len(self._formats) == 1 or isinstance(error, ContextOverflowError):
            raise error
        refused = self._formats.pop(0)
        logger.info("%s does not take %s, asking for %s: %s", self.model, refused, self._formats[0], error)

    def __repr__(self) -> str:
        return f"PlainLLM({self.llm!r})"


class AdaptiveLLM:
    """A model that is asked in the way of the chat API until its answers show that it does not know it; then plainly.

    A call as text, or `MOST_SILENT` answers in a row without any, settle it for good. Calls in that way are taken for granted where a
    model may also answer in plain text; where it speaks by `send_message`, one that falls silent later is asked plainly too.
    """

    def __init__(self, llm: LLM) -> None:
        self.llm = llm
        self._plain = PlainLLM(llm)
        self.function_calling: FunctionCalling = "auto"
        """`auto` until there is something to go by."""
        self._silent = 0

    @property
    def model(self) -> str:
        return self.llm.model

    @property
    def base_url(self) -> str | None:
        """Where it is served, if the model tells."""
        return getattr(self.llm, "base_url", None)

    def complete(
        self,
        messages: Sequence[WireMessage],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,
    ) -> Completion:
        if self.function_calling == "plain":
            return self._plain.complete(messages, tools, tool_choice)
        completion = self.llm.complete(messages, tools, tool_choice)
        self._learn(completion, tools)
        return completion

    def stream(
        self,
        messages: Sequence[WireMessage],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,
    ) -> Generator[Completion, None, None]:
        """The same as it comes, where the model tells that."""
        if self.function_calling == "plain":
            yield from self._plain.stream(messages, tools, tool_choice)
            return
        completion = Completion()
        for completion in stream_or_complete(self.llm, messages, tools, tool_choice):
            yield completion
        self._learn(completion, tools)

    def _learn(self, completion: Completion, tools: Sequence[ToolSchema]) -> None:
        if not tools or (self.function_calling != "auto" and not has_function(tools, "send_message")):
            return
        if completion.tool_calls:
            self.function_calling = "native"
            self._silent = 0
            return
        as_text = bool(read_text_calls(completion, [function_name(tool) for tool in tools]).tool_calls)
        self._silent += 1
        if as_text or self._silent >= MOST_SILENT:
            self.function_calling = "plain"
            logger.info("%s makes no calls in the way of the chat API; it is asked plainly now", self.model)

    def __repr__(self) -> str:
        return f"AdaptiveLLM({self.llm!r}, function_calling={self.function_calling!r})"


def with_function_calling(llm: LLM, function_calling: FunctionCalling) -> LLM:
    """The model, asked for its calls in this way."""
    if function_calling == "native":
        return llm
    return PlainLLM(llm) if function_calling == "plain" else AdaptiveLLM(llm)


def _split_offer(
    tools: Sequence[ToolSchema], tool_choice: ToolChoice
) -> tuple[list[ToolSchema], list[ToolSchema]]:
    """The functions that are described, and those that may be called now."""
    offered = [*tools] if has_function(tools, "send_message") else [*tools, ANSWER_FUNCTION]
    return offered, [tool for tool in offered if tool_choice is None or is_chosen(tool, tool_choice)]


def _read_answer(completion: Completion, offered: Sequence[ToolSchema]) -> Completion:
    """The calls of an answer; a call of `ANSWER` is its text."""
    read = read_text_calls(completion, [function_name(tool) for tool in offered])
    said = [json.loads(call.arguments).get("message", "") for call in read.tool_calls if call.name == ANSWER]
    if said:
        return Completion("\n".join(map(str, said)), (), read.usage, read.finish_reason, read.text)
    return read


def _partial_call(text: str) -> Completion | None:
    """What an answer says as far as it has come; None where it is not that far, or does something else."""
    step = parse_partial(text)
    if not isinstance(step, Mapping) or not isinstance(arguments := step.get("arguments"), Mapping):
        return None
    message = arguments.get("message")
    if not isinstance(message, str) or step.get("function") not in ("send_message", ANSWER):
        return None
    if step["function"] == ANSWER:
        return Completion(message)
    return Completion(tool_calls=(ToolCall("", "send_message", json.dumps({"message": message})),))
