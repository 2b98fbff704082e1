"""A language model that answers from a list."""

from __future__ import annotations

import copy
import itertools
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Union

from memgpt_autogen.llm.protocols import Completion, ToolChoice, ToolSchema, Usage
from memgpt_autogen.messages import ToolCall, WireMessage

_numbers = itertools.count(1)


def call(name: str, /, **arguments: Any) -> ToolCall:
    """A function call with a fresh id, as a model would make it."""
    return ToolCall(f"call_{next(_numbers)}", name, json.dumps(arguments, ensure_ascii=False))


def says(text: str = "", *calls: ToolCall, usage: Usage | None = None) -> Completion:
    """An answer: its text (thoughts, in the `memgpt` protocol) and its function calls."""
    return Completion(text, calls, usage or Usage(), "tool_calls" if calls else "stop")


@dataclass(frozen=True, slots=True)
class Request:
    """What the model was asked: the whole prompt of one step."""

    messages: list[WireMessage]
    tools: list[ToolSchema]
    tool_choice: ToolChoice


Answer = Union[Completion, Exception, Callable[[Request], Completion]]


class ScriptedLLM:
    """Gives its answers in order and keeps every request in `requests`.

    An answer is a `Completion` (see `says`), an exception to raise, or a function of the `Request`. `otherwise` answers when
    the list is empty; without it that is an `AssertionError`, since a model that is asked more often than expected is a bug.
    """

    model = "scripted"

    def __init__(self, *answers: Answer, otherwise: Answer | None = None) -> None:
        self._answers = list(answers)
        self._otherwise = otherwise
        self._lock = threading.Lock()
        self.requests: list[Request] = []

    def complete(
        self,
        messages: Sequence[WireMessage],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,
    ) -> Completion:
        with self._lock:
            request = Request(copy.deepcopy(list(messages)), copy.deepcopy(list(tools)), tool_choice)
            self.requests.append(request)
            answer = self._answers.pop(0) if self._answers else self._otherwise
        if answer is None:
            raise AssertionError(f"the script has no answer left for request {len(self.requests)}")
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Completion) else answer(request)

    @property
    def unused(self) -> int:
        """How many answers were never asked for."""
        return len(self._answers)
