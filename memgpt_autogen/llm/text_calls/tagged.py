"""Calls in models' own marks: elements with parameters, keys with values, and names before an object."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from memgpt_autogen.errors import ToolError
from memgpt_autogen.llm.text_calls.arguments import LENIENT, read_arguments
from memgpt_autogen.llm.text_calls.brackets import closing_bracket
from memgpt_autogen.llm.text_calls.marks import (
    ATTRIBUTE,
    BEFORE,
    CALL,
    ELEMENT,
    GT,
    JOINT,
    LT,
    NAME_ENDS,
    NAMED,
    NEXT_ELEMENT,
    end_tag,
    tag,
    token,
)
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.text.names import normalize_name

Known = Mapping[str, str]
"""The functions that are offered, by their normalised names."""

Arguments = dict[str, Any]

Patterns = tuple[re.Pattern[str], ...]


def tagged_calls(text: str, known: Known, *, marked: bool, closed: bool) -> Iterator[ToolCall]:
    """Yield the calls of a text that are elements, or, where it stands in a model's marks, have one there."""
    if ELEMENT_BEGINS.search(text):
        yield from _element_calls(text, known, closed=closed)
    elif marked and text[0] not in "{[":
        if name := known.get(normalize_name(text)):
            yield make_call(name, {})
        elif key := KEY.search(text):
            if name := _last_name(NAME_END.sub("", text[: key.start()]), known):
                arguments, _, whole = _pairs(text, key.start())
                yield make_call(name, arguments, whole=whole or closed)
        else:
            yield from _named_calls(text, known)


def closing(text: str, opening: int) -> int | None:
    """Return the place behind the bracket that closes this one."""
    if not QUOTE.search(text, opening):
        return closing_bracket(text, opening)
    depth = 0
    for piece in QUOTED_OR_BRACKET.finditer(text, opening):
        if bracket := piece["bracket"]:
            depth += 1 if bracket in "{[" else -1
            if depth == 0:
                return piece.end()
    return None


