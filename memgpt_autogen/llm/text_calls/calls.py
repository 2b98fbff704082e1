"""Calls and thoughts that stand in an answer's text, for models whose server does not take them out.

Servers are meant to turn what a model writes into tool calls. Many do not, or not for every model, and then a call arrives as
text: JSON in a fence or in `<tool_call>` tags, with doubled braces or without an end, Mistral's `[TOOL_CALLS]`, Llama's and
Qwen's `<function=...>`, MemGPT's own `{"function": ..., "params": ...}`, or a line of Python.

Only functions that were offered count, and only where the text is evidently a call: in tags or a fence, or at the
beginning or the end of what was written. JSON in the middle of prose is prose.
"""

from __future__ import annotations

import ast
import json
import re
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from memgpt_autogen.errors import ToolError
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.llm.text_calls.arguments import read_arguments
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.text.names import plain_name

LONGEST_TEXT = 40_000
"""Characters of an answer that are looked through."""

MOST_WORK = 400_000
"""Characters that are looked through for where an unmarked call at the end may begin."""

MOST_CALLS = 16
"""Calls that are read out of one answer; a model that writes more has lost itself."""


def read_text_calls(completion: Completion, names: Collection[str], *, calls: bool = True) -> Completion:
    """The answer with its reasoning apart, and with the calls of functions in `names` that stand in its text.

    Calls are looked for only if the server found none, and if `calls` says so.
    """
    said, thought = split_thoughts(PARROTED.sub("", completion.text))
    thought = "\n".join(part for part in (completion.thought, thought) if part)
    if calls and said and not completion.tool_calls:
        said, read = find_calls(said, names)
        completion = replace(completion, tool_calls=read)
    return replace(completion, text=said, thought=thought)


def split_thoughts(text: str) -> tuple[str, str]:
    """What was said, and what was thought before it in `<think>` tags; an end without a beginning, or none yet, counts too."""
    thoughts: list[str] = []
    while match := THINKING.match(text):
        thoughts.append((match["thought"] or match["begun"] or "").strip())
        text = text[match.end() :]
    return (text.strip() if thoughts else text), "\n".join(filter(None, thoughts))


def find_calls(text: str, names: Collection[str]) -> tuple[str, tuple[ToolCall, ...]]:
    """What is left of the text, and the calls that stood in it, in order."""
    known = {plain_name(name): name for name in names}
    mentioned = re.sub(r"[^a-z0-9]", "", text[: LONGEST_TEXT + 1].lower())
    if len(text) > LONGEST_TEXT or not any(name in mentioned for name in known):
        return text, ()
    calls: list[ToolCall] = []
    left: list[str] = []
    behind = 0
    for span in _spans(text, known):
        if len(calls) + len(span.calls) > MOST_CALLS:
            break
        left.append(text[behind : span.start])
        left += span.beside
        calls += span.calls
        behind = span.end
    if not calls:
        return text, ()
    left.append(text[behind:])
    return "\n".join(filter(None, (LEFT_OVER.sub("", part).strip() for part in left))), tuple(calls)


@dataclass(frozen=True, slots=True)
class _Span:
    """A part of the text that is nothing but calls."""

    start: int
    end: int
    calls: tuple[ToolCall, ...]
    beside: tuple[str, ...] = ()
    """Thoughts that stood in the same object."""


THINKING = re.compile(
    r"\s*(?:<(?P<tag>think|thinking|thought|reasoning)>(?P<thought>.*?)(?:</(?P=tag)>|\Z))"
    r"|(?:\A(?P<begun>(?:(?!<think).)*?)</think(?:ing)?>)",
    re.DOTALL,
)
PARROTED = re.compile(r"\s*<tool_response>.*?(?:</tool_response>\s*|\Z)", re.DOTALL)
"""A result that a model makes up, as its chat template shows it real ones: neither said nor thought."""

