"""Parts of a reply, read from an answer that is still coming."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing

from memgpt_autogen.events import Event, Replied, ReplyPart
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.llm.text_calls.calls import split_thoughts
from memgpt_autogen.llm.text_calls.partial_json import parse_partial
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.text.names import normalize_name
from memgpt_autogen.text.safe import clean_text

SAYS = normalize_name("send_message")


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
    return clean_text(_said_so_far(answer.text)) if text else ""


def _message_so_far(call: ToolCall) -> str:
    if normalize_name(call.name) != SAYS:
        return ""
    arguments = parse_partial(call.arguments)
    message = arguments.get("message") if isinstance(arguments, Mapping) else None
    return clean_text(message) if isinstance(message, str) else ""


def _said_so_far(text: str) -> str:
    said = split_thoughts(text)[0] if text.lstrip().startswith("<") or "</think" in text else text
    return "" if said.lstrip().startswith(MAY_BE_A_CALL) else said
