"""A turn as it is seen from outside: kept as a trace, told to whoever watches, and printed where that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from memgpt_autogen.display.event_lines import line
from memgpt_autogen.display.live import Watch
from memgpt_autogen.display.turn_trace import Trace
from memgpt_autogen.events import Event, ReplyPart
from memgpt_autogen.rendering.plain_text import harmless

Print = Callable[..., None]
"""Prints like `print`, with its `end` and `flush`."""


class TurnScreen:
    """Where the turns of an agent are shown."""

    def __init__(self, name: str, say: Callable[[], Print], *, verbose: bool) -> None:
        self.newest = Trace()
        """What happened in the newest turn, without the parts of replies."""
        self.watches: list[Watch] = []
        self._name = name
        self._say = say
        self._verbose = verbose
        self._printing = False

    @contextmanager
    def turn(self) -> Iterator[Callable[[Event], None]]:
        """A turn, whose events are told to what this gives; it ends with what has been told, however it ends."""
        events: list[Event] = []

        def tell(event: Event) -> None:
            if not isinstance(event, ReplyPart):
                events.append(event)
            self._show(event)
            for watch in tuple(self.watches):
                watch.tell(event)

        try:
            yield tell
        finally:
            self.newest = Trace(events)
            for watch in tuple(self.watches):
                watch.ended(self.newest)

    def _show(self, event: Event) -> None:
        if isinstance(event, ReplyPart):
            self._print_part(event)
        elif self._printing:
            self._printing = False
            self._say()(flush=True)
        told = line(event) if self._verbose else None
        if told:
            self._say()(f"  {self._name} {told}", flush=True)

    def _print_part(self, part: ReplyPart) -> None:
        begins = ("\n" if self._printing else "") + (f"{self._name}: " if part.text else "")
        self._printing = bool(part.text) or (self._printing and not part.anew)
        told = (begins if part.anew else "") + harmless(part.text)
        self._say()(told, end="", flush=True)