TAG = r"tool_call|tool_calls|function_call|functioncall|function_calls|tools?"
WRAPPED = re.compile(
    rf"<(?P<tag>{TAG})>(?P<tagged>.*?)(?:</(?P=tag)>|\Z)"
    r"|```[\w-]*[ \t]*\n?(?P<fenced>.*?)(?:```|\Z)"
    r"|(?:\[TOOL_CALLS\]|<\|python_tag\|>)(?P<marked>.*)\Z"
    r"|(?P<function><function=.*?(?:</function>|\Z))",
    re.DOTALL,
)
FUNCTION = re.compile(r"<function=(?P<name>[\w.-]+)>(?P<inside>.*?)(?:</function>|\Z)", re.DOTALL)
PARAMETER = re.compile(r"<parameter=(?P<name>[\w-]+)>\n?(?P<value>.*?)\n?</parameter>", re.DOTALL)
PYTHON = re.compile(r"(?P<name>(?:\w+\.)?\w+)\(")
LEFT_OVER = re.compile(r"</?(?:tool_calls?|function_calls?|tools)>|<\|[\w ]+\|>|```\w*\s*\Z|\A\s*```")

NAME_KEYS = ("name", "function", "tool", "tool_name", "function_name", "action", "recipient_name")
ARGUMENT_KEYS = ("arguments", "parameters", "params", "args", "input", "action_input", "kwargs")
THOUGHT_KEYS = ("inner_thoughts", "thoughts", "thought", "reasoning")


def _spans(text: str, known: Mapping[str, str]) -> Iterator[_Span]:
    """The parts that are calls, in order and without overlap."""
    position = 0
    while position < len(text):
        match = WRAPPED.search(text, position)
        yield from _unmarked_spans(text, position, match.start() if match else len(text), known)
        if match is None:
            return
        inside = (match[name] for name in ("tagged", "fenced", "marked", "function"))
        calls, beside = _read_calls(next(filter(None, inside), ""), known)
        if calls:
            yield _Span(match.start(), match.end(), calls, beside)
        position = max(match.end(), match.start() + 1)


def _unmarked_spans(text: str, start: int, end: int, known: Mapping[str, str]) -> Iterator[_Span]:
    """Calls without any mark: at the very beginning or the very end of the answer."""
    piece = text[start:end]
    first = start + len(piece) - len(piece.lstrip())
    if text[:first].strip() == "":
        length = _calls_length(text[first:end], known)
        calls, beside = _read_calls(text[first : first + length], known)
        if calls:
            yield _Span(first, first + length, calls, beside)
            return
    if text[end:].strip() or not piece.strip():
        return
    work = 0
    for opening in OPENINGS.finditer(piece):
        at = start + opening.start("call")
        work += end - at
        if work > MOST_WORK:
            return
        length = _calls_length(text[at:end], known)
        rest = LEFT_OVER.sub("", text[at + length : end])
        if rest.strip(" \n`"):
            continue
        calls, beside = _read_calls(text[at : at + length], known)
        if calls:
            yield _Span(at, end, calls, beside)
            return


OPENINGS = re.compile(r"(?:\A|(?<=[\s:`]))(?P<call>[\[{]|(?:\w+\.)?\w+\()")


def _calls_length(text: str, known: Mapping[str, str]) -> int:
    """How far the value that begins the text goes, with those that follow it directly; to the text's end where it has none."""
    length = _value_length(text, 0, known)
    while 0 < length < len(text):
        follows = SEPARATOR.match(text, length)
        begin = follows.end() if follows else length
        end = _value_length(text, begin, known)
        if end == begin:
            break
        length = end
    return length


def _value_length(text: str, begin: int, known: Mapping[str, str]) -> int:
    """Where the value that begins there ends; `begin` itself where none does."""
    if text[begin : begin + 1] not in ("{", "["):
        match = PYTHON.match(text, begin)
        if match is None or plain_name(match["name"]) not in known:
            return begin
    depth = 0
    for piece in PIECES.finditer(text, begin):
        if piece[0] in OPEN:
            depth += 1
        elif piece[0] in CLOSE:
            depth -= 1
            if depth == 0:
                return piece.end()
    return len(text)


SEPARATOR = re.compile(r"[\s,;]*")
PIECES = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|[\[\](){}]', re.DOTALL)
OPEN, CLOSE = "([{", ")]}"


