"""AutoGen's own reply functions, where a program names them and ours stand in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any


def with_stand_ins(excluded: Iterable[Any], stand_ins: Mapping[Any, Callable[..., Any]]) -> list[Any]:
    """Return the reply functions that a call excludes, with ours where AutoGen's is among them."""
    named = list(excluded)
    return [*named, *(ours for autogens, ours in stand_ins.items() if autogens in named)]
