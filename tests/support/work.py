"""Count work in place of time: what Python does is the same on every machine."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any


class TooMuchWorkError(BaseException):
    """Something takes more lines than it may. No reader catches this."""


def calls_of(work: Callable[[], object]) -> Counter[str]:
    """How often each function is called, by its name."""
    calls: Counter[str] = Counter()

    def counted(frame: Any, event: str, called: Any) -> None:
        if event == "call":
            calls[frame.f_code.co_name] += 1
        elif event == "c_call":
            calls[called.__name__] += 1

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


def steps_of(work: Callable[[], object]) -> int:
    """How many instructions Python takes."""
    steps = 0

    def traced(frame: Any, event: str, _argument: Any) -> Any:
        nonlocal steps
        frame.f_trace_opcodes = True
        steps += event == "opcode"
        return traced

    sys.settrace(traced)
    try:
        work()
    finally:
        sys.settrace(None)
    return steps


def lines_of(work: Callable[[], object], most: float) -> int:
    """How many lines and calls Python takes. Raises `TooMuchWorkError` for more than `most`."""
    lines = 0

    def traced(_frame: Any, _event: str, _argument: Any) -> Any:
        nonlocal lines
        lines += 1
        if lines > most:
            raise TooMuchWorkError
        return traced

    sys.settrace(traced)
    try:
        work()
    finally:
        sys.settrace(None)
    return lines