def _read_calls(text: str, known: Mapping[str, str]) -> tuple[tuple[ToolCall, ...], tuple[str, ...]]:
    """The calls of a text that is nothing else, and the thoughts beside them; none where it is something else."""
    text = text.strip().strip("`").strip()
    if not text:
        return (), ()
    if "<function=" in text:
        return tuple(
            call for match in FUNCTION.finditer(text) for call in _function_tag_calls(match, known)
        ), ()
    calls: list[ToolCall] = []
    beside: list[str] = []
    for value, whole in _json_values(text):
        for name, arguments, thought in _described_calls(value, known):
            calls.append(_make_call(name, arguments, whole=whole))
            beside += [thought] if thought else []
    return (tuple(calls), tuple(beside)) if calls else (_python_calls(text, known), ())


def _json_values(text: str) -> Iterator[tuple[Any, bool]]:
    """JSON values one after the other, and whether they are as they stood; the last one may be mended."""
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


LENIENT = json.JSONDecoder(strict=False)


def _described_calls(value: Any, known: Mapping[str, str]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Name, arguments and thought of each call that a JSON value describes."""
    if isinstance(value, list):
        for each in value:
            yield from _described_calls(each, known)
        return
    if not isinstance(value, dict):
        return
    if isinstance(several := value.get("tool_calls", value.get("calls")), list):
        yield from _described_calls(several, known)
        return
    if isinstance(value.get("function"), dict):
        inner = value["function"]
        yield from _described_calls(inner, known)
        return
    thought = next((value[key] for key in THOUGHT_KEYS if isinstance(value.get(key), str)), "")
    key = next((key for key in NAME_KEYS if _known_name(value.get(key), known)), None)
    if key is not None:
        others = {name: each for name, each in value.items() if name not in (key, *THOUGHT_KEYS)}
        held = next((name for name in ARGUMENT_KEYS if name in others), None)
        arguments = _argument_object(others.pop(held)) if held else others
        if held and "request_heartbeat" in others:
            arguments = {**arguments, "request_heartbeat": others["request_heartbeat"]}
        for noise in ("type", "id") if held is None else ():
            arguments.pop(noise, None)
        yield _known_name(value[key], known), arguments, thought
        return
    alone = [(name, inner) for name, inner in value.items() if name not in THOUGHT_KEYS]
    if len(alone) == 1 and isinstance(alone[0][1], dict) and _known_name(alone[0][0], known):
        yield _known_name(alone[0][0], known), alone[0][1], thought


def _argument_object(arguments: Any) -> dict[str, Any]:
    """The arguments as an object, out of the text that some models put them into."""
    if isinstance(arguments, str):
        try:
            return read_arguments(arguments)
        except ToolError:
            return {"unreadable": arguments}
    return arguments if isinstance(arguments, dict) else {}


def _function_tag_calls(match: re.Match[str], known: Mapping[str, str]) -> tuple[ToolCall, ...]:
    name = _known_name(match["name"], known)
    if not name:
        return ()
    parameters = {
        each["name"]: _parameter_value(each["value"]) for each in PARAMETER.finditer(match["inside"])
    }
    return (_make_call(name, parameters or _argument_object(match["inside"])),)


def _python_calls(text: str, known: Mapping[str, str]) -> tuple[ToolCall, ...]:
    """Calls written as Python, each a statement: `core_memory_append(label="human", content="likes tea")`."""
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
            name = _known_name(ast.unparse(each.func), known)
            try:
                arguments = {
                    word.arg: ast.literal_eval(word.value) for word in each.keywords if word.arg is not None
                }
            except (ValueError, TypeError):
                return ()
            if not name:
                return ()
            calls.append(_make_call(name, arguments))
    return tuple(calls)


def _parameter_value(text: str) -> Any:
    """A parameter's text as the JSON that it may be; else as it stands."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, (bool, int, float, list, dict)) else text


def _known_name(given: Any, known: Mapping[str, str]) -> str:
    return known.get(plain_name(given), "") if isinstance(given, str) else ""


def _make_call(name: str, arguments: Mapping[str, Any], *, whole: bool = True) -> ToolCall:
    """A call under a new id. One that was cut off lacks its end here too, as it would if the server had read it."""
    try:
        told = json.dumps(arguments, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        told = str(arguments)
    return ToolCall(f"call_{uuid.uuid4().hex}", name, told if whole else told.removesuffix("}"))
