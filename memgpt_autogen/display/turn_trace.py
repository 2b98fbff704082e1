"""The trace of a turn: what was heard, thought, called and said, to print or to open in a notebook."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from memgpt_autogen.display.event_lines import LINE_CHARS, event_line
from memgpt_autogen.events import (
    Event,
    Evicted,
    Heard,
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
"""How many events are shown; the newest ones."""

MOST_MARKUP = 300_000
"""The most characters of HTML for one turn; a notebook keeps everything that it has shown."""

MOST_ARGUMENTS = 20

NO_ANSWER = "the model gave no answer"

GLANCE = 120
"""How many characters of an event are shown before it is opened."""


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
        """Return the turn in a few words: how it ended, after how many steps, and how many tokens it used."""
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
    """Return a turn that opens with a click, as does each of its events that is longer than a line."""
    trace = Trace(event for event in events if not isinstance(event, ReplyPart))
    rows = list(_rows(trace[-MOST_EVENTS:]))
    kept, size = 0, 0
    while kept < len(rows) and (kept == 0 or size + len(rows[-kept - 1]) <= MOST_MARKUP):
        size += len(rows[-kept - 1])
        kept += 1
    cut = kept < len(rows) or len(trace) > MOST_EVENTS
    more = [heading("", "earlier events of this turn are not shown")] if cut else []
    return fold(
        joined(tag("b", "turn"), Markup(" "), tag("span", trace.about(), class_="note")),
        tag("div", *more, *rows[len(rows) - kept :], class_="inside"),
        unfolded=unfolded,
    )


def _rows(events: tuple[Event, ...]) -> Iterator[Markup]:
    """Yield the events; a call and its result are one row, and words that were sent are shown only once."""
    results = {id(event.call): event for event in events if isinstance(event, ToolReturned)}
    called = {id(event.call) for event in events if isinstance(event, ToolCalled)}
    for event in events:
        if isinstance(event, ToolCalled):
            returned = results.get(id(event.call))
            if event.call.name != SEND_MESSAGE or (returned is not None and not returned.ok):
                yield _call(event.call, returned)
        elif isinstance(event, ToolReturned):
            if id(event.call) not in called and event_line(event):  # its call is older than what is shown
                yield _row("gets" if event.ok else "fails", event.text, kind="" if event.ok else "bad")
        elif not isinstance(event, TurnEnded):
            yield _event(event)


def _event(event: Event) -> Markup:
    if isinstance(event, Heard):
        return _row("hears", f"{_who(event)}: {event.message.text}")
    if isinstance(event, Thought):
        return _row("thinks", event.text)
    if isinstance(event, Replied):
        return _row("says", event.text, kind="good", note=NO_ANSWER if event.fallback else "")
    if isinstance(event, Evicted):
        author = "written by the model" if event.source == "model" else "an extract, since no model answered"
        summary = tag("div", event.summary, class_="text")
        inside = joined(tag("div", f"the summary, {author}:", class_="note"), summary)
        return _folded("evicts", _short(event), inside, kind="warn")
    if isinstance(event, PressureWarned):
        return _row("warned", _short(event), kind="warn")
    return _row("waits" if isinstance(event, Suspended) else "limit", _short(event), kind="warn")


def _row(what: str, text: str, *, kind: str = "", note: str = "") -> Markup:
    """Return one line, with the whole text behind it where that is longer."""
    short = glance(text, GLANCE)
    if short == text:
        notes = [Markup(" "), tag("i", note)] if note else []
        return tag("div", _chip(what, kind), short, *notes, class_="event")
    return _folded(what, short, tag("div", text, class_="text"), kind=kind)


def _folded(what: str, short: str, inside: Markup, *, kind: str = "") -> Markup:
    return fold(joined(_chip(what, kind), short), tag("div", inside, class_="inside"))


def _call(call: ToolCall, returned: ToolReturned | None) -> Markup:
    short = (event_line(ToolCalled(call)) or f"calls: {call.name}").removeprefix("calls: ")
    rows = [(tag("code", name), value) for name, value in _arguments(call)]
    inside = [table(("argument", "value"), rows)] if rows else []
    kind = "" if returned is None or returned.ok else "bad"
    if returned is None:
        inside.append(tag("div", "no result yet", class_="note"))
    else:
        inside += [_chip("fails" if kind else "gets", kind), tag("div", returned.text, class_="text")]
    return _folded("calls", glance(short, GLANCE), joined(*inside), kind=kind)


def _arguments(call: ToolCall) -> list[tuple[str, Markup]]:
    read = call.parsed()
    if read is None:
        return [("(unreadable)", tag("div", call.arguments, class_="text"))]
    texts = {name: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for name, v in read.items()}
    pairs = list(texts.items())[:MOST_ARGUMENTS]
    return [(glance(name, GLANCE), tag("div", text, class_="text")) for name, text in pairs]


def _chip(what: str, kind: str) -> Markup:
    return tag("span", what, class_=f"tagged {kind}".strip())


def _line(event: Event) -> str | None:
    if isinstance(event, Heard):
        return glance(f"hears {_who(event)}: {event.message.text}", LINE_CHARS)
    if isinstance(event, Replied):
        note = f" ({NO_ANSWER})" if event.fallback else ""
        return glance(f"says{note}: {event.text}", LINE_CHARS)
    return event_line(event)


def _short(event: Event) -> str:
    """Return the event's line without the word for its kind."""
    text = event_line(event) or ""
    return text if isinstance(event, Evicted) else text.partition(": ")[2]


def _who(event: Heard) -> str:
    return event.message.name or event.message.kind
