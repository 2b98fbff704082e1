"""Read the calls and thoughts that are in an answer's text, when the model's server has not extracted them.

A server should turn a model's text into tool calls. Many servers do not, or not for every model. Then a call
is text: in the model's own marks (`marks`), JSON in a fence, with doubled braces or without an end, MemGPT's
own `{"function": ..., "params": ...}`, or a line of Python.

Only functions that were offered count, and only when the text is clearly a call: in marks or a fence, or at
the beginning or the end of the answer; so is a name before its object. JSON in the middle of prose is prose.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.llm.text_calls.brackets import closing_bracket
from memgpt_autogen.llm.text_calls.forms import Calls, read_calls
from memgpt_autogen.llm.text_calls.marks import CALL, CALLS, end_tag, one_of, tag, token, which
from memgpt_autogen.llm.text_calls.tagged import Ends, Known, known_name
from memgpt_autogen.llm.text_calls.thoughts import split_thoughts, without_marks
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
    return replace(completion, text=without_marks(text), thought=thought)


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
        if len(calls) + len(span.found.calls) > MOST_CALLS:
            break
        rest += [text[end : span.start], *span.found.thoughts]
        calls += span.found.calls
        end = span.end
    if not calls:
        return text, ()
    rest.append(text[end:])
    return "\n".join(filter(None, (LEFT_OVER.sub("", part).strip() for part in rest))), tuple(calls)


def mended_call(call: ToolCall, names: Collection[str]) -> ToolCall:
    """Return a call whose name is one of `names`, where marks that the server left are around it.

    Arguments that stand in the name, because a mark before them was not read, are the arguments.
    """
    if call.name in names:
        return call
    before, opening, after = call.name.partition("{")
    name = known_name(before, {normalize_name(name): name for name in names})
    if not name:
        return call
    blank = call.arguments.strip() in ("", "{}", "null")
    return replace(call, name=name, arguments=opening + after if opening and blank else call.arguments)


@dataclass(frozen=True, slots=True)
class _Span:
    """A part of the text that contains only calls."""

    start: int
    end: int
    found: Calls


# a result that a model invents, in the form in which its chat template shows it real ones
INVENTED_RESULT = re.compile(r"(?:(?<!\s)\s+)?<tool_response>.*?(?:</tool_response>\s*|\Z)", re.DOTALL)

BEGINS = one_of((*(row.opens for row in CALLS), r"```[\w-]{0,40}[ \t]*\n?"))
ENDS = [re.compile(closes, re.IGNORECASE) for closes in (*(row.closes for row in CALLS), "```")]
FENCE = len(CALLS)
LEFT_OVER = re.compile(
    rf"{tag(CALL)}|{end_tag(CALL)}|{token(r'/?[^<>|｜]{1,60}')}|<tool_call\|>|<end_function_call>"
    r"|\[TOOL_CALLS\]|```\w*\s*\Z|\A\s*```",
    re.IGNORECASE,
)


def _spans(text: str, known: Known) -> Iterator[_Span]:
    """Yield the parts that are calls, in order and without overlap."""
    first, last = len(text) - len(text.lstrip()), len(text.rstrip())
    position = 0
    arguments = Ends(text)
    if not BEGINS.match(text, first):  # a call without any mark, at the very beginning
        length = _calls_length(text[first:], known)
        found = read_calls(text[first : first + length], known, marked=False)
        if not found.calls:  # a name before an object, whose mark was left out
            length = arguments.of_arguments(first) - first
            found = read_calls(text[first : first + length], known)
        if found.calls:
            position = first + length
            yield _Span(first, position, found)
    while position < len(text):
        begins = BEGINS.search(text, position)
        end = begins.start() if begins else len(text)
        if end >= last:
            yield from _last_calls(text, position, known)
        if begins is None:
            return
        kind = which(begins)
        ends = ENDS[kind].search(text, arguments.of_arguments(begins.end()))
        end = ends.end() if ends else len(text)
        # an element begins and ends with marks that are its own
        inside = text[begins.end() : ends.start() if ends and begins[0] else end]
        found = read_calls(inside, known, marked=kind != FENCE, closed=ends is not None)
        if found.calls:
            yield _Span(begins.start(), end, found)
        position = max(end, begins.start() + 1)


def _last_calls(text: str, start: int, known: Known) -> Iterator[_Span]:
    """Yield calls without any mark, at the very end of the answer."""
    piece = text[start:]
    work = 0
    for opening in OPENINGS.finditer(piece):
        at = start + opening.start("call")
        named = opening["name"]
        if named and normalize_name(named) not in known:
            continue
        work += len(text) - at
        if work > MOST_WORK:
            return
        end = _named_end(text, at, known) if named else at + _calls_length(text[at:], known)
        rest = LEFT_OVER.sub("", text[end:])
        if rest.strip(" \n`"):
            continue
        found = read_calls(text[at:end], known, marked=bool(named))
        if found.calls:
            yield _Span(len(text[:at].rstrip("`")) if "`" in rest else at, len(text), found)
            return


NAMED = re.compile(r"(?P<name>(?:\w+\.)?\w+)\s{0,2}(?=\{)")
OPENINGS = re.compile(rf"(?:\A|(?<=[\s:`]))(?P<call>[\[{{]|(?:\w+\.)?\w+\(|{NAMED.pattern})")


def _named_end(text: str, begin: int, known: Known) -> int:
    """Return where the last of the names before objects ends that begin there; each object must be whole."""
    place = end = begin
    while (named := NAMED.match(text, place)) and normalize_name(named["name"]) in known:
        closed = closing_bracket(text, named.end())
        if closed is None:
            break
        end = closed
        follows = SEPARATOR.match(text, end)
        place = follows.end() if follows else end
    return end


def _calls_length(text: str, known: Known) -> int:
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


def _value_length(text: str, begin: int, known: Known) -> int:
    """Return where the value ends that begins there; `begin` itself when no value begins there."""
    if text[begin : begin + 1] not in ("{", "["):
        match = PYTHON.match(text, begin)
        if match is None or normalize_name(match["name"]) not in known:
            return begin
    return closing_bracket(text, begin) or len(text)


SEPARATOR = re.compile(r"[\s,;]*")
PYTHON = re.compile(r"(?P<name>(?:\w+\.)?\w+)\(")
