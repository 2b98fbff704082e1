"""A plain protocol for models without function calling: the prompt describes the functions, JSON calls them.

    {"heard": "question", "thought": "...", "function": "send_message", "arguments": {"message": "..."}}

If the endpoint can constrain answers to a schema (llama.cpp, vLLM, Ollama, LM Studio, OpenAI), every answer
is a valid call. The text of the functions and the example steps after it are the same in every prompt, and
later messages are only appended, so that prompt caches work.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal, get_args

from memgpt_autogen.errors import ConfigurationError, ContextOverflowError, ModelError
from memgpt_autogen.llm.asking import limits_waits
from memgpt_autogen.llm.fallback import FallbackLLM
from memgpt_autogen.llm.protocols import (
    LLM,
    Completion,
    ConstrainedLLM,
    ConstrainedStreamingLLM,
    Messages,
    ResponseFormat,
    ToolChoice,
    Tools,
    can_stream,
    stream_or_complete,
)
from memgpt_autogen.llm.text_calls.answer_schema import answer_format
from memgpt_autogen.llm.text_calls.brackets import closing_bracket
from memgpt_autogen.llm.text_calls.calls import find_calls, read_text_calls
from memgpt_autogen.llm.text_calls.first_search import first_search, without_vain_searches
from memgpt_autogen.llm.text_calls.partial_json import parse_partial
from memgpt_autogen.llm.text_calls.plain_prompt import (
    ANSWER,
    ANSWER_FUNCTION,
    function_name,
    has_function,
    is_chosen,
    plain_messages,
)
from memgpt_autogen.llm.wire.chat import preview_request
from memgpt_autogen.messages import ToolCall

logger = logging.getLogger(__name__)

FunctionCalling = Literal["auto", "native", "plain"]
"""How a model calls functions: through the chat API, in the plain protocol, or as its first answers show."""

MOST_SILENT = 2  # answers in a row without any call, before a model counts as one that cannot call
FORMATS = ("json_schema", "json_object", "none")  # when an endpoint refuses one, the next is used


def with_function_calling(llm: LLM, function_calling: FunctionCalling) -> LLM:
    """Return the model in a form that calls functions in this way.

    A model that has such a form already, and the offline rules, are returned as they are. With `auto`, so are
    models that are known to call functions, and those that say nothing about it (`may_not_know_tools`).
    """
    if function_calling not in get_args(FunctionCalling):
        raise ConfigurationError(f"function_calling is {function_calling!r}; give auto, native or plain.")
    if isinstance(llm, FallbackLLM) and function_calling != "native":
        return llm.with_each(lambda each: with_function_calling(each, function_calling))
    if function_calling == "native" or isinstance(llm, _WrappedLLM) or llm.model == "offline":
        return llm
    if function_calling == "plain":
        return PlainLLM(llm)
    return AdaptiveLLM(llm) if getattr(llm, "may_not_know_tools", False) else llm


class _WrappedLLM:
    """A model that asks another one."""

    def __init__(self, llm: LLM) -> None:
        self.llm = llm

    @property
    def model(self) -> str:
        return self.llm.model

    @property
    def base_url(self) -> str | None:
        """The model's address, if it has one."""
        return getattr(self.llm, "base_url", None)

    @property
    def answer_tokens(self) -> int | None:
        """The limit of an answer's tokens that was set for the model."""
        return getattr(self.llm, "answer_tokens", None)

    @property
    def streams(self) -> bool:
        return can_stream(self.llm)

    @property
    def limits_waits(self) -> bool:
        return limits_waits(self.llm)


