"""The plain prompt: functions and events as text, and example steps."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from memgpt_autogen.llm.protocols import Messages, ToolChoice, Tools, ToolSchema
from memgpt_autogen.llm.text_calls.heard import HEARD, split_heard
from memgpt_autogen.messages import WireMessage
from memgpt_autogen.prompts import prompt

ANSWER = "answer"
"""The function that says the text in the `native` protocol, which has no function for that."""

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

QUOTED_CHARS = 200  # of a message that a heartbeat quotes
SIMPLE = ("any", "boolean", "integer", "number", "string")  # types of items that a model guesses
DEEPEST = 3  # levels of objects in an argument that are described

STEP = '"thought": "one short sentence", "function": "its name", "arguments": {...}'

FORM = f"""Answer with one JSON object and nothing else:
{{"heard": "{"|".join(HEARD)}", {STEP}}}"""

# Where the changing part of a system message begins. It is put after the examples here, so that an edit does
# not remove them from the cache.
CORE_MARK = "<core_memory>"

# the text of a heartbeat: a small model that is only asked to act again repeats just that
REMINDER = "Go on with what {name} said: {message}"

# arguments that are not offered here: a small model fills in every argument, and then finds nothing
SELDOM_USED = {
    "conversation_search": ("role", "speaker", "start_date", "end_date", "queries"),
    "archival_memory_insert": ("tags", "replaces"),
    "archival_memory_search": ("tags", "tag_match_mode", "start_date", "end_date"),
}


def plain_messages(messages: Messages, tools: Tools) -> list[WireMessage]:
    """Return a prompt of the chat API as text: functions in the system message, calls and results as JSON.

    User and assistant take turns.
    """
    plain: list[WireMessage] = []
    last_heard: dict[str, Any] = {}
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
        event = read_event(message)
        if event.get("type") == "user_message":
            last_heard = event
        if event.get("type") != "heartbeat":
            for role, text in _texts_of(message):
                _append(plain, role, text)
        elif not _is_success(messages[place - 1]):  # a good result needs no reminder
            _append(plain, "user", _remind(event, last_heard))
    return plain


def describe_functions(tools: Tools) -> str:
    """Return the text that describes the functions and the form of an answer."""
    lines = [FORM, "Functions (? = optional):"]
    for tool in tools:
        about = tool["function"]
        parameters = about.get("parameters") or {}
        defined = {**parameters.get("definitions", {}), **parameters.get("$defs", {})}
        arguments = _arguments(offered_properties(tool), parameters.get("required", ()), defined)
        lines.append(f"- {about['name']}({', '.join(arguments)}) {about.get('description', '')}".rstrip())
    return "\n".join(lines)


def has_function(tools: Tools, name: str) -> bool:
    return any(function_name(tool) == name for tool in tools)


def function_name(tool: ToolSchema) -> str:
    return str(tool["function"]["name"])


def is_chosen(tool: ToolSchema, choice: ToolChoice) -> bool:
    return not isinstance(choice, Mapping) or choice["function"]["name"] == function_name(tool)


def _append(plain: list[WireMessage], role: str, text: str) -> None:
    """Add a text. Roles take turns, because many chat templates accept nothing else."""
    if plain and plain[-1]["role"] == role != "system":
        plain[-1] = {"role": role, "content": f"{plain[-1]['content']}\n{text}"}
    else:
        plain.append({"role": role, "content": text})


def _has_images(message: WireMessage) -> bool:
    """Return whether the message has images."""
    parts = message.get("content")
    return isinstance(parts, list) and any(part.get("type") == "image_url" for part in parts)


def _append_images(plain: list[WireMessage], parts: list[Any]) -> None:
    """Add images after the text, in the same message if the last one is the user's."""
    if plain and plain[-1]["role"] == "user":
        parts = [{"type": "text", "text": plain.pop()["content"]}, *parts]
    plain.append({"role": "user", "content": parts})


