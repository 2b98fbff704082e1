"""The window that an agent's endpoint serves: what is believed, what is learned, and that it is told once."""

from __future__ import annotations

import logging
from collections.abc import Callable

from memgpt_autogen.errors import ContextOverflowError
from memgpt_autogen.llm.protocols import LLM
from memgpt_autogen.llm.wire.redaction import bare_address
from memgpt_autogen.memory.context.budget import Budget
from memgpt_autogen.memory.context.cut_detector import LEAST_WINDOW
from memgpt_autogen.memory.storage.windows import LearnedWindows

logger = logging.getLogger(__name__)

# of the size of a prompt that was refused without a number, later ones have at most this share
SMALLER = 0.95


class ServedWindow:
    """The window of one agent's model at its endpoint, in tokens.

    `believed` is what the person gave, the server reports or the model's name says. Where several endpoints
    may answer, what is learned is not stored, since it is not known whose window it is.

    `ask` asks the server: before the first prompt, where it has not `answered` yet, and when it is found out
    that it leaves something out.
    """

    def __init__(
        self,
        learned: LearnedWindows,
        llm: LLM,
        believed: int,
        ask: Callable[[], int | None] | None = None,
        *,
        answered: bool = False,
    ) -> None:
        self._learned = learned
        self._model = llm.model
        self._endpoint = None if _asks_several(llm) else bare_address(getattr(llm, "base_url", None) or "")
        self._believed = believed
        self._ask = ask
        self.is_unanswered = ask is not None and not answered
        """Whether the server must be asked before the first prompt."""

    @property
    def tokens(self) -> int:
        """What is believed, or the smaller window that was learned about it."""
        if self._endpoint is None:
            return self._believed
        return min(
            self._believed, self._learned.get(self._endpoint, self._model, self._believed) or self._believed
        )

    def ask(self, budget: Budget) -> None:
        """Ask a server that did not answer before what it serves, once."""
        self.is_unanswered = False
        served = self._ask() if self._ask is not None else None
        if served is not None and served < budget.window:
            self._believed = served
            budget.take_window(served)

    def refused(self, budget: Budget, sent_tokens: int, error: ContextOverflowError) -> None:
        """The endpoint refused a prompt of this size: take the window that it tells, or a smaller one."""
        window, answer = error.window_tokens or 0, error.answer_tokens or 0
        if LEAST_WINDOW <= window < budget.window:
            self._take(
                budget, window, answer, f"refused a prompt and says that its window is {window:,} tokens"
            )
        elif answer > budget.reserve and budget.limit > budget.window - answer:
            budget.take_window(budget.window, answer)
        elif not window and not error.prompt_tokens and budget.calibrated:
            budget.lower_limit(int(sent_tokens * SMALLER))
        if sent_tokens <= budget.limit:
            budget.overflowed(sent_tokens, error.prompt_tokens)

    def cut(self, budget: Budget, window: int) -> None:
        """The endpoint leaves out a part of larger prompts than this, and does not say so.

        It may have loaded the model anew with a smaller window, and may tell that.
        """
        told = self._ask() if self._ask is not None else None
        if told is not None and LEAST_WINDOW <= told < window:
            window = told
        if window < budget.window:
            self._take(
                budget,
                window,
                0,
                f"leaves out a part of the prompt, and counts at most {window:,} tokens of it",
            )

    def _take(self, budget: Budget, window: int, answer: int, why: str) -> None:
        before = budget.window
        budget.take_window(window, answer)
        if self._endpoint is not None:
            self._learned.keep(self._endpoint, self._model, self._believed, window)
        place = f" at {self._endpoint}" if self._endpoint else ""
        logger.warning(
            "model '%s'%s %s. From now on its window is taken to be %s tokens, not %s. Once it serves "
            "more, give that as window_tokens.",
            self._model,
            place,
            why,
            f"{window:,}",
            f"{before:,}",
        )


def _asks_several(llm: object) -> bool:
    """Return whether a model has others in reserve that may answer in its place."""
    inner = getattr(llm, "llm", None)
    return bool(getattr(llm, "has_fallbacks", False)) or (inner is not None and _asks_several(inner))
