"""Several models for one agent: the first that answers is used."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from copy import copy

from memgpt_autogen.errors import ConfigurationError, ContextOverflowError, ModelError
from memgpt_autogen.llm.asking import complete_by, stream_by
from memgpt_autogen.llm.protocols import (
    LLM,
    Completion,
    Messages,
    StreamingLLM,
    ToolChoice,
    Tools,
    can_stream,
)

logger = logging.getLogger(__name__)


class FallbackLLM:
    """Asks the models in this order until one answers, like AutoGen's `config_list`.

    The next model is asked when one has used up its own retries, so give the first ones few. A prompt that is
    too long for one model is shortened for all of them, because they share a memory. The window is that of
    the first model, unless you set the smallest.
    """

    def __init__(self, *llms: LLM) -> None:
        if not llms:
            raise ConfigurationError("FallbackLLM has no models; give at least one, such as OpenAILLM(...).")
        self.llms = llms

    @property
    def model(self) -> str:
        """The name of the first model, which answers unless it fails."""
        return self.llms[0].model

    @property
    def base_url(self) -> str | None:
        """The address of the first model, if it has one."""
        return getattr(self.llms[0], "base_url", None)

    @property
    def has_fallbacks(self) -> bool:
        """Whether another model than the first may answer."""
        return len(self.llms) > 1

    @property
    def answer_tokens(self) -> int | None:
        """The limit of an answer's tokens that was set for the first model."""
        return getattr(self.llms[0], "answer_tokens", None)

    @property
    def streams(self) -> bool:
        return any(map(can_stream, self.llms))

    @property
    def limits_waits(self) -> bool:
        """Whether the wait for each model has a limit."""
        return True

    def with_each(self, change: Callable[[LLM], LLM]) -> FallbackLLM:
        """Return the same order of what `change` returns for each model."""
        changed = copy(self)
        changed.llms = tuple(map(change, self.llms))
        return changed

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        """Answer once. Raises what the last model raises."""
        for place, llm in enumerate(self.llms):
            try:
                return complete_by(llm, messages, tools, tool_choice)
            except ModelError as error:  # noqa: PERF203 - only asking shows which model answers
                self._pass_on(place, error)
        raise AssertionError("the last failure is raised")

    def stream(
        self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None
    ) -> Generator[Completion, None, None]:
        """Yield the answer while it comes, when the model that answers can stream."""
        for place, llm in enumerate(self.llms):
            try:
                if isinstance(llm, StreamingLLM):
                    yield from stream_by(llm, messages, tools, tool_choice)
                else:
                    yield complete_by(llm, messages, tools, tool_choice)
            except ModelError as error:  # noqa: PERF203 - only asking shows which model answers
                self._pass_on(place, error)
            else:
                return

    def _pass_on(self, place: int, error: ModelError) -> None:
        """Let the next model be asked. Raises the error when there is none, or when it could not help."""
        if place == len(self.llms) - 1 or isinstance(error, ContextOverflowError):
            raise error
        logger.warning(
            "%s does not answer, asking %s: %s", self.llms[place].model, self.llms[place + 1].model, error
        )

    def __repr__(self) -> str:
        return f"FallbackLLM({', '.join(map(repr, self.llms))})"
