"""Parts of a reply, read from an answer that the model still writes."""

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

# the start of a text that may be reasoning or a call; it is reported when it is complete
MAY_BE_A_CALL = ("<", "[", "{", "```")


def reply_parts(
    answers: Generator[Completion, None, None], *, text: bool
) -> Generator[ReplyPart, None, Completion]:
    """Yield what an answer says while it comes, and return the whole answer. `text` as in `spoken_so_far`."""
    shown, begun = "", False
    completion = Completion()
    with closing(answers):
        for number, completion in enumerate(answers):
            said = spoken_so_far(completion, text=text)
            if said != shown and number > 0:  # an answer that comes at once has no parts
                goes_on = begun and said.startswith(shown)
                yield ReplyPart(said.removeprefix(shown) if goes_on else said, anew=not goes_on)
                shown, begun = said, True
    return completion


def withdraw_parts(step: Iterator[Event]) -> Iterator[Event]:
    """Yield the events of a step. Parts without a reply are withdrawn at its end, also when it fails."""
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
    """Return the words of its `send_message` calls, a line each; without calls its text, if `text`."""
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
