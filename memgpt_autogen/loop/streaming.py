"""Parts of a reply, read from an answer that the model still writes."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing

from memgpt_autogen.concurrency import WorkCancelledError
from memgpt_autogen.events import Event, Replied, ReplyPart
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.llm.text_calls.partial_json import parse_partial
from memgpt_autogen.llm.text_calls.tagged import known_name
from memgpt_autogen.llm.text_calls.thoughts import (
    said_so_far,
    split_thoughts,
    without_marks,
    without_thoughts_so_far,
)
from memgpt_autogen.loop.said_back import is_said_back, may_be_said_back
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.text.names import normalize_name
from memgpt_autogen.text.safe import clean_text

SAYS = {normalize_name("send_message"): "send_message"}


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
    except (Exception, WorkCancelledError):
        if shown:
            yield ReplyPart("", anew=True)
        raise
    if shown:
        yield ReplyPart("", anew=True)


def spoken_so_far(answer: Completion, *, text: bool) -> str:
    """Return the words of its `send_message` calls, a line each; without calls its text, if `text`."""
    if answer.tool_calls:
        return "\n".join(filter(None, map(_message_so_far, answer.tool_calls)))
    return clean_text(said_so_far(answer.text)) if text else ""


def _message_so_far(call: ToolCall) -> str:
    if not known_name(call.name, SAYS):
        return ""
    whole = call.parsed()
    arguments = parse_partial(call.arguments) if whole is None else whole
    message = arguments.get("message") if isinstance(arguments, Mapping) else None
    if not isinstance(message, str):
        return ""
    if whole is not None:
        return "" if is_said_back(message) else clean_text(without_marks(split_thoughts(message)[0]))
    return "" if may_be_said_back(message) else clean_text(without_thoughts_so_far(message))
