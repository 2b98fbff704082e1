"""The budget: how many tokens a prompt takes, and how many the window has for what.

Where no tokenizer is at hand, counts are estimates, which are corrected by the provider's own counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.llm.protocols import TokenCounter, ToolSchema, Usage
from memgpt_autogen.messages import WireMessage

# tokens that the chat format puts around each message
PER_MESSAGE = 4

# tokens around each tool call: id, type and separators
PER_CALL = 8

# characters of a long text that are counted at a time
PIECE = 4096

# windows of a text after which counting stops: at the smallest correction, 0.5, it is two windows long
FAR_TOO_LONG = 4

# how far over the limit a refused prompt is taken to be: the first in a row, the second, and each after it
BEYOND = (1.25, 2.0, 8.0)

# refusals leave as much as this, or half: the smallest window that an agent works in, 1024, has so much for
# a prompt
LEAST_LIMIT = 896


Learned = tuple[int, int, float, int]
"""A budget's limit, threshold, correction and count of refusals."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One prompt that was sent and answered. All sizes are tokens."""

    prompt_tokens: int
    """As the budget counted it."""
    stable_tokens: int
    """How much of its start is byte-identical to the last prompt, so that a provider's cache can use it."""
    told_tokens: int = 0
    """As the endpoint counted it; 0 where it did not say."""
    cached_tokens: int = 0
    """What the endpoint says came from its prompt cache."""
    brief: bool = False
    """Whether the brief form was sent, because the window is small."""

    @property
    def stable_share(self) -> float:
        return self.stable_tokens / self.prompt_tokens if self.prompt_tokens else 0.0


