"""A live view: it shows what an agent does while it does it, and keeps its turns.

In a notebook, one output is updated after each event; in a terminal, lines are printed between the chat's
own. A view that fails is dropped: it must not stop the chat.
"""

from __future__ import annotations

import logging
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from memgpt_autogen.display.agent_card import Card
from memgpt_autogen.display.event_lines import event_line
from memgpt_autogen.display.turn_trace import Trace, turn_markup
from memgpt_autogen.events import Event, Evicted, PressureWarned, Replied, ReplyPart
from memgpt_autogen.rendering.markup import Markup, heading, joined, shown, tag
from memgpt_autogen.rendering.plain_text import bar, counted, glance

if TYPE_CHECKING:
    from typing_extensions import Self

logger = logging.getLogger(__name__)

SHOWN_TURNS = 5
"""How many finished turns a notebook's view shows."""

PART_SECONDS = 0.15
"""The time between two updates of a view while a reply is streamed; a notebook cannot show more."""


class Screen(Protocol):
    """The place where a view is shown."""

    def show(self, view: View, event: Event | None) -> None:
        """Show the current view, after this event; None at the start and after each turn."""


class View:
    """What is currently shown of an agent."""

    def __init__(self, name: str, card: Card | None) -> None:
        self.name = name
        self.card = card
        self.events: list[Event] = []
        """The events of the running turn."""
        self.writing = ""
        """What the model has streamed of the reply so far."""
        self.turns: deque[Trace] = deque(maxlen=SHOWN_TURNS)
        self.count = 0
        """How many turns have ended."""

    def markup(self) -> Markup:
        about = f"turn {self.count + 1} runs" if self.events else counted(self.count, "turn")
        title = self.card.markup() if self.card else heading(self.name)
        running = [turn_markup(self.events)] if self.events else []
        running += [tag("div", self.writing, class_="text")] if self.writing else []
        ended = [
            turn_markup(turn, unfolded=number == 0 and not self.events)
            for number, turn in enumerate(reversed(self.turns))
        ]
        return joined(title, heading("", about), *running, *ended)

    def __repr__(self) -> str:
        return f"{glance(self.name, 80)}: {counted(self.count, 'turn')} watched"

    def _repr_html_(self) -> str:
        return shown("live", self.markup())


class Watch:
    """A block in which an agent is watched; `turns` are the turns that ended in it."""

    def __init__(
        self,
        name: str,
        watches: list[Watch],
        card: Callable[[], Card | None],
        *,
        show: bool = True,
        screen: Screen | None = None,
    ) -> None:
        self.turns: list[Trace] = []
        self._name = name
        self._watches = watches
        self._card = card
        self._show = show
        self._screen = screen
        self._view: View | None = None
        self._shown = 0.0
        """When the view was updated last."""

    def __enter__(self) -> Self:
        if self._show:
            self._view = View(self._name, self._card())
            self._screen = self._screen or screen_here()
            self._update(None)
        self._watches.append(self)
        return self

    def __exit__(self, *error: object) -> None:
        if self in self._watches:
            self._watches.remove(self)

    def tell(self, event: Event) -> None:
        """Show an event of the running turn."""
        if self._view is None:
            return
        if isinstance(event, ReplyPart):
            self._view.writing = ("" if event.anew else self._view.writing) + event.text
            if time.monotonic() - self._shown < PART_SECONDS:
                return
        else:
            self._view.events.append(event)
            if isinstance(event, Replied):
                self._view.writing = ""
        self._update(event)

    def ended(self, turn: Trace) -> None:
        """Keep a turn that has ended, normally or with an error."""
        self.turns.append(turn)
        if self._view is not None:
            self._view.turns.append(turn)
            self._view.events.clear()
            self._view.writing = ""
            self._view.count += 1
            self._view.card = self._card() or self._view.card
            self._update(None)

    def __repr__(self) -> str:
        return "\n".join(map(str, self.turns)) or f"no turn of {glance(self._name, 80)} has ended yet"

    def _repr_html_(self) -> str:
        newest = self.turns[-SHOWN_TURNS * 10 :]
        return shown("watched", *(turn_markup(turn, unfolded=False) for turn in newest))

    def _update(self, event: Event | None) -> None:
        if self._view is None or self._screen is None:
            return
        try:
            self._screen.show(self._view, event)
        except Exception as error:  # noqa: BLE001 - a front end may raise anything; the chat continues
            self._screen = None
            logger.warning("%s is no longer shown: %s", self._name, error)
        self._shown = time.monotonic()


def screen_here() -> Screen:
    """Return a notebook's output where there is a notebook, else the terminal."""
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython is not None else None
    if shell is not None and hasattr(shell, "kernel"):
        return NotebookScreen()
    return TerminalScreen()


class NotebookScreen:
    """One output of the cell that started to watch."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, view: View, event: Event | None) -> None:  # noqa: ARG002 - the whole view is shown each time
        from IPython.display import display

        # formatted here: a front end would print its own formatters' errors for each event
        shown_as = {"text/html": view._repr_html_(), "text/plain": repr(view)}
        if self._handle is None:
            self._handle = display(shown_as, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(shown_as, raw=True)


class TerminalScreen:
    """Lines of a terminal, one for each event; a chat prints its own lines between them."""

    def __init__(self, console: Any = None) -> None:
        from rich.console import Console

        self._console = console or Console()

    def show(self, view: View, event: Event | None) -> None:
        text = event_line(event) if event is not None else self._status(view)
        if text:
            warned = isinstance(event, (PressureWarned, Evicted))
            self._console.print(
                f"  {glance(view.name, 40)} {text}",
                style="yellow" if warned else "dim",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )

    def _status(self, view: View) -> str | None:
        card = view.card
        if card is None:
            return None
        if not view.count or not card.window_tokens or card.prompt_tokens is None:
            return "is watched" if not view.count else None
        share = card.prompt_tokens / card.window_tokens
        return f"{bar(share, 20)} {share:.0%} of {card.window_tokens:,} tokens · {view.turns[-1].about()}"
