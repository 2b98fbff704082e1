"""Several models for one agent: the first that answers does."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence

from memgpt_autogen.errors import ConfigurationError, ContextOverflowError, ModelError
from memgpt_autogen.llm.protocols import LLM, Completion, ToolChoice, ToolSchema, stream_or_complete
from memgpt_autogen.messages import WireMessage

logger = logging.getLogger(__name__)


class FallbackLLM:
    """Asks the models in this order, each time from the first on, until one answers: what AutoGen's `config_list` does.

    A model falls out when it has used up its own retries, so give the first ones few. A prompt that one finds too long is
    shortened for all of them, since they share a memory: the window is that of the first, unless you say the smallest.
    """

    def __init__(self, *llms: LLM) -> None:
        if not llms:
            raise ConfigurationError("FallbackLLM has no models; give one at least, such as OpenAILLM(...).")
        self.llms = llms

    @property
    def model(self) -> str:
        """The model of the first, which is the one that answers unless it fails."""
        return self.llms[0].model

    @property
    def base_url(self) -> str | None:
        """Where the first is served, if it tells."""
        return getattr(self.llms[0], "base_url", None)

    def complete(
        self,
        messages: Sequence[WireMessage],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,
    ) -> Completion:
        """Answer once. Raises what the last one raises."""
        for place, llm in enumerate(self.llms):
            try:
                return llm.complete(messages, tools, tool_choice)
            except ModelError as error:  # noqa: PERF203 - whose turn it is, is found by asking
                self._go_on(place, error)
        raise AssertionError("the last failure is raised")

    def stream(
        self,
        messages: Sequence[WireMessage],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,
    ) -> Generator[Completion, None, None]:
        """The same as it comes, where the model that answers tells that."""
        for place, llm in enumerate(self.llms):
            try:
                yield from stream_or_complete(llm, messages, tools, tool_choice)
            except ModelError as error:  # noqa: PERF203 - whose turn it is, is found by asking
                self._go_on(place, error)
            else:
                return

    def _go_on(self, place: int, error: ModelError) -> None:
        """Ask the next one; raises the error where there is none, or where it would not help."""
        if place == len(self.llms) - 1 or isinstance(error, ContextOverflowError):
            raise error
        logger.warning(
            "%s does not answer, asking %s: %s", self.llms[place].model, self.llms[place + 1].model, error
        )

    def __repr__(self) -> str:
        return f"FallbackLLM({', '.join(map(repr, self.llms))})"