class Budget:
    """The window of one agent, split into thresholds. All sizes are tokens.

    `warn_at`: a fuller prompt calls for a warning. `limit`: no larger prompt is sent, since `reserve` is
    kept for the answer: an eighth of the window and at most 1024 tokens, or `answer_tokens`, the limit that
    the person has set for answers, if that is more: half of the window at most.
    """

    def __init__(
        self,
        window_tokens: int,
        counter: TokenCounter,
        *,
        warn_fraction: float = 0.75,
        reserve_tokens: int | None = None,
        answer_tokens: int | None = None,
    ) -> None:
        if window_tokens < 1:
            raise ConfigurationError(
                f"window_tokens is {window_tokens}; it must be the model's window, such as 8192."
            )
        if not 0 < warn_fraction <= 1:
            raise ConfigurationError(f"warn_fraction is {warn_fraction}; it must be above 0 and at most 1.")
        self.window = window_tokens
        self._answer_tokens = answer_tokens or 0
        self.reserve = self._room_for(0) if reserve_tokens is None else reserve_tokens
        if not 0 <= self.reserve < window_tokens:
            raise ConfigurationError(
                f"reserve_tokens is {self.reserve}; it must leave room in the window of {window_tokens} "
                "tokens."
            )
        self._warn_fraction = warn_fraction
        self._counter = counter
        # the tools that were counted last: the same ones are counted many times in a step
        self._tools: tuple[list[ToolSchema], int] = ([], 0)
        # the texts of this step and of the step before it, with their counts
        self._counts: dict[str, int] = {}
        self._counts_before: dict[str, int] = {}
        self.forget()

    def take_window(self, window_tokens: int, answer_tokens: int = 0) -> None:
        """From now on the window has at most this size, and the answer has at least this room.

        An answer gets half at most. What was learned about counts stays.
        """
        self.window = min(self.window, window_tokens)
        self.reserve = self._room_for(answer_tokens)
        self.limit = self.window - self.reserve
        self.warn_at = min(int(self.window * self._warn_fraction), self.limit)
        self._refusals = 0

    def _room_for(self, answer_tokens: int) -> int:
        usual = min(1024, self.window // 8)
        wanted = max(answer_tokens, self._answer_tokens)
        return max(usual, min(wanted, self.window // 2, self.window - LEAST_LIMIT))

    def lower_limit(self, tokens: int) -> None:
        """From now on no prompt is sent that is larger; the window is not known to be smaller."""
        self.limit = min(self.limit, max(tokens, LEAST_LIMIT // 2))
        self.warn_at = min(self.warn_at, self.limit)

    @property
    def calibrated(self) -> bool:
        """Whether the endpoint has counted a prompt, so that estimates are about right."""
        return self._calibrated

    @property
    def learned(self) -> Learned:
        """What refusals and counts have taught, for `restore`."""
        return self.limit, self.warn_at, self._factor, self._refusals

    def restore(self, learned: Learned) -> None:
        """Go back to what was learned until then."""
        self.limit, self.warn_at, self._factor, self._refusals = learned

    def forget(self) -> None:
        """Trust `window` and the counter again: smaller prompts did not help, so refusals taught nothing."""
        self.limit = self.window - self.reserve
        self.warn_at = min(int(self.window * self._warn_fraction), self.limit)
        self._factor = 1.0
        self._calibrated = False
        self._refusals = 0

    @property
    def factor(self) -> float:
        """What estimates are multiplied by: 1.0 until the provider returned its own counts."""
        return self._factor

    @property
    def exact(self) -> bool:
        """Whether a tokenizer counts, rather than an estimate."""
        return self._counter.exact

    def text(self, text: str) -> int:
        return self.corrected(self._count(text))

    def texts(self, texts: Sequence[str]) -> list[int]:
        return [self.corrected(tokens) for tokens in self._count_each(texts)]

    def messages(self, messages: Iterable[WireMessage]) -> int:
        return self.corrected(self.counted(messages))

    def counted(self, messages: Iterable[WireMessage]) -> int:
        """Return the count before any correction: such counts add up, and `corrected` is for their sum."""
        messages = tuple(messages)
        calls = [call["function"] for message in messages for call in message.get("tool_calls", ())]
        texts = [message.get("content") or "" for message in messages]
        texts += [call[part] for call in calls for part in ("name", "arguments")]
        return PER_MESSAGE * len(messages) + PER_CALL * len(calls) + sum(self._count_each(texts))

    def corrected(self, tokens: int) -> int:
        """Return a count, corrected by the provider's own counts."""
        return round(tokens * self._factor)

    def tools(self, tools: Sequence[ToolSchema]) -> int:
        known, tokens = self._tools
        if known != list(tools):
            tokens = sum(map(self._count, map(json.dumps, tools)))
            self._tools = list(tools), tokens
        return self.corrected(tokens)

    def prompt(self, messages: Sequence[WireMessage], tools: Sequence[ToolSchema]) -> int:
        """Return the size of messages and tool schemas together."""
        return self.measured(messages, tools)[1]

    def measured(self, messages: Sequence[WireMessage], tools: Sequence[ToolSchema]) -> tuple[int, int]:
        """Return what messages were `counted`, and the size of messages and tool schemas together."""
        counted = self.counted(messages)
        return counted, self.size(counted, tools)

    def size(self, counted: int, tools: Sequence[ToolSchema]) -> int:
        """Return the size of messages that were `counted`, with tool schemas."""
        return self.corrected(counted) + self.tools(tools)

    def stable(
        self,
        before: tuple[Sequence[WireMessage], Sequence[ToolSchema]],
        messages: Sequence[WireMessage],
        tools: Sequence[ToolSchema],
        counted: int | None = None,
    ) -> int:
        """Return how much of the start of a prompt is the same, byte by byte, as in the prompt `before` it.

        Providers put the tools first, so other tools make all of it new. `counted` is the count of the
        messages before any correction, if known.
        """
        old, old_tools = before
        if list(old_tools) != list(tools):
            return 0
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, messages, strict=False)))
        whole = self.counted(messages) if counted is None else counted
        tokens = self.tools(tools) + self.corrected(whole - self.counted(messages[same:]))
        if same < min(len(old), len(messages)) and old[same]["role"] == messages[same]["role"]:
            texts = [str(message.get("content") or "") for message in (old[same], messages[same])]
            alike = takewhile(lambda pair: pair[0] == pair[1], zip(*texts, strict=False))
            tokens += self.text("".join(first for first, _ in alike))
        return tokens

    def learn(self, estimated: int, usage: Usage) -> None:
        """Correct later counts by the provider's count of a prompt that we estimated.

        The correction grows fast, since an underestimate overflows the window, and shrinks slowly.
        """
        self._counts_before, self._counts = self._counts, {}
        self._refusals = 0
        if usage.prompt_tokens and estimated:
            self._calibrated = True
            self._correct(estimated, usage.prompt_tokens)

    def _correct(self, estimated: int, counted: int) -> None:
        seen = min(max(self._factor * counted / estimated, 0.5), 4.0)
        self._factor = seen if seen > self._factor else 0.8 * self._factor + 0.2 * seen

    def overflowed(self, estimated: int, told: int | None) -> None:
        """The endpoint refused a prompt of this estimate: from now on a prompt like it is over the limit.

        Counts become higher, by the count that the endpoint `told` or by a quarter, and by more with each
        prompt in a row that is refused. Where that does not reach the limit, the window is smaller than
        `window`, and the limit is lowered.
        """
        before, refusals = self._factor, self._refusals
        beyond = BEYOND[min(refusals, len(BEYOND) - 1)]
        known = told if told and told > estimated else None
        self._counts_before, self._counts = self._counts, {}
        self._correct(estimated, known or int(max(estimated, self.limit) * beyond))
        self._refusals = refusals + 1
        again = int(estimated * self._factor / before)
        if known and again > self.limit:
            return
        least = min(int(LEAST_LIMIT * self._factor), again // 2)
        self.limit = min(self.limit, max(1, least, int(again / beyond)))
        self.warn_at = min(self.warn_at, self.limit)

    def _count_each(self, texts: Sequence[str]) -> list[int]:
        """Return the counts of the texts. A step asks for the same texts several times."""
        known = self._counts
        known.update({text: self._counts_before[text] for text in texts if text in self._counts_before})
        new = {text for text in texts if text not in known}
        known.update((text, self._count(text)) for text in new if len(text) > PIECE)
        short = [text for text in new if len(text) <= PIECE]
        known.update(zip(short, map(self._counter.count, short), strict=True))
        return [known[text] for text in texts]

    def _count(self, text: str) -> int:
        """Return the count, taken piece by piece; that of a far too long text follows from its start."""
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