class PlainLLM(_WrappedLLM):
    """A model whose prompt describes the functions, and whose answers are read as calls."""

    def __init__(self, llm: LLM) -> None:
        super().__init__(llm)
        self._refused: set[str] = set()
        """The formats that the endpoint has refused, as JSON: of one schema, or of any object."""
        self._told: set[str] = set()

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        """Answer once. Without tools the prompt is not changed."""
        if not tools:
            return self.llm.complete(messages)
        if search := first_search(messages, tools, tool_choice):
            return search
        offered, allowed = _split_offer(tools, tool_choice)
        return _read_answer(
            self._ask(plain_messages(without_vain_searches(messages), offered), allowed), offered
        )

    def stream(
        self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None
    ) -> Generator[Completion, None, None]:
        """Yield the answer while it comes, if the model can stream: a call without an end."""
        if not tools:
            yield from stream_or_complete(self.llm, messages)
            return
        if search := first_search(messages, tools, tool_choice):
            yield search
            return
        offered, allowed = _split_offer(tools, tool_choice)
        completion = Completion()
        for completion in self._ask_streaming(
            plain_messages(without_vain_searches(messages), offered), allowed
        ):
            if (call := _partial_call(completion.text)) is not None:
                yield call
        yield _read_answer(completion, offered)

    def preview(self, messages: Messages, tools: Tools = ()) -> dict[str, Any]:
        """Return the body of the request that `complete` would send first."""
        if not tools:
            return preview_request(self.llm, messages)
        offered, allowed = _split_offer(tools, None)
        wanted = next(self._formats(allowed), None) if isinstance(self.llm, ConstrainedLLM) else None
        return preview_request(
            self.llm, plain_messages(without_vain_searches(messages), offered), response_format=wanted
        )

    def _ask(self, messages: Messages, allowed: Tools) -> Completion:
        if not isinstance(self.llm, ConstrainedLLM):
            return self.llm.complete(messages)
        refusals: dict[str, ModelError] = {}
        for wanted in self._formats(allowed):
            try:
                completion = self.llm.constrained(messages, wanted)
            except ModelError as error:  # noqa: PERF203 - only asking shows which format is accepted
                if not _may_refuse(wanted, error):
                    raise
                refusals[json.dumps(wanted)] = error
            else:
                self._learn(refusals, wanted, allowed)
                return completion
        raise AssertionError("an error without a format is raised")

    def _ask_streaming(self, messages: Messages, allowed: Tools) -> Generator[Completion, None, None]:
        if not isinstance(self.llm, ConstrainedStreamingLLM):
            if isinstance(self.llm, ConstrainedLLM):
                yield self._ask(messages, allowed)
            else:
                yield from stream_or_complete(self.llm, messages)
            return
        refusals: dict[str, ModelError] = {}
        for wanted in self._formats(allowed):
            begun = False
            try:
                for completion in self.llm.constrained_stream(messages, wanted):
                    begun = True
                    yield completion
            except ModelError as error:
                if begun or not _may_refuse(wanted, error):
                    raise
                refusals[json.dumps(wanted)] = error
            else:
                self._learn(refusals, wanted, allowed)
                return

    def _formats(self, allowed: Tools) -> Iterator[ResponseFormat]:
        """Yield the formats to ask for, the strictest first, without those that were refused."""
        formats = (answer_format(kind, allowed) for kind in FORMATS)
        return (each for each in formats if json.dumps(each) not in self._refused)

    def _learn(self, refusals: Mapping[str, ModelError], accepted: ResponseFormat, allowed: Tools) -> None:
        """Ask no more for these formats: the endpoint answers without them.

        Other functions have another schema, which it may accept.
        """
        self._refused.update(refusals)
        reasons = [str(error) for error in refusals.values()]
        for reason in reasons[:1]:
            logger.log(
                logging.INFO if reason in self._told else logging.WARNING,
                "%s does not accept the schema of its functions (%s), so it is asked for %s. The reason: %s",
                self.model,
                ", ".join(map(function_name, allowed)),
                "any JSON object" if accepted else "JSON without a response_format",
                reason,
            )
        self._told.update(reasons)

    def __repr__(self) -> str:
        return f"PlainLLM({self.llm!r})"


