"""The budget: how many tokens a prompt takes, and how many the window has for what.

Counts are estimates where no tokenizer is at hand, so they are corrected by what the provider itself counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.llm.protocols import TokenCounter, ToolSchema, Usage
from memgpt_autogen.messages import WireMessage

PER_MESSAGE = 4
"""Tokens the chat format puts around each message."""

PER_CALL = 8
"""Tokens around each tool call: id, type and separators."""

PIECE = 4096
"""Characters of a long text that are counted, and remembered, at a time."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One prompt that was sent and answered. All sizes are tokens."""

    prompt_tokens: int
    """As the budget counted it."""
    stable_tokens: int
    """How much of its start is byte-identical to the prompt before it, which is what a provider's prompt cache can use."""
    told_tokens: int = 0
    """As the endpoint counted it; 0 where it did not say."""
    cached_tokens: int = 0
    """What the endpoint says came from its prompt cache."""

    @property
    def stable_share(self) -> float:
        return self.stable_tokens / self.prompt_tokens if self.prompt_tokens else 0.0


class Budget:
    """The window of one agent, split into thresholds. All sizes are tokens.

    `warn_at`: a fuller prompt calls for a warning; `limit`: no prompt is ever sent that is larger, since `reserve` is kept
    for the answer.
    """

    def __init__(
        self,
        window_tokens: int,
        counter: TokenCounter,
        *,
        warn_fraction: float = 0.75,
        reserve_tokens: int | None = None,
    ) -> None:
        if window_tokens < 1:
            raise ConfigurationError(
                f"window_tokens is {window_tokens}; it must be the model's window, such as 8192."
            )
        if not 0 < warn_fraction <= 1:
            raise ConfigurationError(f"warn_fraction is {warn_fraction}; it must be above 0 and at most 1.")
        self.window = window_tokens
        self.reserve = min(1024, window_tokens // 8) if reserve_tokens is None else reserve_tokens
        if not 0 <= self.reserve < window_tokens:
            raise ConfigurationError(
                f"reserve_tokens is {self.reserve}; it must leave room in the window of {window_tokens} tokens."
            )
        self.beside = 0
        """Tokens of what a turn sends beside messages and tools, such as pictures."""
        self._warn_fraction = warn_fraction
        self._counter = counter
        self._tools: tuple[Sequence[ToolSchema], int] = ((), 0)
        """The tools that were counted last: the same ones are asked about many times in a step."""
        self._counted: dict[int, tuple[WireMessage, int]] = {}
        self._counted_before: dict[int, tuple[WireMessage, int]] = {}
        """Messages by their identity with their counts: of this step, and of the one before it."""
        self.forget()

    def forget(self) -> None:
        """Believe in `window` and in the counter again: giving way did not help, so what refusals taught was wrong."""
        self.limit = self.window - self.reserve
        self.warn_at = min(int(self.window * self._warn_fraction), self.limit)
        self._factor = 1.0
        self._refused = False

    @property
    def factor(self) -> float:
        """What estimates are multiplied by: 1.0 until the provider has told its own counts."""
        return self._factor

    @property
    def exact(self) -> bool:
        """Whether a tokenizer counts, rather than an estimate."""
        return self._counter.exact

    def text(self, text: str) -> int:
        return self.corrected(self._count(text))

    def messages(self, messages: Iterable[WireMessage]) -> int:
        return self.corrected(self.counted(messages))

    def counted(self, messages: Iterable[WireMessage]) -> int:
        """The messages before any correction: such counts add up, and `corrected` is for their sum."""
        return sum(map(self._remembered, messages))

    def corrected(self, tokens: int) -> int:
        """A count, corrected by what the provider has told of its own."""
        return round(tokens * self._factor)

    def tools(self, tools: Sequence[ToolSchema]) -> int:
        known, tokens = self._tools
        if len(known) != len(tools) or any(one is not other for one, other in zip(known, tools, strict=True)):
            tokens = sum(self._count(json.dumps(tool)) for tool in tools)
            self._tools = tuple(tools), tokens
        return self.corrected(tokens)

    def prompt(self, messages: Sequence[WireMessage], tools: Sequence[ToolSchema]) -> int:
        """Everything that is sent, tool schemas included."""
        return self.messages(messages) + self.tools(tools) + self.beside

    def stable(
        self,
        before: tuple[Sequence[WireMessage], Sequence[ToolSchema]],
        messages: Sequence[WireMessage],
        tools: Sequence[ToolSchema],
    ) -> int:
        """How much of the start of a prompt is the same, byte by byte, as in the prompt `before` it.

        Providers put the tools first, so other tools make all of it new.
        """
        old, old_tools = before
        if list(old_tools) != list(tools):
            return 0
        same = 0
        for one, other in zip(old, messages, strict=False):
            if one is not other and one != other:
                break
            same += 1
        tokens = self.tools(tools) + self.messages(messages[:same])
        if same < min(len(old), len(messages)) and old[same]["role"] == messages[same]["role"]:
            texts = [str(message.get("content") or "") for message in (old[same], messages[same])]
            alike = takewhile(lambda pair: pair[0] == pair[1], zip(*texts, strict=False))
            tokens += self.text("".join(first for first, _ in alike))
        return tokens

    def learn(self, estimated: int, usage: Usage) -> None:
        """Take up the provider's count of a prompt that we estimated.

        Moves fast upwards, since an underestimate overflows the window, and slowly downwards.
        """
        self._counted_before, self._counted = self._counted, {}
        self._refused = False
        if (
            not usage.prompt_tokens or not estimated or self.beside
        ):  # a picture's cost tells nothing about words
            return
        seen = min(max(self._factor * usage.prompt_tokens / estimated, 0.5), 4.0)
        self._factor = seen if seen > self._factor else 0.8 * self._factor + 0.2 * seen

    def overflowed(self, estimated: int, told: int | None) -> None:
        """The endpoint refused a prompt of this estimate: from now on a prompt like it is over the limit.

        It counts higher, by what the endpoint `told` or by a quarter, and doubles where the one before was refused
        too. Where that does not reach the limit, the window is smaller than `window`, and the limit comes down.
        """
        before, again_refused = self._factor, self._refused
        beyond = 2.0 if again_refused else 1.25
        guessed = int(max(estimated, self.limit) * beyond)
        self.learn(estimated, Usage(told if told and told > estimated else guessed))
        self._refused = True
        again = int(estimated * self._factor / before)
        if again <= self.limit:
            self.limit = max(1, again // 2 if again_refused else again * 4 // 5)
            self.warn_at = min(self.warn_at, self.limit)

    def _remembered(self, message: WireMessage) -> int:
        """The count of this very message, which every step asks for several times."""
        key = id(message)
        known = self._counted.get(key)
        if known is None:
            known = self._counted_before.get(key) or (message, self._message(message))
            self._counted[key] = known  # held, so that no other message gets its identity
        return known[1]

    def _message(self, message: WireMessage) -> int:
        tokens = PER_MESSAGE + self._count(message.get("content") or "")
        for call in message.get("tool_calls", ()):
            function = call["function"]
            tokens += PER_CALL + self._count(function["name"]) + self._count(function["arguments"])
        return tokens

    def _count(self, text: str) -> int:
        """The counter's count, piece by piece; what is far longer than the window is told by its start."""
        if len(text) <= PIECE:
            return self._counter.count(text)
        tokens, start = 0, 0
        while start < len(text):
            if tokens > FAR_TOO_LONG * self.window:
                return tokens * len(text) // start
            end = min(start + PIECE, len(text))
            if end < len(text):  # words begin with their blank, so a cut before one costs nothing
                blank = text.rfind(" ", start + PIECE // 2, end)
                end = blank if blank > 0 else end
            tokens += self._counter.count(text[start:end])
            start = end
        return tokens


FAR_TOO_LONG = 4
"""Windows of a text after which there is no need to count on: at the smallest correction, 0.5, it is two windows long."""