def _example_messages(tools: Tools) -> list[WireMessage]:
    """Return the example steps, events and answers in turn, if all their functions are offered."""
    steps = prompt("plain_example").splitlines()
    if not all(has_function(tools, json.loads(answer)["function"]) for answer in steps[1::2]):
        return []
    return [{"role": "assistant" if n % 2 else "user", "content": step} for n, step in enumerate(steps)]


def _texts_of(message: WireMessage) -> list[tuple[str, str]]:
    """Return role and text of each part of a message."""
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


def read_event(message: WireMessage) -> dict[str, Any]:
    """Return the event in a user message; empty for other messages."""
    if message["role"] != "user" or not isinstance(message.get("content"), str):
        return {}
    event = _parse_json(message["content"])
    return event if isinstance(event, dict) else {}


def _is_success(message: WireMessage) -> bool:
    """Return whether the message is the result of a successful call."""
    return message["role"] == "tool" and str(message["content"]).startswith('{"status": "OK"')


def _remind(event: Mapping[str, Any], last_heard: Mapping[str, Any]) -> str:
    """Return a heartbeat that quotes the last message of the user."""
    message = str(last_heard.get("message", ""))
    quoted = message if len(message) <= QUOTED_CHARS else f"... {message[-QUOTED_CHARS:]}"
    reminder = REMINDER.format(name=last_heard.get("name", "the other"), message=quoted)
    return json.dumps({**event, "message": reminder}, ensure_ascii=False)


def _text_parts(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if isinstance(part, Mapping) and "text" in part)


def _answer_json(thought: str, name: str, arguments: Any) -> str:
    heard, rest = split_heard(thought)
    known = {"heard": heard} if heard else {}
    return json.dumps(
        {**known, "thought": rest, "function": name, "arguments": arguments}, ensure_ascii=False
    )


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def offered_properties(tool: ToolSchema) -> dict[str, Any]:
    """Return the arguments that are offered here; the thought has a place of its own."""
    about = tool["function"]
    without = ("inner_thoughts", *SELDOM_USED.get(about["name"], ()))
    properties = (about.get("parameters") or {}).get("properties", {})
    return {name: schema for name, schema in properties.items() if name not in without}


def _type_name(schema: Mapping[str, Any], defined: Mapping[str, Any], depth: int = 0) -> str:
    """Return what to write for an argument: a type, the choices, or the fields of an object."""
    defined = {**defined, **schema.get("definitions", {}), **schema.get("$defs", {})}
    if reference := schema.get("$ref"):
        name = str(reference).rpartition("/")[2]
        others = {known: about for known, about in defined.items() if known != name}  # it may contain itself
        return _type_name(defined[name], others, depth) if name in defined else "any"
    if choices := schema.get("enum"):
        return " | ".join(map(str, choices))
    if "const" in schema:
        return str(schema["const"])
    if several := schema.get("anyOf") or schema.get("oneOf"):
        return " | ".join(dict.fromkeys(_type_name(each, defined, depth) for each in several))
    items, fields = schema.get("items"), schema.get("properties")
    if isinstance(items, Mapping) and (inner := _type_name(items, defined, depth)) not in SIMPLE:
        return f"array of ({inner})"
    if fields and depth < DEEPEST:
        return f"{{{', '.join(_arguments(fields, schema.get('required', ()), defined, depth + 1))}}}"
    values = schema.get("additionalProperties")
    if isinstance(values, Mapping) and (inner := _type_name(values, defined, depth)) != "any":
        return f"object of ({inner})"
    kind = schema.get("type", "any")
    return " | ".join(map(str, kind)) if isinstance(kind, list) else str(kind)


def _arguments(
    properties: Mapping[str, Any], required: Collection[str], defined: Mapping[str, Any], depth: int = 0
) -> list[str]:
    return [
        f"{name}{'' if name in required else '?'}: {_type_name(schema, defined, depth)}"
        for name, schema in properties.items()
    ]
