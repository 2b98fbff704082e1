"""What an answer says while it is still coming: text and arguments that have no end yet."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from typing import Any

from pydantic_core import from_json

from memgpt_autogen.events import Event, Replied, ReplyPart
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.llm.text_calls.calls import apart
from memgpt_autogen.messages import ToolCall, storable
from memgpt_autogen.text.names import plain_name

SAYS = plain_name("send_message")

MAY_BE_A_CALL = ("<", "[", "{", "```")
"""How a text begins that may turn out to be reasoning or a call; it is told when it is whole."""


def reply_parts(
    answers: Generator[Completion, None, None], *, text: bool
) -> Generator[ReplyPart, None, Completion]:
    """What an answer says, told as it comes; gives the whole of it. `text` as in `spoken_so_far`."""
    shown, begun = "", False
    completion = Completion()
    with closing(answers):
        for number, completion in enumerate(answers):
            said = spoken_so_far(completion, text=text)
            if said != shown and number > 0:  # an answer that comes at once needs no parts
                goes_on = begun and said.startswith(shown)
                yield ReplyPart(said.removeprefix(shown) if goes_on else said, anew=not goes_on)
                shown, begun = said, True
    return completion


def taken_back(step: Iterator[Event]) -> Iterator[Event]:
    """The events of a step; parts of which nothing came are taken back at its end, also when it fails."""
    shown = ""
    try:
        for event in step:
            if isinstance(event, ReplyPart):
                shown = event.text if event.anew else shown + event.text
            elif isinstance(event, Replied):
                shown = ""
            yield event
    except Exception:
        if shown:
            yield ReplyPart("", anew=True)
        raise
    if shown:
        yield ReplyPart("", anew=True)


def spoken_so_far(answer: Completion, *, text: bool) -> str:
    """The words of its `send_message` calls, a line each; where it makes no calls and `text` is delivered, those of its text."""
    if answer.tool_calls:
        return "\n".join(filter(None, map(_message_so_far, answer.tool_calls)))
    return storable(_said_so_far(answer.text)) if text else ""


def value_so_far(text: str) -> Any:
    """The JSON value that begins here, as far as it has come; None before there is any, and for what is no JSON.

    A string without an end is read up to there, and never up to the middle of an escape.
    """
    if "\\" in text[-12:]:
        text = HALF_ESCAPE.sub(r"\1", text)
    try:
        return from_json(text, allow_partial="trailing-strings")
    except ValueError:
        pass
    try:  # some models write line breaks into strings as they are
        return from_json(STRING.sub(_escaped, text), allow_partial="trailing-strings")
    except ValueError:
        return None


def _message_so_far(call: ToolCall) -> str:
    if plain_name(call.name) != SAYS:
        return ""
    arguments = value_so_far(call.arguments)
    message = arguments.get("message") if isinstance(arguments, Mapping) else None
    return storable(message) if isinstance(message, str) else ""


def _said_so_far(text: str) -> str:
    said = apart(text)[0] if text.lstrip().startswith("<") or "</think" in text else text
    return "" if said.lstrip().startswith(MAY_BE_A_CALL) else said


HALF_ESCAPE = re.compile(
    r"(?<!\\)((?:\\\\)*)(?:\\u[dD][89abAB][0-9a-fA-F]{2})?(?:\\(?:u[0-9a-fA-F]{0,3})?)?\Z"
)
"""The beginning of an escape at the end, also the first half of a surrogate pair; pydantic before 2.12 reads nothing then."""

STRING = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\Z|(?=\\\Z))', re.DOTALL)
ESCAPES = {code: f"\\u{code:04x}" for code in range(32)}


def _escaped(string: re.Match[str]) -> str:
    return string[0].translate(ESCAPES)
