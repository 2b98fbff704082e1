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
from typing import Any, Literal, Protocol, runtime_checkable

from memgpt_autogen.errors import ContextOverflowError, ModelError
from memgpt_autogen.llm.protocols import LLM, Completion, StreamingLLM, ToolChoice, ToolSchema
from memgpt_autogen.llm.text_calls.calls import understood
from memgpt_autogen.llm.text_calls.partial_json import value_so_far
from memgpt_autogen.messages import ToolCall, WireMessage

logger = logging.getLogger(__name__)

FunctionCalling = Literal["auto", "native", "plain"]
"""How a model calls functions: in the way of the chat API, in the plain protocol, or as its first answers show."""

ANSWER = "answer"
"""Says the text of the `native` dialect, where no function is for that."""

THOUGHT_CHARS = 200
"""The most that a model may think before it acts; small ones find no end of their own."""

PATIENCE = 2
"""After so many answers without any call a model is taken for one that cannot make them."""

FORMATS = ("json_schema", "json_object", "none")
"""From the tightest hold on an answer to none; an endpoint that refuses one is asked for the next."""


@runtime_checkable
class ConstrainedLLM(Protocol):
    """A model whose endpoint may hold an answer to a `response_format`."""

    @property
    def model(self) -> str: ...

    def complete(
        self,
        messages: Sequence[WireMessage],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,
    ) -> Completion: ...

    def constrained(
        self, messages: Sequence[WireMessage], response_format: Mapping[str, Any] | None
    ) -> Completion:
        """Answer once, in this format; raises `ModelError` where the endpoint does not know it."""


@runtime_checkable
class ConstrainedStreamingLLM(Protocol):
    """A model that also tells such an answer while it is still writing it."""

    def constrained_stream(
        self, messages: Sequence[WireMessage], response_format: Mapping[str, Any] | None
    ) -> Generator[Completion, None, None]:
        """The answer as far as it has come, again and again; the last one is the whole."""


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
        offered, allowed = _offer(tools, tool_choice)
        return _read(self._asked(plainly(messages, offered), allowed), offered)

    def stream(
        self,
        messages: Sequence[WireMessage],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,
    ) -> Generator[Completion, None, None]:
        """The same as it comes, where the model tells that: what it says so far as a call without an end."""
        if not tools:
            yield from streamed(self.llm, messages)
            return
        offered, allowed = _offer(tools, tool_choice)
        completion = Completion()
        for completion in self._coming(plainly(messages, offered), allowed):
            if (call := _call_so_far(completion.text)) is not None:
                yield call
        yield _read(completion, offered)

    def _asked(self, messages: Sequence[WireMessage], allowed: Sequence[ToolSchema]) -> Completion:
        while True:
            if not isinstance(self.llm, ConstrainedLLM):
                return self.llm.complete(messages)
            try:
                return self.llm.constrained(messages, _format(self._formats[0], allowed))
            except ModelError as error:
                self._loosen(error)

    def _coming(
        self, messages: Sequence[WireMessage], allowed: Sequence[ToolSchema]
    ) -> Generator[Completion, None, None]:
        while isinstance(self.llm, ConstrainedStreamingLLM):
            try:
                yield from self.llm.constrained_stream(messages, _format(self._formats[0], allowed))
            except ModelError as error:  # noqa: PERF203 - which format is taken is found by asking
                self._loosen(error)
            else:
                return
        if isinstance(self.llm, ConstrainedLLM):
            yield self._asked(messages, allowed)
        else:
            yield from streamed(self.llm, messages)

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

    A call as text, or `PATIENCE` answers in a row without any, settle it for good. Calls in that way are taken for granted where a
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
        for completion in streamed(self.llm, messages, tools, tool_choice):
            yield completion
        self._learn(completion, tools)

    def _learn(self, completion: Completion, tools: Sequence[ToolSchema]) -> None:
        if not tools or (self.function_calling != "auto" and not _has(tools, "send_message")):
            return
        if completion.tool_calls:
            self.function_calling = "native"
            self._silent = 0
            return
        as_text = bool(understood(completion, [_name(tool) for tool in tools]).tool_calls)
        self._silent += 1
        if as_text or self._silent >= PATIENCE:
            self.function_calling = "plain"
            logger.info("%s makes no calls in the way of the chat API; it is asked plainly now", self.model)

    def __repr__(self) -> str:
        return f"AdaptiveLLM({self.llm!r}, function_calling={self.function_calling!r})"


