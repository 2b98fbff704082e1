"""The plain prompt: functions described and events told in text, and the JSON schema of the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from memgpt_autogen.llm.protocols import ToolChoice, ToolSchema
from memgpt_autogen.messages import WireMessage

ANSWER = "answer"
"""Says the text of the `native` dialect, where no function is for that."""


THOUGHT_CHARS = 200
"""The most that a model may think before it acts; small ones find no end of their own."""


def plain_messages(messages: Sequence[WireMessage], tools: Sequence[ToolSchema]) -> list[WireMessage]:
    """A prompt of the chat API as text alone: functions in the system message, calls and results as JSON, roles in turn."""
    plain: list[WireMessage] = []
    heard: dict[str, Any] = {}
    for place, message in enumerate(messages):
        if place == 0 and message["role"] == "system":
            head, mark, core = str(message["content"]).partition(CORE_MARK)
            plain.append({"role": "system", "content": f"{describe_functions(tools)}\n\n{head}".rstrip()})
            plain += _example_messages(tools)
            if mark:
                _append(plain, "user", mark + core)
            continue
        if _has_images(message):
            _append_images(plain, message["content"])
            continue
        event = _event(message)
        if event.get("type") == "user_message":
            heard = event
        if event.get("type") != "heartbeat":
            for role, text in _texts_of(message):
                _append(plain, role, text)
        elif not _is_success(messages[place - 1]):  # a result speaks for itself
            _append(plain, "user", _remind(event, heard))
    return plain


def _append(plain: list[WireMessage], role: str, text: str) -> None:
    """Roles take turns, since many chat templates take nothing else."""
    if plain and plain[-1]["role"] == role != "system":
        plain[-1] = {"role": role, "content": f"{plain[-1]['content']}\n{text}"}
    else:
        plain.append({"role": role, "content": text})


def _has_images(message: WireMessage) -> bool:
    """Whether the message has pictures beside its text."""
    parts = message.get("content")
    return isinstance(parts, list) and any(part.get("type") == "image_url" for part in parts)


def _append_images(plain: list[WireMessage], parts: list[Any]) -> None:
    """Pictures stand behind everything that is said, in the same message where roles take turns."""
    if plain and plain[-1]["role"] == "user":
        parts = [{"type": "text", "text": plain.pop()["content"]}, *parts]
    plain.append({"role": "user", "content": parts})


def describe_functions(tools: Sequence[ToolSchema]) -> str:
    """The functions and the form of an answer, as a model reads them."""
    lines = [FORM, "Functions (? = optional):"]
    for tool in tools:
        about = tool["function"]
        parameters = about.get("parameters") or {}
        required = parameters.get("required", ())
        arguments = [
            f"{name}{'' if name in required else '?'}: {_type_name(schema)}"
            for name, schema in _offered_properties(tool).items()
        ]
        lines.append(f"- {about['name']}({', '.join(arguments)}) {about.get('description', '')}".rstrip())
    return "\n".join(lines)


FORM = """Answer with one JSON object and nothing else:
{"thought": "one short sentence", "function": "its name", "arguments": {...}}"""


ANSWER_FUNCTION: ToolSchema = {
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


def _user_event(message: str) -> dict[str, str]:
    return {"type": "user_message", "name": "example", "message": message}


def _function_result(message: str) -> dict[str, str]:
    return {"type": "function_result", "status": "OK", "message": message}


EXAMPLE_STEPS: tuple[tuple[Mapping[str, str], str, str, Mapping[str, Any]], ...] = (
    (
        _user_event("Good morning!"),
        "A greeting: I answer.",
        "send_message",
        {"message": "Good morning to you!"},
    ),
    (
        _user_event("My cat is called Miso."),
        "A lasting fact: I keep it, then I answer.",
        "core_memory_append",
        {"label": "human", "content": "Has a cat called Miso.", "request_heartbeat": True},
    ),
    (
        _function_result("Done."),
        "It is kept: I answer.",
        "send_message",
        {"message": "What a nice name, Miso!"},
    ),
    (
        _user_event("I was wrong, she is called Momo."),
        "What I kept is not true any more: I replace it, then I answer.",
        "core_memory_replace",
        {
            "label": "human",
            "old_content": "Has a cat called Miso.",
            "new_content": "Has a cat called Momo.",
            "request_heartbeat": True,
        },
    ),
    (_function_result("Done."), "It is changed: I answer.", "send_message", {"message": "Momo, then!"}),
    (
        _user_event("Please be brief from now on."),
        "This is about me: I keep it in persona, then I answer.",
        "core_memory_append",
        {"label": "persona", "content": "I am brief.", "request_heartbeat": True},
    ),
    (_function_result("Done."), "It is kept: I answer.", "send_message", {"message": "I will be."}),
    (
        _user_event("What is my cat called?"),
        "It is in my core memory: I answer.",
        "send_message",
        {"message": "Your cat is called Momo."},
    ),
    (
        _user_event("Where did we want to go in May?"),
        "It is not in my core memory: I search, then I answer.",
        "conversation_search",
        {"query": "go in May", "request_heartbeat": True},
    ),
    (
        _function_result('[{"name": "example", "message": "In May we fly to Lima."}]'),
        "I found it: I answer.",
        "send_message",
        {"message": "You wanted to fly to Lima."},
    ),
    (
        _user_event("What does the manual say about the boiler?"),
        "Documents are in archival memory: I search it, then I answer.",
        "archival_memory_search",
        {"query": "boiler manual", "request_heartbeat": True},
    ),
    (
        _function_result('[{"text": "Boiler: drain it in winter."}]'),
        "I found it: I answer.",
        "send_message",
        {"message": "It says to drain it in winter."},
    ),
)
"""Steps that show the protocol, before the first real one: what came, what was thought, and the call."""


EXAMPLES_END = {
    "type": "system_alert",
    "message": "The examples end here, forget what was in them. Now the conversation begins.",
}


CORE_MARK = "<core_memory>"
"""Where what changes begins in a system message. It stands behind the examples here, so that an edit leaves them in the cache."""


REMINDER = "Go on with what {name} said: {message}"
"""What a heartbeat says here: told only to act again, a small model answers just that."""


QUOTED_CHARS = 200
"""Characters of a message that is quoted so."""


SELDOM_USED = {
    "conversation_search": ("role", "start_date", "end_date"),
    "archival_memory_insert": ("tags", "replaces"),
    "archival_memory_search": ("tags", "tag_match_mode", "start_date", "end_date"),
}
"""Arguments that are not offered here: a small model fills in all that there are, and then finds nothing."""


def _example_messages(tools: Sequence[ToolSchema]) -> list[WireMessage]:
    """The example steps, where the functions in them are offered."""
    if not all(has_function(tools, name) for _, _, name, _ in EXAMPLE_STEPS):
        return []
    told: list[WireMessage] = []
    for came, thought, name, arguments in EXAMPLE_STEPS:
        told.append({"role": "user", "content": json.dumps(came)})
        told.append({"role": "assistant", "content": _answer_json(thought, name, arguments)})
    return [*told, {"role": "user", "content": json.dumps(EXAMPLES_END)}]


def _texts_of(message: WireMessage) -> list[tuple[str, str]]:
    """Role and text of what a message says."""
    text = message.get("content") or ""
    if message["role"] == "tool":
        return [("user", f'{{"type": "function_result", {str(text).removeprefix("{")}')]
    if calls := message.get("tool_calls"):
        functions = [call["function"] for call in calls]
        return [
            (
                "assistant",
                _answer_json(text if not place else "", each["name"], _parse_json(each["arguments"])),
            )
            for place, each in enumerate(functions)
        ]
    return [(message["role"], _text_parts(text))] if text else []


def _event(message: WireMessage) -> dict[str, Any]:
    """The event that a message of somebody else holds."""
    if message["role"] != "user" or not isinstance(message.get("content"), str):
        return {}
    event = _parse_json(message["content"])
    return event if isinstance(event, dict) else {}


def _is_success(message: WireMessage) -> bool:
    """Whether it is the result of a call that did what it should."""
    return message["role"] == "tool" and str(message["content"]).startswith('{"status": "OK"')


def _remind(event: Mapping[str, Any], heard: Mapping[str, Any]) -> str:
    message = str(heard.get("message", ""))
    quoted = message if len(message) <= QUOTED_CHARS else f"... {message[-QUOTED_CHARS:]}"
    told = REMINDER.format(name=heard.get("name", "the other"), message=quoted)
    return json.dumps({**event, "message": told}, ensure_ascii=False)


def _text_parts(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if isinstance(part, Mapping) and "text" in part)


def _answer_json(thought: Any, name: str, arguments: Any) -> str:
    return json.dumps({"thought": thought, "function": name, "arguments": arguments}, ensure_ascii=False)


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def answer_format(kind: str, tools: Sequence[ToolSchema]) -> Mapping[str, Any] | None:
    """The `response_format` of a request; None for none."""
    if kind == "json_object":
        return {"type": "json_object"}
    if kind == "none":
        return None
    schema = (
        {"anyOf": [_answer_schema(tool) for tool in tools]} if len(tools) > 1 else _answer_schema(tools[0])
    )
    return {"type": "json_schema", "json_schema": {"name": "step", "schema": schema}}


def _answer_schema(tool: ToolSchema) -> dict[str, Any]:
    """The schema of an answer that calls this function."""
    parameters = dict(tool["function"].get("parameters") or {"type": "object"})
    properties = _offered_properties(tool)
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


def _offered_properties(tool: ToolSchema) -> dict[str, Any]:
    """The arguments that are asked for here; the thought has a place of its own."""
    about = tool["function"]
    without = ("inner_thoughts", *SELDOM_USED.get(about["name"], ()))
    properties = (about.get("parameters") or {}).get("properties", {})
    return {name: schema for name, schema in properties.items() if name not in without}


def _type_name(schema: Mapping[str, Any]) -> str:
    if choices := schema.get("enum"):
        return " | ".join(map(str, choices))
    return str(schema.get("type", "any"))


def is_chosen(tool: ToolSchema, choice: ToolChoice) -> bool:
    return not isinstance(choice, Mapping) or choice["function"]["name"] == function_name(tool)


def has_function(tools: Sequence[ToolSchema], name: str) -> bool:
    return any(function_name(tool) == name for tool in tools)


def function_name(tool: ToolSchema) -> str:
    return str(tool["function"]["name"])
