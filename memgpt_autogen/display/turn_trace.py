"""A turn's events as a trace: what was heard, thought, called and said, in order, to print or to unfold in a notebook."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from memgpt_autogen.display.event_lines import LINE, line
from memgpt_autogen.events import (
    Event,
    Evicted,
    Heard,
    HeartbeatLimitReached,
    PressureWarned,
    Replied,
    ReplyPart,
    Suspended,
    Thought,
    ToolCalled,
    ToolReturned,
    TurnEnded,
)
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.rendering.markup import Markup, fold, heading, joined, shown, table, tag
from memgpt_autogen.rendering.plain_text import counted, glance
from memgpt_autogen.tools.memory.conversation import SEND_MESSAGE

MOST_EVENTS = 200
"""Events that are shown, the newest ones."""

MOST_MARKUP = 300_000
"""Characters of HTML that one turn takes; a notebook keeps all that it was ever shown."""

MOST_ARGUMENTS = 20

GLANCE = 120
"""Characters of an event that are shown before it is opened."""


class Trace(tuple[Event, ...]):
    """The events of one turn, oldest first, without the parts of replies."""

    __slots__ = ()

    def __str__(self) -> str:
        lines = [f"  {text}" for event in self[-MOST_EVENTS:] if (text := _line(event)) is not None]
        return "\n".join([f"turn: {self.about()}", *lines])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return shown("turn", turn_markup(self))

    def about(self) -> str:
        """The turn in a few words: how it ended, in how many steps, and what it cost."""
        ended = next((event for event in reversed(self) if isinstance(event, TurnEnded)), None)
        if not self:
            return "nothing happened"
        if ended is None:
            return f"{counted(len(self), 'event')}, not ended"
        about = f"{ended.stop_reason.replace('_', ' ')} after {counted(ended.steps, 'step')}"
        usage = ended.usage
        if usage.prompt_tokens or usage.completion_tokens:
            about += f", {usage.prompt_tokens:,} tokens read and {usage.completion_tokens:,} written"
        return about


def turn_markup(events: Iterable[Event], *, unfolded: bool = True) -> Markup:
    """A turn that opens when it is clicked, and so does each event of it that has more to tell."""
    trace = Trace(event for event in events if not isinstance(event, ReplyPart))
    rows = list(_rows(trace[-MOST_EVENTS:]))
    kept, size = 0, 0
    while kept < len(rows) and (kept == 0 or size + len(rows[-kept - 1]) <= MOST_MARKUP):
        size += len(rows[-kept - 1])
        kept += 1
    cut = kept < len(rows) or len(trace) > MOST_EVENTS
    more = [heading("", "what came earlier in this turn is left out")] if cut else []
    return fold(
        joined(tag("b", "turn"), Markup(" "), tag("span", trace.about(), class_="note")),
        tag("div", *more, *rows[len(rows) - kept :], class_="inside"),
        unfolded=unfolded,
    )


def _rows(events: tuple[Event, ...]) -> Iterator[Markup]:
    """An event each; a call and what came of it are one, and words that are said are told once."""
    results = {id(event.call): event for event in events if isinstance(event, ToolReturned)}
    called = {id(event.call) for event in events if isinstance(event, ToolCalled)}
    for event in events:
        if isinstance(event, ToolCalled):
            returned = results.get(id(event.call))
            if event.call.name != SEND_MESSAGE or (returned is not None and not returned.ok):
                yield _call(event.call, returned)
        elif isinstance(event, ToolReturned):
            if id(event.call) not in called and line(event):  # its call was shown too long ago
                yield _row("gets" if event.ok else "fails", event.text, kind="" if event.ok else "bad")
        elif not isinstance(event, TurnEnded):
            yield _told(event)


def _told(event: Event) -> Markup:
    if isinstance(event, Heard):
        return _row("hears", f"{_who(event)}: {event.message.text}")
    if isinstance(event, Thought):
        return _row("thinks", event.text)
    if isinstance(event, Replied):
        return _row("says", event.text, kind="good", note="for want of an answer" if event.fallback else "")
    if isinstance(event, Evicted):
        wrote = "the model" if event.source == "model" else "an extract, since no model answered"
        summary = tag("div", event.summary, class_="text")
        inside = joined(tag("div", f"the summary, written by {wrote}:", class_="note"), summary)
        return _folded("evicts", _short(event), inside, kind="warn")
    if isinstance(event, PressureWarned):
        return _row("warned", _short(event), kind="warn")
    return _row("waits" if isinstance(event, Suspended) else "limit", _short(event), kind="warn")


def _row(what: str, text: str, *, kind: str = "", note: str = "") -> Markup:
    """One line, and the whole text behind it where it is longer."""
    short = glance(text, GLANCE)
    if short == text:
        return tag(
            "div", _chip(what, kind), short, *([Markup(" "), tag("i", note)] if note else []), class_="event"
        )
    return _folded(what, short, tag("div", text, class_="text"), kind=kind)


def _folded(what: str, short: str, inside: Markup, *, kind: str = "") -> Markup:
    return fold(joined(_chip(what, kind), short), tag("div", inside, class_="inside"))


def _call(call: ToolCall, returned: ToolReturned | None) -> Markup:
    short = (line(ToolCalled(call)) or f"calls: {call.name}").removeprefix("calls: ")
    arguments = _arguments(call)
    inside = (
        [table(("argument", "value"), [(tag("code", name), value) for name, value in arguments])]
        if arguments
        else []
    )
    if returned is None:
        return _folded(
            "calls", glance(short, GLANCE), joined(*inside, tag("div", "no result yet", class_="note"))
        )
    result = joined(
        _chip("gets" if returned.ok else "fails", "" if returned.ok else "bad"),
        tag("div", returned.text, class_="text"),
    )
    kind = "" if returned.ok else "bad"
    return _folded("calls", glance(short, GLANCE), joined(*inside, result), kind=kind)


def _arguments(call: ToolCall) -> list[tuple[str, Markup]]:
    try:
        read = json.loads(call.arguments)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        return [("(unreadable)", tag("div", call.arguments, class_="text"))]
    return [
        (
            glance(name, GLANCE),
            tag(
                "div",
                value if isinstance(value, str) else json.dumps(value, ensure_ascii=False),
                class_="text",
            ),
        )
        for name, value in list(read.items())[:MOST_ARGUMENTS]
    ]


def _chip(what: str, kind: str) -> Markup:
    return tag("span", what, class_=f"tagged {kind}".strip())


def _line(event: Event) -> str | None:
    if isinstance(event, Heard):
        return glance(f"hears {_who(event)}: {event.message.text}", LINE)
    if isinstance(event, Replied):
        wanting = " (for want of an answer)" if event.fallback else ""
        return glance(f"says{wanting}: {event.text}", LINE)
    return line(event)


def _short(event: Event) -> str:
    """The event's line without the word that says which kind it is."""
    told = line(event) or ""
    return (
        told.partition(": ")[2]
        if isinstance(event, (PressureWarned, HeartbeatLimitReached, Suspended))
        else told
    )


def _who(event: Heard) -> str:
    return event.message.name or event.message.kind
