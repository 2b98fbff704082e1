"""Room for an answer: what to do when a model's reasoning uses up all that it may write."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from memgpt_autogen.llm.protocols import LLM, Completion
from memgpt_autogen.llm.text_calls.thoughts import end_without_beginning, may_be_a_call

logger = logging.getLogger(__name__)

LEAST_ROOM = 4096  # tokens for an answer whose reasoning used up what it had

TIMES = 4  # more than what was used up


@dataclass
class AnswerRoom:
    """How many tokens the answers of one agent's model may have. None: what the endpoint gives them."""

    tokens: int | None = None
    _reasons_first: bool = field(default=False, init=False)
    """Whether the model's reasoning begins in the prompt, so that only its end is marked."""
    _told: bool = field(default=False, init=False)

    def within(self, left: int) -> int | None:
        """Return the tokens for an answer where the window has so many left."""
        return None if self.tokens is None else min(self.tokens, left) if left > 0 else None

    def read(self, raw: Completion, read: Completion) -> Completion:
        """Return an answer, as it was read, in which reasoning without an end is not taken for words."""
        self._reasons_first = self._reasons_first or end_without_beginning(raw.text) is not None
        cut = read.finish_reason == "length" and not read.tool_calls
        if cut and self._reasons_first and read.text and not read.thought:
            return Completion("", (), read.usage, read.finish_reason, read.text)
        return read

    def wanted(self, llm: LLM, read: Completion) -> int | None:
        """Return how many tokens the same answer should have; None where it needs no more, or may not."""
        if not is_used_up(read) or getattr(llm, "answer_tokens", None) is not None:
            return None
        return max(LEAST_ROOM, TIMES * read.usage.completion_tokens, TIMES * (self.tokens or 0))

    def more(self, llm: LLM, read: Completion, left: int) -> int | None:
        """Return how many tokens the same answer should have; None where it needs or can have no more.

        `left` is what the window has left for an answer.
        """
        if not is_used_up(read):
            return None
        limit, wanted = getattr(llm, "answer_tokens", None), self.wanted(llm, read)
        if wanted is not None:
            room = min(wanted, left)
            if room > max(read.usage.completion_tokens, self.tokens or 0):
                return room
        way_out = "its window has no room for more, use a larger one"
        self.tell(llm, way_out if limit is None else f"its limit is answer_tokens={limit}, set it higher")
        return None

    def tell(self, llm: LLM, way_out: str) -> None:
        """Log once that the model says nothing."""
        if not self._told:
            logger.warning(
                "%s used up its answer with reasoning and said nothing: %s, or let it reason less.",
                llm.model,
                way_out,
            )
        self._told = True


def is_used_up(read: Completion) -> bool:
    """Return whether an answer ended at its limit with nothing said and nothing called."""
    if read.finish_reason != "length" or read.tool_calls:
        return False
    return not read.text.strip() or may_be_a_call(read.text)
