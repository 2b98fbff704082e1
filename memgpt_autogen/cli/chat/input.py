"""Reads the lines of a conversation: from a terminal with history and completion, or from a pipe.

The history is what the person said to the agent before, read from the agent's log. So the words are in one
place only, and what the agent forgets is not in the history either.
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
"""Begins and ends a message of several lines."""

PATHS: tuple[str, ...] = ("",)
"""Among the values of a command: any file or folder of this machine."""

Completions = Mapping[str, tuple[str, Iterable[str]]]
"""For each command, a description and the values that it takes."""


class Lines(Protocol):
    """What a person types, line by line."""

    given: str
    """The text that the next line starts with, once."""

    def read(self, prompt: str) -> str | None:
        """Return the next line; None at the end. Raises `KeyboardInterrupt` for Ctrl-C."""


def in_a_terminal() -> bool:
    """Whether a person types and reads."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def echo(*, on: bool) -> None:
    """Show or hide what the person types while nothing reads it, as during a turn.

    The next prompt gets it either way.
    """
    try:
        import termios
    except ImportError:  # not on Windows
        return
    with suppress(termios.error, OSError, ValueError):  # the terminal may be closed
        about = termios.tcgetattr(sys.stdin)
        about[3] = about[3] | termios.ECHO if on else about[3] & ~termios.ECHO
        termios.tcsetattr(sys.stdin, termios.TCSANOW, about)


def messages(lines: Lines, prompt: str) -> Iterator[str]:
    """Messages and commands, until the lines end or the person types Ctrl-C twice."""
    interrupted = False
    while True:
        try:
            if interrupted:
                typer.secho("  To end, type Ctrl-C again, Ctrl-D or /exit", dim=True)
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
    inner = []
    while (line := lines.read("... ")) is not None and line.strip() != MANY_LINES:
        inner.append(line)
    # with a space first, so that no line is taken for a command
    return " " + "\n".join(inner)


class PipedLines:
    """The lines of standard input. No prompt is shown."""

    given = ""

    def read(self, prompt: str) -> str | None:  # noqa: ARG002 - for terminals
        line = sys.stdin.readline()
        return line.rstrip("\n") if line else None


class TerminalLines:
    """Lines that a person types and edits.

    `on_first_prompt` is called when the first prompt is on the screen, and may print. Its argument ends that
    prompt, from any thread. `history` returns earlier lines, oldest first, and is called in a thread.
    `completions` is called for the Tab key.
    """

    def __init__(
        self,
        *,
        on_first_prompt: Callable[[Callable[[], None]], None],
        history: Callable[[], Sequence[str]],
        completions: Callable[[], Completions],
    ) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.history import ThreadedHistory

        self.given = ""
        self._on_first_prompt = on_first_prompt
        self._prompted = False
        self._session: PromptSession[str] = PromptSession(
            history=ThreadedHistory(_log_history(history)),
            completer=_completer(completions),
            complete_while_typing=False,
        )
        self._session.app.after_render += self._rendered

    def read(self, prompt: str) -> str | None:
        from prompt_toolkit.patch_stdout import patch_stdout

        given, self.given = self.given, ""
        try:
            with patch_stdout(raw=True):
                return self._session.prompt([("bold", harmless(prompt))], default=given)
        except EOFError:
            return None

    def _rendered(self, _app: object) -> None:
        if not self._prompted:
            self._prompted = True
            self._on_first_prompt(self._end)

    def _end(self) -> None:
        """End the prompt as Ctrl-D does, if it has not ended."""
        app = self._session.app

        def leave() -> None:
            if app.is_running and not (app.future and app.future.done()):
                app.exit(exception=EOFError)

        if app.loop is not None:
            with suppress(RuntimeError):  # the loop has just ended
                app.loop.call_soon_threadsafe(leave)


def _log_history(lines: Callable[[], Sequence[str]]) -> Any:
    from prompt_toolkit.history import History

    class LogHistory(History):
        def load_history_strings(self) -> Iterable[str]:
            return reversed(lines())

        def store_string(self, string: str) -> None:
            """Do nothing: the log contains it."""

    return LogHistory()


def _completer(completions: Callable[[], Completions]) -> Any:
    """Completes commands and their values; nothing else that is typed."""
    from prompt_toolkit.completion import Completer, Completion, PathCompleter
    from prompt_toolkit.document import Document

    paths = PathCompleter(expanduser=True)

    class CommandCompleter(Completer):
        def get_completions(self, document: Document, complete_event: Any) -> Iterator[Completion]:
            text = document.text_before_cursor
            word, space, rest = text.partition(" ")
            if not text.startswith("/"):
                return
            if not space:
                for name, (about, _) in completions().items():
                    if name.startswith(word):
                        yield Completion(name, -len(word), display_meta=about)
                return
            _, values = completions().get(word, ("", ()))
            if values is PATHS:
                yield from paths.get_completions(Document(rest, len(rest)), complete_event)
                return
            for value in values:
                if value.startswith(rest):
                    yield Completion(value, -len(rest))

    return CommandCompleter()
