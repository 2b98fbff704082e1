"""Where a conversation's lines come from: a terminal with history and completion, or a pipe.

The history is what the person said to the agent before, read from the agent's log. So there is no second place where words lie,
and what the agent forgets is not in the history either.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

import typer

from memgpt_autogen.rendering.plain_text import harmless

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession

MANY_LINES = "//"
"""Begins and ends a message of many lines."""

PATHS: tuple[str, ...] = ("",)
"""Stands for the files and folders of this machine, among what may follow a command."""

Completions = Mapping[str, tuple[str, Iterable[str]]]
"""What each command is about, and what may follow it."""


class Lines(Protocol):
    """What a person types, line by line."""

    given: str
    """What the next line starts out as, once."""

    def read(self, prompt: str) -> str | None:
        """The next line; None at the end. Raises `KeyboardInterrupt` for Ctrl-C."""


def in_a_terminal() -> bool:
    """Whether a person types and reads."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def echo(*, on: bool) -> None:
    """Whether the terminal shows what is typed while nobody reads it, as during a turn; the next prompt has it either way."""
    try:
        import termios
    except ImportError:  # not on Windows
        return
    with suppress(termios.error, OSError, ValueError):  # it may be gone
        about = termios.tcgetattr(sys.stdin)
        about[3] = about[3] | termios.ECHO if on else about[3] & ~termios.ECHO
        termios.tcsetattr(sys.stdin, termios.TCSANOW, about)


def messages(lines: Lines, prompt: str) -> Iterator[str]:
    """Messages and commands, of one line or many, until the lines end or Ctrl-C is typed twice."""
    interrupted = False
    while True:
        try:
            if interrupted:
                typer.secho("  Ctrl-C again, Ctrl-D or /exit ends", dim=True)
            text = _message(lines, prompt)
        except KeyboardInterrupt:
            if interrupted:
                return
            interrupted = True
            continue
        interrupted = False
        if text is None:
            return
        yield text


def _message(lines: Lines, prompt: str) -> str | None:
    line = lines.read(prompt)
    if line is None or line.strip() != MANY_LINES:
        return line
    told: list[str] = []
    while (line := lines.read("... ")) is not None and line.strip() != MANY_LINES:
        told.append(line)
    # a blank before it, so that no line of many is taken for a command
    return " " + "\n".join(told)


class PipedLines:
    """Lines of standard input. Nobody is there to be prompted."""

    given = ""

    def read(self, prompt: str) -> str | None:  # noqa: ARG002 - for terminals
        line = sys.stdin.readline()
        return line.rstrip("\n") if line else None


class TerminalLines:
    """Lines that are typed and edited.

    `shown` is called when the first prompt stands there, and may print; it is given what ends that prompt, from any thread. `said`
    gives the lines of before, oldest first, and is called in a thread; `completions` is called when the tabulator is pressed.
    """

    def __init__(
        self,
        *,
        shown: Callable[[Callable[[], None]], None],
        said: Callable[[], Sequence[str]],
        completions: Callable[[], Completions],
    ) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.history import ThreadedHistory

        self.given = ""
        self._shown = shown
        self._begun = False
        self._session: PromptSession[str] = PromptSession(
            history=ThreadedHistory(_history(said)),
            completer=_completer(completions),
            complete_while_typing=False,
        )
        self._session.app.after_render += self._stands

    def read(self, prompt: str) -> str | None:
        from prompt_toolkit.patch_stdout import patch_stdout

        given, self.given = self.given, ""
        try:
            with patch_stdout(raw=True):
                return self._session.prompt([("bold", harmless(prompt))], default=given)
        except EOFError:
            return None

    def _stands(self, _app: object) -> None:
        if not self._begun:
            self._begun = True
            self._shown(self._end)

    def _end(self) -> None:
        """End the prompt as Ctrl-D does; nothing where it has ended."""
        app = self._session.app
        loop = app.loop
        if loop is not None:
            with suppress(RuntimeError):  # it has just ended
                loop.call_soon_threadsafe(_leave, app)


def _leave(app: Any) -> None:
    if app.is_running and not app.future.done():
        app.exit(exception=EOFError)


def _history(said: Callable[[], Sequence[str]]) -> Any:
    from prompt_toolkit.history import History

    class Said(History):
        def load_history_strings(self) -> Iterable[str]:
            return reversed(said())

        def store_string(self, string: str) -> None:
            """The log has it."""

    return Said()


def _completer(completions: Callable[[], Completions]) -> Any:
    """Completes commands, and what they take; nothing else that is typed."""
    from prompt_toolkit.completion import Completer, Completion, PathCompleter
    from prompt_toolkit.document import Document

    paths = PathCompleter(expanduser=True)

    class Commands(Completer):
        def get_completions(self, document: Document, complete_event: Any) -> Iterator[Completion]:
            text = document.text_before_cursor
            if not text.startswith("/"):
                return
            word, blank, rest = text.partition(" ")
            if not blank:
                for name, (about, _) in completions().items():
                    if name.startswith(word):
                        yield Completion(name, -len(word), display_meta=about)
                return
            about, takes = completions().get(word, ("", ()))
            if takes is PATHS:
                yield from paths.get_completions(Document(rest, len(rest)), complete_event)
                return
            for each in takes:
                if each.startswith(rest):
                    yield Completion(each, -len(rest))

    return Commands()