class AdaptiveLLM(_WrappedLLM):
    """A model that is asked through the chat API until its answers show that it cannot call functions.

    Then it is asked plainly, until as many plain answers in a row have no call either.

    A call in the text, or `MOST_SILENT` answers in a row without any call, decide for the plain protocol.
    After a call through the chat API, a model that may also answer in plain text stays there; one that must
    speak by `send_message` is asked plainly if it stops calling later.

    An endpoint that refuses the functions of a request is asked plainly at once. If it does not say what it
    refuses, and the plain request is refused too, the first refusal is raised.
    """

    def __init__(self, llm: LLM) -> None:
        super().__init__(llm)
        self._plain = PlainLLM(llm)
        self.function_calling: FunctionCalling = "auto"
        """`auto` until the answers show a way."""
        self._silent = 0
        self._refuses_tools = False

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        if self.function_calling == "plain":
            completion = self._plain.complete(messages, tools, tool_choice)
            self._learn_plainly(completion, tools)
            return completion
        try:
            completion = self.llm.complete(messages, tools, tool_choice)
        except ModelError as error:
            if not self._may_refuse_tools(error, tools):
                raise
            with self._answered_plainly(error):
                return self._plain.complete(messages, tools, tool_choice)
        self._learn(completion, tools)
        return completion

    def stream(
        self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None
    ) -> Generator[Completion, None, None]:
        """Yield the answer while it comes, if the model can stream."""
        completion, begun = Completion(), False
        if self.function_calling == "plain":
            for completion in self._plain.stream(messages, tools, tool_choice):
                yield completion
            self._learn_plainly(completion, tools)
            return
        try:
            for completion in stream_or_complete(self.llm, messages, tools, tool_choice):
                begun = True
                yield completion
        except ModelError as error:
            if begun or not self._may_refuse_tools(error, tools):
                raise
            with self._answered_plainly(error):
                yield from self._plain.stream(messages, tools, tool_choice)
            return
        self._learn(completion, tools)

    def preview(self, messages: Messages, tools: Tools = ()) -> dict[str, Any]:
        """Return the body of the request that `complete` would send first."""
        return preview_request(self._plain if self.function_calling == "plain" else self.llm, messages, tools)

    def _may_refuse_tools(self, error: ModelError, tools: Tools) -> bool:
        """Return whether the endpoint may have refused the functions, and not the prompt or any request."""
        unsaid = error.refuses_tools is None and self.function_calling == "auto"
        return bool(tools) and (bool(error.refuses_tools) or unsaid)

    @contextmanager
    def _answered_plainly(self, refusal: ModelError) -> Iterator[None]:
        """Ask plainly from now on if the plain request in this block is answered."""
        try:
            yield
        except ModelError as error:
            unsaid = refusal.refuses_tools is None and not isinstance(error, ContextOverflowError)
            raise refusal if unsaid else error from None
        self.function_calling = "plain"
        self._refuses_tools = True
        logger.warning(
            "%s does not take functions through the chat API, so it is asked plainly now: %s",
            self.model,
            refusal,
        )

    def _learn(self, completion: Completion, tools: Tools) -> None:
        if not tools or (self.function_calling != "auto" and not has_function(tools, "send_message")):
            return
        if completion.tool_calls:
            self.function_calling = "native"
            self._silent = 0
            return
        if completion.finish_reason == "length":  # reasoning may have used up the answer
            return
        as_text = bool(read_text_calls(completion, list(map(function_name, tools))).tool_calls)
        self._silent += 1
        if as_text or self._silent >= MOST_SILENT:
            self.function_calling = "plain"
            self._silent = 0
            logger.info(
                "%s does not call functions through the chat API; it is asked plainly now", self.model
            )

    def _learn_plainly(self, completion: Completion, tools: Tools) -> None:
        """Return to the chat API where plain answers have no call either."""
        answered = completion.text.strip() and not has_function(tools, "send_message")
        if not tools or self._refuses_tools or completion.finish_reason == "length":
            return
        self._silent = 0 if completion.tool_calls or answered else self._silent + 1
        if self._silent >= MOST_SILENT:
            self.function_calling = "auto"
            self._silent = 0
            logger.info(
                "%s does not call functions plainly either; it is asked through the chat API again",
                self.model,
            )

    def __repr__(self) -> str:
        return f"AdaptiveLLM({self.llm!r}, function_calling={self.function_calling!r})"


def _may_refuse(wanted: ResponseFormat, error: ModelError) -> bool:
    """Return whether the endpoint may have refused this format, and not the prompt or any request."""
    return wanted is not None and not error.any_request and not isinstance(error, ContextOverflowError)


def _split_offer(tools: Tools, tool_choice: ToolChoice) -> tuple[Tools, Tools]:
    """Return the functions that are described, and those that may be called now."""
    offered = [*tools] if has_function(tools, "send_message") else [*tools, ANSWER_FUNCTION]
    return offered, [tool for tool in offered if tool_choice is None or is_chosen(tool, tool_choice)]


def _read_answer(completion: Completion, offered: Tools) -> Completion:
    """Return the calls of an answer; a call of `ANSWER` becomes its text."""
    names = list(map(function_name, offered))
    read = read_text_calls(_unmixed(completion, names), names)
    answers = [
        json.loads(call.arguments).get("message", "") for call in read.tool_calls if call.name == ANSWER
    ]
    if answers:
        return Completion("\n".join(map(str, answers)), (), read.usage, read.finish_reason, read.text)
    return read


def _unmixed(completion: Completion, names: Sequence[str]) -> Completion:
    """Return the answer with its text, where the engine took all of it for reasoning (LM Studio 0.4.7)."""
    answer = completion.thought.strip()
    if completion.text.strip() or not answer.startswith("{") or closing_bracket(answer, 0) != len(answer):
        return completion
    return replace(completion, text=answer, thought="") if find_calls(answer, names)[1] else completion


def _partial_call(text: str) -> Completion | None:
    """Return the message of an answer that is still arriving; None when it has no message yet."""
    step = parse_partial(text)
    if not isinstance(step, Mapping) or not isinstance(arguments := step.get("arguments"), Mapping):
        return None
    message = arguments.get("message")
    if not isinstance(message, str) or step.get("function") not in ("send_message", ANSWER):
        return None
    if step["function"] == ANSWER:
        return Completion(message)
    return Completion(tool_calls=(ToolCall("", "send_message", json.dumps({"message": message})),))
