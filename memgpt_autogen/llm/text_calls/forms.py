"""The forms of a call in a text that contains only calls: in a model's own marks, as JSON, and as Python."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from memgpt_autogen.errors import ToolError
from memgpt_autogen.llm.text_calls.arguments import LENIENT, read_arguments
from memgpt_autogen.llm.text_calls.heard import HEARD, join_heard
from memgpt_autogen.llm.text_calls.tagged import Known, argument_object, known_name, make_call, tagged_calls
from memgpt_autogen.messages import ToolCall

NAME_KEYS = ("name", "function", "tool", "tool_name", "function_name", "action", "recipient_name")
ARGUMENT_KEYS = ("arguments", "parameters", "params", "args", "input", "action_input", "kwargs")
THOUGHT_KEYS = ("inner_thoughts", "thoughts", "thought", "reasoning")


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of a text, and the thoughts in the same objects."""

    calls: tuple[ToolCall, ...] = ()
    thoughts: tuple[str, ...] = ()


def read_calls(text: str, known: Known, *, marked: bool = True, closed: bool = False) -> Calls:
    """Return the calls of a text that contains only calls; nothing for another text.

    Where it stands in a model's own marks (`marked`), a name alone is a call, and marks may stand before its
    arguments. Where it is `closed` by such a mark, a call without an end of its own is whole.
    """
    text = text.strip().strip("`").strip()
    if not text:
        return Calls()
    if found := tuple(tagged_calls(text, known, marked=marked, closed=closed)):
        return Calls(found)
    calls: list[ToolCall] = []
    thoughts: list[str] = []
    for value, whole in _json_values(text):
        for name, arguments, thought in _described_calls(value, known):
            calls.append(make_call(name, arguments, whole=whole))
            thoughts += [thought] if thought else []
    return Calls(tuple(calls), tuple(thoughts)) if calls else Calls(_python_calls(text, known))


def _json_values(text: str) -> Iterator[tuple[Any, bool]]:
    """Yield JSON values in order, and whether each is whole; the last one may be repaired."""
    position = 0
    while position < len(text):
        if text[position] not in "{[":
            if not text[position].isspace() and text[position] not in ",;":
                return
            position += 1
            continue
        try:
            value, position = LENIENT.raw_decode(text, position)
        except (ValueError, RecursionError):
            with suppress(ToolError):
                yield read_arguments(text[position:]), text.count("{") <= text.count("}")
            return
        yield value, True


def _with_heard(thought: str, value: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the thought that begins with the kind of what was heard, and the fields without it."""
    heard = value.get("heard")
    if not isinstance(heard, str) or heard not in HEARD:
        return thought, value
    return join_heard(heard, thought), {name: each for name, each in value.items() if name != "heard"}


def _described_calls(value: Any, known: Known) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield name, arguments and thought of each call that a JSON value describes."""
    if isinstance(value, list):
        for each in value:
            yield from _described_calls(each, known)
        return
    if not isinstance(value, dict):
        return
    if isinstance(several := value.get("tool_calls", value.get("calls")), list):
        yield from _described_calls(several, known)
        return
    if isinstance(inner := value.get("function"), dict):
        yield from _described_calls(inner, known)
        return
    thought = next((value[key] for key in THOUGHT_KEYS if isinstance(value.get(key), str)), "")
    thought, value = _with_heard(thought, value)
    key = next((key for key in NAME_KEYS if known_name(value.get(key), known)), None)
    if key is not None:
        others = {name: each for name, each in value.items() if name not in (key, *THOUGHT_KEYS)}
        inside = next((name for name in ARGUMENT_KEYS if name in others), None)
        arguments = argument_object(others.pop(inside)) if inside else others
        if inside and "request_heartbeat" in others:
            arguments = {**arguments, "request_heartbeat": others["request_heartbeat"]}
        for noise in ("type", "id") if inside is None else ():
            arguments.pop(noise, None)
        yield known_name(value[key], known), arguments, thought
        return
    alone = [(name, inner) for name, inner in value.items() if name not in THOUGHT_KEYS]
    if len(alone) == 1 and isinstance(alone[0][1], dict) and known_name(alone[0][0], known):
        yield known_name(alone[0][0], known), alone[0][1], thought


def _python_calls(text: str, known: Known) -> tuple[ToolCall, ...]:
    """Return calls that are Python statements: `core_memory_append(label="human", content="likes tea")`."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    calls: list[ToolCall] = []
    for statement in body:
        value = statement.value if isinstance(statement, ast.Expr) else None
        listed = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]
        for each in listed:
            if not isinstance(each, ast.Call) or each.args:
                return ()
            name = known_name(ast.unparse(each.func), known)
            try:
                arguments = {
                    word.arg: ast.literal_eval(word.value) for word in each.keywords if word.arg is not None
                }
            except (ValueError, TypeError):
                return ()
            if not name:
                return ()
            calls.append(make_call(name, arguments))
    return tuple(calls)
