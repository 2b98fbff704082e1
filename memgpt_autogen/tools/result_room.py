"""How many characters of a tool's result a model reads, for a tool that can choose what it leaves out."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context, ContextVar
from typing import Union

Chars = Union[int, Callable[[], int]]
"""A number of characters, or what returns it now: what a window has room for can become less."""

Tokens = Union[int, Callable[[], int]]
"""A number of tokens, or what returns it now."""

DEFAULT_CHARS = 3000
"""The room for a result that no toolbox has asked for."""

_room: ContextVar[int] = ContextVar("_room", default=DEFAULT_CHARS)


def chars_now(chars: Chars) -> int:
    return chars() if callable(chars) else chars


def tokens_now(tokens: Tokens) -> int:
    return tokens() if callable(tokens) else tokens


def result_room() -> int:
    """Return the characters that a result may have. A longer one is cut."""
    return _room.get()


def set_result_room(context: Context, chars: int) -> None:
    """Tell the tool that runs in this context how many characters its result may have."""
    context.run(_room.set, chars)
