"""What an MCP server sends that is no message, such as lines that its program prints: one short warning."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.text.safe import cut_at_word

logger = logging.getLogger(__name__)

THREAD = "memgpt-mcp"  # the name of the threads in which sessions run

LINE_CHARS = 80  # of what is quoted

# where the SDK logs a traceback for each such line, and for what an error says to the model
LOGGERS = ("mcp.client.stdio", "mcp.client.streamable_http", "mcp.client.sse")


class Noise:
    """What one server sends that is no message. It is left out, and told once."""

    def __init__(self, name: str, without_secrets: Callable[[str], str]) -> None:
        self._name = name
        self._without_secrets = without_secrets
        self._told = False
        self._left_out: set[str] = set()

    def hear(self, error: Exception) -> None:
        """Warn if this is the error of the first line that says something."""
        line = self._without_secrets(unread_line(error))
        if line and not self._told:
            self._told = True
            logger.warning(
                "%s prints lines that are no messages, such as %r. They are left out.",
                self._name,
                cut_at_word(line, LINE_CHARS),
            )

    def leave_out(self, tools: Sequence[str]) -> None:
        """Warn of the tools whose description the SDK refuses, once for each."""
        if new := [name for name in tools if name not in self._left_out]:
            self._left_out.update(new)
            logger.warning(
                "%s describes %s in a way that cannot be read. Left out: %s.",
                self._name,
                counted(len(new), "tool"),
                ", ".join(new),
            )


def quiet_log_of_this_thread() -> None:
    """Leave the SDK's tracebacks out of the log, in the threads in which sessions run here.

    Other users of the SDK in the same program keep theirs.
    """
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_is_wanted)  # added once, however often it is called


def _is_wanted(record: logging.LogRecord) -> bool:
    return threading.current_thread().name != THREAD or record.levelno < logging.WARNING


def unread_line(error: Any) -> str:
    """Return the line that could not be read; empty for other errors."""
    try:
        found = error.errors(include_url=False)[0].get("input", "")
    except (AttributeError, IndexError, TypeError):
        return ""
    return str(found)
