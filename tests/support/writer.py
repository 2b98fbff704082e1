"""A model that writes what a test gives it, piece by piece."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.testing import says

THOUGHT = "I answer."


class Writer:
    """Says the words that `write` gives, as they come, until `end`. Each turn has its own words."""

    model = "writer"
    limits_waits = True

    def __init__(self) -> None:
        self._words = ""
        self._is_over = False
        self._news = threading.Condition()
        self.asked = 0

    def write(self, text: str) -> None:
        with self._news:
            self._words += text
            self._news.notify_all()

    def end(self, text: str = "") -> None:
        """Write this, and then no more."""
        with self._news:
            self._words += text
            self._is_over = True
            self._news.notify_all()

    def complete(self, *_: Any, **__: Any) -> Completion:
        *_, last = self.stream()
        return last

    def stream(self, *_: Any, **__: Any) -> Iterator[Completion]:
        self.asked += 1
        name, seen = f"write{self.asked}", ""
        over = False
        try:
            yield says(THOUGHT)  # an answer that comes at once has no parts
            while not over:
                with self._news:
                    self._news.wait_for(lambda known=seen: self._is_over or self._words != known, 30)
                    seen, over = self._words, self._is_over
                whole = json.dumps({"message": seen})
                yield says(THOUGHT, ToolCall(name, "send_message", whole if over else whole[:-2]))
        finally:
            self._words, self._is_over = "", False
