"""Read the calls and thoughts that are in an answer's text, when the model's server has not extracted them.

A server should turn a model's text into tool calls. Many servers do not, or not for every model. Then a call
is text: JSON in a fence or in `<tool_call>` tags, with doubled braces or without an end, Mistral's
`[TOOL_CALLS]`, Llama's and Qwen's `<function=...>`, MemGPT's own `{"function": ..., "params": ...}`, or a
line of Python.

Only functions that were offered count, and only when the text is clearly a call: in tags or a fence, or at
the beginning or the end of the answer. JSON in the middle of prose is prose.
"""

from __future__ import annotations

import ast
import json
import re
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from memgpt_autogen.errors import ToolError
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.llm.text_calls.arguments import LENIENT, read_arguments
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.text.names import normalize_name

LONGEST_TEXT = 40_000  # characters of an answer that is searched for calls
MOST_WORK = 400_000  # characters read to find where an unmarked call at the end begins
MOST_CALLS = 16  # in one answer; a model that writes more repeats itself


def read_text_calls(completion: Completion, names: Collection[str], *, calls: bool = True) -> Completion:
    """Return the answer with its thoughts separated, and with the calls that are in its text.

    Only functions in `names` count.

    Calls are searched for only when the server found none, and only with `calls`.
    """
    text, thought = split_thoughts(INVENTED_RESULT.sub("", completion.text))
    thought = "\n".join(part for part in (completion.thought, thought) if part)
    if calls and text and not completion.tool_calls:
        text, found = find_calls(text, names)
        completion = replace(completion, tool_calls=found)
    return replace(completion, text=text, thought=thought)


def split_thoughts(text: str) -> tuple[str, str]:
    """Return the text, and the thoughts before it in `<think>` tags. One of the two tags may be missing."""
    thoughts: list[str] = []
    while match := THINKING.match(text):
        thoughts.append((match["thought"] or match["begun"] or "").strip())
        text = text[match.end() :]
    return (text.strip() if thoughts else text), "\n".join(filter(None, thoughts))


def find_calls(text: str, names: Collection[str]) -> tuple[str, tuple[ToolCall, ...]]:
    """Return the rest of the text, and the calls that were in it, in order."""
    known = {normalize_name(name): name for name in names}
    mentioned = re.sub(r"[^a-z0-9]", "", text[: LONGEST_TEXT + 1].lower())
    if len(text) > LONGEST_TEXT or not any(name in mentioned for name in known):
        return text, ()
    calls: list[ToolCall] = []
    rest: list[str] = []
    end = 0
    for span in _spans(text, known):
        if len(calls) + len(span.calls) > MOST_CALLS:
            break
        rest += [text[end : span.start], *span.thoughts]
        calls += span.calls
        end = span.end
    if not calls:
        return text, ()
    rest.append(text[end:])
    return "\n".join(filter(None, (LEFT_OVER.sub("", part).strip() for part in rest))), tuple(calls)


@dataclass(frozen=True, slots=True)
class _Span:
    """A part of the text that contains only calls."""

    start: int
    end: int
    calls: tuple[ToolCall, ...]
    thoughts: tuple[str, ...] = ()
    """The thoughts in the same objects."""


THINKING = re.compile(
    r"\s*(?:<(?P<tag>think|thinking|thought|reasoning)>(?P<thought>.*?)(?:</(?P=tag)>|\Z))"
    r"|(?:\A(?P<begun>(?:(?!<think).)*?)</think(?:ing)?>)",
    re.DOTALL,
)
# a result that a model invents, in the form in which its chat template shows it real ones
INVENTED_RESULT = re.compile(r"(?:(?<!\s)\s+)?<tool_response>.*?(?:</tool_response>\s*|\Z)", re.DOTALL)

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
PARAMETER_END = "</parameter>"
PYTHON = re.compile(r"(?P<name>(?:\w+\.)?\w+)\(")
LEFT_OVER = re.compile(r"</?(?:tool_calls?|function_calls?|tools)>|<\|[\w ]+\|>|```\w*\s*\Z|\A\s*```")

NAME_KEYS = ("name", "function", "tool", "tool_name", "function_name", "action", "recipient_name")
ARGUMENT_KEYS = ("arguments", "parameters", "params", "args", "input", "action_input", "kwargs")
THOUGHT_KEYS = ("inner_thoughts", "thoughts", "thought", "reasoning")


def _spans(text: str, known: Mapping[str, str]) -> Iterator[_Span]:
    """Yield the parts that are calls, in order and without overlap."""
    position = 0
    first, last = len(text) - len(text.lstrip()), len(text.rstrip())
    while position < len(text):
        match = WRAPPED.search(text, position)
        end = match.start() if match else len(text)
        if position <= first or end >= last:
            yield from _unmarked_spans(text, position, end, known)
        if match is None:
            return
        inside = (match[name] for name in ("tagged", "fenced", "marked", "function"))
        calls, thoughts = _read_calls(next(filter(None, inside), ""), known)
        if calls:
            yield _Span(match.start(), match.end(), calls, thoughts)
        position = max(match.end(), match.start() + 1)