def streamed(
    llm: LLM,
    messages: Sequence[WireMessage],
    tools: Sequence[ToolSchema] = (),
    tool_choice: ToolChoice = None,
) -> Generator[Completion, None, None]:
    """The model's answer as it comes, or once and whole where the model does not tell it before."""
    if isinstance(llm, StreamingLLM):
        yield from llm.stream(messages, tools, tool_choice)
    else:
        yield llm.complete(messages, tools, tool_choice)


def in_its_way(llm: LLM, function_calling: FunctionCalling) -> LLM:
    """The model, asked for its calls in this way."""
    if function_calling == "native":
        return llm
    return PlainLLM(llm) if function_calling == "plain" else AdaptiveLLM(llm)


def plainly(messages: Sequence[WireMessage], tools: Sequence[ToolSchema]) -> list[WireMessage]:
    """A prompt of the chat API as text alone: functions in the system message, calls and results as JSON, roles in turn."""
    plain: list[WireMessage] = []
    heard: dict[str, Any] = {}
    for place, message in enumerate(messages):
        if place == 0 and message["role"] == "system":
            head, mark, core = str(message["content"]).partition(CORE)
            plain.append({"role": "system", "content": f"{described(tools)}\n\n{head}".rstrip()})
            plain += _example(tools)
            if mark:
                _add(plain, "user", mark + core)
            continue
        if _shows(message):
            _show(plain, message["content"])
            continue
        event = _event(message)
        if event.get("type") == "user_message":
            heard = event
        if event.get("type") != "heartbeat":
            for role, text in _said(message):
                _add(plain, role, text)
        elif not _succeeded(messages[place - 1]):  # a result speaks for itself
            _add(plain, "user", _gone_on(event, heard))
    return plain


def _offer(tools: Sequence[ToolSchema], tool_choice: ToolChoice) -> tuple[list[ToolSchema], list[ToolSchema]]:
    """The functions that are described, and those that may be called now."""
    offered = [*tools] if _has(tools, "send_message") else [*tools, SAY]
    return offered, [tool for tool in offered if tool_choice is None or _chosen(tool, tool_choice)]


def _read(completion: Completion, offered: Sequence[ToolSchema]) -> Completion:
    """The calls of an answer; a call of `ANSWER` is its text."""
    read = understood(completion, [_name(tool) for tool in offered])
    said = [json.loads(call.arguments).get("message", "") for call in read.tool_calls if call.name == ANSWER]
    if said:
        return Completion("\n".join(map(str, said)), (), read.usage, read.finish_reason, read.text)
    return read


def _call_so_far(text: str) -> Completion | None:
    """What an answer says as far as it has come; None where it is not that far, or does something else."""
    step = value_so_far(text)
    if not isinstance(step, Mapping) or not isinstance(arguments := step.get("arguments"), Mapping):
        return None
    message = arguments.get("message")
    if not isinstance(message, str) or step.get("function") not in ("send_message", ANSWER):
        return None
    if step["function"] == ANSWER:
        return Completion(message)
    return Completion(tool_calls=(ToolCall("", "send_message", json.dumps({"message": message})),))


def _add(plain: list[WireMessage], role: str, text: str) -> None:
    """Roles take turns, since many chat templates take nothing else."""
    if plain and plain[-1]["role"] == role != "system":
        plain[-1] = {"role": role, "content": f"{plain[-1]['content']}\n{text}"}
    else:
        plain.append({"role": role, "content": text})


def _shows(message: WireMessage) -> bool:
    """Whether the message has pictures beside its text."""
    parts = message.get("content")
    return isinstance(parts, list) and any(part.get("type") == "image_url" for part in parts)


def _show(plain: list[WireMessage], parts: list[Any]) -> None:
    """Pictures stand behind everything that is said, in the same message where roles take turns."""
    if plain and plain[-1]["role"] == "user":
        parts = [{"type": "text", "text": plain.pop()["content"]}, *parts]
    plain.append({"role": "user", "content": parts})