class Ends:
    """Where brackets and arguments in one text end. Marks in them are part of them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._searches = MOST_SEARCHES

    def of_bracket(self, opening: int) -> int | None:
        """Return the place behind the bracket that closes this one.

        After some that nothing closes, no more are searched for: each search reads the rest of the text.
        """
        end = closing(self._text, opening) if self._searches else None
        self._searches -= end is None and self._searches > 0
        return end

    def of_arguments(self, place: int) -> int:
        """Return the end of the arguments of a call that begin there; the place itself where none do."""
        text = self._text
        if inner := INNER.match(text, _skip_blanks(text, place)):
            place = inner.end()
        while True:
            place = _skip_blanks(text, place)
            if element := ELEMENT_BEGINS.match(text, place):
                _, end, _ = _parameters(text, element.end())
                ends = ELEMENT_ENDS.match(text, _skip_blanks(text, end))
                end = ends.end() if ends else end
            elif key := KEYED.match(text, place):
                _, end, _ = _pairs(text, key.end())
            elif head := HEAD.match(text, place):
                end = self.of_bracket(head.end()) or place
            else:
                return place
            if end <= place:
                return place
            place = end


def known_name(given: Any, known: Known) -> str:
    """Return the function that a name means; empty for none. Marks around the name do not count."""
    if not isinstance(given, str):
        return ""
    if name := known.get(normalize_name(given)):
        return name
    parts = NAME_PARTS.findall(given) if len(given) <= LONGEST_NAME else []
    names = {name for part in parts if (name := known.get(normalize_name(part)))}
    return names.pop() if len(names) == 1 else ""


def make_call(name: str, arguments: Mapping[str, Any], *, whole: bool = True) -> ToolCall:
    """Return a call with a new id. Arguments that were cut off stay without their end."""
    try:
        text = json.dumps(arguments, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = str(arguments)
    return ToolCall(f"call_{uuid.uuid4().hex}", name, text if whole else text.removesuffix("}"))


def argument_object(arguments: Any) -> Arguments:
    """Return the arguments as an object; some models write them as a text."""
    if isinstance(arguments, str):
        try:
            return read_arguments(arguments)
        except ToolError:
            return {"unreadable": arguments}
    return arguments if isinstance(arguments, dict) else {}


MOST_SEARCHES = 16  # for brackets that nothing closes
LONGEST_NAME = 2000  # characters of a name with marks in it
NAME_PARTS = re.compile(r"[\w.-]+")
LAST_CHARS = 200  # of a text that may end with a name
LAST_NAME = re.compile(r"(?P<name>[\w.-]{1,100})(?::\d{1,4})?\s{0,9}\Z")

PARAMETERS = "parameter|param|argument"
ENDS = rf"\Z|{end_tag(f'{NAMED}|{CALL}')}"

ELEMENT_BEGINS = re.compile(ELEMENT, re.IGNORECASE)
ELEMENT_ENDS = re.compile(f"{end_tag(NAMED)}|{NEXT_ELEMENT}", re.IGNORECASE)
PARAMETER = re.compile(rf"{LT}{BEFORE}(?:{PARAMETERS}){ATTRIBUTE}(?P<more>[^<>]{{0,80}}){GT}", re.IGNORECASE)
NEXT_PARAMETER = rf"{LT}{BEFORE}(?:{PARAMETERS})[\s=]"
# the end of a value first where the next one or the end follows, since values may contain marks; a model that
# forgets the end begins a line with what follows
FORGOTTEN = (
    rf"(?=\n(?:{NEXT_PARAMETER}[^<>\n]{{1,200}}{GT}\n|{end_tag(NAMED)}\s{{0,9}}(?:{end_tag(CALL)}|\Z)))"
)
PARAMETER_ENDS = (
    re.compile(rf"{end_tag(PARAMETERS)}(?=\s{{0,20}}(?:{NEXT_PARAMETER}|{ENDS}))|{FORGOTTEN}", re.IGNORECASE),
    re.compile(rf"{end_tag(PARAMETERS)}|(?={NEXT_PARAMETER})", re.IGNORECASE),
)
A_STRING = re.compile(r"string\s?=\s?[\"']?true|type\s?=\s?[\"']?str", re.IGNORECASE)
CDATA = re.compile(r"<!\[CDATA\[(?P<text>.*)\]\]>", re.DOTALL)
LITERALS = {"null": None, "None": None, "True": True, "False": False}

KEY, KEY_ENDS = re.compile(tag("arg_key"), re.IGNORECASE), re.compile(end_tag("arg_key"), re.IGNORECASE)
KEYED = re.compile(
    rf"[\w.-]{{1,100}}\s{{0,9}}(?:{tag('tool_sep')}\s{{0,9}})?(?={tag('arg_key')})", re.IGNORECASE
)
VALUE = re.compile(tag("arg_value"), re.IGNORECASE)
VALUE_ENDS = (
    re.compile(rf"{end_tag('arg_value')}(?=\s{{0,20}}(?:{tag('arg_key')}|{ENDS}))", re.IGNORECASE),
    re.compile(rf"{end_tag('arg_value')}|(?={tag('arg_key')})", re.IGNORECASE),
)

NAME_MARK = rf"(?:{'|'.join(NAME_ENDS)})"
NAME_END = re.compile(NAME_MARK, re.IGNORECASE)
FENCE = r"(?:```(?:json)?\s{0,9})?"
# a name right before an object: `functions.send_message:0{`, `send_message json{`, `call:send_message{`
NAME_HERE = re.compile(
    rf"[\s,;]*(?:call:)?(?P<name>[\w.-]{{1,100}})(?::\d{{1,4}})?\s{{0,9}}(?:json|code)?\s{{0,9}}{FENCE}(?=\{{)",
    re.IGNORECASE,
)
# a mark of a call within another one: `<tool_calls><tool_call>`
INNER = re.compile(f"{tag(CALL)}|{token(f'tool{JOINT}call(?:{JOINT}(?:begin|start))?')}", re.IGNORECASE)
# what may stand before arguments: a name, a mark, or both, twice in DeepSeek's
HEAD = re.compile(
    rf"(?!functools)(?:[\w.:-]{{1,100}}\s{{0,3}})?(?:{NAME_MARK}\s{{0,9}})?(?:[\w.:-]{{1,100}}\s{{0,9}})?{FENCE}"
    r"(?=\{|\[(?!/?[A-Z_]{4,12}\]))",
    re.IGNORECASE,
)

# a string of Gemma's, and the pieces of an object in which words may stand without quotation marks
QUOTE = re.compile(r"<\|\"\|>|<escape>")
QUOTED = re.compile(r"(?:<\|\"\|>|<escape>)(?P<text>.*?)(?:<\|\"\|>|</?escape>|\Z)", re.DOTALL)
QUOTED_OR_BRACKET = re.compile(rf"{QUOTED.pattern}|(?P<bracket>[{{}}\[\]])", re.DOTALL)
BARE_PIECES = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z)|[{}\[\],:]|[^{}\[\],:"]+', re.DOTALL)


def _element_calls(text: str, known: Known, *, closed: bool) -> Iterator[ToolCall]:
    """Yield calls that are elements: `<function=NAME>`, `<invoke name="NAME">` and the like."""
    place = 0
    while element := ELEMENT_BEGINS.search(text, place):
        arguments, place, whole = _parameters(text, element.end())
        ends = ELEMENT_ENDS.search(text, place)
        inside = text[element.end() : ends.start() if ends else len(text)]
        if name := known_name(element["name"], known):
            if not arguments and not inside.lstrip().startswith("<"):
                arguments = argument_object(inside)
            yield make_call(name, arguments, whole=whole or closed or ends is not None)
        place = max(place, ends.end() if ends else len(text))


def _parameters(text: str, place: int) -> tuple[Arguments, int, bool]:
    """Return the parameters that begin there, their end, and whether the last one has one."""
    parameters: Arguments = {}
    patterns: Patterns = PARAMETER_ENDS
    while begins := PARAMETER.match(text, _skip_blanks(text, place)):
        ends, patterns = _first(patterns, text, begins.end())
        value = text[begins.end() : ends.start() if ends else len(text)]
        parameters[begins["name"]] = _value_of(value, is_text=bool(A_STRING.search(begins["more"])))
        if ends is None:
            return parameters, begins.end(), False
        place = ends.end()
    return parameters, place, True


def _pairs(text: str, place: int) -> tuple[Arguments, int, bool]:
    """Return pairs such as `<arg_key>city</arg_key><arg_value>Paris</arg_value>`, as `_parameters` does."""
    pairs: Arguments = {}
    patterns: Patterns = VALUE_ENDS
    while key := KEY.match(text, _skip_blanks(text, place)):
        key_ends = KEY_ENDS.search(text, key.end())
        value = VALUE.match(text, _skip_blanks(text, key_ends.end())) if key_ends else None
        if key_ends is None or value is None:
            return pairs, key.end(), False
        ends, patterns = _first(patterns, text, value.end())
        inside = text[value.end() : ends.start() if ends else len(text)]
        pairs[text[key.end() : key_ends.start()].strip()] = _value_of(inside)
        if ends is None:
            return pairs, value.end(), False
        place = ends.end()
    return pairs, place, True


def _named_calls(text: str, known: Known) -> Iterator[ToolCall]:
    """Yield calls that are a name and its arguments, with or without a mark between them."""
    place = 0
    while named := NAME_HERE.match(text, place) or NAME_END.search(text, place):
        has_name = "name" in named.groupdict()
        name = _last_name(text[place : named.end("name") if has_name else named.start()], known)
        opening = text.find("{", named.end())
        if not name:  # `function<|tool_sep|>NAME`
            place = named.end()
        elif opening < 0:
            yield make_call(name, {}, whole=not text[named.end() :].strip())
            return
        else:
            end = closing(text, opening)
            yield make_call(name, _object(text[opening:end]), whole=end is not None)
            place = end or len(text)


def _last_name(text: str, known: Known) -> str:
    """Return the function whose name ends the text, without the number that Kimi gives a call."""
    found = LAST_NAME.search(text[-LAST_CHARS:])
    return known.get(normalize_name(found["name"]), "") if found else ""


def _first(patterns: Patterns, text: str, place: int) -> tuple[re.Match[str] | None, Patterns]:
    """Return what the first pattern finds that finds anything, and the patterns that later places need."""
    for number, pattern in enumerate(patterns):
        if found := pattern.search(text, place):
            return found, patterns[number:]
    return None, ()


def _skip_blanks(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place


def _object(text: str) -> Arguments:
    """Return an object in which names and words may stand without quotation marks."""
    with suppress(ValueError, RecursionError):
        value = json.loads(text)
        return value if isinstance(value, dict) else {}
    plain = QUOTED.sub(lambda quoted: json.dumps(quoted["text"], ensure_ascii=False), text)
    with suppress(ValueError, RecursionError):
        value = LENIENT.decode("".join(map(_quoted, BARE_PIECES.findall(plain))))
        return value if isinstance(value, dict) else {}
    return argument_object(plain)


def _quoted(piece: str) -> str:
    """Return a piece of an object as JSON: a word that is none becomes a string."""
    word = piece.strip()
    if not word or word[0] in '"{}[],:':
        return piece
    try:
        json.loads(word)
    except (ValueError, RecursionError):
        return json.dumps(word, ensure_ascii=False)
    return word


def _value_of(text: str, *, is_text: bool = False) -> Any:
    """Return a parameter's text as JSON if it is JSON and no string, else unchanged."""
    if cdata := CDATA.fullmatch(text.strip()):
        return cdata["text"]
    if is_text:
        return text
    if text.startswith("\n"):  # lines of its own
        text = text.removeprefix("\n").removesuffix("\n")
    if text.strip() in LITERALS:
        return LITERALS[text.strip()]
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, (bool, int, float, list, dict)) else text
