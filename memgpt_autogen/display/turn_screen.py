"""Show the turns of an agent: keep each as a trace, notify the watches, and print it where that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from memgpt_autogen.display.event_lines import event_line
from memgpt_autogen.display.live import Watch
from memgpt_autogen.display.turn_trace import Trace
from memgpt_autogen.events import Event, ReplyPart
from memgpt_autogen.rendering.plain_text import harmless

Print = Callable[..., None]
"""Prints like `print`, with its `end` and `flush`."""


class TurnScreen:
    """The place where the turns of an agent are shown. `printer` returns the function that prints."""

    def __init__(self, name: str, printer: Callable[[], Print], *, verbose: bool, stream: bool) -> None:
        self.newest = Trace()
        """The events of the newest turn, without the parts of replies."""
        self.watches: list[Watch] = []
        self._name = name
        self._printer = printer
        self.prints = verbose or stream
        """Whether anything is printed while a turn runs."""
        self._verbose = verbose
        self._printing = False

    @contextmanager
    def turn(self) -> Iterator[list[Event]]:
        """A block for one turn: add each event to the list, and `show` it where somebody looks.

        The trace is kept after errors too.
        """
        events: list[Event] = []
        try:
            yield events
        finally:
            self.newest = Trace(event for event in events if not isinstance(event, ReplyPart))
            for watch in tuple(self.watches):
                watch.ended(self.newest)

    def show(self, event: Event) -> None:
        self._print(event)
        for watch in tuple(self.watches):
            watch.tell(event)

    def _print(self, event: Event) -> None:
        if isinstance(event, ReplyPart):
            self._print_part(event)
        elif self._printing:
            self._printing = False
            self._printer()(flush=True)
        text = event_line(event) if self._verbose else None
        if text:
            self._printer()(f"  {self._name} {text}", flush=True)

    def _print_part(self, part: ReplyPart) -> None:
        start = ("\n" if self._printing else "") + (f"{self._name}: " if part.text else "")
        self._printing = bool(part.text) or (self._printing and not part.anew)
        self._printer()((start if part.anew else "") + harmless(part.text), end="", flush=True)
