"""A language model that answers from a list."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Union

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.llm.protocols import Completion, ToolChoice, ToolSchema, Usage
from memgpt_autogen.messages import ToolCall, WireMessage

_numbers = itertools.count(1)


def call(name: str, /, **arguments: Any) -> ToolCall:
    """Make a function call with a new id, as a model does."""
    return ToolCall(f"call_{next(_numbers)}", name, json.dumps(arguments, ensure_ascii=False))


def says(text: str = "", *calls: ToolCall, usage: Usage | None = None) -> Completion:
    """Make an answer with a text (a thought, in the `memgpt` protocol) and function calls."""
    return Completion(text, calls, usage or Usage(), "tool_calls" if calls else "stop")


@dataclass(frozen=True, slots=True)
class Request:
    """A request to the model: the whole prompt of one step."""

    messages: list[WireMessage]
    tools: list[ToolSchema]
    tool_choice: ToolChoice


Answer = Union[Completion, Exception, Callable[[Request], Completion]]


class ScriptedLLM:
    """Returns its answers in order, and stores every request in `requests`.

    An answer is a `Completion` (see `says`), an exception to raise, or a function of the `Request`. After the
    last answer it returns `otherwise`. Without that it raises an `AssertionError`, since more requests than
    expected are a bug.
    """

    model = "scripted"
    limits_waits = True

    def __init__(self, *answers: Answer, otherwise: Answer | None = None) -> None:
        self._answers = list(answers)
        self._otherwise = otherwise
        self._lock = Lock("the scripted answers")
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
        """The number of answers that were not used."""
        return len(self._answers)