def described(tools: Sequence[ToolSchema]) -> str:
    """The functions and the form of an answer, as a model reads them."""
    lines = [FORM, "Functions (? = optional):"]
    for tool in tools:
        about = tool["function"]
        parameters = about.get("parameters") or {}
        required = parameters.get("required", ())
        arguments = [
            f"{name}{'' if name in required else '?'}: {_kind(schema)}"
            for name, schema in _properties(tool).items()
        ]
        lines.append(f"- {about['name']}({', '.join(arguments)}) {about.get('description', '')}".rstrip())
    return "\n".join(lines)


FORM = """Answer with one JSON object and nothing else:
{"thought": "one short sentence", "function": "its name", "arguments": {...}}"""

SAY: ToolSchema = {
    "type": "function",
    "function": {
        "name": ANSWER,
        "description": "Say your answer.",
        "parameters": {
            "type": "object",
            "properties": {"message": {"type": "string"}},
            "required": ["message"],
        },
    },
}


def _came(message: str) -> dict[str, str]:
    return {"type": "user_message", "name": "example", "message": message}


def _result(message: str) -> dict[str, str]:
    return {"type": "function_result", "status": "OK", "message": message}


EXAMPLE: tuple[tuple[Mapping[str, str], str, str, Mapping[str, Any]], ...] = (
    (_came("Good morning!"), "A greeting: I answer.", "send_message", {"message": "Good morning to you!"}),
    (
        _came("My cat is called Miso."),
        "A lasting fact: I keep it, then I answer.",
        "core_memory_append",
        {"label": "human", "content": "Has a cat called Miso.", "request_heartbeat": True},
    ),
    (_result("Done."), "It is kept: I answer.", "send_message", {"message": "What a nice name, Miso!"}),
    (
        _came("I was wrong, she is called Momo."),
        "What I kept is not true any more: I replace it, then I answer.",
        "core_memory_replace",
        {
            "label": "human",
            "old_content": "Has a cat called Miso.",
            "new_content": "Has a cat called Momo.",
            "request_heartbeat": True,
        },
    ),
    (_result("Done."), "It is changed: I answer.", "send_message", {"message": "Momo, then!"}),
    (
        _came("Please be brief from now on."),
        "This is about me: I keep it in persona, then I answer.",
        "core_memory_append",
        {"label": "persona", "content": "I am brief.", "request_heartbeat": True},
    ),
    (_result("Done."), "It is kept: I answer.", "send_message", {"message": "I will be."}),
    (
        _came("What is my cat called?"),
        "It is in my core memory: I answer.",
        "send_message",
        {"message": "Your cat is called Momo."},
    ),
    (
        _came("Where did we want to go in May?"),
        "It is not in my core memory: I search, then I answer.",
        "conversation_search",
        {"query": "go in May", "request_heartbeat": True},
    ),
    (
        _result('[{"name": "example", "message": "In May we fly to Lima."}]'),
        "I found it: I answer.",
        "send_message",
        {"message": "You wanted to fly to Lima."},
    ),
    (
        _came("What does the manual say about the boiler?"),
        "Documents are in archival memory: I search it, then I answer.",
        "archival_memory_search",
        {"query": "boiler manual", "request_heartbeat": True},
    ),
    (
        _result('[{"text": "Boiler: drain it in winter."}]'),
        "I found it: I answer.",
        "send_message",
        {"message": "It says to drain it in winter."},
    ),
)
"""Steps that show the protocol, before the first real one: what came, what was thought, and the call."""

OVER = {
    "type": "system_alert",
    "message": "The examples end here, forget what was in them. Now the conversation begins.",
}

CORE = "<core_memory>"
"""Where what changes begins in a system message. It stands behind the examples here, so that an edit leaves them in the cache."""

GO_ON = "Go on with what {name} said: {message}"
"""What a heartbeat says here: told only to act again, a small model answers just that."""

MOST_QUOTED = 200
"""Characters of a message that is quoted so."""

SELDOM_USED = {
    "conversation_search": ("role", "start_date", "end_date"),
    "archival_memory_insert": ("tags", "replaces"),
    "archival_memory_search": ("tags", "tag_match_mode", "start_date", "end_date"),
}
"""Arguments that are not offered here: a small model fills in all that there are, and then finds nothing."""


