"""Where a conversation's lines come from: a terminal with history and completion, or a pipe.

The history is what the person said to the agent before, read from the agent's log. So there is no second place where words lie,
and what the agent forgets is not in the history either.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from memgpt_autogen.telling import harmless

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession

MANY_LINES = "//"
"""Begins and ends a message of many lines."""


class Lines(Protocol):
    """What a person types, line by line."""

    def read(self, prompt: str, given: str = "") -> str | None:
        """The next line, which starts out as `given`; None at the end. Raises `KeyboardInterrupt` for Ctrl-C."""


class PipedLines:
    """Lines of standard input. Nobody is there to be prompted."""

    def read(self, prompt: str, given: str = "") -> str | None:  # noqa: ARG002 - for terminals
        line = sys.stdin.readline()
        return line.rstrip("\n") if line else None


class TerminalLines:
    """Lines that are typed and edited; `said` are those of before, oldest first, and `completions` what follows which word."""

    def __init__(self, said: Sequence[str], completions: Mapping[str, tuple[str, Iterable[str]]]) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.history import InMemoryHistory

        self._session: PromptSession[str] = PromptSession(
            history=InMemoryHistory(list(said)),
            completer=_completer(completions),
            complete_while_typing=False,
            enable_history_search=True,
        )

    def read(self, prompt: str, given: str = "") -> str | None:
        try:
            return self._session.prompt([("bold", harmless(prompt))], default=given)
        except EOFError:
            return None


def message(lines: Lines, prompt: str, given: str = "") -> str | None:
    """The next message or command, of one line or many; None at the end."""
    line = lines.read(prompt, given)
    if line is None or line.strip() != MANY_LINES:
        return line
    told: list[str] = []
    while (line := lines.read("... ")) is not None and line.strip() != MANY_LINES:
        told.append(line)
    # a blank before it, so that no line of many is taken for a command
    return " " + "\n".join(told)


def _completer(completions: Mapping[str, tuple[str, Iterable[str]]]) -> Any:
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
                for name, (about, _) in completions.items():
                    if name.startswith(word):
                        yield Completion(name, -len(word), display_meta=about)
                return
            about, takes = completions.get(word, ("", ()))
            if takes is PATHS:
                yield from paths.get_completions(Document(rest, len(rest)), complete_event)
                return
            for each in takes:
                if each.startswith(rest):
                    yield Completion(each, -len(rest))

    return Commands()


PATHS: tuple[str, ...] = ("",)
"""Stands for the files and folders of this machine."""