def _unmarked_spans(text: str, start: int, end: int, known: Mapping[str, str]) -> Iterator[_Span]:
    """Yield calls without any mark, at the very beginning or the very end of the answer."""
    piece = text[start:end]
    first = start + len(piece) - len(piece.lstrip())
    if text[:first].strip() == "":
        length = _calls_length(text[first:end], known)
        calls, thoughts = _read_calls(text[first : first + length], known)
        if calls:
            yield _Span(first, first + length, calls, thoughts)
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
        calls, thoughts = _read_calls(text[at : at + length], known)
        if calls:
            yield _Span(at, end, calls, thoughts)
            return


OPENINGS = re.compile(r"(?:\A|(?<=[\s:`]))(?P<call>[\[{]|(?:\w+\.)?\w+\()")


def _calls_length(text: str, known: Mapping[str, str]) -> int:
    """Return where the first values of the text end; the text's end when the last one has no end."""
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
    """Return where the value ends that begins there; `begin` itself when no value begins there."""
    if text[begin : begin + 1] not in ("{", "["):
        match = PYTHON.match(text, begin)
        if match is None or normalize_name(match["name"]) not in known:
            return begin
    depth = 0
    for sign, end in _brackets(text, begin):
        if sign in OPEN:
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                return end
    return len(text)


SEPARATOR = re.compile(r"[\s,;]*")
SIGNS = re.compile(r"[\"'\[\](){}]")
STRINGS = {
    '"': re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL),
    "'": re.compile(r"'[^'\\\n]*(?:\\.[^'\\\n]*)*", re.DOTALL),
}
OPEN = "([{"


def _brackets(text: str, begin: int) -> Iterator[tuple[str, int]]:
    """Yield the brackets outside strings, each with the place behind it."""
    place = begin
    no_string = dict.fromkeys(STRINGS, begin)  # before this place, no string of this kind begins
    while found := SIGNS.search(text, place):
        sign, place = found[0], found.end()
        if sign not in STRINGS:
            yield sign, place
        elif found.start() >= no_string[sign]:
            string = STRINGS[sign].match(text, found.start())
            end = string.end() if string else place
            if text[end : end + 1] == sign:
                place = end + 1
            else:  # what follows up to there are escaped marks, which begin nothing that ends either
                no_string[sign] = end


def _read_calls(text: str, known: Mapping[str, str]) -> tuple[tuple[ToolCall, ...], tuple[str, ...]]:
    """Return the calls and their thoughts of a text that contains only calls; nothing for another text."""
    text = text.strip().strip("`").strip()
    if not text:
        return (), ()
    if "<function=" in text:
        tagged = (_function_tag_calls(match, known) for match in FUNCTION.finditer(text))
        return tuple(chain.from_iterable(tagged)), ()
    calls: list[ToolCall] = []
    thoughts: list[str] = []
    for value, whole in _json_values(text):
        for name, arguments, thought in _described_calls(value, known):
            calls.append(_make_call(name, arguments, whole=whole))
            thoughts += [thought] if thought else []
    return (tuple(calls), tuple(thoughts)) if calls else (_python_calls(text, known), ())


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


def _described_calls(value: Any, known: Mapping[str, str]) -> Iterator[tuple[str, dict[str, Any], str]]:
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
    key = next((key for key in NAME_KEYS if _known_name(value.get(key), known)), None)
    if key is not None:
        others = {name: each for name, each in value.items() if name not in (key, *THOUGHT_KEYS)}
        inside = next((name for name in ARGUMENT_KEYS if name in others), None)
        arguments = _argument_object(others.pop(inside)) if inside else others
        if inside and "request_heartbeat" in others:
            arguments = {**arguments, "request_heartbeat": others["request_heartbeat"]}
        for noise in ("type", "id") if inside is None else ():
            arguments.pop(noise, None)
        yield _known_name(value[key], known), arguments, thought
        return
    alone = [(name, inner) for name, inner in value.items() if name not in THOUGHT_KEYS]
    if len(alone) == 1 and isinstance(alone[0][1], dict) and _known_name(alone[0][0], known):
        yield _known_name(alone[0][0], known), alone[0][1], thought


def _argument_object(arguments: Any) -> dict[str, Any]:
    """Return the arguments as an object; some models write them as a text."""
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
    closed = match["inside"].rpartition(PARAMETER_END)
    parameters = {
        each["name"]: _parameter_value(each["value"]) for each in PARAMETER.finditer("".join(closed[:2]))
    }
    return (_make_call(name, parameters or _argument_object(match["inside"])),)


def _python_calls(text: str, known: Mapping[str, str]) -> tuple[ToolCall, ...]:
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
    """Return a parameter's text as JSON if it is JSON, else unchanged."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, (bool, int, float, list, dict)) else text


def _known_name(given: Any, known: Mapping[str, str]) -> str:
    return known.get(normalize_name(given), "") if isinstance(given, str) else ""


def _make_call(name: str, arguments: Mapping[str, Any], *, whole: bool = True) -> ToolCall:
    """Return a call with a new id. Arguments that were cut off stay without their end."""
    try:
        text = json.dumps(arguments, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = str(arguments)
    return ToolCall(f"call_{uuid.uuid4().hex}", name, text if whole else text.removesuffix("}"))
