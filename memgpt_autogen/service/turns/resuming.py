"""What the log says of a turn whose worker has died: what it has told, and whether it goes on.

A step and the calls of it are in the log before they are events, so the log is the truth. What it has and
the run's events lack is told first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from memgpt_autogen.events import Event, Replied, Thought, ToolCalled, ToolReturned
from memgpt_autogen.memory.context.queue import NO_RESULT, SENT
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.memory.storage.runs.run_rows import EventRow
from memgpt_autogen.messages import Message, ToolCall, spoken_text

Known = set[tuple[str, object]]


@dataclass(frozen=True, slots=True)
class CutOff:
    """A turn that was cut off."""

    events: list[Event]
    """What it has done and not told, with those results."""
    results: list[Message]
    """The results that its calls get which were cut off."""
    waiting: tuple[ToolCall, ...]
    """The calls that others execute or must allow."""
    steps: int
    replied: bool
    goes_on: bool
    """Whether the model must act again."""


def read_cut_off(
    entries: Sequence[Entry],
    told: Sequence[EventRow],
    foreign: Collection[str],
    *,
    owes_answer: bool,
    unasked: Callable[[ToolCall], bool] = lambda _: False,
) -> CutOff:
    """Read the turn from the entries that followed its inputs, and from the events that were told.

    Words in a call that was cut off are in the log as said, so that call counts as done. Calls of `foreign`
    functions wait for others, and so do those that must be allowed and for which nobody was asked yet
    (`unasked`): they were never run. A turn that has replied goes on only if the model had asked for another
    step: else it could reply twice.
    """
    messages = [entry.message for entry in entries if not entry.hidden]
    answered = {message.tool_call_id: message for message in messages if message.kind == "result"}
    open_calls = [call for message in messages for call in message.tool_calls if call.id not in answered]
    waiting = tuple(call for call in open_calls if call.name in foreign or unasked(call))
    results = [interrupted(call) for call in open_calls if call not in waiting]
    answered.update((result.tool_call_id, result) for result in results)
    known = _known(told)
    events = [event for event, key in _events(entries, answered) if key not in known]
    replied = any(message.role == "assistant" and message.spoken is not None for message in messages)
    last = next((message for message in reversed(messages) if message.kind not in ("message", "login")), None)
    asked_again = last is not None and last.kind in ("heartbeat", "alert")
    left = any(not result.ok for result in results)
    return CutOff(
        events,
        results,
        waiting,
        steps=sum(message.role == "assistant" for message in messages),
        replied=replied,
        goes_on=asked_again or last is None or (not replied and (owes_answer or left)),
    )


def interrupted(call: ToolCall) -> Message:
    """Return the result of a call that was cut off. Words in it are in the log as said."""
    said = bool(spoken_text(call))
    return Message.result_of(call, SENT if said else NO_RESULT, ok=said)


def _known(told: Sequence[EventRow]) -> Known:
    return {
        (row.kind, row.data["call"]["id"] if "call" in row.data else row.seq)
        for row in told
        if row.seq is not None
    }


def _events(
    entries: Sequence[Entry], answered: dict[str | None, Message]
) -> Iterator[tuple[Event, tuple[str, object]]]:
    """Yield the events of these entries, each with what it is known by."""
    for entry in entries:
        message = entry.message
        if entry.hidden or message.role != "assistant":
            continue
        if message.kind == "spoken":
            yield Replied(message.text), ("replied", entry.seq)
            continue
        if message.text:
            yield Thought(message.text), ("thought", entry.seq)
        for call in message.tool_calls:
            yield ToolCalled(call), ("tool_called", call.id)
            result = answered.get(call.id)
            if result is None:
                continue
            yield ToolReturned(call, result.text, result.ok), ("tool_returned", call.id)
            words = spoken_text(call) if result.ok else None
            if words:
                yield Replied(words), ("replied", entry.seq)
