"""A conversation with one agent in the terminal: what is typed becomes a turn, and the turn's events become lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

from memgpt_autogen.cli.agents import a_loop
from memgpt_autogen.cli.app import debugging
from memgpt_autogen.cli.chat.input import Lines, echo
from memgpt_autogen.cli.chat.slash import COMMANDS, Ended
from memgpt_autogen.cli.output import plain, say
from memgpt_autogen.display.event_lines import event_line
from memgpt_autogen.errors import MemGPTError
from memgpt_autogen.events import Event, Heard, Replied, ReplyPart, TurnEnded
from memgpt_autogen.messages import Message, ToolCall
from memgpt_autogen.rendering.plain_text import harmless
from memgpt_autogen.tools.approval import Approval, in_terminal

if TYPE_CHECKING:
    from rich.status import Status

    from memgpt_autogen.memory.hierarchy import MemoryHierarchy
    from memgpt_autogen.settings import Settings


class Conversation:
    """Talks with one agent. `me` is the person's name, as the agent hears it; `lines` are where it types."""

    def __init__(
        self,
        shown: Console,
        lines: Lines,
        memory: MemoryHierarchy,
        settings: Settings,
        me: str,
        *,
        greets: bool = False,
        stream: bool = False,
    ) -> None:
        self.shown = shown
        self.settings = settings
        self._stream = stream
        self.loop = a_loop(memory, settings, approve=self._approved, stream=stream)
        self.me = me
        self._lines = lines
        self._greets = greets
        """Whether an empty first line asks the agent to speak first."""
        self._waits: Status | None = None
        self._parts = ""
        """What is shown of a reply that is still being written."""
        self._begun = False
        """Whether the cursor stands behind such a part."""

    def run(self, texts: Iterable[str]) -> None:
        """Until they end, or a command ends it."""
        try:
            for text in texts:
                self._act(text)
        except Ended:
            return

    def turn(self, events: Iterable[Event], *, said: str = "") -> None:
        """Show one turn; a failing model is told, and the conversation goes on. So is Ctrl-C."""
        heard, spoke = not said, False
        self._parts = ""
        try:
            with self._waiting():
                for event in events:
                    heard = heard or isinstance(event, Heard)
                    spoke = spoke or isinstance(event, Replied)
                    self._show(event)
                    if isinstance(event, TurnEnded) and not spoke:
                        self._note(f"{self.loop.memory.name} has nothing to say")
        except KeyboardInterrupt:
            self._end_line()
            if heard:
                self._note("interrupted; what was said is kept, and /retry has it answered")
            else:
                self._lines.given = said
                self._note("interrupted before it was heard")
        except MemGPTError as error:
            self._end_line()
            if debugging():
                raise
            say(self.shown, str(error), "red")

    def use(self, settings: Settings) -> None:
        """Go on with another model."""
        self.loop = a_loop(self.loop.memory, settings, approve=self._approved, stream=self._stream)
        self.settings = settings

    def go_on_with(self, memory: MemoryHierarchy) -> None:
        """Go on with another agent."""
        self.loop = a_loop(memory, self.settings, approve=self._approved, stream=self._stream)

    def _act(self, text: str) -> None:
        if text.startswith("/"):
            name, _, rest = text.partition(" ")
            self._command(name.strip(), rest.strip())
        elif text.strip():
            self._greets = False
            said = text.strip()
            self.turn(self.loop.run([Message.said_by(self.me, said)]), said=said)
        elif self._greets:
            self._greets = False
            self.turn(self.loop.login(self.me))

    def _command(self, name: str, rest: str) -> None:
        command = COMMANDS.get(name)
        if command is None:
            self._note(f"there is no {name}; /help lists what there is. A blank before it makes it a message")
            return
        try:
            command.act(self, rest)
        except KeyboardInterrupt:
            self._note("interrupted")
        except MemGPTError as error:
            if debugging():
                raise
            say(self.shown, str(error), "red")

    def _show(self, event: Event) -> None:
        if isinstance(event, ReplyPart):
            self._show_part(event)
            return
        self._end_line()
        if isinstance(event, Replied):
            if event.text != self._parts:
                said = f"{self._speaker} {plain(event.text)}"
                self.shown.print(said, soft_wrap=not self.shown.is_terminal)
            self._parts = ""
        elif told := event_line(event):
            say(self.shown, f"  {told}", "dim")
        elif isinstance(event, TurnEnded) and debugging():
            used = event.usage
            cost = "" if used.cost is None else f", for {used.cost:.4f}"
            self._note(
                f"{event.stop_reason} after {event.steps} steps; {used.prompt_tokens:,} tokens in, "
                f"{used.completion_tokens:,} out{cost}"
            )

    def _show_part(self, part: ReplyPart) -> None:
        """A piece of a reply, beside what is there of it; what takes the place of that begins on a line of its own."""
        if part.anew:
            self._end_line()
            self._parts = ""
        if not part.text:
            return
        if not self._begun:
            if self._waits is not None:
                self._waits.stop()
            self.shown.print(f"{self._speaker} ", end="")
        self.shown.print(harmless(part.text), end="", markup=False, soft_wrap=True)
        self._parts, self._begun = self._parts + part.text, True

    def _end_line(self) -> None:
        if self._begun:
            self._begun = False
            self.shown.print()
            if self._waits is not None:
                self._waits.start()

    @property
    def _speaker(self) -> str:
        return f"[bold cyan]{plain(self.loop.memory.name)}>[/bold cyan]"

    def _note(self, text: str) -> None:
        say(self.shown, f"  {text}", "dim")

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """A sign that the agent is at work, where somebody sees it."""
        if not self.shown.is_terminal:
            yield
            return
        name = plain(self.loop.memory.name)
        echo(on=False)  # it would stand in the middle of what is shown
        try:
            with self.shown.status(f"[dim]{name} is thinking[/dim]", spinner="dots") as self._waits:
                yield
        finally:
            self._waits = None
            echo(on=True)

    def _approved(self, call: ToolCall) -> Approval:
        """Ask the person, with nothing moving beside the question."""
        if self._waits is None:
            return in_terminal(call)
        self._waits.stop()
        echo(on=True)
        try:
            return in_terminal(call)
        finally:
            echo(on=False)
            self._waits.start()