def _example(tools: Sequence[ToolSchema]) -> list[WireMessage]:
    """The example steps, where the functions in them are offered."""
    if not all(_has(tools, name) for _, _, name, _ in EXAMPLE):
        return []
    told: list[WireMessage] = []
    for came, thought, name, arguments in EXAMPLE:
        told.append({"role": "user", "content": json.dumps(came)})
        told.append({"role": "assistant", "content": _answer(thought, name, arguments)})
    return [*told, {"role": "user", "content": json.dumps(OVER)}]


def _said(message: WireMessage) -> list[tuple[str, str]]:
    """Role and text of what a message says."""
    text = message.get("content") or ""
    if message["role"] == "tool":
        return [("user", f'{{"type": "function_result", {str(text).removeprefix("{")}')]
    if calls := message.get("tool_calls"):
        functions = [call["function"] for call in calls]
        return [
            ("assistant", _answer(text if not place else "", each["name"], _arguments(each["arguments"])))
            for place, each in enumerate(functions)
        ]
    return [(message["role"], _flat(text))] if text else []


def _event(message: WireMessage) -> dict[str, Any]:
    """The event that a message of somebody else holds."""
    if message["role"] != "user" or not isinstance(message.get("content"), str):
        return {}
    event = _arguments(message["content"])
    return event if isinstance(event, dict) else {}


def _succeeded(message: WireMessage) -> bool:
    """Whether it is the result of a call that did what it should."""
    return message["role"] == "tool" and str(message["content"]).startswith('{"status": "OK"')


def _gone_on(event: Mapping[str, Any], heard: Mapping[str, Any]) -> str:
    message = str(heard.get("message", ""))
    quoted = message if len(message) <= MOST_QUOTED else f"... {message[-MOST_QUOTED:]}"
    told = GO_ON.format(name=heard.get("name", "the other"), message=quoted)
    return json.dumps({**event, "message": told}, ensure_ascii=False)


def _flat(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if isinstance(part, Mapping) and "text" in part)


def _answer(thought: Any, name: str, arguments: Any) -> str:
    return json.dumps({"thought": thought, "function": name, "arguments": arguments}, ensure_ascii=False)


def _arguments(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _format(kind: str, tools: Sequence[ToolSchema]) -> Mapping[str, Any] | None:
    """The `response_format` of a request; None for none."""
    if kind == "json_object":
        return {"type": "json_object"}
    if kind == "none":
        return None
    schema = {"anyOf": [_shape(tool) for tool in tools]} if len(tools) > 1 else _shape(tools[0])
    return {"type": "json_schema", "json_schema": {"name": "step", "schema": schema}}


def _shape(tool: ToolSchema) -> dict[str, Any]:
    """The schema of an answer that calls this function."""
    parameters = dict(tool["function"].get("parameters") or {"type": "object"})
    properties = _properties(tool)
    required = [name for name in parameters.get("required", ()) if name in properties]
    arguments = {**parameters, "properties": properties, "required": required, "additionalProperties": False}
    return {
        "type": "object",
        "properties": {
            "thought": {"type": "string", "maxLength": THOUGHT_CHARS},
            "function": {"const": tool["function"]["name"]},
            "arguments": arguments,
        },
        "required": ["thought", "function", "arguments"],
        "additionalProperties": False,
    }


def _properties(tool: ToolSchema) -> dict[str, Any]:
    """The arguments that are asked for here; the thought has a place of its own."""
    about = tool["function"]
    without = ("inner_thoughts", *SELDOM_USED.get(about["name"], ()))
    properties = (about.get("parameters") or {}).get("properties", {})
    return {name: schema for name, schema in properties.items() if name not in without}


def _kind(schema: Mapping[str, Any]) -> str:
    if choices := schema.get("enum"):
        return " | ".join(map(str, choices))
    return str(schema.get("type", "any"))


def _chosen(tool: ToolSchema, choice: ToolChoice) -> bool:
    return not isinstance(choice, Mapping) or choice["function"]["name"] == _name(tool)


def _has(tools: Sequence[ToolSchema], name: str) -> bool:
    return any(_name(tool) == name for tool in tools)


def _name(tool: ToolSchema) -> str:
    return str(tool["function"]["name"])
