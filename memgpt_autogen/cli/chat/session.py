"""A conversation with one agent: a message becomes a turn, and the turn's events become lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

from memgpt_autogen.cli.agents import open_loop
from memgpt_autogen.cli.app import debugging, error_line, print_traceback
from memgpt_autogen.cli.chat.input import Lines, echo
from memgpt_autogen.cli.chat.near_misses import meant_as_command, missing_command
from memgpt_autogen.cli.output import plain, say
from memgpt_autogen.cli.wording import with_options
from memgpt_autogen.display.event_lines import event_line
from memgpt_autogen.events import Event, Heard, Replied, ReplyPart, Thought, TurnEnded
from memgpt_autogen.messages import Message, ToolCall
from memgpt_autogen.rendering.plain_text import counted, harmless
from memgpt_autogen.tools.approval import Approval, in_terminal

if TYPE_CHECKING:
    from rich.status import Status

    from memgpt_autogen.loop.heartbeat import HeartbeatLoop
    from memgpt_autogen.memory.hierarchy import MemoryHierarchy
    from memgpt_autogen.settings import Settings


USUAL_NAME = "user"
"""The name of a person who has given none."""


class Ended(Exception):  # noqa: N818 - it is no error
    """A command has ended the conversation."""


class Conversation:
    """A conversation with one agent.

    `me` is the person's name, as the agent hears it. `commands` are called for lines that begin with their
    names. If `greets` is true, an empty first line asks the agent to speak first. `thoughts` says whether
    the agent's thoughts are shown. If `quiet` is true, only what it says is shown, without its name.
    """

    def __init__(
        self,
        shown: Console,
        lines: Lines,
        memory: MemoryHierarchy,
        settings: Settings,
        me: str,
        commands: Mapping[str, Callable[[Conversation, str], None]],
        *,
        greets: bool = False,
        stream: bool = False,
        thoughts: bool = True,
        quiet: bool = False,
    ) -> None:
        self.shown = shown
        self.settings = settings
        self.thoughts = thoughts
        self._quiet = quiet
        self._stream = stream
        self.me = me
        self.loop = self._open_loop(memory, settings)
        self._commands = commands
        self._lines = lines
        self._greets = greets
        self._status: Status | None = None
        self._written = ""
        """The part of a reply that is on the screen, while the model still writes it."""
        self._in_line = False
        """Whether the cursor is at the end of that part."""

    def run(self, texts: Iterable[str]) -> None:
        """Act on each text, until they end or a command ends the conversation."""
        try:
            for text in texts:
                self._act(text)
        except Ended:
            return

    def turn(self, events: Iterable[Event], *, said: str = "") -> None:
        """Show one turn. The conversation continues after an error of the model, and after Ctrl-C."""
        heard, replied = not said, False
        self._written = ""
        with self._errors_shown():
            try:
                with self._waiting():
                    for event in events:
                        heard = heard or isinstance(event, Heard)
                        replied = replied or isinstance(event, Replied)
                        self._show(event)
                        if isinstance(event, TurnEnded) and not replied:
                            self.note(f"{self.loop.memory.name} does not answer")
            except KeyboardInterrupt:
                self._end_line()
                if heard:
                    self.note("interrupted; your message is kept, and /retry asks for an answer")
                else:
                    self._lines.given = said
                    self.note("interrupted before the agent heard your message")

    def ask(self, question: str) -> bool:
        """Ask the person; only a line that begins with y means yes."""
        self.note(f"{question} [y/N]")
        return (self._lines.read("... ") or "").strip().lower().startswith("y")

    def note(self, text: str) -> None:
        """Print a remark about the conversation."""
        say(self.shown, f"  {text}", "dim")

    def use_model(self, settings: Settings) -> None:
        """Continue with the model of these settings."""
        self.loop = self._open_loop(self.loop.memory, settings)
        self.settings = settings

    def use_agent(self, memory: MemoryHierarchy) -> None:
        """Continue with another agent."""
        self.loop = self._open_loop(memory, self.settings)

    def _open_loop(self, memory: MemoryHierarchy, settings: Settings) -> HeartbeatLoop:
        return open_loop(
            memory, settings, approve=self._ask_approval, stream=self._stream, me=self._speaks_as
        )

    @property
    def _speaks_as(self) -> str | None:
        """The name that a server is told. None, the usual one, needs no right to speak for others."""
        return None if self.me == USUAL_NAME else self.me

    def _act(self, text: str) -> None:
        said = text.strip()
        if text.startswith("/"):
            name, _, rest = said.partition(" ")
            self._run_command(name, rest.strip())
            return
        greets, self._greets = self._greets, False
        if said:
            if command := meant_as_command(said):
                self.note(f"this line is a message to {self.loop.memory.name}; the command is {command}")
            self.turn(self.loop.run([Message.said_by(self.me, said)]), said=said)
        elif greets:
            self.turn(self.loop.login(self.me, owes_answer=True))

    def _run_command(self, name: str, rest: str) -> None:
        command = self._commands.get(name)
        if command is None:
            self.note(missing_command(name, self._commands))
            return
        with self._errors_shown():
            try:
                command(self, rest)
            except KeyboardInterrupt:
                self.note("interrupted")

    @contextmanager
    def _errors_shown(self) -> Iterator[None]:
        try:
            yield
        except Ended:
            raise
        except Exception as error:  # noqa: BLE001 - an error in one line does not end the conversation
            self._end_line()
            if debugging():
                print_traceback(error)
            say(self.shown, with_options(error_line(error)), "red")

    def _show(self, event: Event) -> None:
        if isinstance(event, ReplyPart):
            self._show_part(event)
            return
        self._end_line()
        if isinstance(event, Replied):
            if event.text != self._written:
                reply = f"{self._speaker}{plain(event.text)}"
                self.shown.print(reply, soft_wrap=not self.shown.is_terminal)
            self._written = ""
        elif text := event_line(event):
            if not self._quiet and (self.thoughts or not isinstance(event, Thought)):
                self.note(text)
        elif isinstance(event, TurnEnded) and debugging():
            used = event.usage
            cost = "" if used.cost is None else f", cost {used.cost:.4f}"
            self.note(
                f"{event.stop_reason} after {counted(event.steps, 'step')}; {used.prompt_tokens:,} tokens "
                f"in, {used.completion_tokens:,} out{cost}"
            )

    def _show_part(self, part: ReplyPart) -> None:
        """Append a part to the reply on the screen; a reply that replaces it begins on a new line."""
        if part.anew:
            self._end_line()
            self._written = ""
        if not part.text:
            return
        if not self._in_line:
            if self._status is not None:
                self._status.stop()
            self.shown.print(self._speaker, end="")
        self.shown.print(harmless(part.text), end="", markup=False, soft_wrap=True)
        self._written, self._in_line = self._written + part.text, True

    def _end_line(self) -> None:
        if self._in_line:
            self._in_line = False
            self.shown.print()
            if self._status is not None:
                self._status.start()

    @property
    def _speaker(self) -> str:
        return "" if self._quiet else f"[bold cyan]{plain(self.loop.memory.name)}>[/bold cyan] "

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """Show that the agent works, in a terminal."""
        if not self.shown.is_terminal:
            yield
            return
        name = plain(self.loop.memory.name)
        echo(on=False)  # it would appear in the middle of the reply
        try:
            with self.shown.status(f"[dim]{name} is thinking[/dim]", spinner="dots") as self._status:
                yield
        finally:
            self._status = None
            echo(on=True)

    def _ask_approval(self, call: ToolCall) -> Approval:
        """Ask the person, with no spinner next to the question."""
        if self._status is None:
            return in_terminal(call)
        self._status.stop()
        echo(on=True)
        try:
            return in_terminal(call)
        finally:
            echo(on=False)
            self._status.start()
